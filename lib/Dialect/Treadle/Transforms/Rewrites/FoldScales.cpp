//===- FoldScales.cpp - Scales go into projections -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Multiplication by a power of two changes a number's exponent alone. It
// commutes with every rounding, and so with sums and products, as long as
// nothing is subnormal or overflows: these folds are bitwise there. With
// another scale they are equalities of real numbers, with one more rounding
// of each weight.
//
//===----------------------------------------------------------------------===//

#include "Weights.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

namespace treadle {
#define GEN_PASS_DEF_FOLDSCALESPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

static bool isPowerOfTwo(double number) {
  int exponent;
  return std::abs(std::frexp(number, &exponent)) == 0.5;
}

namespace {

template <typename OpT> struct FoldScale : OpRewritePattern<OpT> {
  FoldScale(MLIRContext *context, bool anyScale, WeightSource weights,
            PatternBenefit benefit)
      : OpRewritePattern<OpT>(context, benefit), anyScale(anyScale),
        weights(weights) {}

  /// Fails unless `scale` can be moved into the given parameters of `op`;
  /// absent ones are null.
  LogicalResult check(Operation *op, double scale,
                      std::initializer_list<Value> parameters,
                      PatternRewriter &rewriter) const {
    if (scale == 1.0)
      return rewriter.notifyMatchFailure(op, "its scale is one");
    if (!std::isfinite(scale) || (!anyScale && !isPowerOfTwo(scale)))
      return rewriter.notifyMatchFailure(op, "its scale is no power of two");
    for (Value parameter : parameters)
      if (parameter && !mayCompute(parameter, weights))
        return rewriter.notifyMatchFailure(
            op, "what would take the scale is not computed from parameters "
                "alone");
    return success();
  }

  bool anyScale;
  WeightSource weights;
};

/// scale (W_q x + b_q) · k = ((scale W_q) x + scale b_q) · k.
struct FoldMultiHeadScale : FoldScale<MultiHeadAttentionOp> {
  using FoldScale::FoldScale;

  LogicalResult matchAndRewrite(MultiHeadAttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getQueryGain())
      return rewriter.notifyMatchFailure(op, "its queries are normalised");
    Value weight = op.getQueryWeight();
    Value bias = op.getBiases().empty() ? Value() : op.getBiases()[0];
    double components =
        double(cast<RankedTensorType>(weight.getType()).getDimSize(0)) /
        op.getHeads();
    double scale = op.getScale() ? op.getScale()->convertToDouble()
                                 : 1.0 / std::sqrt(components);
    if (failed(check(op, scale, {weight, bias}, rewriter)))
      return failure();
    Location loc = op.getLoc();
    Value scaled = multiply(rewriter, loc, weight, scale);
    Value scaledBias = bias ? multiply(rewriter, loc, bias, scale) : Value();
    rewriter.modifyOpInPlace(op, [&] {
      op.getQueryWeightMutable().assign(scaled);
      if (bias)
        op.getBiasesMutable().slice(0, 1).assign(scaledBias);
      op.setScale(APFloat(1.0));
    });
    return success();
  }
};

/// The linear map that makes `value`, alone and without an activation, behind
/// operations that only move elements; null when there is none.
LinearOp getProjection(Value value) {
  while (value.hasOneUse()) {
    Operation *definition = value.getDefiningOp();
    if (auto linear = dyn_cast_or_null<LinearOp>(definition))
      return linear.getActivation() == Activation::Identity ? linear
                                                            : LinearOp();
    if (!isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
                         tensor::CastOp>(definition))
      return {};
    value = definition->getOperand(0);
  }
  return {};
}

/// The same for an attention whose queries a linear map makes. Its score is
/// then a plain dot product.
struct FoldAttentionScale : FoldScale<AttentionOp> {
  using FoldScale::FoldScale;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getScore() != Score::ScaledDot)
      return rewriter.notifyMatchFailure(op, "its score has no scale");
    LinearOp linear = getProjection(op.getQueries());
    if (!linear)
      return rewriter.notifyMatchFailure(
          op, "its queries are not a linear map's alone");
    double scale = op.getEffectiveScale();
    if (failed(
            check(op, scale, {linear.getWeight(), linear.getBias()}, rewriter)))
      return failure();
    scaleProjection(linear, scale, rewriter);
    rewriter.modifyOpInPlace(op, [&] {
      op.setScore(Score::Dot);
      op.removeScaleAttr();
    });
    return success();
  }

  static void scaleProjection(LinearOp linear, double scale,
                              PatternRewriter &rewriter) {
    Location loc = linear.getLoc();
    rewriter.setInsertionPoint(linear);
    Value weight = multiply(rewriter, loc, linear.getWeight(), scale);
    Value bias;
    if (linear.getBias())
      bias = multiply(rewriter, loc, linear.getBias(), scale);
    rewriter.modifyOpInPlace(linear, [&] {
      linear.getWeightMutable().assign(weight);
      if (bias)
        linear.getBiasMutable().assign(bias);
    });
  }
};

