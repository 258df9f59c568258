//===- RotaryTables.cpp - Cosines and sines of rotary positions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RotaryTables.h"

#include "Angles.h"

#include "treadle/Dialect/Treadle/IR/Positions.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

namespace {

class TableBuilder {
public:
  TableBuilder(OpBuilder &b, RotaryOp op)
      : b(b), loc(op.getLoc()), op(op), rotary(op.getRotary()),
        pairs(rotary.getWidth() / 2),
        sizes(tensor::getMixedSizes(b, loc, op.getInput())) {}

  RotaryTables build() {
    createFrequencies();
    return {createTable(/*phase=*/0.25), createTable(/*phase=*/0.0)};
  }

private:
  Value i64(OpBuilder &b, int64_t value) {
    return arith::ConstantIntOp::create(b, loc, value, 64);
  }
  /// A constant of what pairs turn from one position to the next, in turns.
  Value createConstant(ArrayRef<double> radians) {
    auto type = RankedTensorType::get(radians.size(), b.getF64Type());
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, ArrayRef(toTurns(radians))));
  }
  AffineMap project(unsigned rank, ArrayRef<unsigned> dims) {
    return AffineMap::getMultiDimMapWithTargets(rank, dims, b.getContext());
  }

  Value getGreatest(Value numbers, int64_t least);
  Value getLength(OpBuilder &b);
  void createFrequencies();
  Value createDynamicFrequencies(Value unscaled);
  Value createTable(double phase);

  OpBuilder &b;
  Location loc;
  RotaryOp op;
  RotaryAttr rotary;
  int64_t pairs;
  SmallVector<OpFoldResult> sizes;
  /// In turns. With `longrope` there are others for long runs.
  Value frequencies, longFrequencies;
  /// What the run's length is made of.
  Value tokens, greatest;
};

/// The greatest of a tensor's integers and `least`, as a tensor of one i64.
Value TableBuilder::getGreatest(Value numbers, int64_t least) {
  unsigned rank = cast<RankedTensorType>(numbers.getType()).getRank();
  SmallVector<IteratorType> iterators(rank + 1, IteratorType::reduction);
  iterators[0] = IteratorType::parallel;
  auto all = llvm::to_vector(llvm::seq<unsigned>(1, rank + 1));
  Value empty =
      createEmpty(b, loc, OpFoldResult(b.getIndexAttr(1)), b.getI64Type());
  Value init =
      linalg::FillOp::create(b, loc, i64(b, least), empty).getResult(0);
  auto body = [](OpBuilder &b, Location loc, ValueRange args) {
    Value number = args[0];
    if (number.getType() != args[1].getType())
      number = arith::ExtSIOp::create(b, loc, args[1].getType(), number);
    Value greatest = arith::MaxSIOp::create(b, loc, number, args[1]);
    linalg::YieldOp::create(b, loc, greatest);
  };
  return linalg::GenericOp::create(
             b, loc, init.getType(), numbers, init,
             {project(rank + 1, all), project(rank + 1, {0})}, iterators, body)
      .getResult(0);
}

/// The greatest position of the call plus one, as i64, inside of a body: a
/// thread that read the greatest number between two loops might find the second
/// loop's results in its place.
Value TableBuilder::getLength(OpBuilder &b) {
  Value number;
  if (greatest)
    number = tensor::ExtractOp::create(
        b, loc, greatest, Value(arith::ConstantIndexOp::create(b, loc, 0)));
  if (op.getPositions())
    return arith::AddIOp::create(b, loc, number, i64(b, 1));
  Value length = arith::IndexCastOp::create(b, loc, b.getI64Type(), tokens);
  return number ? arith::AddIOp::create(b, loc, length, number) : length;
}

void TableBuilder::createFrequencies() {
  if (rotary.dependsOnLength()) {
    tokens = getValueOrCreateConstantIndexOp(b, loc, sizes[1]);
    if (op.getPositions())
      greatest = getGreatest(op.getPositions(), -1);
    else if (op.getOffsets())
      greatest =
          getGreatest(op.getOffsets(), std::numeric_limits<int32_t>::min());
  }
  frequencies = createConstant(getRotaryFrequencies(rotary));
  if (rotary.getScaling() == RotaryScaling::Dynamic)
    frequencies = createDynamicFrequencies(frequencies);
  else if (rotary.getScaling() == RotaryScaling::Longrope)
    longFrequencies =
        createConstant(getRotaryFrequencies(rotary, *rotary.getOriginal() + 1));
}

