//===- FoldNorms.cpp - Norms fold into linear maps -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace treadle;

namespace {

/// W (g ⊙ n + b) + c = (W diag g) n + (W b + c), with n the norm without gain
/// and bias.
///
/// Algebraic: w g is rounded where g n was, so that an element of the result
/// moves by a few units of rounding of the sum of its products' magnitudes. An
/// infinite or NaN parameter gives a result that is not finite either way, but
/// not always the same one; a product w g may overflow where g n did not.
template <typename NormT> struct FoldNorm : OpRewritePattern<NormT> {
  FoldNorm(MLIRContext *context, WeightSource weights, PatternBenefit benefit)
      : OpRewritePattern<NormT>(context, benefit), weights(weights) {}

  LogicalResult matchAndRewrite(NormT op,
                                PatternRewriter &rewriter) const override {
    Value gain = op.getGain(), bias = getBias(op);
    if (gain && matchPattern(gain, m_OneFloat()))
      gain = {};
    if (!gain && !bias)
      return rewriter.notifyMatchFailure(op, "it has nothing to give away");
    if (failed(checkUses(op, rewriter)))
      return failure();
    if ((gain && !mayCompute(gain, weights)) ||
        (bias && !mayCompute(bias, weights)))
      return rewriter.notifyMatchFailure(
          op, "its gain or bias is not computed from parameters alone");

    foldInto(op, gain, bias, rewriter);
    rewriter.setInsertionPoint(op);
    removeGain(op, rewriter);
    return success();
  }

  static Value getBias(LayerNormOp op) { return op.getBias(); }
  static Value getBias(RMSNormOp) { return {}; }

  static void removeGain(LayerNormOp op, PatternRewriter &rewriter) {
    Value ones =
        createSplat(rewriter, op.getLoc(), op.getGain().getType(), 1.0);
    rewriter.modifyOpInPlace(op, [&] {
      op.getGainMutable().assign(ones);
      op.getBiasMutable().clear();
    });
  }
  static void removeGain(RMSNormOp op, PatternRewriter &rewriter) {
    rewriter.modifyOpInPlace(op, [&] { op.getGainMutable().clear(); });
  }

  /// Fails unless `norm` is read by linear maps alone, which can be changed.
  LogicalResult checkUses(Operation *norm, PatternRewriter &rewriter) const {
    if (norm->use_empty())
      return rewriter.notifyMatchFailure(norm, "nobody reads it");
    for (OpOperand &use : norm->getUses()) {
      auto linear = dyn_cast<LinearOp>(use.getOwner());
      if (!linear || linear.getInput() != use.get() ||
          linear.getWeight() == use.get())
        return rewriter.notifyMatchFailure(norm, [&](Diagnostic &diagnostic) {
          diagnostic << "it is read by more than linear maps";
          diagnostic.attachNote(use.getOwner()->getLoc()) << "here";
        });
      if (!mayCompute(linear.getWeight(), weights) ||
          (linear.getBias() && !mayCompute(linear.getBias(), weights)))
        return rewriter.notifyMatchFailure(
            linear, "its parameters are not computed from parameters alone");
    }
    return success();
  }

  /// Gives gain and bias, where they are, to the maps that read `norm`.
  static void foldInto(Operation *norm, Value gain, Value bias,
                       PatternRewriter &rewriter) {
    for (Operation *user : norm->getUsers()) {
      auto linear = cast<LinearOp>(user);
      Location loc = linear.getLoc();
      rewriter.setInsertionPoint(linear);
      Value weight = linear.getWeight(), shift;
      if (bias)
        shift = apply(rewriter, loc, weight, bias, linear.getBias());
      if (gain)
        weight = multiplyColumns(rewriter, loc, weight, gain);
      rewriter.modifyOpInPlace(linear, [&] {
        linear.getWeightMutable().assign(weight);
        if (shift)
          linear.getBiasMutable().assign(shift);
      });
    }
  }

  WeightSource weights;
};

} // namespace

void treadle::populateFoldNormsPatterns(RewritePatternSet &patterns,
                                        WeightSource weights,
                                        PatternBenefit benefit) {
  patterns.add<FoldNorm<LayerNormOp>, FoldNorm<RMSNormOp>>(
      patterns.getContext(), weights, benefit);
}
