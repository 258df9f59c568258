//===- Weights.h - Computing with weights -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What rewrites of weights share. Tensors here are of static shape.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_REWRITES_WEIGHTS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_REWRITES_WEIGHTS_H

#include "treadle/Dialect/Treadle/Transforms/Rewrites.h"

#include "mlir/IR/Builders.h"

namespace treadle {

/// Whether a rewrite may compute with `value`: it is of static shape, and
/// computed from parameters and constants alone where `source` asks for that.
bool mayCompute(mlir::Value value, WeightSource source);

/// A tensor like `type` full of `number`.
mlir::Value createSplat(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Type type, double number);

/// number · value, for each element.
mlir::Value multiply(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value value, double number);

/// weight[o, i] · gain[i].
mlir::Value multiplyColumns(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value weight, mlir::Value gain);

/// Σ_i weight[o, i] x[i] + bias[o]; without `bias` the sum alone.
mlir::Value apply(mlir::OpBuilder &builder, mlir::Location loc,
                  mlir::Value weight, mlir::Value x, mlir::Value bias);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_REWRITES_WEIGHTS_H
