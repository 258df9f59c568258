//===- Counters.h - What a call spends its time on --------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_RUNTIME_COUNTERS_H
#define TREADLE_RUNTIME_COUNTERS_H

#include "treadle-c/Runtime.h"
#include "treadle/Formats/ModelDescription.h"

#include <vector>

namespace treadle::runtime {

/// The counters of an entry point, all zero.
std::vector<treadle_counter>
makeCounters(const std::vector<CounterDescription> &descriptions);

/// Clocks of the threads of one running call. Each thread touches its own.
class Stopwatches {
public:
  Stopwatches(size_t numCounters, int64_t threads)
      : threads(threads, Thread(numCounters)) {}

  /// The team of the calling thread begins.
  void begin(int64_t thread);
  /// See treadle_host::count.
  void count(int64_t thread, int64_t counter, int64_t operations,
             int64_t bytes);

  /// Writes what was counted over `counters`, whose names and members stay.
  void read(std::vector<treadle_counter> &counters) const;

  /// Time of the calling thread, in nanoseconds, from its construction to its
  /// destruction is waiting.
  class Waiting {
  public:
    Waiting();
    ~Waiting();
    Waiting(const Waiting &) = delete;
    Waiting &operator=(const Waiting &) = delete;

  private:
    int64_t start;
  };

private:
  struct Sum {
    int64_t executions = 0, operations = 0, bytes = 0;
    int64_t nanoseconds = 0, waited = 0;
  };
  // A cache line of its own, so that counting does not slow down others.
  struct alignas(64) Thread {
    explicit Thread(size_t numCounters) : sums(numCounters) {}
    std::vector<Sum> sums;
    int64_t last = 0;
  };
  std::vector<Thread> threads;
};

} // namespace treadle::runtime

#endif // TREADLE_RUNTIME_COUNTERS_H
