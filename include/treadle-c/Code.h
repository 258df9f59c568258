//===- Code.h - What generated code and its host promise each other -*- C
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler and the runtime meet here and nowhere else. A compiled model
// (`model.so`) exports
//
//   const uint32_t treadle_code_abi;                 TREADLE_CODE_ABI, or
//                                                    TREADLE_CODE_ABI_COUNTERS
//   treadle_entry_point treadle_entry_NAME;          one for each entry point
//
// and imports nothing but memcpy, memmove and memset, which compilers assume:
// threads, memory and parameters come from the host that each call is given.
// The layout of these structures is mirrored by the pass
// `treadle-emit-entry-points` (lib/Conversion/EmitEntryPoints.cpp); a change
// to either is a new TREADLE_CODE_ABI.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_C_CODE_H
#define TREADLE_C_CODE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREADLE_CODE_ABI 1u
/// Of code that counts: its host has `treadle_host::count` as well.
#define TREADLE_CODE_ABI_COUNTERS 2u
#define TREADLE_MAX_RANK 8

typedef struct treadle_host treadle_host;

/// The work of one member of a team: `thread` is in [0, threads).
typedef void (*treadle_team_body)(void *arguments, int64_t thread,
                                  int64_t threads);

/// What a call of generated code may ask for. All members are set by the host
/// before the call and are constant during it.
struct treadle_host {
  /// Runs `body(arguments, t, n)` once for each t of a team of n threads and
  /// returns when all have. A call runs at most one team.
  void (*run)(treadle_host *host, treadle_team_body body, void *arguments);

  /// Called by every member of the running team: returns when all have called.
  void (*meet)(treadle_host *host);

  /// Memory that stays valid until the entry point returns, aligned to 64
  /// bytes; its content is undefined. Null when there is none. `threads` times
  /// the memory of one thread is asked for, so the host tells the team's size.
  void *(*reserve)(treadle_host *host, int64_t bytes);

  /// Size of the team that `run` will run.
  int64_t threads;

  /// The prepared parameters, one pointer each, in the order in which
  /// `model.json` lists them; dense, row-major, aligned to 64 bytes.
  const void *const *parameters;

  /// Since TREADLE_CODE_ABI_COUNTERS, and called by such code only: thread
  /// `thread` of the team has done the work of counter `counter`, which is that
  /// many operations on floats and bytes of all threads together, since its
  /// last call of this, or since its team began.
  void (*count)(treadle_host *host, int64_t thread, int64_t counter,
                int64_t operations, int64_t bytes);
};

/// A dense row-major tensor. Extents beyond its rank are not read.
typedef struct {
  void *data;
  int64_t shape[TREADLE_MAX_RANK];
} treadle_operand;

/// What an entry point returns.
enum {
  TREADLE_CODE_OK = 0,
  /// `reserve` returned null; nothing was written to the outputs.
  TREADLE_CODE_OUT_OF_MEMORY = 1
};

/// An entry point. The host has checked ranks, types, extents and the ranges
/// that `model.json` declares, and has allocated the outputs.
typedef int32_t (*treadle_entry_point)(treadle_host *host,
                                       const treadle_operand *inputs,
                                       const treadle_operand *outputs);

#ifdef __cplusplus
}
#endif

#endif // TREADLE_C_CODE_H
