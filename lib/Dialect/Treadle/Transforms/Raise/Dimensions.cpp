//===- Dimensions.cpp - Extents and indices of elements -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "treadle/Dialect/Treadle/IR/Reshapes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

/// A tensor that has the extent too and is there before `tensor` is made, when
/// there is one: what is raised is replaced, and must not be asked.
static std::pair<Value, unsigned> getExtentSource(Value tensor, unsigned dim) {
  Operation *op = tensor.getDefiningOp();
  if (auto destination = dyn_cast_or_null<DestinationStyleOpInterface>(op))
    return {destination.getTiedOpOperand(cast<OpResult>(tensor))->get(), dim};
  if (op && op->hasTrait<OpTrait::Elementwise>())
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        return {operand, dim};
  if (auto concat = dyn_cast_or_null<tensor::ConcatOp>(op))
    if (concat.getDim() != dim)
      return {concat.getInputs().front(), dim};
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op)) {
    ReassociationIndices group = getGroups(collapse)[dim];
    if (group.size() == 1)
      return {collapse.getSrc(), group[0]};
  }
  return {tensor, dim};
}

unsigned Dimensions::add(Value tensor, unsigned dim) {
  int64_t extent = cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
  auto [source, position] = getExtentSource(tensor, dim);
  extents.push_back({extent, source, position});
  return extents.size() - 1;
}

unsigned Dimensions::add(int64_t extent) {
  extents.push_back({extent, Value(), 0});
  return extents.size() - 1;
}

OpFoldResult Dimensions::getSize(OpBuilder &builder, Location loc,
                                 unsigned dim) const {
  const Extent &extent = extents[dim];
  if (!ShapedType::isDynamic(extent.extent))
    return builder.getIndexAttr(extent.extent);
  return tensor::getMixedSize(builder, loc, extent.tensor, extent.dim);
}

Element Dimensions::getElement(Value tensor) {
  Element element{tensor, {}};
  unsigned rank = cast<RankedTensorType>(tensor.getType()).getRank();
  for (unsigned dim = 0; dim < rank; ++dim)
    element.at.push_back(get(add(tensor, dim)));
  return element;
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

/// Quotient and remainder of `expr`, when the terms that the divisor does not
/// divide are known to sum to less than it: (12 b + h) / 12 with h < 12.
std::optional<std::pair<AffineExpr, AffineExpr>>
Dimensions::divide(AffineExpr expr, int64_t divisor) const {
  AffineExpr quotient = getAffineConstantExpr(0, context), rest = quotient;
  int64_t largest = 0;
  SmallVector<AffineExpr> terms = {expr};
  while (!terms.empty()) {
    AffineExpr term = terms.pop_back_val();
    if (auto sum = dyn_cast<AffineBinaryOpExpr>(term);
        sum && sum.getKind() == AffineExprKind::Add) {
      terms.push_back(sum.getLHS());
      terms.push_back(sum.getRHS());
      continue;
    }
    if (term.isMultipleOf(divisor)) {
      quotient = quotient + term.floorDiv(divisor);
      continue;
    }
    AffineExpr dim = term;
    int64_t factor = 1;
    if (auto product = dyn_cast<AffineBinaryOpExpr>(term);
        product && product.getKind() == AffineExprKind::Mul)
      if (auto constant = dyn_cast<AffineConstantExpr>(product.getRHS())) {
        dim = product.getLHS();
        factor = constant.getValue();
      }
    if (auto constant = dyn_cast<AffineConstantExpr>(term)) {
      if (constant.getValue() < 0)
        return std::nullopt;
      largest += constant.getValue();
    } else if (auto position = dyn_cast<AffineDimExpr>(dim)) {
      int64_t extent = getExtent(position.getPosition());
      if (ShapedType::isDynamic(extent) || factor < 0)
        return std::nullopt;
      largest += factor * std::max<int64_t>(extent - 1, 0);
    } else {
      return std::nullopt;
    }
    rest = rest + term;
  }
  if (largest >= divisor)
    return std::nullopt;
  return std::make_pair(quotient, rest);
}

AffineExpr Dimensions::simplify(AffineExpr expr) const {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return expr;
  AffineExpr l = simplify(binary.getLHS()), r = simplify(binary.getRHS());
  auto constant = dyn_cast<AffineConstantExpr>(r);
  switch (binary.getKind()) {
  case AffineExprKind::Add: {
    // q (e / q) + e % q is e.
    for (auto [quotient, rest] : {std::pair(l, r), std::pair(r, l)}) {
      auto mod = dyn_cast<AffineBinaryOpExpr>(rest);
      if (mod && mod.getKind() == AffineExprKind::Mod &&
          quotient == mod.getLHS().floorDiv(mod.getRHS()) * mod.getRHS())
        return mod.getLHS();
    }
    return l + r;
  }
  case AffineExprKind::Mul:
    return l * r;
  case AffineExprKind::FloorDiv:
    if (constant && constant.getValue() > 0)
      if (auto parts = divide(l, constant.getValue()))
        return parts->first;
    return l.floorDiv(r);
  case AffineExprKind::Mod:
    if (constant && constant.getValue() > 0)
      if (auto parts = divide(l, constant.getValue()))
        return parts->second;
    return l % r;
  default:
    return expr;
  }
}
