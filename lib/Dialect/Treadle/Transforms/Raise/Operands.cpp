//===- Operands.cpp - Tensors as operands with indexing maps -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operands.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Utils/Utils.h"

using namespace mlir;
using namespace treadle;

std::optional<Split>
treadle::findSplit(Dimensions &dims, const Element &element, unsigned count) {
  SmallVector<Element> tensors = dims.getTensors(element);
  for (const Element &tensor : llvm::reverse(tensors))
    for (auto [position, expr] : llvm::enumerate(tensor.at)) {
      auto division = dyn_cast<AffineBinaryOpExpr>(expr);
      if (!division || division.getKind() != AffineExprKind::FloorDiv)
        continue;
      auto dim = dyn_cast<AffineDimExpr>(division.getLHS());
      auto inner = dyn_cast<AffineConstantExpr>(division.getRHS());
      if (dim && inner && inner.getValue() > 0 && dim.getPosition() < count)
        return Split{dim.getPosition(), inner.getValue(), tensor.value,
                     static_cast<unsigned>(position)};
    }
  return std::nullopt;
}

/// The dimensions of an index that is one of several in row-major order, from
/// the outermost; nothing when it is none. An index that is zero has none.
static std::optional<SmallVector<unsigned, 2>>
getMembers(const Dimensions &dims, AffineExpr index) {
  SmallVector<std::pair<int64_t, unsigned>> terms;
  SmallVector<AffineExpr> open = {index};
  while (!open.empty()) {
    AffineExpr expr = open.pop_back_val();
    int64_t factor = 1;
    if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr)) {
      if (binary.getKind() == AffineExprKind::Add) {
        open.push_back(binary.getLHS());
        open.push_back(binary.getRHS());
        continue;
      }
      auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
      if (binary.getKind() != AffineExprKind::Mul || !constant)
        return std::nullopt;
      factor = constant.getValue();
      expr = binary.getLHS();
    }
    if (auto constant = dyn_cast<AffineConstantExpr>(expr);
        constant && constant.getValue() == 0)
      continue;
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      return std::nullopt;
    terms.push_back({factor, dim.getPosition()});
  }
  llvm::sort(terms);
  SmallVector<unsigned, 2> members;
  int64_t stride = 1;
  for (auto [i, term] : llvm::enumerate(terms)) {
    if (term.first != stride)
      return std::nullopt;
    int64_t extent = dims.getExtent(term.second);
    if (i + 1 < terms.size() && ShapedType::isDynamic(extent))
      return std::nullopt;
    stride *= extent;
    members.push_back(term.second);
  }
  std::reverse(members.begin(), members.end());
  return members;
}

/// `tensor` with each dimension as its members.
static std::optional<Operand> takeApart(OpBuilder &builder, Location loc,
                                        Dimensions &dims,
                                        const Element &tensor) {
  auto type = cast<RankedTensorType>(tensor.value.getType());
  SmallVector<SmallVector<unsigned, 2>> groups;
  llvm::SmallDenseSet<unsigned> seen;
  for (auto [position, index] : llvm::enumerate(tensor.at)) {
    auto members = getMembers(dims, index);
    if (!members || (members->empty() && type.getDimSize(position) != 1))
      return std::nullopt;
    for (unsigned dim : *members)
      if (!seen.insert(dim).second)
        return std::nullopt;
    int64_t extent = 1;
    for (unsigned dim : *members)
      extent = ShapedType::isDynamic(extent) ||
                       ShapedType::isDynamic(dims.getExtent(dim))
                   ? ShapedType::kDynamic
                   : extent * dims.getExtent(dim);
    // A part of a dimension is not the dimension.
    if (!ShapedType::isDynamic(extent) && extent != type.getDimSize(position))
      return std::nullopt;
    groups.push_back(*members);
  }

  Operand operand{tensor.value, {}};
  llvm::SmallBitVector units(groups.size());
  for (auto [position, group] : llvm::enumerate(groups))
    if (group.empty())
      units.set(position);
  if (units.any()) {
    operand.tensor =
        tensor::dropGivenUnitDims(builder, loc, operand.tensor, units);
    llvm::erase_if(groups, [](const auto &group) { return group.empty(); });
  }
  SmallVector<ReassociationIndices> reassociation;
  SmallVector<int64_t> shape;
  SmallVector<OpFoldResult> sizes;
  auto dropped = cast<RankedTensorType>(operand.tensor.getType());
  for (auto [position, group] : llvm::enumerate(groups)) {
    ReassociationIndices indices;
    for (unsigned dim : group) {
      indices.push_back(shape.size());
      operand.dims.push_back(dim);
      // Of several only the outermost may be dynamic.
      bool alone = group.size() == 1;
      shape.push_back(alone ? dropped.getDimSize(position)
                            : dims.getExtent(dim));
      sizes.push_back(
          alone ? tensor::getMixedSize(builder, loc, operand.tensor, position)
                : dims.getSize(builder, loc, dim));
    }
    reassociation.push_back(indices);
  }
  if (operand.dims.size() != groups.size())
    operand.tensor =
        tensor::ExpandShapeOp::create(builder, loc, dropped.clone(shape),
                                      operand.tensor, reassociation, sizes);
  return operand;
}

std::optional<Operand> treadle::createOperand(OpBuilder &builder, Location loc,
                                              Dimensions &dims,
                                              const Element &element,
                                              ArrayRef<unsigned> over) {
  SmallVector<Element> tensors = dims.getTensors(element);
  for (const Element &tensor : llvm::reverse(tensors))
    if (auto operand = takeApart(builder, loc, dims, tensor))
      return operand;
  if (Value tensor = createTensor(builder, loc, dims, element, over))
    return Operand{tensor, SmallVector<unsigned, 4>(over)};
  return std::nullopt;
}
