//===- PoolToLinalg.cpp - Pooling as a reduction over tokens -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGenerics.h"

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace treadle;

namespace {

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
    AffineMap matrix = AffineMap::getMultiDimIdentityMap(2, context);
    SmallVector<Value> counted = {reduced};
    SmallVector<AffineMap> countedMaps = {matrix};
    Value tokens = getValueOrCreateConstantIndexOp(rewriter, loc, sizes[1]);
    if (op.getLengths()) {
      counted.push_back(op.getLengths());
      countedMaps.push_back(AffineMap::get(2, 0, getAffineDimExpr(0, context)));
    }
    countedMaps.push_back(matrix);
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

void treadle::populatePoolToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<PoolToLinalg>(patterns.getContext());
}
