//===- Work.h - Pieces of work, and what they are called --------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_WORK_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_WORK_H

#include "Groups.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>
#include <string>

namespace treadle {

/// What a parallel loop will make, at the stage `structured`.
struct PieceOfWork {
  /// Of the parameter that it is about (`a.q|k|v.weight` of several that were
  /// prepared as one) or of what is done; the second piece of a name is NAME#2.
  /// No two pieces of a function have one name.
  std::string name;
  /// One of these; what only moves tokens has neither.
  std::optional<Group> group;
  AttentionOp attention;
  /// The operation that the piece ends with.
  mlir::Operation *last;

  /// What has the decision; null for what only moves tokens.
  mlir::Operation *getCarrier() {
    if (attention)
      return attention;
    if (!group)
      return nullptr;
    return group->product ? group->product.getOperation()
                          : group->root.getOperation();
  }
};

/// The pieces of work of a function: those of a loop's body behind what comes
/// before the loop.
llvm::SmallVector<PieceOfWork> collectWork(mlir::func::FuncOp function);

/// Whether it says how the piece is done.
bool hasDecision(PieceOfWork &piece);

/// One line: the piece, the decision on it, and what speaks for that. One that
/// was `given` speaks for itself.
std::string explainDecision(PieceOfWork &piece, TargetAttr target, bool given);

/// The tensors that a group reads but does not make, each once.
llvm::SetVector<mlir::Value> collectReadTensors(Group &group);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_WORK_H
