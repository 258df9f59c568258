//===- RotaryToLinalg.cpp - Rotary positions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tables of the angles' cosines and sines are made first, one row for each
// token of the call, which all heads read; then the turn, one operation over
// the vectors' components. It reads both at places that it computes: a table
// behind an indexing map would be made anew for each head once the two are
// fused, and vectors behind one would be overwritten while they are read.
//
//===----------------------------------------------------------------------===//

#include "RotaryTables.h"

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

namespace {

/// What one element of the result is made of: places in the vectors, and the
/// pair.
struct Component {
  SmallVector<Value> first, second; ///< The components of its pair.
  SmallVector<Value> itself;
  Value pair;
  Value isFirst;  ///< Whether it is the first of its pair.
  Value isTurned; ///< Whether it has a pair; null when all have.
};

/// Emits the turn of an operation, given its tables.
class TurnBuilder {
public:
  TurnBuilder(OpBuilder &b, RotaryOp op, Value cosines, Value sines)
      : b(b), loc(op.getLoc()), op(op), cosines(cosines), sines(sines),
        type(cast<RankedTensorType>(op.getInput().getType())),
        pairs(op.getRotary().getWidth() / 2),
        isHalf(op.getRotary().getLayout() == RotaryLayout::Half),
        sizes(tensor::getMixedSizes(b, loc, op.getInput())) {
    // Tables that are made here have a row for each token.
    readsByPosition = op.getCosines() && (op.getPositions() || op.getOffsets());
    if (readsByPosition)
      lastRow = arith::SubIOp::create(
          b, loc, tensor::DimOp::create(b, loc, cosines, 0), index(b, 1));
  }

  Value build() {
    int64_t width = type.getDimSize(3), part = isHalf ? pairs : 2;
    if (width % part != 0)
      return create(op.getInput(), [&](OpBuilder &b, ValueRange at) {
        return getComponentByIndex(b, at);
      });
    // Vectors as [parts, components of a part].
    SmallVector<ReassociationIndices> groups = {{0}, {1}, {2}, {3, 4}};
    SmallVector<int64_t> shape(type.getShape().drop_back());
    shape.append({width / part, part});
    SmallVector<OpFoldResult> extents(ArrayRef(sizes).drop_back());
    extents.append({b.getIndexAttr(width / part), b.getIndexAttr(part)});
    Value input = tensor::ExpandShapeOp::create(b, loc, type.clone(shape),
                                                op.getInput(), groups, extents);
    Value result = create(input, [&](OpBuilder &b, ValueRange at) {
      return getComponentByPart(b, at);
    });
    return tensor::CollapseShapeOp::create(b, loc, type, result, groups);
  }

private:
  using GetComponent = function_ref<Component(OpBuilder &, ValueRange)>;

  Value index(OpBuilder &b, int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value isBelow(OpBuilder &b, Value value, int64_t bound) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, value,
                                 index(b, bound));
  }
  bool hasRest() { return 2 * pairs < type.getDimSize(3); }

  Component getComponentByPart(OpBuilder &b, ValueRange at);
  Component getComponentByIndex(OpBuilder &b, ValueRange at);
  Value readTable(OpBuilder &b, Value table, ValueRange at, Value pair);
  Value create(Value input, GetComponent getComponent);

  OpBuilder &b;
  Location loc;
  RotaryOp op;
  Value cosines, sines;
  RankedTensorType type;
  int64_t pairs;
  bool isHalf, readsByPosition;
  SmallVector<OpFoldResult> sizes;
  Value lastRow;
};

/// In the layout `half` the first two parts are the first and the second
/// components of all pairs; in the layout `interleaved` a part is a pair.
Component TurnBuilder::getComponentByPart(OpBuilder &b, ValueRange at) {
  unsigned componentDim = isHalf ? 3 : 4, pairDim = isHalf ? 4 : 3;
  Component result;
  result.itself = llvm::to_vector(at);
  result.first = result.second = result.itself;
  result.first[componentDim] = index(b, 0);
  result.second[componentDim] = index(b, 1);
  result.isFirst = isBelow(b, at[componentDim], 1);
  result.pair = at[pairDim];
  if (!hasRest())
    return result;
  result.isTurned = isHalf ? isBelow(b, at[3], 2) : isBelow(b, at[3], pairs);
  // The rest looks at the last pair, which is there.
  if (!isHalf)
    result.pair =
        arith::MinSIOp::create(b, loc, at[pairDim], index(b, pairs - 1));
  return result;
}

