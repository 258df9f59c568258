//===- Threads.h - The team of a call ---------------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_RUNTIME_THREADS_H
#define TREADLE_RUNTIME_THREADS_H

#include "treadle-c/Code.h"
#include "treadle/Formats/Error.h"

namespace treadle::runtime {

/// The number of threads that was asked for: `option` when it is not 0, else
/// TREADLE_NUM_THREADS of the environment, else the number of CPUs that this
/// process may use. What is no number from 1 to 1024 is InvalidThreads.
Result<int64_t> chooseThreads(int64_t option);

/// The largest team that OpenMP gives to the calling thread, at most `wanted`:
/// one inside another parallel region, for example.
int64_t getTeamSize(int64_t wanted);

/// Runs a team of at most `threads` members, each of which is told the size
/// that the team really has.
void runTeam(int64_t threads, treadle_team_body body, void *arguments);

/// Meets the other members of a team of more than one.
void meetTeam();

} // namespace treadle::runtime

#endif // TREADLE_RUNTIME_THREADS_H
