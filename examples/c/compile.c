//===- compile.c - Compiles a model ---------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   compile MODEL NAME.treadle [CPU]
//
// does what `treadle compile MODEL -o NAME.treadle` does, and prints the
// phases.
//
//===----------------------------------------------------------------------===//

#include <treadle-c/Compiler.h>

#include <stdio.h>

static void beginPhase(void *context, const char *name, double fraction) {
  printf("%3.0f %% %s\n", 100 * fraction, name);
}

static void warn(void *context, const char *text) {
  fprintf(stderr, "warning: %s\n", text);
}

int main(int argc, char **argv) {
  if (argc < 3 || argc > 4) {
    fprintf(stderr, "usage: %s MODEL NAME.treadle [CPU]\n", argv[0]);
    return 2;
  }
  treadle_compile_options options = {.size = sizeof(options)};
  options.cpu = argc == 4 ? argv[3] : NULL;
  options.begin_phase = beginPhase;
  options.warn = warn;
  treadle_compile_error *error = treadle_compile(argv[1], argv[2], &options);
  if (!error)
    return 0;
  // One model may have several errors.
  fputs(treadle_compile_error_render(error), stderr);
  int status = treadle_compile_error_exit_code(error);
  treadle_compile_error_free(error);
  return status;
}
