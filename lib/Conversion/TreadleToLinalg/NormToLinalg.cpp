//===- NormToLinalg.cpp - Norms and pooling as reductions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace treadle;

using utils::IteratorType;
using BodyBuilder =
    llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// A generic of one result that yields what `body` builds. `reduced` is the
/// dimension of `dims` that is reduced, or negative.
static Value createGeneric(OpBuilder &b, Location loc, ValueRange inputs,
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

/// Fails unless `input` is f32: sums are made in the elements' type, and have
/// to be f32 at least.
static LogicalResult checkElements(PatternRewriter &rewriter, Operation *op,
                                   Value input) {
  if (cast<RankedTensorType>(input.getType()).getElementType().isF32())
    return success();
  return rewriter.notifyMatchFailure(op, "its input is not f32");
}

/// A tensor of `sizes` full of `value`.
static Value createFilled(OpBuilder &b, Location loc,
                          ArrayRef<OpFoldResult> sizes, Type type,
                          double value) {
  return linalg::FillOp::create(b, loc, createFloat(b, loc, type, value),
                                createEmpty(b, loc, sizes, type))
      .getResult(0);
}

namespace {

/// The maps of operations on a matrix: (row, column), (row) and (column).
struct RowMaps {
  explicit RowMaps(MLIRContext *context)
      : matrix(AffineMap::getMultiDimIdentityMap(2, context)),
        row(AffineMap::get(2, 0, getAffineDimExpr(0, context))),
        column(AffineMap::get(2, 0, getAffineDimExpr(1, context))) {}
  AffineMap matrix, row, column;
};

/// Two passes, mean and then variance: one pass over Σx and Σx² loses digits
/// where the mean is large (Chan, Golub and LeVeque, 1983), and the row is in
/// the first cache anyhow.
struct LayerNormToLinalg : OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    if (failed(checkElements(rewriter, op, op.getInput())))
      return failure();
    Value x = flattenRows(rewriter, loc, op.getInput());
    auto type = cast<RankedTensorType>(x.getType());
    if (type.getRank() != 2 || type.isDynamicDim(1))
      return rewriter.notifyMatchFailure(
          op, "its input has no rows of static width");
    Type element = type.getElementType();
    RowMaps maps(rewriter.getContext());
    OpFoldResult rows = tensor::getMixedSize(rewriter, loc, x, 0);
    double share = 1.0 / type.getDimSize(1),
           epsilon = op.getEpsilon().convertToDouble();

    Value sum = createGeneric(
        rewriter, loc, x, createFilled(rewriter, loc, rows, element, 0.0),
        {maps.matrix, maps.row}, 2, 1,
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::AddFOp::create(b, loc, args[1], args[0]);
        });
    auto centre = [&](OpBuilder &b, Location loc, Value x, Value sum) -> Value {
      Value mean = arith::MulFOp::create(b, loc, sum,
                                         createFloat(b, loc, element, share));
      return arith::SubFOp::create(b, loc, x, mean);
    };
    Value squares = createGeneric(
        rewriter, loc, {x, sum},
        createFilled(rewriter, loc, rows, element, 0.0),
        {maps.matrix, maps.row, maps.row}, 2, 1,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value c = centre(b, loc, args[0], args[1]);
          return arith::AddFOp::create(b, loc, args[2],
                                       arith::MulFOp::create(b, loc, c, c));
        });
    SmallVector<Value> inputs = {x, sum, squares, op.getGain()};
    SmallVector<AffineMap> inputMaps = {maps.matrix, maps.row, maps.row,
                                        maps.column};
    if (op.getBias()) {
      inputs.push_back(op.getBias());
      inputMaps.push_back(maps.column);
    }
    inputMaps.push_back(maps.matrix);
    // The result takes the input's place: a norm is where a residual stream
    // goes on.
    Value result = createGeneric(
        rewriter, loc, inputs, x, inputMaps, 2, -1,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          auto number = [&](double value) {
            return createFloat(b, loc, element, value);
          };
          Value variance =
              arith::MulFOp::create(b, loc, args[2], number(share));
          Value deviation = math::SqrtOp::create(
              b, loc, arith::AddFOp::create(b, loc, variance, number(epsilon)));
          Value scale = arith::DivFOp::create(b, loc, number(1.0), deviation);
          Value value = arith::MulFOp::create(
              b, loc, centre(b, loc, args[0], args[1]), scale);
          value = arith::MulFOp::create(b, loc, value, args[3]);
          return op.getBias() ? arith::AddFOp::create(b, loc, value, args[4])
                              : value;
        });
    rewriter.replaceOp(op, unflattenRows(rewriter, loc, result, op.getInput()));
    return success();
  }
};

