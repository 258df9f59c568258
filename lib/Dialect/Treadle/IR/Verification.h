//===- Verification.h - What verifiers of the dialect share -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_IR_VERIFICATION_H
#define TREADLE_LIB_DIALECT_TREADLE_IR_VERIFICATION_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/TypeUtilities.h"

namespace treadle {

/// Fails unless the extents may be equal: one is dynamic or they agree.
mlir::LogicalResult checkExtents(mlir::Operation *op, int64_t found,
                                 int64_t expected, const llvm::Twine &what);

/// Fails unless an extent of a result is what the operands say, static or not:
/// an operation can then be replaced by its parts without a cast.
mlir::LogicalResult checkResultExtent(mlir::Operation *op, int64_t found,
                                      int64_t expected,
                                      const llvm::Twine &what);

/// Fails unless keys and values have the element type of queries, or both a
/// narrower one.
mlir::LogicalResult checkStoredTypes(mlir::Operation *op, mlir::Value queries,
                                     mlir::Value keys, mlir::Value values);

/// Fails unless all the values' types have the element type of the first.
mlir::LogicalResult checkElementTypes(mlir::Operation *op,
                                      llvm::ArrayRef<mlir::Value> values);

/// Fails unless a mask asks for lengths exactly when they are given.
mlir::LogicalResult checkLengthsWithMask(mlir::Operation *op,
                                         std::optional<MaskAttr> mask,
                                         mlir::Value lengths);

/// Fails unless `value` has a last dimension, along which its vectors are.
mlir::LogicalResult checkVectors(mlir::Operation *op, mlir::Value value);

/// Fails unless the number is finite.
mlir::LogicalResult checkFinite(mlir::Operation *op,
                                std::optional<llvm::APFloat> number,
                                llvm::StringRef what);

/// Whether types that an operation was given may be those that follow from its
/// operands: equal but for extents that are dynamic in one of them.
bool areCompatibleTypes(mlir::TypeRange inferred, mlir::TypeRange given);

/// Extent of dimension `dim` of a ranked value; negative `dim` counts from the
/// end.
int64_t getExtent(mlir::Value value, int64_t dim);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_IR_VERIFICATION_H
