//===- Passes.h - Passes and pipelines for users of MLIR's C API --*- C -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function creates and another registers each pass: those of
// treadle/Dialect/Treadle/Transforms/Passes.td are called
// mlirCreateTreadleExpandPass and mlirRegisterTreadleExpandPass, those of
// treadle/Conversion/Passes.td mlirCreateTreadleConversionSetTargetPass, the
// interpreter mlirCreateTreadleReferenceInterpretPass. A pass that has options
// is told them by its text, as in
//
//   mlirParsePassPipeline(manager,
//   "builtin.module(treadle-set-target{cpu=native})", …)
//
// once it is registered.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_C_PASSES_H
#define TREADLE_C_PASSES_H

#include "treadle-c/Export.h"

#include "mlir-c/IR.h"
#include "mlir-c/Pass.h"
#include "mlir-c/Support.h"

#include "treadle/Conversion/Passes.capi.h.inc"
#include "treadle/Dialect/Treadle/Transforms/Passes.capi.h.inc"
#include "treadle/Reference/Passes.capi.h.inc"

#ifdef __cplusplus
extern "C" {
#endif

/// Registers every pass and pipeline of Treadle under its name, and those of
/// MLIR that the pipelines are made of. Once a process is enough; more do no
/// harm.
TREADLE_EXPORT void treadleRegisterPasses(void);

/// Adds the passes that take a module from stage `from` to stage `to`, each
/// "model", "structured", "tiled", "buffers" or "llvm". `cpu` is "native" or
/// LLVM's name of a CPU, and decides where the module names none; an empty
/// string means native. Fails, and adds nothing, when there is no such stage or
/// `to` comes before `from`. The manager is one of modules.
TREADLE_EXPORT MlirLogicalResult treadleAddPipeline(MlirOpPassManager manager,
                                                    MlirStringRef from,
                                                    MlirStringRef to,
                                                    MlirStringRef cpu);

#ifdef __cplusplus
}
#endif

#endif // TREADLE_C_PASSES_H
