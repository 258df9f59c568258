//===- FuseElementwise.cpp - Elementwise chains become one operation -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;

static bool isAllParallel(linalg::LinalgOp op) {
  return op.getNumLoops() == op.getNumParallelLoops();
}

/// Whether an operation reads the content of an operand; to ask for its
/// extents, or for those of another shape of it, is not to read.
static bool isRead(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(user))
    return llvm::any_of(user->getUses(), isRead);
  return !isa<tensor::DimOp>(user);
}

/// Whether one operation reads the content of a value.
static bool isReadOnce(Value value) {
  return llvm::count_if(value.getUses(), isRead) == 1;
}

/// A value that several operations read is not computed several times.
static bool shouldFuse(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  return consumer && isAllParallel(consumer) && isReadOnce(operand->get());
}

/// An elementwise operation takes the shape of the product behind a reshape;
/// nothing else changes its shape.
static bool shouldExpand(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  auto collapse = operand->get().getDefiningOp<tensor::CollapseShapeOp>();
  return consumer && collapse && isAllParallel(consumer) &&
         isReadOnce(operand->get()) &&
         collapse.getSrc().getDefiningOp<linalg::GenericOp>();
}

namespace {
struct FuseElementwisePass
    : public treadle::impl::FuseElementwisePassBase<FuseElementwisePass> {
  void runOnOperation() override {
    // Shapes first: a reshape that is about to go still counts as a use of what
    // it reads.
    RewritePatternSet shapes(&getContext()), fusion(&getContext());
    treadle::populateExpandElementwisePatterns(shapes);
    treadle::populateFuseElementwisePatterns(fusion);
    if (failed(applyPatternsGreedily(getOperation(), std::move(shapes))) ||
        failed(applyPatternsGreedily(getOperation(), std::move(fusion))))
      signalPassFailure();
  }
};
} // namespace

void treadle::populateExpandElementwisePatterns(RewritePatternSet &patterns) {
  linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, shouldExpand);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns,
                                                     patterns.getContext());
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                       patterns.getContext());
}

void treadle::populateFuseElementwisePatterns(RewritePatternSet &patterns) {
  linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
}
