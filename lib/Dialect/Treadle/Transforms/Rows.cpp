//===- Rows.cpp - Tensors as rows of vectors -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

/// {[0 … rank-2], [rank-1]}
static SmallVector<ReassociationIndices> getRowReassociation(int64_t rank) {
  ReassociationIndices leading;
  for (int64_t dim = 0; dim + 1 < rank; ++dim)
    leading.push_back(dim);
  return {leading, {rank - 1}};
}

Value treadle::flattenRows(OpBuilder &builder, Location loc, Value value) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  if (rank <= 2)
    return value;
  return tensor::CollapseShapeOp::create(builder, loc, value,
                                         getRowReassociation(rank));
}

Value treadle::unflattenRows(OpBuilder &builder, Location loc, Value rows,
                             Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  if (type.getRank() <= 2)
    return rows;
  int64_t width = cast<RankedTensorType>(rows.getType()).getDimSize(1);
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = width;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, like);
  sizes.back() = tensor::getMixedSize(builder, loc, rows, 1);
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), rows,
                                       getRowReassociation(type.getRank()),
                                       sizes);
}

Value treadle::splitIntoPairs(OpBuilder &builder, Location loc, Value tensor,
                              unsigned dim, OpFoldResult pairs) {
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(builder, loc, tensor);
  SmallVector<ReassociationIndices> groups;
  for (unsigned i = 0; i < shape.size(); ++i) {
    if (i < dim)
      groups.push_back({i});
    else if (i == dim)
      groups.push_back({i, i + 1});
    else
      groups.push_back({i + 1});
  }
  shape[dim] = pairs;
  shape.insert(shape.begin() + dim + 1, builder.getIndexAttr(2));
  SmallVector<int64_t> extents;
  for (OpFoldResult size : shape)
    extents.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  auto type = cast<RankedTensorType>(tensor.getType());
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(extents),
                                       tensor, groups, shape);
}

Value treadle::createEmpty(OpBuilder &builder, Location loc,
                           ArrayRef<OpFoldResult> sizes, Type elementType) {
  return tensor::EmptyOp::create(builder, loc, sizes, elementType);
}

Value treadle::createFloat(OpBuilder &builder, Location loc, Type type,
                           double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getFloatAttr(type, value));
}
