//===- RowGenerics.cpp - Operations on the rows of a matrix -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGenerics.h"

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

Value treadle::createGeneric(OpBuilder &b, Location loc, ValueRange inputs,
                             Value init, ArrayRef<AffineMap> maps, int64_t dims,
                             int64_t reduced, BodyBuilder body) {
  SmallVector<IteratorType> iterators(dims, IteratorType::parallel);
  if (reduced >= 0)
    iterators[reduced] = IteratorType::reduction;
  return linalg::GenericOp::create(
             b, loc, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, body(b, loc, args));
             })
      .getResult(0);
}

Value treadle::createFilled(OpBuilder &b, Location loc,
                            ArrayRef<OpFoldResult> sizes, Type type,
                            double value) {
  return linalg::FillOp::create(b, loc, createFloat(b, loc, type, value),
                                createEmpty(b, loc, sizes, type))
      .getResult(0);
}

LogicalResult treadle::checkElements(PatternRewriter &rewriter, Operation *op,
                                     Value input) {
  if (cast<RankedTensorType>(input.getType()).getElementType().isF32())
    return success();
  return rewriter.notifyMatchFailure(op, "its input is not f32");
}

RowMatrix::RowMatrix(OpBuilder &b, Location loc, Value tensor)
    : b(b), loc(loc), tensor(tensor), matrix(flattenRows(b, loc, tensor)) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getRank() != 1)
    return;
  OpFoldResult sizes[] = {b.getIndexAttr(1),
                          tensor::getMixedSize(b, loc, tensor, 0)};
  matrix = tensor::ExpandShapeOp::create(
      b, loc, type.clone({1, type.getDimSize(0)}), tensor,
      ArrayRef<ReassociationIndices>{{0, 1}}, sizes);
}

Type RowMatrix::getElementType() const {
  return cast<RankedTensorType>(matrix.getType()).getElementType();
}

AffineMap RowMatrix::getMap(Value input) const {
  MLIRContext *context = input.getContext();
  if (cast<RankedTensorType>(input.getType()).getRank() == 2)
    return AffineMap::getMultiDimIdentityMap(2, context);
  return AffineMap::get(
      2, 0,
      getAffineDimExpr(llvm::is_contained(reduced, input) ? 0 : 1, context));
}

Value RowMatrix::reduce(ValueRange inputs, double neutral, BodyBuilder body) {
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(getMap(input));
  maps.push_back(AffineMap::get(2, 0, b.getAffineDimExpr(0)));
  Value init = createFilled(b, loc, tensor::getMixedSize(b, loc, matrix, 0),
                            getElementType(), neutral);
  reduced.push_back(
      createGeneric(b, loc, inputs, init, maps, 2, /*reduced=*/1, body));
  return reduced.back();
}

Value RowMatrix::sumSquares() {
  return reduce(
      matrix, 0.0, [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value square = arith::MulFOp::create(b, loc, args[0], args[0]);
        return arith::AddFOp::create(b, loc, args[1], square);
      });
}

Value RowMatrix::map(ValueRange inputs, BodyBuilder body, Value init) {
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(getMap(input));
  if (!init)
    init = createEmpty(b, loc, tensor::getMixedSizes(b, loc, matrix),
                       getElementType());
  maps.push_back(getMap(init));
  return createGeneric(b, loc, inputs, init, maps, 2, /*reduced=*/-1, body);
}

Value RowMatrix::getShare() {
  int64_t columns = cast<RankedTensorType>(matrix.getType()).getDimSize(1);
  Type element = getElementType();
  if (!ShapedType::isDynamic(columns))
    return createFloat(b, loc, element, 1.0 / static_cast<double>(columns));
  Value count = tensor::DimOp::create(b, loc, matrix, 1);
  count = arith::IndexCastOp::create(b, loc, b.getI64Type(), count);
  return arith::DivFOp::create(b, loc, createFloat(b, loc, element, 1.0),
                               arith::SIToFPOp::create(b, loc, element, count));
}

Value RowMatrix::restore(Value result) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getRank() == 1)
    return tensor::CollapseShapeOp::create(
        b, loc, type, result, ArrayRef<ReassociationIndices>{{0, 1}});
  return unflattenRows(b, loc, result, tensor);
}
