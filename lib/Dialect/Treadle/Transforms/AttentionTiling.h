//===- AttentionTiling.h - From attention to its online form -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONTILING_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONTILING_H

#include "AttentionParts.h"

namespace treadle {

/// The operation with other operands and types. MLIR 22's `clone` crashes on an
/// empty region where somebody listens.
mlir::Operation *cloneWith(mlir::OpBuilder &b, mlir::Operation *op,
                           mlir::TypeRange types, mlir::ValueRange operands);

/// The operands that have indexing maps, in the order of these; null for
/// results.
llvm::SmallVector<mlir::OpOperand *> getMappedOperands(AttentionOp op);

/// The extent of dimension `dim` of the space.
mlir::OpFoldResult getMixedExtent(mlir::OpBuilder &b, AttentionOpInterface op,
                                  unsigned dim);

/// The position of query 0, without what the batch's element adds; null for 0.
mlir::Value getShift(mlir::OpBuilder &b, AttentionOp op);

/// Attention to all keys, added to `init`.
OnlineAttentionOp createOnline(mlir::OpBuilder &b, AttentionOp op,
                               AttentionState init);

/// The results of attention by way of its online form over all keys, which
/// `lower` makes into the state that it leaves.
mlir::FailureOr<llvm::SmallVector<mlir::Value>> lowerThroughOnline(
    mlir::OpBuilder &b, AttentionOp op,
    llvm::function_ref<mlir::FailureOr<AttentionState>(OnlineAttentionOp)>
        lower);

/// A tile of the operation that adds to `destinations` in place of slices of
/// the operation's own.
OnlineAttentionOp tileOnline(mlir::OpBuilder &b, OnlineAttentionOp op,
                             llvm::ArrayRef<mlir::OpFoldResult> offsets,
                             llvm::ArrayRef<mlir::OpFoldResult> sizes,
                             mlir::ValueRange destinations);

/// The operation with its scattered tensors, those in which an outer dimension
/// lies behind two others, transposed, and such results transposed back: tasks
/// cannot slice them.
AttentionOp gatherOuterDims(mlir::RewriterBase &b, AttentionOp op);

/// Takes the operation apart, in place of it. `made` is what AttentionParts
/// need not make.
AttentionState decomposeOnline(mlir::RewriterBase &b, OnlineAttentionOp op,
                               const TilePairs &made);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONTILING_H
