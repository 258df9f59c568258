//===- Expand.cpp - Blocks become their parts -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
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

/// x [b, s, inputs] projected by a weight [outputs, inputs].
Value project(OpBuilder &builder, Location loc, Value x, Value weight,
              Value bias) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = cast<RankedTensorType>(weight.getType()).getDimSize(0);
  return LinearOp::create(builder, loc, type.clone(shape), x, weight, bias,
                          Activation::Identity);
}

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

/// W_2 activation(W_1 x + b_1) + b_2.
struct ExpandFeedForward : OpRewritePattern<FeedForwardOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FeedForwardOp op,
                                PatternRewriter &rewriter) const override {
    Value inner = project(rewriter, op.getLoc(), op.getInput(),
                          op.getWeightIn(), op.getBiasIn());
    inner.getDefiningOp<LinearOp>().setActivation(op.getActivation());
    rewriter.replaceOp(op, project(rewriter, op.getLoc(), inner,
                                   op.getWeightOut(), op.getBiasOut()));
    return success();
  }
};

/// x + scale f(x), added row by row, the shape that products are made in.
struct ExpandResidual : OpRewritePattern<ResidualOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ResidualOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    // The branch may yield its own argument, which inlining replaces.
    YieldOp yield = op.getYield();
    rewriter.inlineBlockBefore(&op.getBranch().front(), op, op.getInput());
    Value branch = yield.getValue();
    rewriter.eraseOp(yield);
    Value rows = flattenRows(rewriter, loc, branch);
    if (auto scale = op.getScale()) {
      auto type = cast<RankedTensorType>(rows.getType());
      Value factor = createFloat(rewriter, loc, type.getElementType(),
                                 scale->convertToDouble());
      SmallVector<Value> dynamicSizes;
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        if (type.isDynamicDim(dim))
          dynamicSizes.push_back(
              tensor::DimOp::create(rewriter, loc, rows, dim));
      Value factors =
          tensor::SplatOp::create(rewriter, loc, type, factor, dynamicSizes);
      rows = arith::MulFOp::create(rewriter, loc, rows, factors);
    }
    Value sum = arith::AddFOp::create(
        rewriter, loc, flattenRows(rewriter, loc, op.getInput()), rows);
    rewriter.replaceOp(op, unflattenRows(rewriter, loc, sum, op.getInput()));
    return success();
  }
};

/// A loop over layers that carries the residual stream, as rows.
struct ExpandStack : OpRewritePattern<StackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StackOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    // What is inside says more about its shapes once it has been expanded.
    if (op.getLayer()
            .walk([](Operation *inner) {
              return isa<MultiHeadAttentionOp, FeedForwardOp, ResidualOp>(inner)
                         ? WalkResult::interrupt()
                         : WalkResult::advance();
            })
            .wasInterrupted())
      return rewriter.notifyMatchFailure(op,
                                         "its layers are still to be expanded");
    for (Operation *user : op.getLayerIndex().getUsers())
      if (auto parameter = dyn_cast<ParameterOp>(user)) {
        if (parameter.getMembers() &&
            parameter.getMembers() != static_cast<uint64_t>(op.getCount()))
          return rewriter.notifyMatchFailure(
              op, "a family has another number of members");
        rewriter.modifyOpInPlace(parameter,
                                 [&] { parameter.setMembers(op.getCount()); });
      }

    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(rewriter, loc, value);
    };
    Value initial = op.getInitial();
    Value rows = flattenRows(rewriter, loc, initial);
    auto loop = scf::ForOp::create(rewriter, loc, constant(0),
                                   constant(op.getCount()), constant(1), rows);
    Block *body = loop.getBody();
    YieldOp yield = op.getYield();
    rewriter.setInsertionPointToEnd(body);
    Value stream =
        unflattenRows(rewriter, loc, loop.getRegionIterArg(0), initial);
    // The region's arguments are gone once its block is inlined.
    Value next = yield.getValue();
    if (next == op.getLayerInput())
      next = stream;
    rewriter.eraseOp(yield);
    rewriter.inlineBlockBefore(&op.getLayer().front(), body, body->end(),
                               {stream, loop.getInductionVar()});
    rewriter.setInsertionPointToEnd(body);
    scf::YieldOp::create(rewriter, loc, flattenRows(rewriter, loc, next));
    rewriter.setInsertionPointAfter(loop);
    rewriter.replaceOp(
        op, unflattenRows(rewriter, loc, loop.getResult(0), initial));
    return success();
  }
};

struct ExpandPass : public treadle::impl::ExpandPassBase<ExpandPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateExpandPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation()->walk([&](Operation *op) {
      if (!isa<MultiHeadAttentionOp, FeedForwardOp, ResidualOp, StackOp>(op))
        return;
      op->emitOpError("was not expanded");
      signalPassFailure();
    });
  }
};

} // namespace

void treadle::populateExpandPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandMultiHeadAttention, ExpandFeedForward, ExpandResidual,
               ExpandStack>(patterns.getContext());
}
