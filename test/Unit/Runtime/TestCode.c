//===- TestCode.c - The code of the tests' artifact -----------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Generated code, written by hand: what a compiler would put into model.so.
// Macros make the variants that a test needs.
//
//===----------------------------------------------------------------------===//

#include "treadle-c/Code.h"

#ifndef TEST_ABI
#define TEST_ABI TREADLE_CODE_ABI
#endif
#ifndef TEST_FACTOR
#define TEST_FACTOR 2.0f
#endif

#ifdef TEST_COUNTS
#define COUNT(NUMBER, OPERATIONS, BYTES)                                       \
  lookup->host->count(lookup->host, thread, NUMBER, OPERATIONS, BYTES)
#else
#define COUNT(NUMBER, OPERATIONS, BYTES) (void)0
#endif

#define EXPORT __attribute__((visibility("default")))

EXPORT const uint32_t treadle_code_abi = TEST_ABI;

/// lookup(ids: [batch, sequence] of i64, lengths: [batch] of i64)
///   -> (values: [batch, sequence, 4] of f32, threads: [] of i64)
///
/// values[b, s, e] = factor * table[ids[b, s], e] + bias[e] for s < lengths[b],
/// else 0. Each member writes rows to scratch memory; after the team has met,
/// each writes out rows that mostly others had made.
struct lookup {
  treadle_host *host;
  const treadle_operand *inputs;
  const treadle_operand *outputs;
  float *scratch;
};

static void lookup_body(void *arguments, int64_t thread, int64_t threads) {
  struct lookup *lookup = arguments;
  const float *table = lookup->host->parameters[0];
  const float *bias = lookup->host->parameters[1];
  const int64_t *ids = lookup->inputs[0].data;
  const int64_t *lengths = lookup->inputs[1].data;
  int64_t sequence = lookup->inputs[0].shape[1];
  int64_t rows = lookup->inputs[0].shape[0] * sequence;
  float *values = lookup->outputs[0].data;

  for (int64_t row = thread; row < rows; row += threads)
    for (int64_t e = 0; e < 4; ++e) {
      int inside = row % sequence < lengths[row / sequence];
      lookup->scratch[row * 4 + e] =
          inside ? TEST_FACTOR * table[ids[row] * 4 + e] + bias[e] : 0.0f;
    }
  lookup->host->meet(lookup->host);
  COUNT(0, 8 * rows, 32 * rows);
  for (int64_t row = rows - 1 - thread; row >= 0; row -= threads)
    for (int64_t e = 0; e < 4; ++e)
      values[row * 4 + e] = lookup->scratch[row * 4 + e];
  // More than one meeting, as real code has.
  lookup->host->meet(lookup->host);
  COUNT(2, 0, 32 * rows);
  COUNT(2, 0, 32 * rows);
  if (thread == 0)
    *(int64_t *)lookup->outputs[1].data = threads;
}

EXPORT int32_t treadle_entry_lookup(treadle_host *host,
                                    const treadle_operand *inputs,
                                    const treadle_operand *outputs) {
  struct lookup lookup = {host, inputs, outputs, 0};
  int64_t rows = inputs[0].shape[0] * inputs[0].shape[1];
  lookup.scratch = host->reserve(host, rows * 4 * (int64_t)sizeof(float));
  if (!lookup.scratch)
    return TREADLE_CODE_OUT_OF_MEMORY;
  host->run(host, lookup_body, &lookup);
  return TREADLE_CODE_OK;
}

/// hungry(sizes: [count] of i64) -> (addresses: [count] of i64)
///
/// Reserves memory of these sizes, writes to both ends of each, and tells where
/// it lies.
EXPORT int32_t treadle_entry_hungry(treadle_host *host,
                                    const treadle_operand *inputs,
                                    const treadle_operand *outputs) {
  const int64_t *sizes = inputs[0].data;
  int64_t *addresses = outputs[0].data;
  for (int64_t i = 0; i < inputs[0].shape[0]; ++i) {
    char *memory = host->reserve(host, sizes[i]);
    if (!memory)
      return TREADLE_CODE_OUT_OF_MEMORY;
    if (sizes[i] > 0)
      memory[0] = memory[sizes[i] - 1] = 1;
    addresses[i] = (int64_t)(intptr_t)memory;
  }
  return TREADLE_CODE_OK;
}

#ifndef TEST_NO_BROKEN
/// broken(truth: [count] of bool) -> (status: [] of i32): fails.
EXPORT int32_t treadle_entry_broken(treadle_host *host,
                                    const treadle_operand *inputs,
                                    const treadle_operand *outputs) {
  return 42;
}
#endif
