//===- Elements.cpp - Elements of tensors -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "treadle/Dialect/Treadle/IR/Reshapes.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

/// Formulas are a few steps long; what is longer is none of them.
static constexpr unsigned kDeepest = 48;

/// Data movement between two steps, at most.
static constexpr unsigned kFarthest = 64;

bool Step::isApply(StringRef name) const {
  return kind == Apply && op->getName().getStringRef() == name;
}

Element treadle::replaceDim(const Element &element, unsigned from,
                            AffineExpr to) {
  Element result{element.value, {}};
  AffineExpr dim = getAffineDimExpr(from, to.getContext());
  for (AffineExpr expr : element.at)
    result.at.push_back(expr.replace(dim, to));
  return result;
}

bool treadle::mentions(const Element &element, unsigned dim) {
  return llvm::any_of(
      element.at, [&](AffineExpr expr) { return expr.isFunctionOfDim(dim); });
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

/// The indices in the groups of a reassociation become one for each group:
/// row-major, with the extents of `type`, the finer one. Fails where an extent
/// that matters is dynamic.
static std::optional<SmallVector<AffineExpr, 4>>
linearize(ArrayRef<AffineExpr> at, RankedTensorType type,
          ArrayRef<ReassociationIndices> groups, MLIRContext *context) {
  SmallVector<AffineExpr, 4> result;
  for (const ReassociationIndices &group : groups) {
    AffineExpr index = getAffineConstantExpr(0, context);
    for (int64_t dim : group) {
      if (dim != group.front()) {
        if (type.isDynamicDim(dim))
          return std::nullopt;
        index = index * type.getDimSize(dim);
      }
      index = index + at[dim];
    }
    result.push_back(index);
  }
  return result;
}

/// The converse: an index of each group becomes one for each of its members.
static std::optional<SmallVector<AffineExpr, 4>>
delinearize(ArrayRef<AffineExpr> at, RankedTensorType type,
            ArrayRef<ReassociationIndices> groups) {
  SmallVector<AffineExpr, 4> result(type.getRank());
  for (auto [index, group] : llvm::zip_equal(at, groups)) {
    AffineExpr rest = index;
    for (int64_t dim : llvm::reverse(group)) {
      if (dim == group.front()) {
        result[dim] = rest;
        continue;
      }
      if (type.isDynamicDim(dim) || type.getDimSize(dim) == 0)
        return std::nullopt;
      result[dim] = rest % type.getDimSize(dim);
      rest = rest.floorDiv(type.getDimSize(dim));
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

std::optional<SmallVector<AffineExpr>>
Dimensions::getLoops(linalg::LinalgOp op, const Element &element) {
  AffineMap map =
      op.getIndexingMapMatchingResult(cast<OpResult>(element.value));
  SmallVector<AffineExpr> loops(op.getNumLoops());
  for (auto [expr, index] : llvm::zip_equal(map.getResults(), element.at)) {
    if (isa<AffineConstantExpr>(expr))
      continue;
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      return std::nullopt;
    loops[dim.getPosition()] = index;
  }
  return loops;
}

/// The structured operation whose body `value` is in, if any.
static linalg::LinalgOp getBodyOf(Value value) {
  if (isa<TensorType>(value.getType()))
    return {};
  return dyn_cast_or_null<linalg::LinalgOp>(
      value.getParentBlock()->getParentOp());
}

/// The part of a concatenation that an element is in, when that is the same
/// whatever the indices are.
std::optional<Element>
Dimensions::moveThroughConcat(tensor::ConcatOp op,
                              const Element &element) const {
  AffineExpr index = element.at[op.getDim()];
  int64_t begin = 0;
  for (Value part : op.getInputs()) {
    int64_t extent =
        cast<RankedTensorType>(part.getType()).getDimSize(op.getDim());
    if (ShapedType::isDynamic(extent))
      return std::nullopt;
    // Division says that what is left is between 0 and the extent.
    AffineExpr inPart = simplify(index - begin);
    if (auto parts = divide(inPart, std::max<int64_t>(extent, 1));
        parts && parts->first == getAffineConstantExpr(0, context)) {
      Element moved{part, element.at};
      moved.at[op.getDim()] = inPart;
      return moved;
    }
    begin += extent;
  }
  return std::nullopt;
}

std::optional<Element> Dimensions::move(const Element &element) {
  Value value = element.value;
  if (linalg::LinalgOp body = getBodyOf(value)) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (!argument)
      return std::nullopt;
    OpOperand &operand = body->getOpOperand(argument.getArgNumber());
    // The accumulator of a reduction is no element of what it begins with.
    if (body.isDpsInit(&operand) && body.getNumReductionLoops() != 0)
      return std::nullopt;
    if (!isa<RankedTensorType>(operand.get().getType()))
      return Element{operand.get(), {}};
    AffineMap map = body.getMatchingIndexingMap(&operand);
    Element source{operand.get(), {}};
    for (AffineExpr expr : map.getResults())
      source.at.push_back(simplify(expr.replaceDims(element.at)));
    return source;
  }

  Operation *op = value.getDefiningOp();
  if (!op || !isa<RankedTensorType>(value.getType()))
    return std::nullopt;
  if (auto structured = dyn_cast<linalg::LinalgOp>(op)) {
    if (structured.getNumReductionLoops() != 0)
      return std::nullopt;
    auto loops = getLoops(structured, element);
    if (!loops || llvm::is_contained(*loops, AffineExpr()))
      return std::nullopt;
    OpOperand *init =
        structured.getDpsInitOperand(cast<OpResult>(value).getResultNumber());
    Value yielded = structured.getMatchingYieldValue(init)->get();
    // What is yielded may come from above.
    if (getBodyOf(yielded) != structured)
      return Element{yielded, {}};
    return Element{yielded, llvm::to_vector<4>(*loops)};
  }
  auto from = [&](Value source, ArrayRef<AffineExpr> at) {
    Element moved{source, {}};
    for (AffineExpr expr : at)
      moved.at.push_back(simplify(expr));
    return moved;
  };
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return isa<RankedTensorType>(cast.getSource().getType())
               ? std::optional(from(cast.getSource(), element.at))
               : std::nullopt;
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return Element{splat.getInput(), {}};
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    auto at = linearize(element.at, expand.getResultType(), getGroups(expand),
                        context);
    return at ? std::optional(from(expand.getSrc(), *at)) : std::nullopt;
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    auto at =
        delinearize(element.at, collapse.getSrcType(), getGroups(collapse));
    return at ? std::optional(from(collapse.getSrc(), *at)) : std::nullopt;
  }
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return moveThroughConcat(concat, element);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    SmallVector<AffineExpr, 4> at;
    unsigned next = 0;
    for (unsigned dim = 0; dim < dropped.size(); ++dim) {
      if (slice.isDynamicOffset(dim) || slice.isDynamicStride(dim))
        return std::nullopt;
      int64_t offset = slice.getStaticOffset(dim),
              stride = slice.getStaticStride(dim);
      // A dynamic part of a dimension must be all of it: nobody looks later.
      if (slice.isDynamicSize(dim)) {
        auto size = slice.getDynamicSize(dim).getDefiningOp<tensor::DimOp>();
        if (!size || size.getSource() != slice.getSource() ||
            size.getConstantIndex() != static_cast<int64_t>(dim))
          return std::nullopt;
      }
      AffineExpr index = getAffineConstantExpr(0, context);
      if (!dropped[dim])
        index = element.at[next++] * stride;
      at.push_back(index + offset);
    }
    return from(slice.getSource(), at);
  }
  return std::nullopt;
}

SmallVector<Element> Dimensions::getTensors(const Element &element) {
  SmallVector<Element> tensors;
  Element current = element;
  for (unsigned i = 0; i < kFarthest; ++i) {
    if (isa<RankedTensorType>(current.value.getType()))
      tensors.push_back(current);
    std::optional<Element> next = move(current);
    if (!next)
      break;
    current = *next;
  }
  return tensors;
}

Step Dimensions::stepIntoStructured(linalg::LinalgOp op,
                                    const Element &element) {
  Step step;
  step.leaf = element;
  auto loops = getLoops(op, element);
  if (!loops)
    return step;
  unsigned result = cast<OpResult>(element.value).getResultNumber();
  OpOperand *init = op.getDpsInitOperand(result);
  BlockArgument accumulator = op.getMatchingBlockArgument(init);
  Operation *combiner = op.getMatchingYieldValue(init)->get().getDefiningOp();
  if (!combiner || combiner->getBlock() != op.getBlock() ||
      combiner->getNumOperands() != 2 || !accumulator.hasOneUse())
    return step;
  if (!llvm::is_contained(combiner->getOperands(), accumulator))
    return step;
  Value reduced = combiner->getOperand(0) == accumulator
                      ? combiner->getOperand(1)
                      : combiner->getOperand(0);
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (unsigned loop = 0; loop < loops->size(); ++loop) {
    if ((*loops)[loop])
      continue;
    if (iterators[loop] != utils::IteratorType::reduction)
      return step;
    // An operand that is indexed by this loop alone gives its extent.
    std::optional<unsigned> dim;
    for (OpOperand &operand : op->getOpOperands()) {
      if (dim || !isa<RankedTensorType>(operand.get().getType()))
        continue;
      AffineMap map = op.getMatchingIndexingMap(&operand);
      for (auto [i, expr] : llvm::enumerate(map.getResults()))
        if (!dim && expr == getAffineDimExpr(loop, context))
          dim = add(operand.get(), i);
    }
    if (!dim)
      return step;
    step.dims.push_back(*dim);
    (*loops)[loop] = get(*dim);
  }
  step.kind = Step::Reduce;
  step.op = combiner;
  auto at = llvm::to_vector<4>(*loops);
  if (getBodyOf(reduced) == op)
    step.operands.push_back({reduced, at});
  else
    step.operands.push_back({reduced, {}});
  step.operands.push_back({init->get(), element.at});
  return step;
}

Step Dimensions::step(const Element &element) {
  Element current = element;
  for (unsigned i = 0; i < kFarthest; ++i) {
    std::optional<Element> next = move(current);
    if (!next)
      break;
    current = *next;
  }

  Step step;
  step.leaf = current;
  Operation *op = current.value.getDefiningOp();
  if (!op)
    return step;
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    TypedAttr value = constant.getValue();
    if (auto splat = dyn_cast<SplatElementsAttr>(value))
      value = cast<TypedAttr>(splat.getSplatValue<Attribute>());
    if (isa<ElementsAttr>(value))
      return step;
    step.kind = Step::Constant;
    step.constant = value;
    return step;
  }
  linalg::LinalgOp body = getBodyOf(current.value);
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    step.kind = Step::Index;
    step.index = current.at[index.getDim()];
    return step;
  }
  if (!body)
    if (auto structured = dyn_cast<linalg::LinalgOp>(op))
      return structured.getNumReductionLoops() != 0
                 ? stepIntoStructured(structured, current)
                 : step;
  if (auto softmax = dyn_cast<linalg::SoftmaxOp>(op)) {
    step.kind = Step::Softmax;
    step.op = op;
    step.operands.push_back({softmax.getInput(), current.at});
    step.index = current.at[softmax.getDimension()];
    return step;
  }
  if (auto softmax = dyn_cast<SoftmaxOp>(op)) {
    step.kind = Step::Softmax;
    step.op = op;
    step.operands.push_back({softmax.getInput(), current.at});
    step.index = current.at.back();
    return step;
  }
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    step.kind = Step::Concat;
    step.op = op;
    for (Value part : concat.getInputs())
      step.operands.push_back({part, current.at});
    step.index = current.at[concat.getDim()];
    return step;
  }
  // Scalar operations, and the same on tensors, element by element.
  if (op->getNumResults() != 1 || op->getNumRegions() != 0 || !isPure(op))
    return step;
  bool scalar = !isa<ShapedType>(current.value.getType());
  if (!scalar && !op->hasTrait<OpTrait::Elementwise>())
    return step;
  step.kind = Step::Apply;
  step.op = op;
  for (Value operand : op->getOperands()) {
    bool inBody = body && getBodyOf(operand) == body;
    bool isTensor = isa<RankedTensorType>(operand.getType());
    if (scalar ? inBody : isTensor)
      step.operands.push_back({operand, current.at});
    else if (isTensor) {
      // An element that is looked up: the indices are operands, too.
      step.kind = Step::Leaf;
      step.operands.clear();
      return step;
    } else
      step.operands.push_back({operand, {}});
  }
  return step;
}