/// w(i) = f(i) g^i, where g is k^(-2/(width - 2)) and k, the growth, depends on
/// the run's length. g^i is the product of the g^(2^n) whose bit is set in i,
/// so that one power is computed, not one for each pair.
Value TableBuilder::createDynamicFrequencies(Value unscaled) {
  double width = rotary.getWidth(),
         factor = rotary.getFactor().getValueAsDouble();
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    auto f64 = [&](double value) {
      return createFloat(b, loc, b.getF64Type(), value);
    };
    Value growth = arith::MulFOp::create(b, loc, toF64(b, loc, getLength(b)),
                                         f64(factor / *rotary.getOriginal()));
    growth = arith::SubFOp::create(b, loc, growth, f64(factor - 1.0));
    growth = arith::MaximumFOp::create(b, loc, growth, f64(1.0));
    Value power = createPower(b, loc, growth, -2.0 / (width - 2.0)),
          product = args[0], pair = linalg::IndexOp::create(b, loc, 0);
    for (int64_t bit = 1; bit < pairs; bit *= 2) {
      Value mask = arith::ConstantIndexOp::create(b, loc, bit);
      Value isSet = arith::CmpIOp::create(
          b, loc, arith::CmpIPredicate::eq,
          arith::AndIOp::create(b, loc, pair, mask), mask);
      Value multiplied = arith::MulFOp::create(b, loc, product, power);
      product = arith::SelectOp::create(b, loc, isSet, multiplied, product);
      power = arith::MulFOp::create(b, loc, power, power);
    }
    linalg::YieldOp::create(b, loc, product);
  };
  Value empty =
      createEmpty(b, loc, OpFoldResult(b.getIndexAttr(pairs)), b.getF64Type());
  return linalg::GenericOp::create(b, loc, empty.getType(), unscaled, empty,
                                   {project(1, {0}), project(1, {0})},
                                   IteratorType::parallel, body)
      .getResult(0);
}

/// Sines of the angles, `phase` turns later, times the magnitude.
Value TableBuilder::createTable(double phase) {
  Value ofSequence = op.getPositions() ? op.getPositions() : op.getOffsets();
  SmallVector<OpFoldResult> shape = {sizes[1], b.getIndexAttr(pairs)};
  if (ofSequence)
    shape.insert(shape.begin(), sizes[0]);
  unsigned rank = shape.size(), tokenDim = rank - 2, pairDim = rank - 1;
  SmallVector<Value> inputs = {frequencies};
  if (longFrequencies)
    inputs.push_back(longFrequencies);
  SmallVector<AffineMap> maps(inputs.size(), project(rank, {pairDim}));
  if (ofSequence) {
    inputs.push_back(ofSequence);
    maps.push_back(op.getPositions() ? project(rank, {0, tokenDim})
                                     : project(rank, {0}));
  }
  maps.push_back(AffineMap::getMultiDimIdentityMap(rank, b.getContext()));
  double magnitude = rotary.getEffectiveMagnitude();
  Type element =
      cast<RankedTensorType>(op.getInput().getType()).getElementType();
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    Value position =
        op.getPositions()
            ? toF64(b, loc, args[inputs.size() - 1])
            : createPosition(b, loc, linalg::IndexOp::create(b, loc, tokenDim),
                             ofSequence ? args[inputs.size() - 1] : Value());
    Value frequency = args[0];
    if (longFrequencies) {
      Value isLong =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, getLength(b),
                                i64(b, *rotary.getOriginal()));
      frequency = arith::SelectOp::create(b, loc, isLong, args[1], args[0]);
    }
    Value turns = arith::MulFOp::create(b, loc, position, frequency);
    if (phase != 0.0)
      turns = arith::AddFOp::create(b, loc, turns,
                                    createFloat(b, loc, b.getF64Type(), phase));
    Value sine = createSineOfTurns(b, loc, turns);
    if (magnitude != 1.0)
      sine = arith::MulFOp::create(
          b, loc, sine, createFloat(b, loc, b.getF64Type(), magnitude));
    Value narrow = arith::TruncFOp::create(b, loc, element, sine);
    linalg::YieldOp::create(b, loc, narrow);
  };
  Value empty = createEmpty(b, loc, shape, element);
  SmallVector<IteratorType> iterators(rank, IteratorType::parallel);
  return linalg::GenericOp::create(b, loc, empty.getType(), inputs, empty, maps,
                                   iterators, body)
      .getResult(0);
}

} // namespace

RotaryTables treadle::createRotaryTables(OpBuilder &b, RotaryOp op) {
  return TableBuilder(b, op).build();
}
