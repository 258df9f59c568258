//===- Expand.h - What expansions of several families share -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_EXPAND_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_EXPAND_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/Builders.h"

namespace treadle {

/// activation(x Wᵀ + bias) of vectors x, [..., inputs], and a weight, [outputs,
/// inputs]; without a bias where it is null.
mlir::Value project(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                    mlir::Value weight, mlir::Value bias,
                    Activation activation = Activation::Identity);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_EXPAND_H
