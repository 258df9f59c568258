//===- PositionFolds.cpp - What positions come to when more is known -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Positions.h"

#include "mlir/Dialect/CommonFolders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

/// The one number that all offsets are, when that is known.
static std::optional<int64_t> getCommonOffset(Value offsets) {
  APInt offset;
  if (!offsets || !matchPattern(offsets, m_ConstantInt(&offset)))
    return std::nullopt;
  return offset.getSExtValue();
}

namespace {

/// Offsets that are all zero are none.
template <typename OpT> struct DropZeroOffsets : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    std::optional<int64_t> offset = getCommonOffset(op.getOffsets());
    if (!offset || *offset != 0)
      return rewriter.notifyMatchFailure(op, "its offsets may be other than 0");
    rewriter.modifyOpInPlace(op, [&] { op.getOffsetsMutable().clear(); });
    return success();
  }
};

/// Offsets that are all one number are the operation's own, which says where
/// in the table the first token is.
struct MergeOffsets : OpRewritePattern<LearnedPositionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LearnedPositionOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<int64_t> offset = getCommonOffset(op.getOffsets());
    if (!offset)
      return rewriter.notifyMatchFailure(op, "its offsets may differ");
    auto table = cast<RankedTensorType>(op.getTable().getType());
    auto input = cast<RankedTensorType>(op.getInput().getType());
    int64_t rows = table.getDimSize(0), own = op.getOffset(),
            tokens = input.isDynamicDim(1) ? 0 : input.getDimSize(1);
    // A position outside of the table stays what it is: the caller's mistake.
    if (*offset < 0 || table.isDynamicDim(0) || *offset > rows - own - tokens)
      return rewriter.notifyMatchFailure(op, "positions would leave the table");
    rewriter.modifyOpInPlace(op, [&] {
      op.setOffset(own + *offset);
      op.getOffsetsMutable().clear();
    });
    return success();
  }
};

} // namespace

void LearnedPositionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                    MLIRContext *context) {
  patterns.add<MergeOffsets>(context);
}

void SinusoidalPositionOp::getCanonicalizationPatterns(
    RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropZeroOffsets<SinusoidalPositionOp>>(context);
}

void RotaryOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<DropZeroOffsets<RotaryOp>>(context);
}

OpFoldResult RotaryOp::fold(FoldAdaptor) {
  if (getRotary().getWidth() == 0)
    return getInput();
  // At position 0 the angles are.
  auto type = cast<RankedTensorType>(getInput().getType());
  if (type.getDimSize(1) == 1 && !getPositions() && !getOffsets() &&
      !getCosines() && getRotary().getEffectiveMagnitude() == 1.0)
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

OpFoldResult SoftCapOp::fold(FoldAdaptor adaptor) {
  double cap = getCap().convertToDouble();
  return constFoldUnaryOp<FloatAttr, FloatAttr::ValueType, /*PoisonAttr=*/void>(
      adaptor.getOperands(), getType(), [cap](const APFloat &input) {
        APFloat number = input;
        bool isInexact;
        number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                       &isInexact);
        APFloat result(cap * std::tanh(number.convertToDouble() / cap));
        result.convert(input.getSemantics(), APFloat::rmNearestTiesToEven,
                       &isInexact);
        return result;
      });
}

OpFoldResult AlibiOp::fold(FoldAdaptor) {
  // A slope times no distance.
  return getQuery() == getKey() ? OpFoldResult(getScore()) : OpFoldResult();
}

OpFoldResult RelativeBucketOp::fold(FoldAdaptor adaptor) {
  int64_t distance = 0;
  if (getQuery() != getKey()) {
    auto query = dyn_cast_if_present<IntegerAttr>(adaptor.getQuery()),
         key = dyn_cast_if_present<IntegerAttr>(adaptor.getKey());
    if (!query || !key)
      return {};
    // Positions have 31 bits.
    if (!llvm::isUInt<31>(query.getInt()) || !llvm::isUInt<31>(key.getInt()))
      return {};
    distance = key.getInt() - query.getInt();
  }
  int64_t buckets = getBidirectional() ? getBuckets() / 2 : getBuckets();
  int64_t first = getBidirectional() && distance > 0 ? buckets : 0;
  distance =
      getBidirectional() ? std::abs(distance) : std::max<int64_t>(-distance, 0);
  int64_t bucket = std::min(distance, buckets / 2);
  if (distance > buckets / 2)
    for (int64_t bound : getRelativeBounds(RelativeAttr::get(
             getContext(), getBuckets(), getMaxDistance(), getBidirectional())))
      bucket += distance >= bound;
  return IntegerAttr::get(IndexType::get(getContext()), first + bucket);
}
