//===- WeightPanels.h - Weights as their products read them -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_CONVERSION_TREADLETOLINALG_WEIGHTPANELS_H
#define TREADLE_LIB_CONVERSION_TREADLETOLINALG_WEIGHTPANELS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/Builders.h"

namespace treadle {

/// Factors that a product of bf16 sums at once: two lie where one f32 would.
inline constexpr int64_t kPair = 2;

/// Columns in a panel of a weight [outputs, inputs]: two vectors, so that each
/// element of the other operand is used twice, or one. They need not divide the
/// outputs where these may be padded, which is done at compile time; elsewhere
/// they are the widest part of two vectors that does.
int64_t getPanelWidth(TargetAttr target, mlir::RankedTensorType weight,
                      bool mayPad);

/// Whether the target's tile registers multiply panels of `width` columns and
/// so many inputs without a rest.
bool fitsTiles(TargetAttr target, int64_t inputs, int64_t width);

/// A weight [outputs, inputs] or a bias [outputs] with zeros behind it, so that
/// panels of `width` are whole.
mlir::Value padOutputs(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::Value tensor, int64_t width);

/// The first `count` columns of a matrix, as a part of it.
mlir::Value takeColumns(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value matrix, int64_t count);

/// The first `outputs` columns of a matrix, as a matrix of its own where there
/// are more.
mlir::Value dropPadding(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value matrix, int64_t outputs);

/// Whether a weight is made when an artifact is: of parameters, and not of
/// several layers at once.
bool isPrepared(mlir::Value weight);

/// A weight [outputs, inputs] as panels [outputs / width, inputs, width], whose
/// elements are rounded to `element` where that is another type.
mlir::Value packWeight(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::Value weight, int64_t width, mlir::Type element);

/// A weight [outputs, inputs] as panels of pairs of inputs, rounded to bf16:
/// [outputs / width, inputs / 2, width, 2].
mlir::Value packWeightInPairs(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::Value weight, int64_t width);

} // namespace treadle

#endif // TREADLE_LIB_CONVERSION_TREADLETOLINALG_WEIGHTPANELS_H
