//===- FuseProjections.cpp - Linear maps of one input fuse -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/RegionUtils.h"

namespace treadle {
#define GEN_PASS_DEF_FUSEPROJECTIONSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {

/// Components [offset, offset + width) of each vector.
Value takeColumns(OpBuilder &builder, Location loc, Value x, int64_t offset,
                  int64_t width) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, x);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0)),
      strides(sizes.size(), builder.getIndexAttr(1));
  offsets.back() = builder.getIndexAttr(offset);
  sizes.back() = builder.getIndexAttr(width);
  return tensor::ExtractSliceOp::create(builder, loc, x, offsets, sizes,
                                        strides);
}

/// W_1 x, …, W_n x are the parts of (W_1; …; W_n) x. The input is read once,
/// and there is one product with more columns, which is busier.
///
/// Bitwise: an element of the result is the same sum over the same products.
struct FuseProjections : OpRewritePattern<LinearOp> {
  FuseProjections(MLIRContext *context, WeightSource weights,
                  PatternBenefit benefit)
      : OpRewritePattern(context, benefit), weights(weights) {}

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<LinearOp> parts = getParts(op);
    if (parts.size() < 2)
      return rewriter.notifyMatchFailure(
          op, "no other linear map of its input can be fused with it");
    if (parts.front() != op)
      return rewriter.notifyMatchFailure(
          op, "the first map of its input is fused with the others");

    SmallVector<Value> operands;
    for (LinearOp part : parts) {
      operands.push_back(part.getWeight());
      if (part.getBias())
        operands.push_back(part.getBias());
    }
    if (failed(moveValueDefinitions(rewriter, operands, op)))
      return rewriter.notifyMatchFailure(
          op, "a later map's parameters cannot be computed before it");

    SmallVector<Value> weightsOf, biasesOf;
    SmallVector<Activation> activations;
    for (LinearOp part : parts) {
      weightsOf.push_back(part.getWeight());
      biasesOf.push_back(part.getBias());
      activations.push_back(part.getActivation());
    }
    SmallVector<Value> slices = projectTogether(
        rewriter, op.getLoc(), op.getInput(), weightsOf, biasesOf, activations);
    for (auto [part, slice] : llvm::zip_equal(parts, slices))
      rewriter.replaceOp(part, slice);
    return success();
  }

  /// The maps of `op`'s input that can be one with it, as they lie in their
  /// block.
  SmallVector<LinearOp> getParts(LinearOp op) const {
    SmallVector<LinearOp> parts;
    for (Operation *user : op.getInput().getUsers()) {
      auto part = dyn_cast<LinearOp>(user);
      // An operand may be both the input and the weight of a map.
      if (part && part.getInput() == op.getInput() &&
          part->getBlock() == op->getBlock() &&
          !llvm::is_contained(parts, part) && isComputable(part))
        parts.push_back(part);
    }
    llvm::sort(parts,
               [](LinearOp l, LinearOp r) { return l->isBeforeInBlock(r); });
    return parts;
  }

  bool isComputable(LinearOp part) const {
    return mayCompute(part.getWeight(), weights) &&
           (!part.getBias() || mayCompute(part.getBias(), weights));
  }

  WeightSource weights;
};

struct FuseProjectionsPass
    : public treadle::impl::FuseProjectionsPassBase<FuseProjectionsPass> {
  using FuseProjectionsPassBase::FuseProjectionsPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFuseProjectionsPatterns(patterns, anyWeights
                                                  ? WeightSource::Anything
                                                  : WeightSource::Parameters);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

SmallVector<Value> treadle::projectTogether(OpBuilder &builder, Location loc,
                                            Value input,
                                            ArrayRef<Value> weights,
                                            ArrayRef<Value> biases,
                                            ArrayRef<Activation> activations) {
  bool sameActivation = llvm::all_equal(activations);
  bool anyBias =
      llvm::any_of(biases, [](Value bias) { return static_cast<bool>(bias); });
  SmallVector<Value> allBiases;
  int64_t outputs = 0;
  for (auto [weight, bias] : llvm::zip_equal(weights, biases)) {
    auto type = cast<RankedTensorType>(weight.getType());
    outputs += type.getDimSize(0);
    // -0.0 is the neutral element of IEEE 754's addition: 0.0 would make 0.0 of
    // -0.0.
    if (anyBias)
      allBiases.push_back(
          bias ? bias
               : createSplat(builder, loc,
                             RankedTensorType::get(type.getDimSize(0),
                                                   type.getElementType()),
                             -0.0));
  }
  Value weight = tensor::ConcatOp::create(builder, loc, /*dim=*/0, weights);
  Value bias;
  if (anyBias)
    bias = tensor::ConcatOp::create(builder, loc, /*dim=*/0, allBiases);
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = outputs;
  Value all = LinearOp::create(
      builder, loc, type.clone(shape), input, weight, bias,
      sameActivation ? activations.front() : Activation::Identity);
  SmallVector<Value> slices;
  int64_t offset = 0;
  for (auto [part, activation] : llvm::zip_equal(weights, activations)) {
    int64_t width = cast<RankedTensorType>(part.getType()).getDimSize(0);
    Value slice = takeColumns(builder, loc, all, offset, width);
    offset += width;
    if (!sameActivation && activation != Activation::Identity)
      slice =
          ActivateOp::create(builder, loc, slice.getType(), activation, slice);
    slices.push_back(slice);
  }
  return slices;
}

void treadle::populateFuseProjectionsPatterns(RewritePatternSet &patterns,
                                              WeightSource weights,
                                              PatternBenefit benefit) {
  patterns.add<FuseProjections>(patterns.getContext(), weights, benefit);
}
