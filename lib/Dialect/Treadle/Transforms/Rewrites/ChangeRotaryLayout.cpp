//===- ChangeRotaryLayout.cpp - Interleaved pairs become halves -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_CHANGEROTARYLAYOUTPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// `value` with dimension `dim`, of `extents` together, as these.
static Value splitDim(OpBuilder &b, Location loc, Value value, int64_t dim,
                      ArrayRef<int64_t> extents) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape().take_front(dim));
  shape.append(extents.begin(), extents.end());
  llvm::append_range(shape, type.getShape().drop_front(dim + 1));
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0, next = 0; i < type.getRank(); ++i) {
    groups.emplace_back();
    for (size_t part = 0; part < (i == dim ? extents.size() : 1); ++part)
      groups.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), value,
                                       groups);
}

/// `value` with dimensions `dim` and the one after it as one.
static Value mergeDims(OpBuilder &b, Location loc, Value value, int64_t dim) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < cast<RankedTensorType>(value.getType()).getRank();
       ++i)
    if (i == dim + 1)
      groups.back().push_back(i);
    else
      groups.push_back({i});
  return tensor::CollapseShapeOp::create(b, loc, value, groups);
}

/// Part [offset, offset + size) of each head, of [heads, components, …].
static Value takeComponents(OpBuilder &b, Location loc, Value value,
                            int64_t offset, int64_t size) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(b, loc, value),
      strides(type.getRank(), b.getIndexAttr(1));
  offsets[1] = b.getIndexAttr(offset);
  sizes[1] = b.getIndexAttr(size);
  return tensor::ExtractSliceOp::create(b, loc, value, offsets, sizes, strides);
}

/// The rows of a weight, bias or gain, which are those of `heads` heads, such
/// that the first components of a head's pairs come before the second ones: row
/// 2i of the first `width` becomes row i, and row 2i + 1 row i + width/2.
static Value permuteRows(OpBuilder &b, Location loc, Value rows, int64_t heads,
                         int64_t width) {
  int64_t components =
      cast<RankedTensorType>(rows.getType()).getDimSize(0) / heads;
  Value all = splitDim(b, loc, rows, 0, {heads, components});
  Value turned = all;
  if (width != components)
    turned = takeComponents(b, loc, all, 0, width);
  Value pairs = splitDim(b, loc, turned, 1, {width / 2, 2});
  auto type = cast<RankedTensorType>(pairs.getType());
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  std::swap(order[1], order[2]);
  SmallVector<int64_t> shape(type.getShape());
  std::swap(shape[1], shape[2]);
  Value empty = tensor::EmptyOp::create(b, loc, shape, type.getElementType());
  Value halves =
      linalg::TransposeOp::create(b, loc, pairs, empty, order)->getResult(0);
  Value result = mergeDims(b, loc, halves, 1);
  if (width != components) {
    Value rest = takeComponents(b, loc, all, width, components - width);
    result =
        tensor::ConcatOp::create(b, loc, /*dim=*/1, ValueRange{result, rest});
  }
  return mergeDims(b, loc, result, 0);
}

namespace {

/// A score is the sum of q(d) k(d), in whatever order both have their
/// components: rows of the two projections, and of the gains that norms of
/// heads have, are permuted alike.
struct ChangeRotaryLayout : OpRewritePattern<MultiHeadAttentionOp> {
  ChangeRotaryLayout(MLIRContext *context, WeightSource weights, bool caches,
                     PatternBenefit benefit)
      : OpRewritePattern(context, benefit), weights(weights), caches(caches) {}

  LogicalResult matchAndRewrite(MultiHeadAttentionOp op,
                                PatternRewriter &rewriter) const override {
    auto rotary = dyn_cast_if_present<RotaryAttr>(op.getPositionsAttr());
    if (!rotary || rotary.getLayout() != RotaryLayout::Interleaved)
      return rewriter.notifyMatchFailure(op, "nothing of it is interleaved");
    if (op.getCacheKeys() && !caches)
      return rewriter.notifyMatchFailure(
          op, "its keys are kept in a cache, whose layout others may know");
    // What is permuted, and for how many heads.
    SmallVector<std::pair<OpOperand *, int64_t>> operands = {
        {&op.getQueryWeightMutable(), op.getHeads()},
        {&op.getKeyWeightMutable(), op.getNumKeyHeads()}};
    if (!op.getBiases().empty()) {
      operands.push_back({&op.getBiasesMutable()[0], op.getHeads()});
      operands.push_back({&op.getBiasesMutable()[1], op.getNumKeyHeads()});
    }
    for (MutableOperandRange gain :
         {op.getQueryGainMutable(), op.getKeyGainMutable()})
      for (OpOperand &operand : gain)
        operands.push_back({&operand, 1});
    for (auto [operand, heads] : operands)
      if (!mayCompute(operand->get(), weights))
        return rewriter.notifyMatchFailure(
            op, "its projections are not computed from parameters alone");
    for (auto [operand, heads] : operands) {
      Value permuted = permuteRows(rewriter, op.getLoc(), operand->get(), heads,
                                   rotary.getWidth());
      rewriter.modifyOpInPlace(
          op, [&, operand = operand] { operand->set(permuted); });
    }
    rewriter.modifyOpInPlace(op, [&] {
      op.setPositionsAttr(rotary.withLayout(RotaryLayout::Half));
    });
    return success();
  }

  WeightSource weights;
  bool caches;
};

struct ChangeRotaryLayoutPass
    : public treadle::impl::ChangeRotaryLayoutPassBase<ChangeRotaryLayoutPass> {
  using ChangeRotaryLayoutPassBase::ChangeRotaryLayoutPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateChangeRotaryLayoutPatterns(
        patterns,
        anyWeights ? WeightSource::Anything : WeightSource::Parameters, caches);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void treadle::populateChangeRotaryLayoutPatterns(RewritePatternSet &patterns,
                                                 WeightSource weights,
                                                 bool caches,
                                                 PatternBenefit benefit) {
  patterns.add<ChangeRotaryLayout>(patterns.getContext(), weights, caches,
                                   benefit);
}
