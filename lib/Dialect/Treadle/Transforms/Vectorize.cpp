//===- Vectorize.cpp - The pass that leaves no linalg -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Vectorization.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

namespace treadle {
#define GEN_PASS_DEF_VECTORIZEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// A copy as what copies each element. Dimensions in which elements are few,
/// those of pairs, are one with those before them.
static void generalizeCopy(RewriterBase &rewriter, memref::CopyOp copy) {
  rewriter.setInsertionPoint(copy);
  Value source = copy.getSource(), target = copy.getTarget();
  constexpr int64_t few = 4;
  auto type = cast<MemRefType>(target.getType());
  auto isCollapsible = [](Value buffer) {
    return memref::CollapseShapeOp::isGuaranteedCollapsible(
        cast<MemRefType>(buffer.getType()), getPairReassociation(buffer));
  };
  if (type.getRank() > 1 && !type.isDynamicDim(type.getRank() - 1) &&
      type.getShape().back() <= few && isCollapsible(source) &&
      isCollapsible(target))
    for (Value *buffer : {&source, &target})
      *buffer = memref::CollapseShapeOp::create(
          rewriter, copy.getLoc(), *buffer, getPairReassociation(*buffer));
  int64_t rank = cast<MemRefType>(source.getType()).getRank();
  AffineMap map = rewriter.getMultiDimIdentityMap(rank);
  linalg::GenericOp::create(
      rewriter, copy.getLoc(), source, target, ArrayRef<AffineMap>{map, map},
      SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
      [](OpBuilder &b, Location loc, ValueRange args) {
        linalg::YieldOp::create(b, loc, args[0]);
      });
  rewriter.eraseOp(copy);
}

namespace {
struct VectorizePass : public treadle::impl::VectorizePassBase<VectorizePass> {
  void runOnOperation() override {
    TargetAttr target;
    for (Operation *op = getOperation(); op && !target; op = op->getParentOp())
      target = op->getAttrOfType<TargetAttr>(kTargetAttrName);
    if (!target) {
      getOperation()->emitError("expects a 'treadle.target' on its module");
      return signalPassFailure();
    }
    WalkResult onBuffers = getOperation()->walk([](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        return WalkResult::advance();
      op->emitError("expects operands on buffers; treadle-bufferize puts them "
                    "there");
      return WalkResult::interrupt();
    });
    if (onBuffers.wasInterrupted())
      return signalPassFailure();

    IRRewriter rewriter(&getContext());
    getOperation()->walk(
        [&](memref::CopyOp copy) { generalizeCopy(rewriter, copy); });

    // Products first: one that begins with a fill takes the fill with it.
    SmallVector<linalg::GenericOp> products;
    getOperation()->walk([&](linalg::GenericOp op) {
      if (isa_and_present<ProductAttr>(op->getAttr(kLoweringAttrName)))
        products.push_back(op);
    });
    for (linalg::GenericOp op : products)
      if (failed(vectorizeNarrowProduct(rewriter, op, target)))
        (void)vectorizeProduct(rewriter, op, target);

    SmallVector<linalg::LinalgOp> rest;
    getOperation()->walk([&](linalg::LinalgOp op) { rest.push_back(op); });
    for (linalg::LinalgOp op : rest) {
      rewriter.setInsertionPoint(op);
      auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
      if (!generic) {
        FailureOr<linalg::GenericOp> general =
            linalg::generalizeNamedOp(rewriter, op);
        if (failed(general)) {
          op->emitError("cannot be made into loops");
          return signalPassFailure();
        }
        generic = *general;
      }
      if (failed(vectorizeInterleaving(rewriter, generic, target)) &&
          failed(vectorizeTransposedPairs(rewriter, generic, target)))
        vectorizeLoops(rewriter, generic, target);
    }
  }
};
} // namespace
