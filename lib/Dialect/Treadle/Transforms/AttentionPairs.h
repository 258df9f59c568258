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

/// How the elements along a dimension are pairs, with some more behind them up
/// to a multiple of a power of two.
struct PairCounts {
  PairCounts(mlir::OpBuilder &b, mlir::Location loc, mlir::OpFoldResult extent,
             int64_t multiple = 2);

  mlir::OpFoldResult whole;      ///< Pairs of two elements that there are,
  mlir::OpFoldResult elements;   ///< and the elements in them.
  mlir::OpFoldResult odd;        ///< Elements that are left over, 0 or 1.
  mlir::OpFoldResult pairs;      ///< All pairs,
  mlir::OpFoldResult padded;     ///< and twice as many elements,
  mlir::OpFoldResult added;      ///< of which so many are not there,
  mlir::OpFoldResult addedPairs; ///< and pairs that are not whole.
  bool isWhole = false;          ///< Whether none is known to be added.
};

/// How pairs lie for what multiplies them.
struct PairForm {
  int64_t multiple = 2; ///< Elements are padded with zeros to such a multiple.
  bool asRows = false;  ///< [rows, pairs, 2], whichever way the matrix lies.
  int64_t rows = 1;     ///< Rows, to such a multiple, with whatever is there;
  int64_t room = 1;     ///< or there is memory for such a multiple of them.
};

/// `matrix`, a tensor of floats, rounded to bf16 with the elements along
/// dimension `dim` in pairs: [pairs, columns, 2] for 0, [rows, pairs, 2] for 1.
/// Memory for it is that of a matrix with `limit` in place of an extent that is
/// not known. What lies in pairs of bf16 as it is, is not copied, nor its rows
/// padded.
mlir::Value makePairs(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::Value matrix, unsigned dim, int64_t limit,
                      const PairForm &form = {});

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONPAIRS_H
