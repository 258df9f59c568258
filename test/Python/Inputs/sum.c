// An encoder whose embeddings can be worked out in the head:
//   embed(ids: i64[batch, sequence], lengths: i64[batch])
//     -> (embeddings: f32[batch, 2])
// of each row the sum of the ids inside its length, and the length of the
// padded row.

#include "treadle-c/Code.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT const uint32_t treadle_code_abi = TREADLE_CODE_ABI;

EXPORT int32_t treadle_entry_embed(treadle_host *host,
                                   const treadle_operand *inputs,
                                   const treadle_operand *outputs) {
  (void)host;
  const int64_t *ids = inputs[0].data;
  const int64_t *lengths = inputs[1].data;
  float *embeddings = outputs[0].data;
  int64_t sequence = inputs[0].shape[1];
  for (int64_t row = 0; row < inputs[0].shape[0]; ++row) {
    int64_t sum = 0;
    for (int64_t i = 0; i < lengths[row]; ++i)
      sum += ids[row * sequence + i];
    embeddings[row * 2] = (float)sum;
    embeddings[row * 2 + 1] = (float)sequence;
  }
  return TREADLE_CODE_OK;
}
