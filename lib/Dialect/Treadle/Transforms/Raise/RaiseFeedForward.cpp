//===- RaiseFeedForward.cpp - Feed-forward networks of maps -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Activations.h"

#include "treadle/Dialect/Treadle/Transforms/Raise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace treadle;

namespace {

/// Biases of maps, with -0.0, which adds nothing, for those that have none;
/// none at all when no map has one.
SmallVector<Value> getBiases(OpBuilder &builder, ArrayRef<LinearOp> maps) {
  if (llvm::none_of(maps, [](LinearOp map) { return map.getBias(); }))
    return {};
  SmallVector<Value> biases;
  for (LinearOp map : maps) {
    if (map.getBias()) {
      biases.push_back(map.getBias());
      continue;
    }
    auto weight = cast<RankedTensorType>(map.getWeight().getType());
    auto type =
        RankedTensorType::get(weight.getDimSize(0), weight.getElementType());
    biases.push_back(arith::ConstantOp::create(
        builder, map.getLoc(),
        DenseElementsAttr::get(type, cast<Attribute>(builder.getFloatAttr(
                                         type.getElementType(), -0.0)))));
  }
  return biases;
}

struct RaiseFeedForwardPattern : OpRewritePattern<LinearOp> {
  RaiseFeedForwardPattern(MLIRContext *context, RaiseRemarks *remarks,
                          PatternBenefit benefit)
      : OpRewritePattern(context, benefit), remarks(remarks) {}

  LogicalResult miss(LinearOp op, StringRef what, const Twine &why,
                     Location note, PatternRewriter &rewriter) const {
    if (remarks)
      remarks->addMiss(op.getLoc(), what, why, note);
    return rewriter.notifyMatchFailure(op, why);
  }

  RaiseRemarks *remarks;
};

/// W_2 activation(W_1 x + b_1) + b_2.
struct RaiseFeedForward : RaiseFeedForwardPattern {
  using RaiseFeedForwardPattern::RaiseFeedForwardPattern;

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    constexpr StringLiteral what = "feed-forward";
    auto inner = op.getInput().getDefiningOp<LinearOp>();
    if (!inner || inner.getActivation() == Activation::Identity ||
        op.getActivation() != Activation::Identity)
      return rewriter.notifyMatchFailure(
          op, "it does not follow the activation of another map");
    if (!inner->hasOneUse())
      return miss(op, what, "its inner vectors have another user",
                  inner.getLoc(), rewriter);
    if (inner.getInput().getType() != op.getResult().getType())
      return miss(op, what, "its result is not of its input's type",
                  inner.getLoc(), rewriter);
    SmallVector<Value> biases = getBiases(rewriter, {inner, op});
    if (llvm::any_of(biases, [](Value bias) {
          return !cast<RankedTensorType>(bias.getType()).hasStaticShape();
        }))
      return rewriter.notifyMatchFailure(op, "its biases are dynamic");
    Location loc = op.getLoc();
    rewriter.replaceOpWithNewOp<FeedForwardOp>(
        op, op.getResult().getType(), inner.getInput(), inner.getWeight(),
        op.getWeight(), biases.empty() ? Value() : biases[0],
        biases.empty() ? Value() : biases[1], inner.getActivation());
    if (remarks)
      remarks->addMatch(loc, what);
    return success();
  }
};

/// W_down (activation(W_gate x + b_gate) ⊙ (W_up x + b_up)) + b_down.
struct RaiseGatedFeedForward : RaiseFeedForwardPattern {
  using RaiseFeedForwardPattern::RaiseFeedForwardPattern;

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    constexpr StringLiteral what = "gated feed-forward";
    if (op.getActivation() != Activation::Identity)
      return rewriter.notifyMatchFailure(op, "it has an activation");
    Dimensions dims(rewriter.getContext());
    Step product = dims.step(dims.getElement(op.getInput()));
    if (!product.applies<arith::MulFOp>())
      return rewriter.notifyMatchFailure(op, "its input is no product");
    unsigned rank = cast<RankedTensorType>(op.getInput().getType()).getRank();
    // The map whose element this is, at the product's own place.
    auto getMap = [&](const Element &element) -> LinearOp {
      Step step = dims.step(element);
      if (step.kind != Step::Leaf)
        return {};
      for (auto [i, expr] : llvm::enumerate(step.leaf.at))
        if (expr != dims.get(i))
          return {};
      return step.leaf.at.size() == rank
                 ? step.leaf.value.getDefiningOp<LinearOp>()
                 : LinearOp();
    };
    LinearOp gate, up;
    Activation activation = Activation::Identity;
    for (unsigned i = 0; i < 2 && !gate; ++i) {
      up = getMap(product.operands[1 - i]);
      if (!up || up.getActivation() != Activation::Identity)
        continue;
      if (LinearOp map = getMap(product.operands[i]);
          map && map.getActivation() != Activation::Identity) {
        gate = map;
        activation = map.getActivation();
      } else if (auto activated = getActivated(dims, product.operands[i])) {
        gate = getMap(activated->input);
        if (gate && gate.getActivation() != Activation::Identity)
          gate = {};
        activation = activated->activation;
      }
    }
    if (!gate || !up || gate == up)
      return rewriter.notifyMatchFailure(
          op, "its input is no gated vector of two maps");
    if (gate.getInput() != up.getInput())
      return miss(op, what, "gate and up are maps of different inputs",
                  gate.getLoc(), rewriter);
    if (gate.getInput().getType() != op.getResult().getType())
      return miss(op, what, "its result is not of its input's type",
                  gate.getLoc(), rewriter);
    for (Operation *user : op.getInput().getUsers())
      if (user != op && !isOpTriviallyDead(user))
        return miss(op, what, "its inner vectors have another user",
                    user->getLoc(), rewriter);
    SmallVector<Value> biases = getBiases(rewriter, {gate, up, op});
    Location loc = op.getLoc();
    rewriter.replaceOpWithNewOp<GatedFeedForwardOp>(
        op, op.getResult().getType(), gate.getInput(), gate.getWeight(),
        up.getWeight(), op.getWeight(), biases, activation);
    if (remarks)
      remarks->addMatch(loc, what);
    return success();
  }
};

} // namespace

void treadle::populateRaiseFeedForwardPatterns(RewritePatternSet &patterns,
                                               RaiseRemarks *remarks,
                                               PatternBenefit benefit) {
  patterns.add<RaiseFeedForward, RaiseGatedFeedForward>(patterns.getContext(),
                                                        remarks, benefit);
}
