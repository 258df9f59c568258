//===- OneShot.h - How modules are bufferised -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ONESHOT_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ONESHOT_H

#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/IR/BuiltinOps.h"

namespace treadle {

/// What both bufferisation and those who ask beforehand what it would do give
/// the upstream analysis.
mlir::bufferization::OneShotBufferizationOptions getBufferizationOptions();

/// Says of tensors that functions are given that nothing writes to them, and
/// takes it back.
void markInputs(mlir::ModuleOp module);
void unmarkInputs(mlir::ModuleOp module);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ONESHOT_H
