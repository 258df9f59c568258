//===- Counters.cpp - What a call spends its time on ----------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Counters.h"

#include <algorithm>
#include <chrono>

using namespace treadle;
using namespace treadle::runtime;

static int64_t getNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Of this thread since its last count. A pool's threads have no number when
/// they meet, but they are who they are.
static thread_local int64_t waited = 0;

std::vector<treadle_counter> treadle::runtime::makeCounters(
    const std::vector<CounterDescription> &descriptions) {
  std::vector<treadle_counter> counters;
  for (const CounterDescription &description : descriptions)
    for (int64_t i = 0; i < std::max<int64_t>(1, description.members); ++i) {
      treadle_counter &counter = counters.emplace_back();
      counter = {};
      counter.name = description.name.c_str();
      counter.member = description.members ? i : -1;
    }
  return counters;
}

Stopwatches::Waiting::Waiting() : start(getNanoseconds()) {}
Stopwatches::Waiting::~Waiting() { waited += getNanoseconds() - start; }

void Stopwatches::begin(int64_t thread) {
  waited = 0;
  threads[thread].last = getNanoseconds();
}

void Stopwatches::count(int64_t thread, int64_t counter, int64_t operations,
                        int64_t bytes) {
  Thread &own = threads[thread];
  int64_t now = getNanoseconds();
  Sum &sum = own.sums[counter];
  ++sum.executions;
  sum.operations += operations;
  sum.bytes += bytes;
  sum.nanoseconds += now - own.last;
  sum.waited += waited;
  waited = 0;
  own.last = now;
}

void Stopwatches::read(std::vector<treadle_counter> &counters) const {
  for (size_t i = 0; i < counters.size(); ++i) {
    const Sum &first = threads.front().sums[i];
    counters[i].executions = first.executions;
    counters[i].operations = first.operations;
    counters[i].bytes = first.bytes;
    counters[i].seconds = 1e-9 * first.nanoseconds;
    counters[i].busy = 0;
    // A team may be smaller than the host's wish: who never counted is not in
    // it.
    int64_t members = 0;
    for (const Thread &thread : threads) {
      const Sum &sum = thread.sums[i];
      members += sum.executions != 0;
      counters[i].busy += 1e-9 * (sum.nanoseconds - sum.waited);
    }
    counters[i].busy /= std::max<int64_t>(1, members);
  }
}
