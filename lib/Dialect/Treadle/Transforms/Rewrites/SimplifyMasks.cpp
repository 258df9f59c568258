//===- SimplifyMasks.cpp - What a mask makes dead goes away -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All of these are bitwise: a key that is hidden has the weight zero whether
// it is looked at or not, and a mask that hides nothing changes no score.
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_SIMPLIFYMASKSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// The least and the greatest element of a constant tensor of integers.
static std::optional<std::pair<int64_t, int64_t>> getRange(Value tensor) {
  DenseIntElementsAttr elements;
  if (!tensor || !matchPattern(tensor, m_Constant(&elements)) ||
      elements.empty())
    return std::nullopt;
  int64_t least = std::numeric_limits<int64_t>::max(),
          greatest = std::numeric_limits<int64_t>::min();
  for (const APInt &element : elements) {
    least = std::min(least, element.getSExtValue());
    greatest = std::max(greatest, element.getSExtValue());
  }
  return std::make_pair(least, greatest);
}

/// The one element that all of a tensor of i1 have, when that is known.
static std::optional<bool> getTruth(Value tensor) {
  DenseIntElementsAttr elements;
  if (matchPattern(tensor, m_Constant(&elements))) {
    if (elements.isSplat())
      return elements.getSplatValue<bool>();
    auto values = elements.getValues<bool>();
    if (llvm::all_of(values, [](bool value) { return value; }))
      return true;
    return std::nullopt;
  }
  Value scalar;
  if (auto splat = tensor.getDefiningOp<tensor::SplatOp>())
    scalar = splat.getInput();
  else if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    scalar = fill.getInputs()[0];
  APInt truth;
  if (scalar && matchPattern(scalar, m_ConstantInt(&truth)))
    return !truth.isZero();
  return std::nullopt;
}

namespace {

/// What is known of an attention's mask before the program runs.
struct KnownMask {
  explicit KnownMask(AttentionOp op)
      : mask(op.getMaskAttr()), queries(op.getStaticExtent(op.getQueryDim())),
        keys(op.getStaticExtent(op.getKeyDim())),
        lengths(getRange(op.getLengths())),
        prefixes(getRange(op.getPrefixes())) {
    if (mask && mask.isPositional())
      offset = getOffset(op);
  }

  /// Position of the first query, when it is one number for the whole batch.
  std::optional<int64_t> getOffset(AttentionOp op) const {
    bool known =
        !ShapedType::isDynamic(queries) && !ShapedType::isDynamic(keys);
    auto isOne = [](auto range) {
      return range && range->first == range->second;
    };
    switch (mask.getAlign()) {
    case Alignment::BottomRight:
      return known ? std::optional(keys - queries) : std::nullopt;
    case Alignment::TopLeft:
      return 0;
    case Alignment::Lengths:
      return isOne(lengths) && !ShapedType::isDynamic(queries)
                 ? std::optional(lengths->first - queries)
                 : std::nullopt;
    case Alignment::Offsets: {
      auto offsets = getRange(op.getOffsets());
      return isOne(offsets) ? std::optional(offsets->first) : std::nullopt;
    }
    }
    return std::nullopt;
  }

  /// Keys that some query of some element of the batch may see, when that is
  /// known.
  std::optional<std::pair<int64_t, int64_t>> getVisible() const {
    if (!mask || ShapedType::isDynamic(keys))
      return std::nullopt;
    int64_t within = keys;
    if (mask.getKeysWithinLengths() && lengths)
      within = std::clamp<int64_t>(lengths->second, 0, keys);
    if (!mask.isPositional())
      return std::make_pair<int64_t>(0, std::move(within));
    if (!offset || ShapedType::isDynamic(queries) || queries == 0 ||
        (mask.getPrefix() && !prefixes))
      return std::nullopt;
    KeyRanges<int64_t> ranges =
        getKeyRanges(IntegerArithmetic(), mask, *offset, *offset + queries - 1,
                     within, mask.getPrefix() ? prefixes->second : 0);
    if (ranges.prefix > 0)
      return std::make_pair<int64_t>(0, std::max(ranges.prefix, ranges.end));
    return std::make_pair(std::min(ranges.begin, ranges.end), ranges.end);
  }

