//===- LowerSearch.cpp - Searching is attention ---------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Archive.h"

#include <treadle/Dialect/Treadle/IR/Treadle.h>

#include <mlir/IR/AffineMap.h>
#include <mlir/Transforms/GreedyPatternRewriteDriver.h>

using namespace mlir;

namespace {
/// Questions are queries, sections keys, notes values; what lies behind
/// counts[b] sections is masked, and its blocks are never visited.
struct LowerSearch : OpRewritePattern<archive::SearchOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(archive::SearchOp op,
                                PatternRewriter &rewriter) const override {
    MLIRContext *context = op.getContext();
    // The iteration space: archive b, question m, section n, component d of a
    // section's vector, component e of a note.
    AffineExpr b, m, n, d, e;
    bindDims(context, b, m, n, d, e);
    auto map = [&](ArrayRef<AffineExpr> results) {
      return AffineMap::get(5, 0, results, context);
    };
    auto attention = treadle::AttentionOp::create(
        rewriter, op.getLoc(), op.getType(), treadle::Score::ScaledDot,
        op.getQuestions(), op.getSections(), op.getNotes(),
        {map({b, m, d}), map({b, n, d}), map({b, n, e}), map({b, m, e})});
    attention.setScaleAttr(op.getSharpnessAttr());
    attention.setMaskAttr(treadle::MaskAttr::get(context, /*causal=*/false,
                                                 /*keysWithinLengths=*/true));
    attention.getLengthsMutable().assign(op.getCounts());
    rewriter.replaceOp(op, attention);
    return success();
  }
};

class LowerSearchPass : public PassWrapper<LowerSearchPass, OperationPass<>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerSearchPass)

  StringRef getArgument() const override { return "archive-lower-search"; }
  StringRef getDescription() const override {
    return "lower archive.search to treadle.attention";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<treadle::TreadleDialect>();
  }
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    archive::populateLowerSearchPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

void archive::populateLowerSearchPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerSearch>(patterns.getContext());
}

std::unique_ptr<Pass> archive::createLowerSearchPass() {
  return std::make_unique<LowerSearchPass>();
}
