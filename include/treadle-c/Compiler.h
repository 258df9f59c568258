//===- Compiler.h - From a model to an artifact -------------------*- C -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `treadle compile` does, for programs in C or in any language that calls
// C. Nothing of MLIR is in this header; libtreadle-compiler-c has it inside.
//
//   treadle_compile_options options = {.size = sizeof(options)};
//   options.cpu = "x86-64-v3";
//   treadle_compile_error *error =
//       treadle_compile("all-MiniLM-L6-v2", "minilm.treadle", &options);
//   if (error) {
//     fputs(treadle_compile_error_render(error), stderr);
//     treadle_compile_error_free(error);
//   }
//
// Errors are values, as in Runtime.h: a function that can fail returns NULL
// when it succeeded. A model is checked to its end before it is refused, so
// that one error value may have several parts.
//
// Any number of threads may compile at the same time, each to its own output.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_C_COMPILER_H
#define TREADLE_C_COMPILER_H

#include "treadle-c/Export.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// "0.1.0".
TREADLE_EXPORT const char *treadle_compiler_version(void);

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// All that kept a model from being compiled.
typedef struct treadle_compile_error treadle_compile_error;

// Strings belong to the error and live as long as it. Parts are numbered from 0
// in the order in which they were found; of a part that there is not, the
// functions return NULL.

/// At least 1.
TREADLE_EXPORT size_t
treadle_compile_error_count(const treadle_compile_error *error);
/// "E0412"; include/treadle-c/Errors.def lists them all.
TREADLE_EXPORT const char *
treadle_compile_error_code(const treadle_compile_error *error, size_t part);
/// One sentence that begins with the file, or with file:line:column.
TREADLE_EXPORT const char *
treadle_compile_error_message(const treadle_compile_error *error, size_t part);
/// "error[E0412]: message" for each part, each followed by its notes and its
/// help on lines of their own.
TREADLE_EXPORT const char *
treadle_compile_error_render(const treadle_compile_error *error);
/// What a program that ends because of it returns from main.
TREADLE_EXPORT int
treadle_compile_error_exit_code(const treadle_compile_error *error);
/// NULL is ignored.
TREADLE_EXPORT void treadle_compile_error_free(treadle_compile_error *error);

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

/// What is made of a model; a number that is none of these is refused.
enum {
  TREADLE_EMIT_ARTIFACT = 0, ///< A folder that the runtime loads.
  TREADLE_EMIT_OBJECT = 1    ///< The same with model.o and model.h.
};

/// What may be chosen. Zero it, set `size` to sizeof(treadle_compile_options),
/// then change what is wanted: members that are added later keep their
/// defaults. Strings are read during the call alone.
typedef struct {
  size_t size;
  /// "native" or LLVM's name of a CPU. NULL: what the model's text says, and
  /// native when it says nothing.
  const char *cpu;
  /// Where the parameters of a text of MLIR are: a safetensors file or a folder
  /// with one. NULL for a model that has them with it.
  const char *weights;
  int32_t emit;
  /// Effort spent on machine code, 1 to 3; 0 means 3.
  int32_t optimize;
  /// Threads that compilation itself uses; 0 means 1. Its result does not
  /// depend on them.
  int32_t threads;

  /// Handed to the functions below, each of which may be NULL. They are called
  /// by the thread that called treadle_compile, before it returns.
  void *context;
  /// A phase begins; `fraction` (0 to 1) of the usual time has passed.
  void (*begin_phase)(void *context, const char *name, double fraction);
  /// Something that does not keep the model from being compiled.
  void (*warn)(void *context, const char *text);

  /// What products are computed in, "f32", "bf16" or "f16" (f32 with weights
  /// stored as f16). NULL:
  /// what the model's text says, and f32 when it says nothing.
  const char *precision;
} treadle_compile_options;

/// Compiles the model at the path `model`, a Hugging Face directory or a text
/// of MLIR, into the artifact `output`, a folder; an artifact that is there is
/// replaced, and after an error it is as it was. `options` may be NULL.
/// Errors: E0103 for an option; those of `treadle compile`.
TREADLE_EXPORT treadle_compile_error *
treadle_compile(const char *model, const char *output,
                const treadle_compile_options *options);

/// The program at a stage ("model", "structured", "tiled", "buffers", "llvm")
/// as text of MLIR, or machine code as text ("assembly"). `text` is then a
/// string of the caller's, released with treadle_text_free, and NULL after an
/// error. Errors as those of treadle_compile; E0103 for another stage.
TREADLE_EXPORT treadle_compile_error *
treadle_compile_to_text(const char *model, const char *stage,
                        const treadle_compile_options *options, char **text);
/// NULL is ignored.
TREADLE_EXPORT void treadle_text_free(char *text);

#ifdef __cplusplus
}
#endif

#endif // TREADLE_C_COMPILER_H