  /// Whether causality alone hides no key.
  bool isCausalDead() const {
    if (!mask.getCausal())
      return false;
    // One query is the last one, and sees the last key, or the last of the
    // length.
    if (queries == 1 && (mask.getAlign() == Alignment::BottomRight ||
                         (mask.getAlign() == Alignment::Lengths &&
                          mask.getKeysWithinLengths())))
      return true;
    return offset && !ShapedType::isDynamic(keys) && *offset >= keys - 1;
  }

  /// Whether the window hides no key that causality shows.
  bool isWindowDead() const {
    if (mask.getWindow() == 0 || !offset || ShapedType::isDynamic(queries) ||
        ShapedType::isDynamic(keys) || queries == 0)
      return false;
    int64_t last = *offset + queries - 1, window = mask.getWindow();
    return last < window && (mask.getCausal() || keys - 1 - *offset < window);
  }

  /// Whether each length is that of all keys.
  bool areLengthsDead() const {
    return mask.getKeysWithinLengths() && lengths &&
           !ShapedType::isDynamic(keys) && lengths->first >= keys;
  }

  MaskAttr mask;
  int64_t queries, keys;
  std::optional<std::pair<int64_t, int64_t>> lengths, prefixes;
  std::optional<int64_t> offset;
};

/// Parts of a mask that hide no key: causality for one query at the end, a
/// window that is wider than all distances, lengths that are all of the keys.
struct DropDeadParts : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    KnownMask known(op);
    if (!known.mask)
      return rewriter.notifyMatchFailure(op, "it has no mask");
    MaskAttr mask = known.mask;
    bool causal = mask.getCausal() && !known.isCausalDead();
    int64_t window = known.isWindowDead() ? 0 : mask.getWindow();
    bool within = mask.getKeysWithinLengths() && !known.areLengthsDead();
    if (causal == mask.getCausal() && window == mask.getWindow() &&
        within == mask.getKeysWithinLengths())
      return rewriter.notifyMatchFailure(
          op, "no part of its mask is known to hide nothing");
    // Where nothing goes by positions, positions and prefixes say nothing.
    bool positional = causal || window != 0;
    MaskAttr simpler;
    if (positional || within)
      simpler =
          MaskAttr::get(op.getContext(), causal, within, window,
                        positional && mask.getPrefix(),
                        positional ? mask.getAlign() : Alignment::BottomRight);
    rewriter.modifyOpInPlace(op, [&] {
      if (simpler)
        op.setMaskAttr(simpler);
      else
        op.removeMaskAttr();
      if (!simpler || !simpler.wantsLengths())
        op.getLengthsMutable().clear();
      if (!simpler || !simpler.wantsOffsets())
        op.getOffsetsMutable().clear();
      if (!simpler || !simpler.getPrefix())
        op.getPrefixesMutable().clear();
    });
    return success();
  }
};

/// A selection of everything.
struct DropSelection : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getSelection() || getTruth(op.getSelection()) != true)
      return rewriter.notifyMatchFailure(
          op, "it has no selection that is known to be true");
    auto maps = llvm::to_vector(op.getIndexingMaps().getAsRange<Attribute>());
    maps.erase(maps.begin() + 4 + (op.getScoreWeights() ? 1 : 0));
    rewriter.modifyOpInPlace(op, [&] {
      op.getSelectionMutable().clear();
      op.setIndexingMapsAttr(rewriter.getArrayAttr(maps));
    });
    return success();
  }
};

