//===- Operands.h - Tensors as operands with indexing maps -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_OPERANDS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_OPERANDS_H

#include "Formulas.h"

namespace treadle {

/// A tensor and the dimension that each of its own is.
struct Operand {
  mlir::Value tensor;
  llvm::SmallVector<unsigned, 4> dims;
};

/// A dimension that is to be two: `dim` = outer · `inner` + inner one. The
/// outer one has the extent of dimension `position` of `tensor`.
struct Split {
  unsigned dim;
  int64_t inner;
  mlir::Value tensor;
  unsigned position;
};

/// A split after which the data that `element` is read from has a dimension
/// for each index: heads that lie in one dimension with the batch, or that
/// share keys. Of the first `count` dimensions.
std::optional<Split> findSplit(Dimensions &dims, const Element &element,
                               unsigned count);

/// The tensor that `element` is read from, as near to its beginning as its
/// dimensions allow: dimensions that lie in one are taken apart, unit
/// dimensions that are indexed by zero are dropped. When there is none, one
/// is computed, over the given dimensions.
std::optional<Operand> createOperand(mlir::OpBuilder &builder,
                                     mlir::Location loc, Dimensions &dims,
                                     const Element &element,
                                     llvm::ArrayRef<unsigned> over);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_OPERANDS_H
