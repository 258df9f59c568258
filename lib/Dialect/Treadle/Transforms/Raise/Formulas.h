//===- Formulas.h - Formulas that several recognisers look for -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_FORMULAS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_FORMULAS_H

#include "Elements.h"

namespace treadle {

//===----------------------------------------------------------------------===//
// Recognising
//===----------------------------------------------------------------------===//

/// A product with its constants gathered: number · Π numerators / Π
/// denominators / √ Π roots.
struct Product {
  double number = 1.0;
  llvm::SmallVector<Element> numerators, denominators, roots;
};

/// `element` as a product, through mulf, divf, negf, sqrt and rsqrt.
Product getProduct(Dimensions &dims, const Element &element);

/// An element as number · rest.
struct Multiple {
  double number = 1.0;
  Element rest;
};
Multiple getMultiple(Dimensions &dims, const Element &element);

/// What Σ sums over `dim`, when `element` is a sum over one dimension that
/// begins at zero; in terms of a new dimension `dim`.
struct Sum {
  Element summand;
  unsigned dim;
};
std::optional<Sum> getSum(Dimensions &dims, const Element &element);

/// The same for a maximum that begins at -∞ or the lowest number.
std::optional<Sum> getMaximum(Dimensions &dims, const Element &element);

/// What softmax along dimension `dim` is taken of.
struct Softmax {
  Element scores;
  unsigned dim;
};

/// Recognises softmax: as an operation, or exp(s - max s) / Σ exp(s - max s).
/// `why` says what is missing when it looks like one.
std::optional<Softmax> getSoftmax(Dimensions &dims, const Element &element,
                                  std::string &why);

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

/// Gives a value for an element, or null to have it computed.
using ElementBuilder = llvm::function_ref<mlir::Value(const Element &)>;

/// Computes `element` as a scalar from what `getValue` gives, with
/// `indices[dim]` for each dimension. Null when it is not known how.
mlir::Value computeScalar(mlir::OpBuilder &builder, mlir::Location loc,
                          Dimensions &dims, const Element &element,
                          llvm::ArrayRef<mlir::Value> indices,
                          ElementBuilder getValue, unsigned depth = 0);

/// The dimensions that an element depends on, in ascending order; of no more
/// than the first `count`. Null when it depends on others, too.
std::optional<llvm::SmallVector<unsigned>>
getDimsOf(Dimensions &dims, const Element &element, unsigned count);

/// The dimensions `group`, which lie behind one another in row-major order, as
/// one new dimension. Nothing when an extent is dynamic.
std::optional<unsigned> joinDims(Dimensions &dims,
                                 llvm::ArrayRef<unsigned> group);
/// `element` in terms of the dimension `joined` that `group` became.
Element replaceByJoined(Dimensions &dims, const Element &element,
                        llvm::ArrayRef<unsigned> group, unsigned joined);

/// A tensor over the dimensions `over` of which `element` is the element: one
/// that is there, or a new one made by a linalg.generic. Null when it is not
/// known how.
mlir::Value createTensor(mlir::OpBuilder &builder, mlir::Location loc,
                         Dimensions &dims, const Element &element,
                         llvm::ArrayRef<unsigned> over);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_FORMULAS_H
