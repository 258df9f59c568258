//===- embed_ids.c - Runs a compiled model on token ids -------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   embed_ids NAME.treadle 101 7592 2088 102
//
// Loads an artifact, prints its first entry point, runs it on one sequence of
// token ids and prints the first values of each output.
//
//===----------------------------------------------------------------------===//

#include <treadle-c/Runtime.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/// Prints an error, releases it, and returns the status to exit with.
static int report(treadle_error *error) {
  fprintf(stderr, "%s\n", treadle_error_render(error));
  int status = treadle_error_exit_code(error);
  treadle_error_free(error);
  return status;
}

static void printOperand(const char *what, const treadle_operand_info *info) {
  printf("%s %s: %s [", what, info->name, treadle_type_name(info->type));
  for (int32_t axis = 0; axis < info->rank; ++axis) {
    if (axis)
      printf(", ");
    if (info->dimensions[axis])
      printf("%s", info->dimensions[axis]);
    else
      printf("%" PRId64, info->shape[axis]);
  }
  printf("]%s\n", info->default_value.present ? " (optional)" : "");
}

static void printValues(const char *name, const treadle_tensor *tensor) {
  int64_t count = 1;
  printf("%s [", name);
  for (int32_t axis = 0; axis < tensor->rank; ++axis) {
    printf("%s%" PRId64, axis ? ", " : "", tensor->shape[axis]);
    count *= tensor->shape[axis];
  }
  printf("]");
  // The other types are as easy; a model's outputs are usually f32.
  if (tensor->type == TREADLE_F32)
    for (int64_t i = 0; i < count && i < 8; ++i)
      printf(" %g", ((const float *)tensor->data)[i]);
  printf("\n");
}

/// Runs the call on `count` ids as a batch of one sequence.
static treadle_error *runOnIds(treadle_call *call,
                               const treadle_entry_info *entry, int64_t *ids,
                               int64_t count) {
  treadle_tensor tensor = {ids, TREADLE_I64, 2, {1, count}};
  treadle_error *error = treadle_call_set_input(call, "ids", &tensor);
  if (!error)
    error = treadle_call_run(call);
  for (int32_t i = 0; !error && i < entry->num_outputs; ++i) {
    treadle_tensor output;
    error = treadle_call_get_output_at(call, i, &output);
    if (!error)
      printValues(entry->outputs[i].name, &output);
  }
  return error;
}

/// Reads the ids; NULL, with a message, when one is no integer.
static int64_t *parseIds(int count, char **texts) {
  int64_t *ids = malloc((size_t)count * sizeof(*ids));
  if (!ids) {
    fprintf(stderr, "error: there is not enough memory\n");
    return NULL;
  }
  for (int i = 0; i < count; ++i) {
    char *end;
    errno = 0;
    ids[i] = strtoll(texts[i], &end, 10);
    if (errno || end == texts[i] || *end) {
      fprintf(stderr, "error: '%s' is not an id\n", texts[i]);
      free(ids);
      return NULL;
    }
  }
  return ids;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s NAME.treadle ID...\n", argv[0]);
    return 2;
  }
  int64_t *ids = parseIds(argc - 2, argv + 2);
  if (!ids)
    return 2;

  treadle_model *model = NULL;
  treadle_call *call = NULL;
  treadle_error *error = treadle_model_load(argv[1], NULL, &model);
  if (!error) {
    // A model has one entry point at least.
    const treadle_entry_info *entry = treadle_model_entry(model, 0);
    for (int32_t i = 0; i < entry->num_inputs; ++i)
      printOperand("input ", &entry->inputs[i]);
    for (int32_t i = 0; i < entry->num_outputs; ++i)
      printOperand("output", &entry->outputs[i]);
    error = treadle_call_create(model, entry->name, &call);
    if (!error)
      error = runOnIds(call, entry, ids, argc - 2);
  }
  int status = error ? report(error) : 0;
  treadle_call_free(call);
  treadle_model_free(model);
  free(ids);
  return status;
}
