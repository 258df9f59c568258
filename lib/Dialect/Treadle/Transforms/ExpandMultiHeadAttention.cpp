//===- ExpandMultiHeadAttention.cpp - Projections around attention -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expand.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace treadle;

namespace {

/// Columns [offset, offset + width) of x [b, s, *] as heads, [b, s, heads,
/// width / heads].
Value takeHeads(OpBuilder &builder, Location loc, Value x, int64_t offset,
                int64_t width, int64_t heads) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, x);
  if (width != type.getDimSize(2)) {
    SmallVector<OpFoldResult> offsets(3, builder.getIndexAttr(0)),
        strides(3, builder.getIndexAttr(1));
    offsets[2] = builder.getIndexAttr(offset);
    sizes[2] = builder.getIndexAttr(width);
    x = tensor::ExtractSliceOp::create(builder, loc, x, offsets, sizes,
                                       strides);
  }
  sizes[2] = builder.getIndexAttr(heads);
  sizes.push_back(builder.getIndexAttr(width / heads));
  auto headed = RankedTensorType::get(
      {type.getDimSize(0), type.getDimSize(1), heads, width / heads},
      type.getElementType());
  return tensor::ExpandShapeOp::create(
      builder, loc, headed, x, ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}},
      sizes);
}

/// concat(head_i) W_o, with head_i = attention(Q W_q,i, K W_k,i, V W_v,i).
struct ExpandMultiHeadAttention : OpRewritePattern<MultiHeadAttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MultiHeadAttentionOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t heads = op.getHeads();
    Value inputs[3] = {op.getQueries(), op.getKeys(), op.getValues()};
    Value weights[3] = {op.getQueryWeight(), op.getKeyWeight(),
                        op.getValueWeight()};
    auto getBias = [&](int i) {
      return op.getBiases().empty() ? Value() : op.getBiases()[i];
    };
    auto getRows = [](Value weight) {
      return cast<RankedTensorType>(weight.getType()).getDimSize(0);
    };

    SmallVector<Value, 3> headed;
    if (inputs[0] == inputs[1] && inputs[1] == inputs[2]) {
      // One product is read from and written to memory once.
      Value weight = tensor::ConcatOp::create(rewriter, loc, /*dim=*/0,
                                              ValueRange(weights));
      Value bias;
      if (!op.getBiases().empty())
        bias = tensor::ConcatOp::create(rewriter, loc, /*dim=*/0,
                                        op.getBiases().take_front(3));
      Value all = project(rewriter, loc, inputs[0], weight, bias);
      int64_t offset = 0;
      for (Value part : weights) {
        headed.push_back(
            takeHeads(rewriter, loc, all, offset, getRows(part), heads));
        offset += getRows(part);
      }
    } else {
      for (int i = 0; i < 3; ++i)
        headed.push_back(
            takeHeads(rewriter, loc,
                      project(rewriter, loc, inputs[i], weights[i], getBias(i)),
                      0, getRows(weights[i]), heads));
    }

    // The space is (b, h, m, n, d, e), tokens lie before heads.
    MLIRContext *context = rewriter.getContext();
    auto map = [&](unsigned token, unsigned component) {
      return AffineMap::getMultiDimMapWithTargets(6, {0, token, 1, component},
                                                  context);
    };
    AffineMap maps[] = {map(2, 4), map(3, 4), map(3, 5), map(2, 5)};
    auto queriesType = cast<RankedTensorType>(headed[0].getType());
    auto valuesType = cast<RankedTensorType>(headed[2].getType());
    auto resultType = RankedTensorType::get({queriesType.getDimSize(0),
                                             queriesType.getDimSize(1), heads,
                                             valuesType.getDimSize(3)},
                                            queriesType.getElementType());
    auto attention = AttentionOp::create(rewriter, loc, resultType,
                                         Score::ScaledDot, headed[0], headed[1],
                                         headed[2], maps);
    if (op.getLengths())
      attention.getLengthsMutable().assign(op.getLengths());
    attention.setMaskAttr(op.getMaskAttr());
    attention.setScaleAttr(op.getScaleAttr());
    Value joined = tensor::CollapseShapeOp::create(
        rewriter, loc, attention.getResult(),
        ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});
    rewriter.replaceOp(
        op, project(rewriter, loc, joined, op.getOutputWeight(), getBias(3)));
    return success();
  }
};

} // namespace

void treadle::populateExpandMultiHeadAttentionPatterns(
    RewritePatternSet &patterns) {
  patterns.add<ExpandMultiHeadAttention>(patterns.getContext());
}
