//===- Formulas.cpp - Formulas to recognise -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formulas.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

static void addFactors(Dimensions &dims, const Element &element, bool inverse,
                       Product &product) {
  if (std::optional<double> number = dims.getNumber(element)) {
    product.number =
        inverse ? product.number / *number : product.number * *number;
    return;
  }
  Step step = dims.step(element);
  if (step.applies<arith::MulFOp>()) {
    addFactors(dims, step.operands[0], inverse, product);
    addFactors(dims, step.operands[1], inverse, product);
  } else if (step.applies<arith::DivFOp>()) {
    addFactors(dims, step.operands[0], inverse, product);
    addFactors(dims, step.operands[1], !inverse, product);
  } else if (step.applies<arith::NegFOp>()) {
    product.number = -product.number;
    addFactors(dims, step.operands[0], inverse, product);
  } else if (step.applies<math::RsqrtOp>() && !inverse) {
    product.roots.push_back(step.operands[0]);
  } else if (step.applies<math::SqrtOp>() && inverse) {
    product.roots.push_back(step.operands[0]);
  } else {
    (inverse ? product.denominators : product.numerators).push_back(element);
  }
}

Product treadle::getProduct(Dimensions &dims, const Element &element) {
  Product product;
  addFactors(dims, element, /*inverse=*/false, product);
  return product;
}

