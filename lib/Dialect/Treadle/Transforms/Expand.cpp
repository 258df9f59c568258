//===- Expand.cpp - The pass over the families' expansions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_EXPANDPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {
struct ExpandPass : public treadle::impl::ExpandPassBase<ExpandPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateExpandPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation()->walk([&](Operation *op) {
      if (!isa<MultiHeadAttentionOp, FeedForwardOp, GatedFeedForwardOp,
               ResidualOp, StackOp>(op))
        return;
      op->emitOpError("was not expanded");
      signalPassFailure();
    });
  }
};
} // namespace

void treadle::populateExpandPatterns(RewritePatternSet &patterns) {
  populateExpandMultiHeadAttentionPatterns(patterns);
  populateExpandFeedForwardPatterns(patterns);
  populateExpandBlockPatterns(patterns);
}
