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

/// The same on tile registers, where its decision names a unit of such. `zeros`
/// is what fills its result, if it begins with zeros.
mlir::LogicalResult vectorizeProductOnTiles(mlir::RewriterBase &rewriter,
                                            mlir::linalg::GenericOp product,
                                            mlir::linalg::FillOp zeros);

/// A buffer's last two dimensions, of pairs, as one.
llvm::SmallVector<mlir::ReassociationIndices>
getPairReassociation(mlir::Value buffer);

/// A step of a product in pairs of k, for a tile of rows: adds
/// Σ_i left(m, k, i) right(k, n, i) to `sums`, which are vectors of n, those of
/// a row one after another. `left` is the tile's rows [rows, pairs, 2] of f32
/// or bf16; `right` loads the vector of pairs whose sums begin at column `n`.
llvm::SmallVector<mlir::Value>
emitPairStep(mlir::OpBuilder &b, mlir::Location loc, DotInstruction dot,
             mlir::Value left, mlir::Value k, llvm::ArrayRef<mlir::Value> right,
             llvm::ArrayRef<mlir::Value> sums);

/// Makes any `linalg.generic` on buffers into loops, the one along its
/// contiguous dimension in steps of a vector where that is possible.
void vectorizeLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                    TargetAttr target);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_VECTORIZATION_H
