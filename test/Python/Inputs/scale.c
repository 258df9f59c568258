// What generated code looks like from outside, small enough to check by eye:
//   scale(x: f32[rows, 4], factors: i64[rows]) -> (y: f32[rows, 4])
//   invert(flags: bool[count]) -> (inverted: bool[count])

#include "treadle-c/Code.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT const uint32_t treadle_code_abi = TREADLE_CODE_ABI;

typedef struct {
  const treadle_operand *inputs, *outputs;
} operands;

// Rows are dealt out to the threads in turn.
static void scale_rows(void *arguments, int64_t thread, int64_t threads) {
  const operands *all = arguments;
  const float *x = all->inputs[0].data;
  const int64_t *factors = all->inputs[1].data;
  float *y = all->outputs[0].data;
  for (int64_t row = thread; row < all->inputs[0].shape[0]; row += threads)
    for (int64_t column = 0; column < 4; ++column)
      y[row * 4 + column] = x[row * 4 + column] * (float)factors[row];
}

EXPORT int32_t treadle_entry_scale(treadle_host *host,
                                   const treadle_operand *inputs,
                                   const treadle_operand *outputs) {
  operands all = {inputs, outputs};
  host->run(host, scale_rows, &all);
  return TREADLE_CODE_OK;
}

EXPORT int32_t treadle_entry_invert(treadle_host *host,
                                    const treadle_operand *inputs,
                                    const treadle_operand *outputs) {
  (void)host;
  const uint8_t *flags = inputs[0].data;
  uint8_t *inverted = outputs[0].data;
  for (int64_t i = 0; i < inputs[0].shape[0]; ++i)
    inverted[i] = !flags[i];
  return TREADLE_CODE_OK;
}
