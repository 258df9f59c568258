//===- NormToLinalg.cpp - Norms and softmax as reductions of rows -*- C++
//-*-===//
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
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace treadle;

namespace {

/// Two passes, mean and then variance: one pass over Σx and Σx² loses digits
/// where the mean is large (Chan, Golub and LeVeque, 1983), and the row is in
/// the first cache anyhow.
struct LayerNormToLinalg : OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(checkElements(rewriter, op, op.getInput())))
      return failure();
    RowMatrix rows(rewriter, op.getLoc(), op.getInput());
    Value x = rows.getMatrix(), share = rows.getShare();
    Value sum = rows.reduce(
        x, 0.0, [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::AddFOp::create(b, loc, args[1], args[0]);
        });
    auto centre = [&](OpBuilder &b, Location loc, Value x, Value sum) -> Value {
      Value mean = arith::MulFOp::create(b, loc, sum, share);
      return arith::SubFOp::create(b, loc, x, mean);
    };
    Value squares =
        rows.reduce({x, sum}, 0.0,
                    [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                      Value c = centre(b, loc, args[0], args[1]);
                      return arith::AddFOp::create(
                          b, loc, args[2], arith::MulFOp::create(b, loc, c, c));
                    });
    SmallVector<Value> inputs = {x, sum, squares, op.getGain()};
    if (op.getBias())
      inputs.push_back(op.getBias());
    // The result takes the input's place: a norm is where a residual stream
    // goes on.
    Value result = rows.map(
        inputs,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value variance = arith::MulFOp::create(b, loc, args[2], share);
          Value scale = invertRoot(b, loc, variance, op.getEpsilon());
          Value value = arith::MulFOp::create(
              b, loc, centre(b, loc, args[0], args[1]), scale);
          value = arith::MulFOp::create(b, loc, value, args[3]);
          return op.getBias() ? arith::AddFOp::create(b, loc, value, args[4])
                              : value;
        },
        x);
    rewriter.replaceOp(op, rows.restore(result));
    return success();
  }

  /// 1 / √(x + epsilon)
  static Value invertRoot(OpBuilder &b, Location loc, Value x,
                          const APFloat &epsilon) {
    Type type = x.getType();
    Value sum = arith::AddFOp::create(
        b, loc, x, createFloat(b, loc, type, epsilon.convertToDouble()));
    return arith::DivFOp::create(b, loc, createFloat(b, loc, type, 1.0),
                                 math::SqrtOp::create(b, loc, sum));
  }
};

/// x / √(Σx² / D + epsilon) · gain.
struct RMSNormToLinalg : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(checkElements(rewriter, op, op.getInput())))
      return failure();
    RowMatrix rows(rewriter, op.getLoc(), op.getInput());
    Value share = rows.getShare();
    SmallVector<Value> inputs = {rows.getMatrix(), rows.sumSquares()};
    if (op.getGain())
      inputs.push_back(op.getGain());
    Value result = rows.map(
        inputs, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value mean = arith::MulFOp::create(b, loc, args[1], share);
          Value scale =
              LayerNormToLinalg::invertRoot(b, loc, mean, op.getEpsilon());
          Value value = arith::MulFOp::create(b, loc, args[0], scale);
          return op.getGain() ? arith::MulFOp::create(b, loc, value, args[2])
                              : value;
        });
    rewriter.replaceOp(op, rows.restore(result));
    return success();
  }
};

/// x / max(√Σx², epsilon).
struct UnitNormToLinalg : OpRewritePattern<UnitNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnitNormOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(checkElements(rewriter, op, op.getInput())))
      return failure();
    RowMatrix rows(rewriter, op.getLoc(), op.getInput());
    Type element = rows.getElementType();
    Value x = rows.getMatrix();
    Value result = rows.map(
        {x, rows.sumSquares()},
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value length = arith::MaximumFOp::create(
              b, loc, math::SqrtOp::create(b, loc, args[1]),
              createFloat(b, loc, element, op.getEpsilon().convertToDouble()));
          return arith::DivFOp::create(b, loc, args[0], length);
        },
        x);
    rewriter.replaceOp(op, rows.restore(result));
    return success();
  }
};

/// e = exp(x - max x), and e / Σe in its place. Where all are -∞ there is no
/// maximum to subtract and no sum to divide by: without them the row is zeros.
struct SoftmaxToLinalg : OpRewritePattern<SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SoftmaxOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(checkElements(rewriter, op, op.getInput())))
      return failure();
    RowMatrix rows(rewriter, op.getLoc(), op.getInput());
    Type element = rows.getElementType();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    auto replace = [&](OpBuilder &b, Location loc, Value value, double bad,
                       double good) -> Value {
      Value isBad =
          arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, value,
                                createFloat(b, loc, element, bad));
      return arith::SelectOp::create(b, loc, isBad,
                                     createFloat(b, loc, element, good), value);
    };
    Value x = rows.getMatrix();
    Value maximum = rows.reduce(
        x, -infinity, [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::MaximumFOp::create(b, loc, args[1], args[0]);
        });
    Value exponentials =
        rows.map({x, maximum},
                 [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                   Value shift = replace(b, loc, args[1], -infinity, 0.0);
                   return math::ExpOp::create(
                       b, loc, arith::SubFOp::create(b, loc, args[0], shift));
                 });
    Value sum =
        rows.reduce(exponentials, 0.0,
                    [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                      return arith::AddFOp::create(b, loc, args[1], args[0]);
                    });
    Value result = rows.map(
        {exponentials, sum},
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value divisor = replace(b, loc, args[1], 0.0, 1.0);
          return arith::DivFOp::create(b, loc, args[0], divisor);
        },
        exponentials);
    rewriter.replaceOp(op, rows.restore(result));
    return success();
  }
};

} // namespace

void treadle::populateNormToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LayerNormToLinalg, RMSNormToLinalg, UnitNormToLinalg,
               SoftmaxToLinalg>(patterns.getContext());
}
