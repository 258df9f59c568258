//===- Runtime.h - Running a compiled model -----------------------*- C -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface between an application and an artifact, NAME.treadle/. It is
// C11, and the library behind it has neither LLVM nor Python in it.
//
//   treadle_model *model;
//   treadle_error *error = treadle_model_load("minilm.treadle", NULL, &model);
//   treadle_call *call;
//   error = treadle_call_create(model, "encode", &call);
//   error = treadle_call_set_input(call, "ids", &ids);
//   error = treadle_call_run(call);
//   error = treadle_call_get_output(call, "embeddings", &embeddings);
//
// Errors are values: a function that can fail returns NULL when it succeeded,
// and otherwise an error that the caller releases with treadle_error_free. What
// it would have returned through a pointer is then NULL or unchanged.
//
// Pointers must not be NULL where this header does not say that they may be.
//
// A model may be used by any number of threads at once. A call belongs to one
// thread at a time; make one for each thread and use it again and again.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_C_RUNTIME_H
#define TREADLE_C_RUNTIME_H

#include "treadle-c/Code.h"
#include "treadle-c/Export.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREADLE_RUNTIME_VERSION_MAJOR 0
#define TREADLE_RUNTIME_VERSION_MINOR 1
#define TREADLE_RUNTIME_VERSION_PATCH 0

/// "0.1.0": of the library that is loaded, where the macros tell of the header
/// that was compiled.
TREADLE_EXPORT const char *treadle_runtime_version(void);

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

typedef struct treadle_error treadle_error;

// Strings belong to the error and live as long as it.

/// "E0704"; include/treadle-c/Errors.def lists them all.
TREADLE_EXPORT const char *treadle_error_code(const treadle_error *error);
/// One sentence that names the file or the operand.
TREADLE_EXPORT const char *treadle_error_message(const treadle_error *error);
/// "error[E0704]: message" and, on lines of their own, notes and help.
TREADLE_EXPORT const char *treadle_error_render(const treadle_error *error);
/// What a program that ends because of it returns from main.
TREADLE_EXPORT int treadle_error_exit_code(const treadle_error *error);
/// NULL is ignored.
TREADLE_EXPORT void treadle_error_free(treadle_error *error);

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// An element type: one of the numbers below. Not an enumeration, because a
/// number that is none of them must be something that can be refused.
typedef int32_t treadle_type;
enum {
  TREADLE_F64 = 0,
  TREADLE_F32 = 1,
  TREADLE_F16 = 2,
  TREADLE_BF16 = 3,
  TREADLE_I64 = 4,
  TREADLE_I32 = 5,
  TREADLE_I16 = 6,
  TREADLE_I8 = 7,
  TREADLE_U8 = 8,
  TREADLE_BOOL = 9 ///< A byte, 0 or 1.
};

/// Bytes of one element; 0 for a number that is no type.
TREADLE_EXPORT size_t treadle_type_size(treadle_type type);
/// "f32"; NULL for a number that is no type.
TREADLE_EXPORT const char *treadle_type_name(treadle_type type);

/// A dense row-major tensor in somebody's memory, aligned to its element type.
typedef struct {
  void *data; ///< May be NULL when there is no element.
  treadle_type type;
  int32_t rank; ///< At most TREADLE_MAX_RANK.
  int64_t shape[TREADLE_MAX_RANK];
} treadle_tensor;

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// Threads of the application, instead of an OpenMP team for each call.
typedef struct {
  void *context; ///< Handed to both functions.

  /// Runs `body(arguments, t, threads)` once for each t in [0, threads), all at
  /// the same time, and returns when all have returned. `call` is distinct for
  /// runs that overlap.
  void (*run)(void *context, const void *call, int64_t threads,
              treadle_team_body body, void *arguments);
  /// Called by every member of the run of `call`; returns when all have called.
  void (*meet)(void *context, const void *call);
} treadle_pool;

/// What may be chosen when a model is loaded. Zero it, set `size` to
/// sizeof(treadle_options), then change what is wanted: members that are added
/// later keep their defaults.
typedef struct {
  size_t size;
  /// Team of one call, 1 to 1024. 0: TREADLE_NUM_THREADS of the environment, or
  /// as many as there are CPUs that this process may use.
  int64_t threads;
  /// Copied; NULL: OpenMP.
  const treadle_pool *pool;
  /// Most bytes of scratch memory that one call may hold; 0: no limit.
  int64_t memory_limit;
} treadle_options;

typedef struct treadle_model treadle_model;

/// Loads the artifact in a folder: checks model.json, the CPU and the weights,
/// maps the weights and opens model.so. `options` may be NULL. Errors: E02xx,
/// E06xx, E0709.
TREADLE_EXPORT treadle_error *treadle_model_load(const char *path,
                                                 const treadle_options *options,
                                                 treadle_model **model);
/// Releases the model; its calls must have been freed. NULL is ignored.
TREADLE_EXPORT void treadle_model_free(treadle_model *model);

/// The number of threads of a call's team.
TREADLE_EXPORT int64_t treadle_model_threads(const treadle_model *model);
/// The text that model.json has for a key of "annotations", or NULL.
TREADLE_EXPORT const char *treadle_model_annotation(const treadle_model *model,
                                                    const char *key);

