//===- Vectorization.h - How linalg on buffers becomes vector code -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_VECTORIZATION_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_VECTORIZATION_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace treadle {

/// Makes a matrix product that carries a `#treadle.product` into loops over
/// tiles with accumulators in registers. Fails, and changes nothing, when it is
/// not of that form.
mlir::LogicalResult vectorizeProduct(mlir::RewriterBase &rewriter,
                                     mlir::linalg::GenericOp product,
                                     TargetAttr target);

/// A step of a product in pairs of k, for a tile of rows: adds
/// Σ_i left(m, k, i) right(k, n, i) to `sums`, which are vectors of n, those of
/// a row one after another. `left` has f32 or bf16, and the pairs of row i at
/// `places[i]`, whose last index is within the pair; `right` has the vectors of
/// pairs of the tile's columns.
llvm::SmallVector<mlir::Value> emitPairStep(
    mlir::OpBuilder &b, mlir::Location loc, DotInstruction dot,
    mlir::Value left, llvm::ArrayRef<llvm::SmallVector<mlir::Value>> places,
    llvm::ArrayRef<mlir::Value> right, llvm::ArrayRef<mlir::Value> sums);

/// Makes what interleaves two rows, converting their elements, into loops that
/// read a vector of each. Fails, and changes nothing, for anything else.
mlir::LogicalResult vectorizeInterleaving(mlir::RewriterBase &rewriter,
                                          mlir::linalg::GenericOp op,
                                          TargetAttr target);

/// A buffer's last two dimensions, of which one is within a pair, as one.
llvm::SmallVector<mlir::ReassociationIndices>
getPairReassociation(mlir::Value buffer);

/// Whether vectors can be loaded from the last dimension of a buffer.
bool isContiguous(mlir::Value buffer);

/// Makes any `linalg.generic` on buffers into loops, the one along its
/// contiguous dimension in steps of a vector where that is possible.
void vectorizeLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                    TargetAttr target);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_VECTORIZATION_H