Multiple treadle::getMultiple(Dimensions &dims, const Element &element) {
  Multiple multiple{1.0, element};
  while (true) {
    Step step = dims.step(multiple.rest);
    if (step.applies<arith::NegFOp>()) {
      multiple = {-multiple.number, step.operands[0]};
      continue;
    }
    if (!step.applies<arith::MulFOp, arith::DivFOp>())
      return multiple;
    if (auto number = dims.getNumber(step.operands[1])) {
      multiple.number = isa<arith::MulFOp>(step.op) ? multiple.number * *number
                                                    : multiple.number / *number;
      multiple.rest = step.operands[0];
    } else if (auto number = dims.getNumber(step.operands[0]);
               number && isa<arith::MulFOp>(step.op)) {
      multiple.number *= *number;
      multiple.rest = step.operands[1];
    } else {
      return multiple;
    }
  }
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

std::optional<Sum> treadle::getSum(Dimensions &dims, const Element &element) {
  Step step = dims.step(element);
  if (step.kind != Step::Reduce || !isa<arith::AddFOp>(step.op) ||
      step.dims.size() != 1 || dims.getNumber(step.operands[1]) != 0.0)
    return std::nullopt;
  return Sum{step.operands[0], step.dims[0]};
}

std::optional<Sum> treadle::getMaximum(Dimensions &dims,
                                       const Element &element) {
  Step step = dims.step(element);
  if (step.kind != Step::Reduce ||
      !isa<arith::MaximumFOp, arith::MaxNumFOp>(step.op) ||
      step.dims.size() != 1)
    return std::nullopt;
  std::optional<double> first = dims.getNumber(step.operands[1]);
  if (!first || *first > -std::numeric_limits<float>::max() * 0.99)
    return std::nullopt;
  return Sum{step.operands[0], step.dims[0]};
}

std::optional<Softmax> treadle::getSoftmax(Dimensions &dims,
                                           const Element &element,
                                           std::string &why) {
  Step step = dims.step(element);
  if (step.kind == Step::Softmax) {
    auto dim = dyn_cast<AffineDimExpr>(step.index);
    if (!dim)
      return std::nullopt;
    return Softmax{step.operands[0], dim.getPosition()};
  }
  Product product = getProduct(dims, element);
  if (product.numerators.size() != 1 || product.denominators.size() != 1 ||
      !product.roots.empty() || product.number != 1.0)
    return std::nullopt;
  Element weight = product.numerators[0];
  Step exponential = dims.step(weight);
  if (!exponential.applies<math::ExpOp>())
    return std::nullopt;
  std::optional<Sum> sum = getSum(dims, product.denominators[0]);
  if (!sum)
    return std::nullopt;

  // The dimension that is summed over is the one that, renamed, gives the
  // numerator.
  std::optional<unsigned> along;
  for (unsigned dim = 0; dim < dims.size() && !along; ++dim)
    if (dim != sum->dim &&
        dims.areSame(weight, replaceDim(sum->summand, sum->dim, dims.get(dim))))
      along = dim;
  if (!along) {
    why = "its exponentials are divided by a sum of others";
    return std::nullopt;
  }
  Step difference = dims.step(exponential.operands[0]);
  if (!difference.applies<arith::SubFOp>()) {
    why = "its exponentials are not of differences to a maximum, and overflow "
          "where softmax does not";
    return std::nullopt;
  }
  std::optional<Sum> maximum = getMaximum(dims, difference.operands[1]);
  if (!maximum || !dims.areSame(difference.operands[0],
                                replaceDim(maximum->summand, maximum->dim,
                                           dims.get(*along)))) {
    why = "what is subtracted from its scores is not their maximum";
    return std::nullopt;
  }
  return Softmax{difference.operands[0], *along};
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

Value treadle::computeScalar(OpBuilder &builder, Location loc, Dimensions &dims,
                             const Element &element, ArrayRef<Value> indices,
                             ElementBuilder getValue, unsigned depth) {
  constexpr unsigned kDeepest = 32;
  if (depth > kDeepest)
    return {};
  if (Value value = getValue(element))
    return value;
  Step step = dims.step(element);
  switch (step.kind) {
  case Step::Constant:
    return arith::ConstantOp::create(builder, loc, step.constant);
  case Step::Index:
    return affine::expandAffineExpr(builder, loc, step.index, indices, {});
  case Step::Apply: {
    OperationState state(loc, step.op->getName());
    for (const Element &operand : step.operands) {
      Value value = computeScalar(builder, loc, dims, operand, indices,
                                  getValue, depth + 1);
      if (!value)
        return {};
      state.operands.push_back(value);
    }
    state.addTypes(getElementTypeOrSelf(step.op->getResult(0).getType()));
    state.addAttributes(step.op->getAttrDictionary().getValue());
    return builder.create(state)->getResult(0);
  }
  default:
    break;
  }
  if (Value value = getValue(step.leaf))
    return value;
  // A scalar from above is there already.
  bool inBody = isa_and_nonnull<linalg::LinalgOp>(
      step.leaf.value.getParentBlock()->getParentOp());
  if (!isa<ShapedType>(step.leaf.value.getType()) && !inBody)
    return step.leaf.value;
  return {};
}

/// Gathers the dimensions that `element` depends on. False when that is not
/// known.
static bool addDims(Dimensions &dims, const Element &element,
                    llvm::SmallBitVector &mentioned, unsigned depth = 0) {
  constexpr unsigned kDeepest = 32;
  if (depth > kDeepest)
    return false;
  auto add = [&](AffineExpr expr) {
    mentioned.resize(dims.size());
    for (unsigned dim = 0; dim < dims.size(); ++dim)
      if (expr.isFunctionOfDim(dim))
        mentioned.set(dim);
  };
  Step step = dims.step(element);
  switch (step.kind) {
  case Step::Constant:
    return true;
  case Step::Index:
    add(step.index);
    return true;
  case Step::Apply:
    return llvm::all_of(step.operands, [&](const Element &operand) {
      return addDims(dims, operand, mentioned, depth + 1);
    });
  default:
    for (AffineExpr expr : step.leaf.at)
      add(expr);
    return true;
  }
}

std::optional<SmallVector<unsigned>>
treadle::getDimsOf(Dimensions &dims, const Element &element, unsigned count) {
  llvm::SmallBitVector mentioned;
  if (!addDims(dims, element, mentioned))
    return std::nullopt;
  SmallVector<unsigned> result;
  for (unsigned dim : mentioned.set_bits()) {
    if (dim >= count)
      return std::nullopt;
    result.push_back(dim);
  }
  return result;
}

std::optional<unsigned> treadle::joinDims(Dimensions &dims,
                                          ArrayRef<unsigned> group) {
  if (group.size() == 1)
    return group[0];
  int64_t extent = 1;
  for (unsigned dim : group) {
    if (ShapedType::isDynamic(dims.getExtent(dim)))
      return std::nullopt;
    extent *= dims.getExtent(dim);
  }
  return dims.add(extent);
}

Element treadle::replaceByJoined(Dimensions &dims, const Element &element,
                                 ArrayRef<unsigned> group, unsigned joined) {
  if (group.size() == 1)
    return element;
  Element replaced = element;
  AffineExpr rest = dims.get(joined);
  for (unsigned dim : llvm::reverse(group)) {
    int64_t extent = dims.getExtent(dim);
    bool isOutermost = dim == group.front();
    replaced = replaceDim(replaced, dim, isOutermost ? rest : rest % extent);
    rest = rest.floorDiv(extent);
  }
  for (AffineExpr &expr : replaced.at)
    expr = dims.simplify(expr);
  return replaced;
}

Value treadle::createTensor(OpBuilder &builder, Location loc, Dimensions &dims,
                            const Element &element, ArrayRef<unsigned> over) {
  SmallVector<AffineExpr, 4> wanted;
  for (unsigned dim : over)
    wanted.push_back(dims.get(dim));
  auto getDimSize = [](Value tensor, unsigned position) {
    return cast<RankedTensorType>(tensor.getType()).getDimSize(position);
  };
  for (const Element &tensor : dims.getTensors(element)) {
    // A part of a tensor is not the tensor.
    bool isWhole = tensor.at == wanted;
    for (unsigned i = 0; isWhole && i < over.size(); ++i)
      isWhole = ShapedType::isDynamic(dims.getExtent(over[i])) ||
                getDimSize(tensor.value, i) == dims.getExtent(over[i]);
    if (isWhole)
      return tensor.value;
  }

  // The leaves become operands.
  MLIRContext *context = builder.getContext();
  DenseMap<AffineExpr, AffineExpr> places;
  for (auto [i, dim] : llvm::enumerate(over))
    places[dims.get(dim)] = getAffineDimExpr(i, context);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  SmallVector<Element> leaves;
  std::function<bool(const Element &, unsigned)> addLeaves =
      [&](const Element &part, unsigned depth) {
        constexpr unsigned kDeepest = 32;
        Step step = dims.step(part);
        if (depth > kDeepest)
          return false;
        if (step.kind == Step::Constant || step.kind == Step::Index)
          return true;
        if (step.kind == Step::Apply)
          return llvm::all_of(step.operands, [&](const Element &operand) {
            return addLeaves(operand, depth + 1);
          });
        if (!isa<RankedTensorType>(step.leaf.value.getType()))
          return true;
        leaves.push_back(step.leaf);
        // Of a dimension that is longer, the beginning is read.
        Value input = step.leaf.value;
        SmallVector<OpFoldResult> sizes =
            tensor::getMixedSizes(builder, loc, input);
        bool isWhole = true;
        for (auto [position, expr] : llvm::enumerate(step.leaf.at)) {
          auto dim = dyn_cast<AffineDimExpr>(expr);
          if (!dim ||
              ShapedType::isDynamic(dims.getExtent(dim.getPosition())) ||
              dims.getExtent(dim.getPosition()) == getDimSize(input, position))
            continue;
          isWhole = false;
          sizes[position] =
              builder.getIndexAttr(dims.getExtent(dim.getPosition()));
        }
        if (!isWhole) {
          SmallVector<OpFoldResult> zeros(sizes.size(),
                                          builder.getIndexAttr(0)),
              ones(sizes.size(), builder.getIndexAttr(1));
          input = tensor::ExtractSliceOp::create(builder, loc, input, zeros,
                                                 sizes, ones);
        }
        inputs.push_back(input);
        SmallVector<AffineExpr> at;
        for (AffineExpr expr : step.leaf.at)
          at.push_back(expr.replace(places));
        maps.push_back(AffineMap::get(over.size(), 0, at, context));
        return true;
      };
  if (!addLeaves(element, 0))
    return {};
  SmallVector<OpFoldResult> sizes;
  for (unsigned dim : over)
    sizes.push_back(dims.getSize(builder, loc, dim));
  Type type = getElementTypeOrSelf(element.value.getType());
  Value empty = tensor::EmptyOp::create(builder, loc, sizes, type);
  maps.push_back(AffineMap::getMultiDimIdentityMap(over.size(), context));
  bool complete = true;
  auto generic = linalg::GenericOp::create(
      builder, loc, empty.getType(), inputs, empty, maps,
      SmallVector<utils::IteratorType>(over.size(),
                                       utils::IteratorType::parallel),
      [&](OpBuilder &b, Location loc, ValueRange args) {
        SmallVector<Value> indices(dims.size());
        for (auto [i, dim] : llvm::enumerate(over))
          indices[dim] = linalg::IndexOp::create(b, loc, i);
        Value value = computeScalar(
            b, loc, dims, element, indices, [&](const Element &part) -> Value {
              for (auto [i, leaf] : llvm::enumerate(leaves))
                if (leaf.value == part.value && leaf.at == part.at)
                  return args[i];
              return {};
            });
        complete = value != nullptr;
        if (!complete)
          value = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
        linalg::YieldOp::create(b, loc, value);
      });
  if (complete)
    return generic.getResult(0);
  generic.erase();
  return {};
}