//===----------------------------------------------------------------------===//
// Questions
//===----------------------------------------------------------------------===//

bool Dimensions::areAtOnePlace(const Element &l, const Element &r) const {
  // The only index of a unit dimension is zero.
  if (l.value != r.value || l.at.size() != r.at.size())
    return false;
  auto withoutUnits = [&](AffineExpr expr) {
    DenseMap<AffineExpr, AffineExpr> zeros;
    for (unsigned dim = 0; dim < size(); ++dim)
      if (getExtent(dim) == 1)
        zeros[get(dim)] = getAffineConstantExpr(0, context);
    return expr.replace(zeros);
  };
  return llvm::all_of(llvm::zip_equal(l.at, r.at), [&](auto pair) {
    auto [a, b] = pair;
    return a == b || withoutUnits(a) == withoutUnits(b);
  });
}

bool Dimensions::areSame(const Element &l, const Element &r, unsigned depth) {
  if (areAtOnePlace(l, r))
    return true;
  if (depth > kDeepest)
    return false;
  Step a = step(l), b = step(r);
  if (areAtOnePlace(a.leaf, b.leaf))
    return true;
  if (a.kind != b.kind)
    return false;
  switch (a.kind) {
  case Step::Leaf:
    return false;
  case Step::Constant:
    return a.constant == b.constant;
  case Step::Index:
    return a.index == b.index;
  case Step::Softmax:
  case Step::Concat:
    return a.op->getName() == b.op->getName() && a.index == b.index &&
           llvm::equal(a.operands, b.operands,
                       [&](const Element &l, const Element &r) {
                         return areSame(l, r, depth + 1);
                       });
  case Step::Reduce: {
    if (a.op->getName() != b.op->getName() || a.dims.size() != b.dims.size())
      return false;
    Element renamed = b.operands[0];
    for (auto [from, to] : llvm::zip_equal(b.dims, a.dims))
      renamed = replaceDim(renamed, from, get(to));
    return areSame(a.operands[0], renamed, depth + 1) &&
           areSame(a.operands[1], b.operands[1], depth + 1);
  }
  case Step::Apply: {
    if (a.op->getName() != b.op->getName() ||
        a.operands.size() != b.operands.size())
      return false;
    auto l = a.op->getAttrDictionary(), r = b.op->getAttrDictionary();
    for (NamedAttribute attribute : l)
      if (attribute.getName() != "fastmath" &&
          r.get(attribute.getName()) != attribute.getValue())
        return false;
    auto same = [&](unsigned i, unsigned j) {
      return areSame(a.operands[i], b.operands[j], depth + 1);
    };
    if (a.op->hasTrait<OpTrait::IsCommutative>() && a.operands.size() == 2)
      return (same(0, 0) && same(1, 1)) || (same(0, 1) && same(1, 0));
    for (unsigned i = 0; i < a.operands.size(); ++i)
      if (!same(i, i))
        return false;
    return true;
  }
  }
  return false;
}

