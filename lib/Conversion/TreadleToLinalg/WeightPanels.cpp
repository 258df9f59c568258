//===- WeightPanels.cpp - Weights as their products read them -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightPanels.h"
#include "RowGenerics.h"

#include "treadle/Dialect/Treadle/Transforms/Rewrites.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

int64_t treadle::getPanelWidth(TargetAttr target, RankedTensorType type,
                               bool mayPad) {
  int64_t outputs = type.getDimSize(0);
  int64_t lanes = target.getLanes(type.getElementTypeBitWidth());
  int64_t wide = 2 * lanes;
  if (!mayPad) {
    while (outputs % wide != 0)
      wide /= 2;
    return wide;
  }
  if (outputs % lanes == 0)
    return outputs % wide == 0 ? wide : lanes;
  // What is padded is computed. One vector to a row costs an eighth more, as it
  // wants an element broadcast for each multiplication.
  return 8 * llvm::alignTo(outputs, wide) <= 9 * llvm::alignTo(outputs, lanes)
             ? wide
             : lanes;
}

bool treadle::fitsTiles(TargetAttr target, int64_t inputs, int64_t width) {
  return target.getTile() != TileUnit::None && inputs % kTileDepth == 0 &&
         width % kTileSide == 0;
}

Value treadle::padOutputs(OpBuilder &b, Location loc, Value tensor,
                          int64_t width) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = llvm::alignTo(shape[0], width);
  if (type.getShape() == ArrayRef(shape))
    return tensor;
  Value empty = tensor::EmptyOp::create(b, loc, shape, type.getElementType());
  Value zero = createFloat(b, loc, type.getElementType(), 0.0);
  Value zeros = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  MLIRContext *context = b.getContext();
  SmallVector<int64_t> origin(shape.size(), 0), steps(shape.size(), 1);
  return tensor::InsertSliceOp::create(
      b, loc, tensor, zeros, getAsIndexOpFoldResult(context, origin),
      getAsIndexOpFoldResult(context, type.getShape()),
      getAsIndexOpFoldResult(context, steps));
}

Value treadle::takeColumns(OpBuilder &b, Location loc, Value matrix,
                           int64_t count) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  OpFoldResult sizes[] = {tensor::getMixedSize(b, loc, matrix, 0),
                          b.getIndexAttr(count)};
  return tensor::ExtractSliceOp::create(
      b, loc, matrix, ArrayRef<OpFoldResult>{zero, zero}, sizes,
      ArrayRef<OpFoldResult>{one, one});
}

Value treadle::dropPadding(OpBuilder &b, Location loc, Value matrix,
                           int64_t outputs) {
  auto type = cast<RankedTensorType>(matrix.getType());
  if (type.getDimSize(1) == outputs)
    return matrix;
  OpFoldResult sizes[] = {tensor::getMixedSize(b, loc, matrix, 0),
                          b.getIndexAttr(outputs)};
  Value empty = createEmpty(b, loc, sizes, type.getElementType());
  // A slice of no row would begin outside.
  if (type.getDimSize(0) == 0)
    return empty;
  Value part = takeColumns(b, loc, matrix, outputs);
  // A copy and no view: what reads rows expects them behind one another.
  return linalg::CopyOp::create(b, loc, part, empty).getResult(0);
}

/// The parameters that a value is computed from.
static void collectParameters(Value value,
                              SmallVectorImpl<ParameterOp> &parameters) {
  Operation *definition = value.getDefiningOp();
  if (auto parameter = dyn_cast<ParameterOp>(definition))
    return parameters.push_back(parameter);
  for (Value operand : definition->getOperands())
    collectParameters(operand, parameters);
}

bool treadle::isPrepared(Value weight) {
  if (!isOfParameters(weight))
    return false;
  SmallVector<ParameterOp> parameters;
  collectParameters(weight, parameters);
  llvm::SmallDenseSet<Value> layers;
  for (ParameterOp parameter : parameters)
    if (Value layer = parameter.getIndex())
      layers.insert(layer);
  return !parameters.empty() && layers.size() <= 1;
}

/// `tensor`, permuted into `init` and rounded to its elements.
static Value permuteAndRound(OpBuilder &b, Location loc, Value tensor,
                             Value init, ArrayRef<unsigned> permutation) {
  unsigned dims = permutation.size();
  AffineMap made = b.getMultiDimIdentityMap(dims);
  AffineMap read = AffineMap::getPermutationMap(permutation, b.getContext());
  Type element = getElementTypeOrSelf(init);
  return createGeneric(
      b, loc, tensor, init, {read, made}, dims, /*reduced=*/-1,
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        return arith::TruncFOp::create(b, loc, element, args[0]);
      });
}

Value treadle::packWeight(OpBuilder &b, Location loc, Value weight,
                          int64_t width, Type element) {
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t outputs = type.getDimSize(0), inputs = type.getDimSize(1);
  Value split = tensor::ExpandShapeOp::create(
      b, loc, type.clone({outputs / width, width, inputs}), weight,
      ArrayRef<ReassociationIndices>{{0, 1}, {2}});
  Value empty = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{outputs / width, inputs, width}, element);
  if (element != type.getElementType())
    return permuteAndRound(b, loc, split, empty, {0, 2, 1});
  return linalg::TransposeOp::create(b, loc, split, empty,
                                     ArrayRef<int64_t>{0, 2, 1})
      ->getResult(0);
}

Value treadle::packWeightInPairs(OpBuilder &b, Location loc, Value weight,
                                 int64_t width) {
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t outputs = type.getDimSize(0), inputs = type.getDimSize(1);
  Value split = tensor::ExpandShapeOp::create(
      b, loc, type.clone({outputs / width, width, inputs / kPair, kPair}),
      weight, ArrayRef<ReassociationIndices>{{0, 1}, {2, 3}});
  Value empty = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{outputs / width, inputs / kPair, width, kPair},
      b.getBF16Type());
  return permuteAndRound(b, loc, split, empty, {0, 2, 1, 3});
}
