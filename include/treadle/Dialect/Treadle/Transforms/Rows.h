//===- Rows.h - Tensors as rows of vectors -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations on tokens do not care which sequence a token is of: most work is
// done on matrices with a row for each.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_ROWS_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_ROWS_H

#include "mlir/IR/Builders.h"

namespace treadle {

/// [a, b, …, width] as [a b …, width].
mlir::Value flattenRows(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value value);

/// [a b …, width'] as [a, b, …, width'], with a, b, … from `like`.
mlir::Value unflattenRows(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value rows, mlir::Value like);

/// A tensor's dimension `dim`, of an extent of twice `pairs`, as two.
mlir::Value splitIntoPairs(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value tensor, unsigned dim,
                           mlir::OpFoldResult pairs);

/// An empty tensor of the given sizes.
mlir::Value createEmpty(mlir::OpBuilder &builder, mlir::Location loc,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        mlir::Type elementType);

/// Number `value` of a floating-point type.
mlir::Value createFloat(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Type type, double value);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_ROWS_H
