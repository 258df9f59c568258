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

/// The same for what interleaves two rows and transposes their pairs.
mlir::LogicalResult vectorizeTransposedPairs(mlir::RewriterBase &rewriter,
                                             mlir::linalg::GenericOp op,
                                             TargetAttr target);

/// Whether vectors can be loaded from the last dimension of a buffer. Those of
/// booleans cannot: each has a byte in memory, and a bit in a vector.
bool isContiguous(mlir::Value buffer);

/// More registers than a CPU has. What is written out for each register of a
/// tile is written so often at most, whatever a decision or a target asks for.
inline constexpr int64_t kMostRegisters = 64;

/// The same for a product of fewer columns than a vector has lanes, whose left
/// operand has whole vectors along its rows or along the reduction.
mlir::LogicalResult vectorizeNarrowProduct(mlir::RewriterBase &rewriter,
                                           mlir::linalg::GenericOp product,
                                           TargetAttr target);

/// The `linalg.fill` with zero that is the last to write to `product`'s result
/// before it, if there is one.
mlir::linalg::FillOp getZeroFill(mlir::linalg::GenericOp product);

/// Vectors of the columns of a square matrix whose rows are `rows`: as many as
/// each has elements, a power of two.
llvm::SmallVector<mlir::Value>
transposeVectors(mlir::OpBuilder &b, mlir::Location loc,
                 llvm::ArrayRef<mlir::Value> rows);

/// The sum of each of some vectors, in the lanes of one that has as many: no
/// more than one of them has, and a power of two. The order in which a vector's
/// elements are added does not depend on how many there are.
mlir::Value sumVectors(mlir::OpBuilder &b, mlir::Location loc,
                       llvm::ArrayRef<mlir::Value> rows);

/// A power of two of vectors as one: the first elements of all, the second
/// ones, and so on.
mlir::Value interleaveVectors(mlir::OpBuilder &b, mlir::Location loc,
                              llvm::ArrayRef<mlir::Value> rows);

/// Makes any `linalg.generic` on buffers into loops, the one along its
/// contiguous dimension in steps of a vector where that is possible, and two in
/// square tiles where operands are contiguous along different ones.
void vectorizeLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                    TargetAttr target);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_VECTORIZATION_H
