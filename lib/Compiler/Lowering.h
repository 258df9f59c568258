//===- Lowering.h - From stage to stage -------------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_LOWERING_H
#define TREADLE_LIB_COMPILER_LOWERING_H

#include "treadle/Compiler/Compiler.h"
#include "treadle/Pipelines/Pipelines.h"

namespace treadle {

/// Takes a module to the stage that follows `stage`. `isOurs`: the module came
/// from an importer, so that whatever a pass has against it is a bug, for which
/// a reproducer is written. Returns whether it succeeded.
bool lowerByOneStage(mlir::ModuleOp module, Stage stage, bool isOurs,
                     const PipelineOptions &options, CompileObserver &observer,
                     Findings &findings);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_LOWERING_H
