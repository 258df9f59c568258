//===- Masks.h - Conditions that hide scores -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_MASKS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_MASKS_H

#include "Operands.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

namespace treadle {

/// A score is visible where `visible`, an element of i1, is true, or false
/// when `negated`.
struct Condition {
  Element visible;
  bool negated;
};

/// The condition in an addition of zero where a score is visible and -∞ where
/// it is not.
std::optional<Condition> getAddedCondition(Dimensions &dims,
                                           const Element &added);

/// Conditions as a mask, and those that are none.
struct Mask {
  bool causal = false;
  int64_t window = 0;
  Alignment align = Alignment::BottomRight;
  mlir::Value lengths;
  llvm::SmallVector<Condition> rest;

  /// Null when nothing is masked.
  MaskAttr getAttr(mlir::MLIRContext *context) const;
};
Mask splitConditions(Dimensions &dims, llvm::ArrayRef<Condition> conditions,
                     unsigned m, unsigned n, llvm::ArrayRef<unsigned> outer);

/// One tensor that is true where all conditions make visible, over some of
/// the dimensions `among`. Nothing when it is not known how.
std::optional<Operand> createSelection(mlir::OpBuilder &builder,
                                       mlir::Location loc, Dimensions &dims,
                                       llvm::ArrayRef<Condition> conditions,
                                       llvm::ArrayRef<unsigned> among);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_MASKS_H
