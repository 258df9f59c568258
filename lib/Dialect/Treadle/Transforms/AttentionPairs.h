//===- AttentionPairs.h - What attention's products of bf16 read -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONPAIRS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONPAIRS_H

#include "mlir/IR/Builders.h"

namespace treadle {

/// How the elements along a dimension are pairs.
struct PairCounts {
  PairCounts(mlir::OpBuilder &b, mlir::Location loc, mlir::OpFoldResult extent);

  mlir::OpFoldResult whole;    ///< Pairs of two elements,
  mlir::OpFoldResult elements; ///< and the elements in them.
  mlir::OpFoldResult odd;      ///< Elements that are left over, 0 or 1.
  mlir::OpFoldResult pairs;    ///< All pairs, of which one may have but one,
  mlir::OpFoldResult padded;   ///< and twice as many elements.
  bool isEven = false;         ///< Whether none is known to be left over.
};

/// Dimension `dim`, of an extent of twice `pairs`, as two.
mlir::Value splitIntoPairs(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Value tensor, unsigned dim,
                           mlir::OpFoldResult pairs);

/// `matrix`, a tensor of floats, rounded to bf16 with the elements along
/// dimension `dim` in pairs: [pairs, columns, 2] for 0, [rows, pairs, 2] for 1.
/// An element that has no other is beside zero. Memory for it is that of a
/// matrix with `limit` in place of an extent that is not known.
mlir::Value makePairs(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::Value matrix, unsigned dim, int64_t limit);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONPAIRS_H
