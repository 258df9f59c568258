//===- Elements.h - Elements of tensors, and what they are of -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs say the same thing in many ways: named operations or generics, one
// operation or several fused ones, with transpositions, reshapes and broadcasts
// in between. Recognisers here do not look at operations but at one *element*
// of a tensor, at indices that are affine in numbered dimensions, and go from
// it to the elements it is computed from. Data movement disappears on the way,
// and what is left is the formula.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_ELEMENTS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_ELEMENTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace treadle {

/// `value[at…]` of a tensor; of a scalar in the body of a structured operation,
/// its value in iteration `at…` of the operation's loops; any other scalar.
struct Element {
  mlir::Value value;
  llvm::SmallVector<mlir::AffineExpr, 4> at;

  explicit operator bool() const { return value != nullptr; }
};

/// How an element is made of others, in one step.
struct Step {
  enum Kind {
    Leaf,     ///< It is not known.
    Constant, ///< A number, `constant`.
    Index,    ///< An index, `index`.
    Apply,    ///< The scalar operation `op` of `operands`.
    Reduce,   ///< `op` combines operands[0] over `dims`, from operands[1] on.
    Softmax,  ///< Of operands[0] along the dimension `index`, an expression.
    Concat    ///< Part i is operands[i], whose own indices begin at zero.
  };
  Kind kind = Leaf;
  mlir::Operation *op = nullptr;
  /// The leaf: where nothing more is known.
  Element leaf;
  llvm::SmallVector<Element, 3> operands;
  mlir::TypedAttr constant;
  mlir::AffineExpr index;
  llvm::SmallVector<unsigned, 2> dims;

  bool isApply(llvm::StringRef name) const;
  template <typename... OpT> bool applies() const {
    return kind == Apply && llvm::isa<OpT...>(op);
  }
};

/// The dimensions that the indices of one recognition are made of. A reduction
/// that is stepped into adds its own.
class Dimensions {
public:
  explicit Dimensions(mlir::MLIRContext *context) : context(context) {}

  /// A new dimension that has the extent of dimension `dim` of `tensor`.
  unsigned add(mlir::Value tensor, unsigned dim);
  /// A new dimension of a static extent.
  unsigned add(int64_t extent);

  mlir::AffineExpr get(unsigned dim) const {
    return mlir::getAffineDimExpr(dim, context);
  }
  unsigned size() const { return extents.size(); }
  int64_t getExtent(unsigned dim) const { return extents[dim].extent; }
  /// The extent as a value, or an attribute where it is static.
  mlir::OpFoldResult getSize(mlir::OpBuilder &builder, mlir::Location loc,
                             unsigned dim) const;

  /// Element of `tensor` at new dimensions, one for each of its own.
  Element getElement(mlir::Value tensor);

  /// What `element` is made of. Data movement is stepped over.
  Step step(const Element &element);

  /// Every tensor that has `element` as its own, from the nearest to what the
  /// data movement begins with: the way that `step` goes.
  llvm::SmallVector<Element> getTensors(const Element &element);

  /// Whether two elements are one element of one value.
  bool areAtOnePlace(const Element &l, const Element &r) const;

  /// Whether two elements are computed in the same way.
  bool areSame(const Element &l, const Element &r, unsigned depth = 0);

  /// The number that an element is, whatever the indices.
  std::optional<double> getNumber(const Element &element, unsigned depth = 0);

  /// The affine expression that an integer element is.
  mlir::AffineExpr getAffine(const Element &element, unsigned depth = 0);

  /// Simplifies an expression, given that indices are within their extents.
  mlir::AffineExpr simplify(mlir::AffineExpr expr) const;

  mlir::MLIRContext *getContext() const { return context; }

private:
  /// One step over data movement; nothing when `element` is no such thing.
  std::optional<Element> move(const Element &element);
  Step stepIntoStructured(mlir::linalg::LinalgOp op, const Element &element);
  std::optional<llvm::SmallVector<mlir::AffineExpr>>
  getLoops(mlir::linalg::LinalgOp op, const Element &element);
  std::optional<std::pair<mlir::AffineExpr, mlir::AffineExpr>>
  divide(mlir::AffineExpr expr, int64_t divisor) const;
  std::optional<Element> moveThroughConcat(mlir::tensor::ConcatOp op,
                                           const Element &element) const;

  struct Extent {
    int64_t extent;
    mlir::Value tensor;
    unsigned dim;
  };
  mlir::MLIRContext *context;
  llvm::SmallVector<Extent> extents;
};

/// `element` with dimension `from` replaced by `to`; the indices are then what
/// `Dimensions::simplify` makes of them.
Element replaceDim(const Element &element, unsigned from, mlir::AffineExpr to);

/// Whether the indices of `element` mention a dimension. What a scalar is
/// computed from may mention fewer.
bool mentions(const Element &element, unsigned dim);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_ELEMENTS_H
