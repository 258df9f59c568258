//===- Masks.cpp - Conditions that hide scores -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Masks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace treadle;

std::optional<Condition> treadle::getAddedCondition(Dimensions &dims,
                                                    const Element &added) {
  Step step = dims.step(added);
  if (!step.applies<arith::SelectOp>())
    return std::nullopt;
  constexpr double hidden = -std::numeric_limits<double>::infinity();
  for (bool negated : {false, true})
    if (dims.getNumber(step.operands[negated ? 2 : 1]) == 0.0 &&
        dims.getNumber(step.operands[negated ? 1 : 2]) == hidden)
      return Condition{step.operands[0], negated};
  return std::nullopt;
}

MaskAttr Mask::getAttr(MLIRContext *context) const {
  if (!causal && window == 0 && !lengths)
    return {};
  return MaskAttr::get(context, causal, lengths != nullptr, window,
                       /*prefix=*/false, align);
}

/// Adds the parts of a conjunction.
static void addParts(Dimensions &dims, const Condition &condition,
                     SmallVectorImpl<Condition> &parts) {
  Step step = dims.step(condition.visible);
  if (step.applies<arith::AndIOp>() && !condition.negated) {
    for (const Element &operand : step.operands)
      addParts(dims, {operand, false}, parts);
    return;
  }
  if (step.applies<arith::OrIOp>() && condition.negated) {
    for (const Element &operand : step.operands)
      addParts(dims, {operand, true}, parts);
    return;
  }
  // Negation is an exclusive or with true; constants of i1 are -1 as signed.
  if (step.applies<arith::XOrIOp>() &&
      dims.getNumber(step.operands[1]).value_or(0.0) != 0.0) {
    addParts(dims, {step.operands[0], !condition.negated}, parts);
    return;
  }
  parts.push_back(condition);
}

/// The expression that is not negative where the condition makes visible.
static AffineExpr getNotNegative(Dimensions &dims, const Condition &condition) {
  Step step = dims.step(condition.visible);
  if (!step.applies<arith::CmpIOp>())
    return {};
  AffineExpr l = dims.getAffine(step.operands[0]),
             r = dims.getAffine(step.operands[1]);
  if (!l || !r)
    return {};
  AffineExpr expr;
  switch (cast<arith::CmpIOp>(step.op).getPredicate()) {
  case arith::CmpIPredicate::sle:
    expr = r - l;
    break;
  case arith::CmpIPredicate::slt:
    expr = r - l - 1;
    break;
  case arith::CmpIPredicate::sge:
    expr = l - r;
    break;
  case arith::CmpIPredicate::sgt:
    expr = l - r - 1;
    break;
  case arith::CmpIPredicate::ule:
  case arith::CmpIPredicate::ult:
  case arith::CmpIPredicate::uge:
  case arith::CmpIPredicate::ugt:
    // A difference below zero is a large number without a sign.
    if (!isa<AffineDimExpr>(l) || !isa<AffineDimExpr>(r))
      return {};
    switch (cast<arith::CmpIOp>(step.op).getPredicate()) {
    case arith::CmpIPredicate::ule:
      expr = r - l;
      break;
    case arith::CmpIPredicate::ult:
      expr = r - l - 1;
      break;
    case arith::CmpIPredicate::uge:
      expr = l - r;
      break;
    default:
      expr = l - r - 1;
      break;
    }
    break;
  default:
    return {};
  }
  return condition.negated ? -expr - 1 : expr;
}

/// c, when `expr` is `plus` - `minus` + c.
static std::optional<int64_t> getDistance(const Dimensions &dims,
                                          AffineExpr expr, AffineExpr plus,
                                          AffineExpr minus) {
  auto rest = dyn_cast<AffineConstantExpr>(
      simplifyAffineExpr(expr - plus + minus, dims.size(), 0));
  return rest ? std::optional(rest.getValue()) : std::nullopt;
}