/// Vectors in the layout `half` whose rest is no multiple of their pairs.
Component TurnBuilder::getComponentByIndex(OpBuilder &b, ValueRange at) {
  Component result;
  result.isFirst = isBelow(b, at[3], pairs);
  result.isTurned = isBelow(b, at[3], 2 * pairs);
  Value second = arith::SubIOp::create(b, loc, at[3], index(b, pairs));
  Value pair = arith::SelectOp::create(b, loc, result.isFirst, at[3], second);
  result.pair = arith::MinSIOp::create(b, loc, pair, index(b, pairs - 1));
  result.itself = llvm::to_vector(at);
  result.first = result.second = result.itself;
  result.first[3] = result.pair;
  result.second[3] =
      arith::AddIOp::create(b, loc, result.pair, index(b, pairs));
  return result;
}

Value TurnBuilder::readTable(OpBuilder &b, Value table, ValueRange at,
                             Value pair) {
  Value batch = at[0], row = at[1];
  if (cast<RankedTensorType>(table.getType()).getRank() == 3)
    return tensor::ExtractOp::create(b, loc, table,
                                     ValueRange{batch, row, pair});
  if (readsByPosition) {
    Value number =
        op.getPositions()
            ? tensor::ExtractOp::create(b, loc, op.getPositions(),
                                        ValueRange{batch, row})
            : tensor::ExtractOp::create(b, loc, op.getOffsets(), batch);
    number = arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
    row = op.getPositions() ? number
                            : Value(arith::AddIOp::create(b, loc, row, number));
    // A position that is no row of the table is the caller's mistake, and
    // still reads the table and nothing else.
    row = arith::MaxSIOp::create(b, loc, row, index(b, 0));
    row = arith::MinSIOp::create(b, loc, row, lastRow);
  }
  return tensor::ExtractOp::create(b, loc, table, ValueRange{row, pair});
}

/// The turn of `input`, which has the shape of its result.
Value TurnBuilder::create(Value input, GetComponent getComponent) {
  SmallVector<OpFoldResult> extents = tensor::getMixedSizes(b, loc, input);
  Value empty = createEmpty(b, loc, extents, type.getElementType());
  unsigned rank = extents.size();
  auto body = [&](OpBuilder &b, Location loc, ValueRange) {
    SmallVector<Value> at;
    for (unsigned dim = 0; dim < rank; ++dim)
      at.push_back(linalg::IndexOp::create(b, loc, dim));
    Component component = getComponent(b, at);
    Value first = tensor::ExtractOp::create(b, loc, input, component.first);
    Value second = tensor::ExtractOp::create(b, loc, input, component.second);
    Value cosine = readTable(b, cosines, at, component.pair);
    Value sine = readTable(b, sines, at, component.pair);
    Value same =
        arith::SelectOp::create(b, loc, component.isFirst, first, second);
    Value other =
        arith::SelectOp::create(b, loc, component.isFirst,
                                arith::NegFOp::create(b, loc, second), first);
    Value turned = arith::AddFOp::create(
        b, loc, arith::MulFOp::create(b, loc, same, cosine),
        arith::MulFOp::create(b, loc, other, sine));
    if (component.isTurned)
      turned = arith::SelectOp::create(
          b, loc, component.isTurned, turned,
          tensor::ExtractOp::create(b, loc, input, component.itself));
    linalg::YieldOp::create(b, loc, turned);
  };
  return linalg::GenericOp::create(
             b, loc, empty.getType(), ValueRange(), empty,
             AffineMap::getMultiDimIdentityMap(rank, b.getContext()),
             SmallVector<IteratorType>(rank, IteratorType::parallel), body)
      .getResult(0);
}

struct RotaryToLinalg : OpRewritePattern<RotaryOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RotaryOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getInput()).isF32())
      return rewriter.notifyMatchFailure(op, "its input is not f32");
    if (op.getRotary().getWidth() == 0) {
      rewriter.replaceOp(op, op.getInput());
      return success();
    }
    RotaryTables tables = {op.getCosines(), op.getSines()};
    if (!tables.cosines)
      tables = createRotaryTables(rewriter, op);
    rewriter.replaceOp(
        op, TurnBuilder(rewriter, op, tables.cosines, tables.sines).build());
    return success();
  }
};

} // namespace

void treadle::populateRotaryToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<RotaryToLinalg>(patterns.getContext());
}
