//===- Ceilings.h - What this machine can do at most ------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_CEILINGS_H
#define TREADLE_TOOLS_TREADLE_CEILINGS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <vector>

namespace treadle {

class Arguments;

/// Multiplications and additions a second on registers, by one kind of
/// instruction.
struct Peak {
  const char *kind;
  double operations;
};

/// Of all threads together: multiply-adds of f32 first, then where they are
/// wanted the dot products of bf16 that this machine has, in vectors and tiles.
std::vector<Peak> measurePeaks(int64_t threads, bool withBf16);

/// As many bytes as no cache that is met holds.
constexpr int64_t kMemoryBytes = int64_t(1) << 29;

/// Bytes a second of all threads together, each reading its part of
/// `footprint` bytes again and again; beyond kMemoryBytes nothing changes. 0
/// when there is no memory.
double measureReading(int64_t threads, int64_t footprint);

/// 'treadle bench --ceilings': prints all of it; returns the exit code.
int runCeilings(const Arguments &arguments);

/// Measured on this machine, when it is asked for, with all of a number of
/// threads at work.
class Ceilings {
public:
  /// `precision` is what products are made of: "f32", which is
  /// meant with weights of "f16", too, or "bf16".
  Ceilings(int64_t threads, llvm::StringRef precision)
      : threads(threads), precision(precision) {}

  /// Multiplications and additions a second on registers.
  double getOperations();

  /// Bytes a second when so many are read again and again: the more there are,
  /// the further from a core they lie.
  double getBytes(int64_t footprint);

  /// The footprints that were measured, in bytes, and their speeds.
  const std::map<int64_t, double> &getReadings() const { return readings; }

private:
  int64_t threads;
  llvm::StringRef precision;
  double operations = 0;
  std::map<int64_t, double> readings;
};

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_CEILINGS_H