/// The tensor [batch] that `condition` compares keys with: n < lengths[b].
static Value getLengths(Dimensions &dims, const Condition &condition,
                        unsigned n, ArrayRef<unsigned> outer) {
  Step step = dims.step(condition.visible);
  if (!step.applies<arith::CmpIOp>() || outer.empty())
    return {};
  auto predicate = cast<arith::CmpIOp>(step.op).getPredicate();
  unsigned key = 0;
  if (predicate == (condition.negated ? arith::CmpIPredicate::sge
                                      : arith::CmpIPredicate::slt))
    key = 0;
  else if (predicate == (condition.negated ? arith::CmpIPredicate::sle
                                           : arith::CmpIPredicate::sgt))
    key = 1;
  else
    return {};
  if (dims.getAffine(step.operands[key]) != dims.get(n))
    return {};
  Element length = step.operands[1 - key];
  Step made = dims.step(length);
  while (made.applies<arith::IndexCastOp, arith::ExtSIOp>())
    made = dims.step(made.operands[0]);
  for (const Element &tensor : dims.getTensors(made.leaf)) {
    auto type = cast<RankedTensorType>(tensor.value.getType());
    if (type.getRank() == 1 && tensor.at[0] == dims.get(outer[0]) &&
        (type.getElementType().isInteger(32) ||
         type.getElementType().isInteger(64)))
      return tensor.value;
  }
  return {};
}

Mask treadle::splitConditions(Dimensions &dims, ArrayRef<Condition> conditions,
                              unsigned m, unsigned n,
                              ArrayRef<unsigned> outer) {
  SmallVector<Condition> parts;
  for (const Condition &condition : conditions)
    addParts(dims, condition, parts);

  Mask mask;
  AffineExpr query = dims.get(m), key = dims.get(n);
  int64_t queries = dims.getExtent(m), keys = dims.getExtent(n);
  std::optional<int64_t> offset;
  SmallVector<std::pair<int64_t, Condition>> windows;
  for (const Condition &part : parts) {
    if (AffineExpr expr = getNotNegative(dims, part)) {
      // n <= m + c: bottom right where c is the difference of the extents.
      std::optional<int64_t> causal = getDistance(dims, expr, query, key);
      bool known =
          !ShapedType::isDynamic(queries) && !ShapedType::isDynamic(keys);
      if (causal && !offset && known && *causal == keys - queries) {
        offset = causal;
        mask.causal = true;
        continue;
      }
      if (causal && !offset && *causal == 0) {
        offset = causal;
        mask.causal = true;
        mask.align = Alignment::TopLeft;
        continue;
      }
      if (auto window = getDistance(dims, expr, key, query)) {
        windows.push_back({*window, part});
        continue;
      }
    } else if (Value lengths = getLengths(dims, part, n, outer);
               lengths && !mask.lengths) {
      mask.lengths = lengths;
      continue;
    }
    mask.rest.push_back(part);
  }
  // m - n <= c is p(m) - n < W for p(m) = m + offset and W = c + offset + 1.
  for (auto &[distance, part] : windows) {
    int64_t window = distance + offset.value_or(0) + 1;
    if (offset && mask.window == 0 && window > 0)
      mask.window = window;
    else
      mask.rest.push_back(part);
  }
  return mask;
}

std::optional<Operand> treadle::createSelection(OpBuilder &builder,
                                                Location loc, Dimensions &dims,
                                                ArrayRef<Condition> conditions,
                                                ArrayRef<unsigned> among) {
  SmallVector<unsigned> over;
  for (const Condition &condition : conditions) {
    auto used = getDimsOf(dims, condition.visible, dims.size());
    if (!used)
      return std::nullopt;
    for (unsigned dim : *used) {
      if (!llvm::is_contained(among, dim))
        return std::nullopt;
      if (!llvm::is_contained(over, dim))
        over.push_back(dim);
    }
  }
  llvm::sort(over);
  if (conditions.size() == 1 && !conditions[0].negated)
    return createOperand(builder, loc, dims, conditions[0].visible, over);

  SmallVector<Value> inputs;
  for (const Condition &condition : conditions) {
    Value input = createTensor(builder, loc, dims, condition.visible, over);
    if (!input)
      return std::nullopt;
    inputs.push_back(input);
  }
  Value selection;
  for (auto [input, condition] : llvm::zip_equal(inputs, conditions)) {
    Value visible = input;
    if (condition.negated) {
      Value yes =
          arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
      SmallVector<Value> dynamicSizes;
      auto type = cast<RankedTensorType>(input.getType());
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        if (type.isDynamicDim(dim))
          dynamicSizes.push_back(
              tensor::DimOp::create(builder, loc, input, dim));
      Value all = tensor::SplatOp::create(builder, loc, yes, type.getShape(),
                                          dynamicSizes);
      visible = arith::XOrIOp::create(builder, loc, visible, all);
    }
    selection = selection
                    ? arith::AndIOp::create(builder, loc, selection, visible)
                          .getResult()
                    : visible;
  }
  return Operand{selection, llvm::to_vector<4>(over)};
}
