//===- RowGenerics.h - Operations on the rows of a matrix -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Norms, softmax and activations work on the vectors of a tensor, which are the
// rows of a matrix here, so that `treadle-tile` makes all that concerns a row
// in one loop.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_CONVERSION_TREADLETOLINALG_ROWGENERICS_H
#define TREADLE_LIB_CONVERSION_TREADLETOLINALG_ROWGENERICS_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/PatternMatch.h"

namespace treadle {

/// Builds a scalar of the inputs' elements, and of the one that is there.
using BodyBuilder = llvm::function_ref<mlir::Value(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// A generic of one result that yields what `body` builds. `reduced` is the
/// dimension of `dims` that is reduced, or negative.
mlir::Value createGeneric(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::ValueRange inputs, mlir::Value init,
                          llvm::ArrayRef<mlir::AffineMap> maps, int64_t dims,
                          int64_t reduced, BodyBuilder body);

/// A tensor of `sizes` full of `value`.
mlir::Value createFilled(mlir::OpBuilder &b, mlir::Location loc,
                         llvm::ArrayRef<mlir::OpFoldResult> sizes,
                         mlir::Type type, double value);

/// Fails unless `input` is f32: sums are made in the elements' type, and have
/// to be f32 at least.
llvm::LogicalResult checkElements(mlir::PatternRewriter &rewriter,
                                  mlir::Operation *op, mlir::Value input);

/// The vectors of a tensor as the rows of a matrix, and operations on them. A
/// tensor of one dimension is one row.
class RowMatrix {
public:
  RowMatrix(mlir::OpBuilder &b, mlir::Location loc, mlir::Value tensor);

  mlir::Value getMatrix() const { return matrix; }
  mlir::Type getElementType() const;

  /// One value for each row: `neutral`, and the columns added to it by `body`,
  /// which is given the elements of `inputs` and then what there is so far.
  mlir::Value reduce(mlir::ValueRange inputs, double neutral, BodyBuilder body);
  /// Σ x² of each row.
  mlir::Value sumSquares();

  /// A matrix of the elements that `body` builds, written into `init`, which is
  /// new where it is null.
  mlir::Value map(mlir::ValueRange inputs, BodyBuilder body,
                  mlir::Value init = {});

  /// One over the number of columns: a constant, or a value computed here.
  mlir::Value getShare();

  /// A matrix with as many rows as this one, shaped as the tensor that this one
  /// was made of: vectors, of any width, behind its other dimensions.
  mlir::Value restore(mlir::Value matrix);

private:
  /// The map of an input: a matrix, one value for each row (`rows` of them
  /// were made by `reduce`), or one for each column.
  mlir::AffineMap getMap(mlir::Value input) const;

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Value tensor, matrix;
  llvm::SmallVector<mlir::Value> reduced;
};

} // namespace treadle

#endif // TREADLE_LIB_CONVERSION_TREADLETOLINALG_ROWGENERICS_H