std::optional<double> Dimensions::getNumber(const Element &element,
                                            unsigned depth) {
  if (depth > kDeepest)
    return std::nullopt;
  Step made = step(element);
  if (made.kind == Step::Constant) {
    if (auto number = dyn_cast<FloatAttr>(made.constant))
      return number.getValueAsDouble();
    if (auto number = dyn_cast<IntegerAttr>(made.constant))
      return number.getValue().getSExtValue();
    return std::nullopt;
  }
  if (made.kind != Step::Apply)
    return std::nullopt;
  SmallVector<double, 2> numbers;
  for (const Element &operand : made.operands) {
    std::optional<double> number = getNumber(operand, depth + 1);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  if (made.applies<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp,
                   arith::UIToFPOp, arith::IndexCastOp>())
    return numbers[0];
  if (made.applies<math::SqrtOp>())
    return std::sqrt(numbers[0]);
  if (made.applies<math::RsqrtOp>())
    return 1.0 / std::sqrt(numbers[0]);
  if (made.applies<arith::NegFOp>())
    return -numbers[0];
  if (made.applies<arith::DivFOp>())
    return numbers[0] / numbers[1];
  if (made.applies<arith::MulFOp>())
    return numbers[0] * numbers[1];
  if (made.applies<arith::AddFOp>())
    return numbers[0] + numbers[1];
  return std::nullopt;
}

AffineExpr Dimensions::getAffine(const Element &element, unsigned depth) {
  if (depth > kDeepest)
    return {};
  Step made = step(element);
  if (made.kind == Step::Index)
    return simplify(made.index);
  if (made.kind == Step::Constant) {
    auto number = dyn_cast<IntegerAttr>(made.constant);
    return number ? getAffineConstantExpr(number.getValue().getSExtValue(),
                                          context)
                  : AffineExpr();
  }
  if (made.applies<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtSIOp,
                   arith::ExtUIOp, arith::TruncIOp>())
    return getAffine(made.operands[0], depth + 1);
  if (!made.applies<arith::AddIOp, arith::SubIOp, arith::MulIOp>())
    return {};
  AffineExpr l = getAffine(made.operands[0], depth + 1),
             r = getAffine(made.operands[1], depth + 1);
  if (!l || !r)
    return {};
  if (isa<arith::AddIOp>(made.op))
    return l + r;
  if (isa<arith::SubIOp>(made.op))
    return l - r;
  return l.isSymbolicOrConstant() || r.isSymbolicOrConstant() ? l * r
                                                              : AffineExpr();
}
