//===- Weights.cpp - Computing with weights -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

/// Whether `value` is `depth` operations or less away from parameters.
static bool isWithin(Value value, unsigned depth) {
  Operation *definition = value.getDefiningOp();
  if (!definition || depth == 0 || !isPure(definition))
    return false;
  if (isa<ParameterOp>(definition))
    return true;
  return llvm::all_of(definition->getOperands(), [&](Value operand) {
    return isWithin(operand, depth - 1);
  });
}

bool treadle::isOfParameters(Value value) {
  // Weights are a few operations away from their parameters.
  constexpr unsigned kDeepest = 16;
  return isWithin(value, kDeepest);
}

bool treadle::mayCompute(Value value, WeightSource source) {
  return cast<RankedTensorType>(value.getType()).hasStaticShape() &&
         (source == WeightSource::Anything || isOfParameters(value));
}

Value treadle::createSplat(OpBuilder &builder, Location loc, Type type,
                           double number) {
  auto tensor = cast<RankedTensorType>(type);
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(tensor, cast<Attribute>(builder.getFloatAttr(
                                         tensor.getElementType(), number))));
}

Value treadle::multiply(OpBuilder &builder, Location loc, Value value,
                        double number) {
  return arith::MulFOp::create(
      builder, loc, value, createSplat(builder, loc, value.getType(), number));
}

/// A generic over [outputs, inputs] that reads a weight and a vector along the
/// inputs. It makes a matrix like the weight, or reduces it onto `init`.
static Value createGeneric(OpBuilder &builder, Location loc, Value weight,
                           Value vector, Value init, bool reduces) {
  MLIRContext *context = builder.getContext();
  AffineMap matrix = AffineMap::getMultiDimIdentityMap(2, context);
  AffineMap inputs = AffineMap::get(2, 0, getAffineDimExpr(1, context));
  AffineMap outputs = AffineMap::get(2, 0, getAffineDimExpr(0, context));
  return linalg::GenericOp::create(
             builder, loc, init.getType(), ValueRange{weight, vector}, init,
             ArrayRef<AffineMap>{matrix, inputs, reduces ? outputs : matrix},
             ArrayRef<IteratorType>{IteratorType::parallel,
                                    reduces ? IteratorType::reduction
                                            : IteratorType::parallel},
             [&](OpBuilder &b, Location loc, ValueRange args) {
               Value value = arith::MulFOp::create(b, loc, args[0], args[1]);
               if (reduces)
                 value = arith::AddFOp::create(b, loc, args[2], value);
               linalg::YieldOp::create(b, loc, value);
             })
      .getResult(0);
}

Value treadle::multiplyColumns(OpBuilder &builder, Location loc, Value weight,
                               Value gain) {
  auto type = cast<RankedTensorType>(weight.getType());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType());
  return createGeneric(builder, loc, weight, gain, empty, /*reduces=*/false);
}

Value treadle::apply(OpBuilder &builder, Location loc, Value weight, Value x,
                     Value bias) {
  auto type = cast<RankedTensorType>(weight.getType());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getDimSize(0),
                                        type.getElementType());
  Value zero = createFloat(builder, loc, type.getElementType(), 0.0);
  Value zeros = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  Value sum = createGeneric(builder, loc, weight, x, zeros, /*reduces=*/true);
  return bias ? arith::AddFOp::create(builder, loc, sum, bias).getResult()
              : sum;
}