/// The operands of `op` that its result is proportional to when all of them
/// are scaled: the last projection of a branch, and its bias. Null when it has
/// none.
std::pair<OpOperand *, OpOperand *> getOutputProjection(Operation *op) {
  auto get = [](MutableOperandRange range) -> OpOperand * {
    return range.empty() ? nullptr : &range[0];
  };
  if (auto linear = dyn_cast<LinearOp>(op))
    if (linear.getActivation() == Activation::Identity)
      return {&linear.getWeightMutable(), get(linear.getBiasMutable())};
  if (auto forward = dyn_cast<FeedForwardOp>(op))
    return {&forward.getWeightOutMutable(), get(forward.getBiasOutMutable())};
  auto getLast = [](MutableOperandRange range) -> OpOperand * {
    return range.empty() ? nullptr : &range[range.size() - 1];
  };
  if (auto gated = dyn_cast<GatedFeedForwardOp>(op))
    return {&gated.getWeightDownMutable(), getLast(gated.getBiasesMutable())};
  if (auto attention = dyn_cast<MultiHeadAttentionOp>(op))
    return {&attention.getOutputWeightMutable(),
            getLast(attention.getBiasesMutable())};
  return {nullptr, nullptr};
}

/// x + scale (W f + b) = x + ((scale W) f + scale b).
struct FoldResidualScale : FoldScale<ResidualOp> {
  using FoldScale::FoldScale;

  LogicalResult matchAndRewrite(ResidualOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getScale())
      return rewriter.notifyMatchFailure(op, "it has no scale");
    Value branch = op.getBranchResult();
    Operation *last = branch.getDefiningOp();
    if (!last || !branch.hasOneUse() ||
        last->getBlock() != &op.getBranch().front())
      return rewriter.notifyMatchFailure(
          op, "the branch does not end in an operation of its own");
    auto [weight, bias] = getOutputProjection(last);
    if (!weight)
      return rewriter.notifyMatchFailure(
          op, "the branch does not end in a projection");
    double scale = op.getScale()->convertToDouble();
    if (failed(check(op, scale, {weight->get(), bias ? bias->get() : Value()},
                     rewriter)))
      return failure();
    rewriter.setInsertionPoint(last);
    Value scaled = multiply(rewriter, last->getLoc(), weight->get(), scale);
    Value scaledBias;
    if (bias)
      scaledBias = multiply(rewriter, last->getLoc(), bias->get(), scale);
    rewriter.modifyOpInPlace(last, [&, weight = weight, bias = bias] {
      weight->set(scaled);
      if (bias)
        bias->set(scaledBias);
    });
    rewriter.modifyOpInPlace(op, [&] { op.removeScaleAttr(); });
    return success();
  }
};

struct FoldScalesPass
    : public treadle::impl::FoldScalesPassBase<FoldScalesPass> {
  using FoldScalesPassBase::FoldScalesPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    WeightSource weights =
        anyWeights ? WeightSource::Anything : WeightSource::Parameters;
    if (algebraic) {
      populateFoldAnyScalesPatterns(patterns, weights);
      populateFoldNormsPatterns(patterns, weights);
    } else {
      populateFoldScalesPatterns(patterns, weights);
    }
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void treadle::populateFoldScalesPatterns(RewritePatternSet &patterns,
                                         WeightSource weights,
                                         PatternBenefit benefit) {
  patterns.add<FoldMultiHeadScale, FoldAttentionScale, FoldResidualScale>(
      patterns.getContext(), /*anyScale=*/false, weights, benefit);
}

void treadle::populateFoldAnyScalesPatterns(RewritePatternSet &patterns,
                                            WeightSource weights,
                                            PatternBenefit benefit) {
  patterns.add<FoldMultiHeadScale, FoldAttentionScale, FoldResidualScale>(
      patterns.getContext(), /*anyScale=*/true, weights, benefit);
}
