//===- TreadleToLinalg.cpp - The pass over the families' patterns -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_TREADLETOLINALGPASS
#include "treadle/Conversion/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {
struct TreadleToLinalgPass
    : public treadle::impl::TreadleToLinalgPassBase<TreadleToLinalgPass> {
  using TreadleToLinalgPassBase::TreadleToLinalgPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto target = module->getAttrOfType<TargetAttr>(kTargetAttrName);
    if (!target) {
      module.emitError(
          "expects a 'treadle.target'; treadle-set-target gives one");
      return signalPassFailure();
    }
    RewritePatternSet patterns(&getContext());
    // What a module says is meant whatever the option is.
    auto said = module->getAttrOfType<PrecisionAttr>(kPrecisionAttrName);
    if (!said && precision != Precision::F32) {
      said = PrecisionAttr::get(&getContext(), precision);
      module->setAttr(kPrecisionAttrName, said);
    }
    if (said && said.getValue() == Precision::F16 && !target.widensF16()) {
      module.emitError("expects a target with the feature 'f16c' for the "
                       "precision 'f16', and '")
          << target.getCpu() << "' has no instruction that widens f16";
      return signalPassFailure();
    }
    populateLinearToLinalgPatterns(patterns, target,
                                   said ? said.getValue() : Precision::F32);
    populateNormToLinalgPatterns(patterns);
    populatePoolToLinalgPatterns(patterns);
    populatePositionToLinalgPatterns(patterns);
    populateRotaryToLinalgPatterns(patterns);
    populateScoreLoweringPatterns(patterns);
    linalg::populateElementwiseToLinalgConversionPatterns(patterns);
    if (failed(applyPatternsGreedily(module, std::move(patterns))))
      return signalPassFailure();
    module.walk([&](Operation *op) {
      if (!isa<TreadleDialect>(op->getDialect()) ||
          isa<CountOp, ParameterOp, TeamSizeOp, CacheAppendOp, CacheReadOp,
              PackTokensOp, SequenceStartsOp, UnpackTokensOp>(op))
        return;
      // Attention stays, to be tiled; its sums and exponentials are made in
      // f32.
      if (auto attention = dyn_cast<AttentionOp>(op);
          attention && getElementTypeOrSelf(attention.getQueries()).isF32())
        return;
      if (isa<YieldOp>(op) && isa<AttentionOp>(op->getParentOp()))
        return;
      op->emitError("is not supported by the compiler with these types");
      signalPassFailure();
    });
  }
};
} // namespace
