//===- Groups.h - What is made in one parallel loop -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_GROUPS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_GROUPS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/SetVector.h"

namespace treadle {

/// Operations that one parallel loop makes together: a root, whose result is
/// what others read, and what it alone reads.
struct Group {
  mlir::linalg::LinalgOp root;
  /// The matrix product of the group, if it has one: it then is the root, or
  /// what the root reads.
  mlir::linalg::GenericOp product;
  /// What makes the rows of the product's left operand, where the product's
  /// blocks make them, or null: a norm, or the rounding of what others read,
  /// too.
  mlir::linalg::LinalgOp prologue;
  /// What leaves out the columns that the panels of a product were filled up
  /// with, or null: [m, p, n] is then written as [m, c], c <= p n, and nobody
  /// reads the root's result otherwise.
  mlir::linalg::LinalgOp crop;
  /// Root, product, prologue, reductions and fills.
  llvm::SetVector<mlir::Operation *> members;

  /// What makes the result that others read: the crop, or the root.
  mlir::linalg::LinalgOp getLast() const { return crop ? crop : root; }
};

/// Whether an operation is Σ_k a(m, k) b(…, k, n): one reduction, two operands,
/// and a last dimension of the result that only the second operand has. Or the
/// same in pairs of k, Σ_k Σ_i a(m, k, i) b(…, k, n, i).
bool isProduct(mlir::Operation *op);

/// The dimension within pairs of the reduction, extent 2, that is last in both
/// operands of a product; nothing for one that has no such pairs.
std::optional<unsigned> getPairDim(mlir::linalg::GenericOp product);

/// Whether a product is of rows [m, k] and panels [p, k, n], made as [m, p, n],
/// or of pairs of k, [m, k, 2] and [p, k, n, 2].
bool isProductOfPanels(mlir::linalg::GenericOp product);

/// What a tensor is a part or another shape of.
mlir::Value getWhole(mlir::Value tensor);

/// Collects what makes the rows of the left operand of a group's product, which
/// is one of panels: each from the same row of other tensors and parameters,
/// and read by nothing else. Nothing where the rows are made otherwise, or
/// where the group would write over what they are made of.
std::optional<Group> collectPrologue(Group &group);

/// Collects the group whose last operation is `root`, or a crop.
Group collectGroup(mlir::linalg::LinalgOp root);

/// What a group's result is written to: the root's destination, or what the
/// members that make that one begin with.
mlir::Value getDestination(Group &group);

/// Collects the groups of a block, from its end. Fills belong to those that
/// read them.
llvm::SmallVector<Group> collectGroups(mlir::Block &block);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_GROUPS_H
