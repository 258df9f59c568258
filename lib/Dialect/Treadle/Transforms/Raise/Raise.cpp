//===- Raise.cpp - From linalg on tensors to the dialect -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Raise.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_RAISEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

void RaiseRemarks::addMatch(Location location, StringRef what) {
  remarks.insert_or_assign({location, what}, Remark{true, "", std::nullopt});
}

void RaiseRemarks::addMiss(Location location, StringRef what, const Twine &why,
                           std::optional<Location> note) {
  remarks.insert({{location, what}, {false, why.str(), note}});
}

void RaiseRemarks::emit() const {
  for (const auto &[key, remark] : remarks) {
    if (remark.matched) {
      emitRemark(key.first) << key.second << " raised";
      continue;
    }
    InFlightDiagnostic diagnostic =
        emitRemark(key.first) << key.second << " not raised: " << remark.why;
    if (remark.note)
      diagnostic.attachNote(*remark.note) << "here";
  }
}

namespace {

struct RaisePass : public treadle::impl::RaisePassBase<RaisePass> {
  using RaisePassBase::RaisePassBase;

  void runOnOperation() override {
    using Populate =
        void (*)(RewritePatternSet &, RaiseRemarks *, PatternBenefit);
    // The largest first: a product of queries and keys is a linear map, too.
    constexpr Populate families[] = {
        populateRaiseRotaryPatterns, populateRaiseAttentionPatterns,
        populateRaiseNormPatterns, populateRaiseLinearPatterns,
        populateRaiseFeedForwardPatterns};
    RaiseRemarks found;
    // From the last operation: a norm with its gain is more than one without.
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(false);
    for (Populate populate : families) {
      RewritePatternSet patterns(&getContext());
      populate(patterns, remarks ? &found : nullptr, /*benefit=*/1);
      if (failed(applyPatternsGreedily(getOperation(), std::move(patterns),
                                       config)))
        return signalPassFailure();
    }
    found.emit();
  }
};

} // namespace