//===----------------------------------------------------------------------===//
// What a model says of itself. All of it belongs to the model.
//===----------------------------------------------------------------------===//

/// A bound of an input's elements.
typedef struct {
  bool present;
  const char *dimension; ///< Its name when the bound is a dimension, or NULL.
  int64_t value;         ///< Otherwise.
} treadle_bound;

/// An input or an output.
typedef struct {
  const char *name;
  treadle_type type;
  int32_t rank;
  /// For each axis the extent, or -1 when each call chooses it.
  int64_t shape[TREADLE_MAX_RANK];
  /// For each axis the name of the dimension when its extent is -1, or NULL.
  /// Axes of the same name have the same extent in one call.
  const char *dimensions[TREADLE_MAX_RANK];
  /// For each axis the bounds of the extent; -1: it has no upper bound.
  int64_t minimum_extents[TREADLE_MAX_RANK];
  int64_t maximum_extents[TREADLE_MAX_RANK];
  /// Bounds of the elements, inclusive.
  treadle_bound minimum;
  treadle_bound maximum;
  /// Present when the input may be left out: every element is then this.
  treadle_bound default_value;
} treadle_operand_info;

typedef struct {
  const char *name;
  int32_t num_inputs;
  const treadle_operand_info *inputs;
  int32_t num_outputs;
  const treadle_operand_info *outputs;
} treadle_entry_info;

TREADLE_EXPORT int32_t treadle_model_num_entries(const treadle_model *model);
/// NULL when there is no entry point of this index.
TREADLE_EXPORT const treadle_entry_info *
treadle_model_entry(const treadle_model *model, int32_t index);

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

typedef struct treadle_call treadle_call;

/// Prepares calls of an entry point. E0701 when the model has no such.
TREADLE_EXPORT treadle_error *treadle_call_create(treadle_model *model,
                                                  const char *entry,
                                                  treadle_call **call);
/// Releases the call and the outputs that it allocated. NULL is ignored.
TREADLE_EXPORT void treadle_call_free(treadle_call *call);

/// Gives an input by name. The description is copied and the memory is not: it
/// must stay until the last run that uses it. A NULL tensor takes the input
/// back. Errors: E0702, E0704, E0705, E0708.
TREADLE_EXPORT treadle_error *
treadle_call_set_input(treadle_call *call, const char *name,
                       const treadle_tensor *tensor);
/// The same by position in treadle_entry_info::inputs.
TREADLE_EXPORT treadle_error *
treadle_call_set_input_at(treadle_call *call, int32_t index,
                          const treadle_tensor *tensor);

/// Gives the memory that an output is written to, which must not overlap any
/// other operand. An output without gets memory of the call, which the next run
/// uses again. A NULL tensor takes it back. Errors as for inputs.
TREADLE_EXPORT treadle_error *
treadle_call_set_output(treadle_call *call, const char *name,
                        const treadle_tensor *tensor);
TREADLE_EXPORT treadle_error *
treadle_call_set_output_at(treadle_call *call, int32_t index,
                           const treadle_tensor *tensor);

/// Computes the shapes of the outputs from those of the inputs, without a look
/// at elements or outputs. treadle_call_get_output then tells type and shape.
/// Errors: E0703, E0705, E0706.
TREADLE_EXPORT treadle_error *treadle_call_infer(treadle_call *call);

/// Checks everything, then runs the entry point and returns when the outputs
/// are written. The inputs stay set. Errors: E0703 to E0708, E0801, E0901.
TREADLE_EXPORT treadle_error *treadle_call_run(treadle_call *call);

/// Tells an output after treadle_call_infer (`data` is then the memory that was
/// set, or NULL) or treadle_call_run. Memory of the call stays valid until its
/// next run. Errors: E0702; E0710 when neither has succeeded.
TREADLE_EXPORT treadle_error *treadle_call_get_output(treadle_call *call,
                                                      const char *name,
                                                      treadle_tensor *tensor);
TREADLE_EXPORT treadle_error *
treadle_call_get_output_at(treadle_call *call, int32_t index,
                           treadle_tensor *tensor);

//===----------------------------------------------------------------------===//
// Counters of a model that was compiled with --profile; others have none
//===----------------------------------------------------------------------===//

/// What a piece of work took in the last run of a call. Times are those from
/// one piece's end to the next one's, so that all of them add up to the run,
/// but for what comes before and after the team.
typedef struct {
  const char *name;   ///< Belongs to the model. A layer's number goes into {}.
  int64_t member;     ///< The layer, or -1.
  int64_t executions; ///< 0 before the first run.
  int64_t operations; ///< On floats.
  int64_t bytes;      ///< Read and written.
  double seconds;     ///< Of the first thread, waiting included.
  double busy;        ///< The same without waiting, averaged over the threads.
} treadle_counter;

TREADLE_EXPORT int32_t treadle_call_num_counters(const treadle_call *call);
/// False when there is no counter of this index.
TREADLE_EXPORT bool treadle_call_get_counter(const treadle_call *call,
                                             int32_t index,
                                             treadle_counter *counter);

#ifdef __cplusplus
}
#endif

#endif // TREADLE_C_RUNTIME_H