/// Attention to nothing is zeros, and its log-sum-exp -∞.
struct FoldHiddenAttention : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    KnownMask known(op);
    auto visible = known.getVisible();
    bool hidden = known.keys == 0 ||
                  (visible && visible->first >= visible->second) ||
                  (op.getSelection() && getTruth(op.getSelection()) == false);
    if (!hidden)
      return rewriter.notifyMatchFailure(
          op, "some key may be visible to some query");
    if (op.getLogSumExp() && op.getSinks())
      return rewriter.notifyMatchFailure(
          op, "its log-sum-exp is that of its sinks");
    ReifiedRankedShapedTypeDims shapes;
    if (failed(reifyResultShapes(rewriter, op, shapes)))
      return rewriter.notifyMatchFailure(op, "its extents are not known");
    SmallVector<Value> replacements;
    for (auto [result, sizes] : llvm::zip_equal(op->getResults(), shapes)) {
      auto type = cast<RankedTensorType>(result.getType());
      double number =
          replacements.empty() ? 0.0 : -std::numeric_limits<double>::infinity();
      Value scalar = arith::ConstantOp::create(
          rewriter, op.getLoc(),
          rewriter.getFloatAttr(type.getElementType(), number));
      SmallVector<Value> dynamicSizes;
      for (auto [dim, size] : llvm::enumerate(sizes))
        if (type.isDynamicDim(dim))
          dynamicSizes.push_back(
              getValueOrCreateConstantIndexOp(rewriter, op.getLoc(), size));
      replacements.push_back(tensor::SplatOp::create(
          rewriter, op.getLoc(), type, scalar, dynamicSizes));
    }
    rewriter.replaceOp(op, replacements);
    return success();
  }
};

/// Keys before the first and after the last that any query sees are cut off.
struct SliceHiddenKeys : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    KnownMask known(op);
    auto visible = known.getVisible();
    if (!visible)
      return rewriter.notifyMatchFailure(
          op, "it is not known which keys are visible");
    auto [begin, end] = *visible;
    if (begin >= end || (begin == 0 && end == known.keys))
      return rewriter.notifyMatchFailure(op, "no key is hidden from all");
    MaskAttr mask = known.mask;
    if (begin > 0 && (mask.wantsLengths() || mask.wantsOffsets()))
      return rewriter.notifyMatchFailure(
          op, "its lengths and offsets count from the first key");
    // Positions must stay what they are, relative to the keys that stay.
    if (mask.isPositional()) {
      int64_t shifted = *known.offset - begin;
      bool same = mask.getAlign() == Alignment::BottomRight
                      ? shifted == (end - begin) - known.queries
                      : begin == 0;
      if (!same)
        return rewriter.notifyMatchFailure(
            op, "its alignment would mean other positions");
    }

    unsigned n = op.getKeyDim();
    Location loc = op.getLoc();
    auto slice = [&, begin = begin, end = end](OpOperand &operand,
                                               AffineMap map) {
      auto position =
          map.getResultPosition(getAffineDimExpr(n, rewriter.getContext()));
      if (!position)
        return;
      SmallVector<OpFoldResult> sizes =
          tensor::getMixedSizes(rewriter, loc, operand.get());
      SmallVector<OpFoldResult> offsets(sizes.size(), rewriter.getIndexAttr(0)),
          strides(sizes.size(), rewriter.getIndexAttr(1));
      offsets[*position] = rewriter.getIndexAttr(begin);
      sizes[*position] = rewriter.getIndexAttr(end - begin);
      Value part = tensor::ExtractSliceOp::create(rewriter, loc, operand.get(),
                                                  offsets, sizes, strides);
      operand.set(part);
    };
    rewriter.modifyOpInPlace(op, [&, begin = begin] {
      slice(op.getKeysMutable(), op.getKeysMap());
      slice(op.getValuesMutable(), op.getValuesMap());
      if (op.getSelection())
        slice(op.getSelectionMutable()[0], op.getSelectionMap());
      if (op.getBias())
        slice(op.getBiasMutable()[0], op.getBiasMap());
      // A change of scores goes by the key's own index.
      if (begin == 0 || op.getChange().empty())
        return;
      Block &change = op.getChange().front();
      BlockArgument key = change.getArguments().back();
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(&change);
      Value first = arith::ConstantIndexOp::create(rewriter, loc, begin);
      Value index = arith::AddIOp::create(rewriter, loc, key, first);
      rewriter.replaceAllUsesExcept(key, index, index.getDefiningOp());
    });
    return success();
  }
};

struct SimplifyMasksPass
    : public treadle::impl::SimplifyMasksPassBase<SimplifyMasksPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateSimplifyMasksPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void treadle::populateSimplifyMasksPatterns(RewritePatternSet &patterns,
                                            PatternBenefit benefit) {
  patterns
      .add<DropDeadParts, DropSelection, FoldHiddenAttention, SliceHiddenKeys>(
          patterns.getContext(), benefit);
}
