//===- ExpandFeedForward.cpp - Feed-forward networks as linear maps -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expand.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace treadle;

Value treadle::project(OpBuilder &builder, Location loc, Value x, Value weight,
                       Value bias, Activation activation) {
  return LinearOp::create(builder, loc, x, weight, bias, activation);
}

namespace {

/// W_2 activation(W_1 x + b_1) + b_2.
struct ExpandFeedForward : OpRewritePattern<FeedForwardOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FeedForwardOp op,
                                PatternRewriter &rewriter) const override {
    Value inner = project(rewriter, op.getLoc(), op.getInput(),
                          op.getWeightIn(), op.getBiasIn(), op.getActivation());
    rewriter.replaceOp(op, project(rewriter, op.getLoc(), inner,
                                   op.getWeightOut(), op.getBiasOut()));
    return success();
  }
};

/// W_down (activation(W_gate x + b_gate) * (W_up x + b_up)) + b_down. The two
/// are multiplied as rows, the shape that products are made in.
struct ExpandGatedFeedForward : OpRewritePattern<GatedFeedForwardOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GatedFeedForwardOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto getBias = [&](int i) {
      return op.getBiases().empty() ? Value() : op.getBiases()[i];
    };
    Value gate = project(rewriter, loc, op.getInput(), op.getWeightGate(),
                         getBias(0), op.getActivation());
    Value up =
        project(rewriter, loc, op.getInput(), op.getWeightUp(), getBias(1));
    Value inner =
        arith::MulFOp::create(rewriter, loc, flattenRows(rewriter, loc, gate),
                              flattenRows(rewriter, loc, up));
    inner = unflattenRows(rewriter, loc, inner, gate);
    rewriter.replaceOp(
        op, project(rewriter, loc, inner, op.getWeightDown(), getBias(2)));
    return success();
  }
};

} // namespace

void treadle::populateExpandFeedForwardPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandFeedForward, ExpandGatedFeedForward>(
      patterns.getContext());
}
