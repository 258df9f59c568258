//===- Threads.cpp - The team of a call -----------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Threads.h"

#include <algorithm>
#include <cstdlib>
#include <omp.h>
#include <sched.h>
#include <string>
#include <unistd.h>

using namespace treadle;

static constexpr int64_t kMostThreads = 1024;

/// The CPUs that this process may use; containers and taskset lower it.
static int64_t countCpus() {
  // The fixed-size set fails on machines with more CPUs than it has bits.
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    return std::clamp<int64_t>(CPU_COUNT(&set), 1, kMostThreads);
  return std::clamp<int64_t>(sysconf(_SC_NPROCESSORS_ONLN), 1, kMostThreads);
}

Result<int64_t> runtime::chooseThreads(int64_t option) {
  if (option != 0) {
    if (option < 1 || option > kMostThreads)
      return Error(ErrorId::InvalidThreads,
                   "the number of threads is " + std::to_string(option) +
                       ", expected 1 to " + std::to_string(kMostThreads));
    return option;
  }
  const char *text = std::getenv("TREADLE_NUM_THREADS");
  if (!text || !*text)
    return countCpus();
  char *end = nullptr;
  // Too large a number reads as the largest one, which is refused as well.
  long value = std::strtol(text, &end, 10);
  if (*end || value < 1 || value > kMostThreads)
    return Error(ErrorId::InvalidThreads,
                 "TREADLE_NUM_THREADS is " + quoteForMessage(text) +
                     ", expected an integer from 1 to " +
                     std::to_string(kMostThreads));
  return value;
}

int64_t runtime::getTeamSize(int64_t wanted) {
  if (omp_get_active_level() >= omp_get_max_active_levels())
    return 1;
  return std::min<int64_t>(wanted, omp_get_thread_limit());
}

void runtime::runTeam(int64_t threads, treadle_team_body body,
                      void *arguments) {
  // A region of one would still cost a fork, and its barriers would have to be
  // told from those of a region that the application is in.
  if (threads == 1)
    return body(arguments, 0, 1);
  // OpenMP may give fewer threads when it is allowed to adjust; the setting
  // belongs to the calling thread, so it is put back.
  int dynamic = omp_get_dynamic();
  omp_set_dynamic(0);
#pragma omp parallel num_threads(static_cast<int>(threads))
  body(arguments, omp_get_thread_num(), omp_get_num_threads());
  omp_set_dynamic(dynamic);
}

void runtime::meetTeam() {
#pragma omp barrier
}
