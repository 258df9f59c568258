//===- Decisions.h - Decisions by the names of work -------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_DECISIONS_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_DECISIONS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/BuiltinOps.h"

namespace treadle {

/// The decisions that stand on the operations of a module at the stage
/// `structured`, in their order.
llvm::SmallVector<DecisionAttr> collectDecisions(mlir::ModuleOp module);

/// Whether each of the module's `treadle.decisions` fits a piece of work; one
/// that does not is an error on the module. The module has a target.
llvm::LogicalResult verifyDecisions(mlir::ModuleOp module);

/// Whether `strategy` fits each attention of a module at the stage `structured`
/// that no decision is about; one that it does not fit has an error.
llvm::LogicalResult verifyStrategy(mlir::ModuleOp module, Strategy strategy);

/// Puts the decisions on their operations, where there is no decision yet, and
/// takes the attribute from the module.
void applyDecisions(mlir::ModuleOp module);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_DECISIONS_H
