//===- Profile.h - What a call spends its time on ---------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_PROFILE_H
#define TREADLE_TOOLS_TREADLE_PROFILE_H

#include "Ceilings.h"
#include "EntryCall.h"

#include <string>

namespace llvm::json {
class OStream;
}

namespace treadle {

/// Counters of an artifact over several runs, and what they are of the
/// machine's ceilings.
class Profile {
public:
  explicit Profile(const EntryCall &call)
      : ceilings(call.getThreads(), call.getPrecision()) {}

  /// Adds the run that `call` has just done. The faster half of the runs is
  /// what the profile is of: what interrupts a run is not the model's.
  void add(const EntryCall &call, double seconds);

  /// Averages the runs and measures the ceilings; nothing is added afterwards.
  void finish();

  void print(llvm::raw_ostream &os) const;
  /// Members of an object.
  void print(llvm::json::OStream &json) const;

private:
  /// One counter, or all members of one.
  struct Piece {
    std::string name;
    int64_t member = -1;
    /// Of one run.
    double executions = 0, operations = 0, bytes = 0, seconds = 0, busy = 0;
    /// The least time that the ceilings allow.
    double bound = 0;
  };
  struct Run {
    double seconds;
    std::vector<treadle_counter> counters;
  };

  void bound(Piece &piece);
  static void printPiece(llvm::json::OStream &json, const Piece &piece);

  Ceilings ceilings;
  std::vector<Run> runs;
  double seconds = 0, operationsPerSecond = 0;
  size_t numAveraged = 0;
  /// By time, the longest first; members in their order.
  std::vector<Piece> pieces, members;
};

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_PROFILE_H