/// x / max(√Σx², epsilon).
struct UnitNormToLinalg : OpRewritePattern<UnitNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnitNormOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    if (failed(checkElements(rewriter, op, op.getInput())))
      return failure();
    Value x = flattenRows(rewriter, loc, op.getInput());
    auto type = cast<RankedTensorType>(x.getType());
    if (type.getRank() != 2)
      return rewriter.notifyMatchFailure(op, "its input has no rows");
    Type element = type.getElementType();
    RowMaps maps(rewriter.getContext());
    OpFoldResult rows = tensor::getMixedSize(rewriter, loc, x, 0);
    Value squares = createGeneric(
        rewriter, loc, x, createFilled(rewriter, loc, rows, element, 0.0),
        {maps.matrix, maps.row}, 2, 1,
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::AddFOp::create(
              b, loc, args[1], arith::MulFOp::create(b, loc, args[0], args[0]));
        });
    double epsilon = op.getEpsilon().convertToDouble();
    Value result = createGeneric(
        rewriter, loc, {x, squares}, x, {maps.matrix, maps.row, maps.matrix}, 2,
        -1, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value length = arith::MaximumFOp::create(
              b, loc, math::SqrtOp::create(b, loc, args[1]),
              createFloat(b, loc, element, epsilon));
          return arith::DivFOp::create(b, loc, args[0], length);
        });
    rewriter.replaceOp(op, unflattenRows(rewriter, loc, result, op.getInput()));
    return success();
  }
};

/// A reduction over tokens; what lies beyond a length is replaced by the
/// neutral element.
struct PoolToLinalg : OpRewritePattern<PoolOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PoolOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = op.getInput();
    // The first token is only moved, which any type can be.
    if (op.getKind() != Pooling::First &&
        failed(checkElements(rewriter, op, x)))
      return failure();
    Type element = cast<RankedTensorType>(x.getType()).getElementType();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, x);
    if (op.getKind() == Pooling::First) {
      SmallVector<OpFoldResult> offsets(3, rewriter.getIndexAttr(0)),
          strides(3, rewriter.getIndexAttr(1));
      sizes[1] = rewriter.getIndexAttr(1);
      rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(
          op, cast<RankedTensorType>(op.getResult().getType()), x, offsets,
          sizes, strides);
      return success();
    }

    bool isMax = op.getKind() == Pooling::Max;
    double neutral = isMax ? -std::numeric_limits<double>::infinity() : 0.0;
    MLIRContext *context = rewriter.getContext();
    AffineExpr batch, token, column;
    bindDims(context, batch, token, column);
    auto map = [&](ArrayRef<AffineExpr> results) {
      return AffineMap::get(3, 0, results, context);
    };
    SmallVector<Value> inputs = {x};
    SmallVector<AffineMap> maps = {map({batch, token, column})};
    if (op.getLengths()) {
      inputs.push_back(op.getLengths());
      maps.push_back(map(batch));
    }
    maps.push_back(map({batch, column}));
    Value init =
        createFilled(rewriter, loc, {sizes[0], sizes[2]}, element, neutral);
    Value reduced = createGeneric(
        rewriter, loc, inputs, init, maps, 3, 1,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value value = args.front();
          if (op.getLengths()) {
            Value index = arith::IndexCastOp::create(
                b, loc, args[1].getType(), linalg::IndexOp::create(b, loc, 1));
            Value counts = arith::CmpIOp::create(
                b, loc, arith::CmpIPredicate::slt, index, args[1]);
            value = arith::SelectOp::create(
                b, loc, counts, value, createFloat(b, loc, element, neutral));
          }
          if (isMax)
            return arith::MaximumFOp::create(b, loc, args.back(), value);
          return arith::AddFOp::create(b, loc, args.back(), value);
        });

    // The number of tokens, as the batch's own or everyone's.
    RowMaps rowMaps(context);
    SmallVector<Value> counted = {reduced};
    SmallVector<AffineMap> countedMaps = {rowMaps.matrix};
    Value tokens = getValueOrCreateConstantIndexOp(rewriter, loc, sizes[1]);
    if (op.getLengths()) {
      counted.push_back(op.getLengths());
      countedMaps.push_back(rowMaps.row);
    }
    countedMaps.push_back(rowMaps.matrix);
    Value result = createGeneric(
        rewriter, loc, counted, reduced, countedMaps, 2, -1,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value count = op.getLengths() ? args[1]
                                        : Value(arith::IndexCastOp::create(
                                              b, loc, b.getI64Type(), tokens));
          Value zero =
              arith::ConstantOp::create(b, loc, b.getZeroAttr(count.getType()));
          Value isEmpty = arith::CmpIOp::create(
              b, loc, arith::CmpIPredicate::eq, count, zero);
          Value value = args[0];
          if (!isMax)
            value = arith::DivFOp::create(
                b, loc, value, arith::SIToFPOp::create(b, loc, element, count));
          return arith::SelectOp::create(
              b, loc, isEmpty, createFloat(b, loc, element, 0.0), value);
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void treadle::populateNormToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LayerNormToLinalg, UnitNormToLinalg, PoolToLinalg>(
      patterns.getContext());
}
