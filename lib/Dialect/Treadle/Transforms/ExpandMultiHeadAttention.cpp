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

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace treadle;

namespace {

/// x [b, s, width] as heads, [b, s, heads, width / heads].
Value takeHeads(OpBuilder &builder, Location loc, Value x, int64_t heads) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t width = type.getDimSize(2);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, x);
  sizes[2] = builder.getIndexAttr(heads);
  sizes.push_back(builder.getIndexAttr(width / heads));
  auto headed = RankedTensorType::get(
      {type.getDimSize(0), type.getDimSize(1), heads, width / heads},
      type.getElementType());
  return tensor::ExpandShapeOp::create(
      builder, loc, headed, x, ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}},
      sizes);
}

/// Queries, keys and values after their projections, in heads.
SmallVector<Value, 3> projectHeads(OpBuilder &builder,
                                   MultiHeadAttentionOp op) {
  Location loc = op.getLoc();
  Value inputs[3] = {op.getQueries(), op.getKeys(), op.getValues()};
  Value weights[3] = {op.getQueryWeight(), op.getKeyWeight(),
                      op.getValueWeight()};
  int64_t heads[3] = {static_cast<int64_t>(op.getHeads()), op.getNumKeyHeads(),
                      op.getNumKeyHeads()};
  SmallVector<Value, 3> headed;
  if (inputs[0] == inputs[1] && inputs[1] == inputs[2]) {
    // One product is read from and written to memory once.
    SmallVector<Value, 3> biases(3);
    if (!op.getBiases().empty())
      llvm::copy(op.getBiases().take_front(3), biases.begin());
    SmallVector<Activation, 3> activations(3, Activation::Identity);
    SmallVector<Value> parts =
        projectTogether(builder, loc, inputs[0], weights, biases, activations);
    for (auto [part, count] : llvm::zip_equal(parts, heads))
      headed.push_back(takeHeads(builder, loc, part, count));
    return headed;
  }
  for (int i = 0; i < 3; ++i) {
    Value bias = op.getBiases().empty() ? Value() : op.getBiases()[i];
    Value projected = project(builder, loc, inputs[i], weights[i], bias);
    headed.push_back(takeHeads(builder, loc, projected, heads[i]));
  }
  return headed;
}

/// Dimension `dim` of `x`, as many as `outer` times `inner`, as these two.
Value splitDim(OpBuilder &builder, Location loc, Value x, int64_t dim,
               int64_t outer, int64_t inner) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, x);
  shape[dim] = inner;
  shape.insert(shape.begin() + dim, outer);
  sizes[dim] = builder.getIndexAttr(inner);
  sizes.insert(sizes.begin() + dim, builder.getIndexAttr(outer));
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0, next = 0; i < type.getRank(); ++i) {
    groups.push_back({next++});
    if (i == dim)
      groups.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), x,
                                       groups, sizes);
}

/// The change of a score that a cap and positions ask for. The region takes the
/// score, the indices of batch, key head and, with groups, the query head of
/// the key head, and those of query and key.
void buildChange(OpBuilder &builder, MultiHeadAttentionOp op, Region &region,
                 bool grouped) {
  Attribute positions = op.getPositionsAttr();
  if (!op.getSoftCap() && !isa_and_present<AlibiAttr, RelativeAttr>(positions))
    return;
  Location loc = op.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&region);
  block->addArgument(builder.getF32Type(), loc);
  for (int i = 0; i < (grouped ? 5 : 4); ++i)
    block->addArgument(builder.getIndexType(), loc);
  Value score = block->getArgument(0), batch = block->getArgument(1),
        head = block->getArgument(2), key = block->getArguments().back(),
        query = block->getArgument(block->getNumArguments() - 2);
  auto getIndex = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  if (op.getSoftCapAttr())
    score = SoftCapOp::create(builder, loc, score, op.getSoftCapAttr());
  if (!isa_and_present<AlibiAttr, RelativeAttr>(positions)) {
    YieldOp::create(builder, loc, score);
    return;
  }
  if (grouped) {
    Value first = arith::MulIOp::create(
        builder, loc, head, getIndex(op.getHeads() / op.getNumKeyHeads()));
    head = arith::AddIOp::create(builder, loc, first, block->getArgument(3));
  }
  if (op.getOffsets()) {
    Value offset =
        tensor::ExtractOp::create(builder, loc, op.getOffsets(), batch);
    offset = arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                        offset);
    query = arith::AddIOp::create(builder, loc, query, offset);
  }
  if (isa<AlibiAttr>(positions)) {
    score = AlibiOp::create(builder, loc, score, head, query, key,
                            builder.getI64IntegerAttr(op.getHeads()));
  } else {
    auto relative = cast<RelativeAttr>(positions);
    Value bucket = RelativeBucketOp::create(
        builder, loc, builder.getIndexType(), query, key,
        builder.getI64IntegerAttr(relative.getBuckets()),
        builder.getI64IntegerAttr(relative.getMaxDistance()),
        relative.getBidirectional() ? builder.getUnitAttr() : UnitAttr());
    Value bias = tensor::ExtractOp::create(builder, loc, op.getRelativeTable(),
                                           ValueRange{bucket, head});
    // Scores are in f32, whatever the tensors' type.
    unsigned bits = bias.getType().getIntOrFloatBitWidth();
    if (bits < 32)
      bias = arith::ExtFOp::create(builder, loc, builder.getF32Type(), bias);
    else if (bits > 32)
      bias = arith::TruncFOp::create(builder, loc, builder.getF32Type(), bias);
    score = arith::AddFOp::create(builder, loc, score, bias);
  }
  YieldOp::create(builder, loc, score);
}

/// concat(head_i) W_o, with head_i = attention(Q W_q,i, K W_k,i, V W_v,i).
struct ExpandMultiHeadAttention : OpRewritePattern<MultiHeadAttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MultiHeadAttentionOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<Value, 3> headed = projectHeads(rewriter, op);
    for (auto [x, gain] :
         {std::pair<Value &, Value>{headed[0], op.getQueryGain()},
          {headed[1], op.getKeyGain()}})
      if (gain)
        x = RMSNormOp::create(rewriter, loc, x, gain, op.getNormEpsilonAttr());
    if (auto rotary = dyn_cast_if_present<RotaryAttr>(op.getPositionsAttr()))
      for (Value &x : MutableArrayRef(headed).take_front(2))
        x = RotaryOp::create(rewriter, loc, x.getType(), x, rotary,
                             /*positions=*/Value(), op.getOffsets(),
                             /*cosines=*/Value(), /*sines=*/Value());
    SmallVector<Value> caches;
    if (op.getCacheKeys())
      for (auto [x, cache] :
           {std::pair<Value &, Value>{headed[1], op.getCacheKeys()},
            {headed[2], op.getCacheValues()}}) {
        // It is rounded once, to what the cache keeps.
        Type stored = getElementTypeOrSelf(cache.getType());
        auto type = cast<RankedTensorType>(x.getType());
        if (stored != type.getElementType())
          x = arith::TruncFOp::create(rewriter, loc, type.clone(stored), x);
        x = CacheAppendOp::create(rewriter, loc, x, cache, op.getOffsets(),
                                  /*ring=*/false);
        caches.push_back(x);
      }

    Value attention = attend(rewriter, op, headed);
    auto rank = cast<RankedTensorType>(attention.getType()).getRank();
    SmallVector<ReassociationIndices> groups = {{0}, {1}, {}};
    for (int64_t dim = 2; dim < rank; ++dim)
      groups.back().push_back(dim);
    Value joined =
        tensor::CollapseShapeOp::create(rewriter, loc, attention, groups);
    SmallVector<Value> results = {
        project(rewriter, loc, joined, op.getOutputWeight(),
                op.getBiases().empty() ? Value() : op.getBiases()[3])};
    llvm::append_range(results, caches);
    rewriter.replaceOp(op, results);
    return success();
  }

private:
  /// Attention over [batch, tokens, heads…, components]. Heads that share a
  /// head of keys are a dimension of their own, which keys do not mention.
  Value attend(PatternRewriter &rewriter, MultiHeadAttentionOp op,
               ArrayRef<Value> headed) const {
    Location loc = op.getLoc();
    int64_t keyHeads = op.getNumKeyHeads(),
            group = static_cast<int64_t>(op.getHeads()) / keyHeads;
    bool grouped = group != 1;
    Value queries = headed[0];
    if (grouped)
      queries = splitDim(rewriter, loc, queries, 2, keyHeads, group);
    Value sinks = op.getSinks();
    if (sinks && grouped)
      sinks = splitDim(rewriter, loc, sinks, 0, keyHeads, group);

    // The space is (b, h, m, n, d, e) or (b, g, h, m, n, d, e); tokens lie
    // before heads.
    MLIRContext *context = rewriter.getContext();
    unsigned m = grouped ? 3 : 2;
    auto map = [&](ArrayRef<unsigned> dims) {
      return AffineMap::getMultiDimMapWithTargets(m + 4, dims, context);
    };
    auto getQueryMap = [&](unsigned component) {
      return grouped ? map({0, m, 1, 2, component}) : map({0, m, 1, component});
    };
    SmallVector<AffineMap> maps = {
        getQueryMap(m + 2), map({0, m + 1, 1, m + 2}),
        map({0, m + 1, 1, m + 3}), getQueryMap(m + 3)};
    auto queriesType = cast<RankedTensorType>(queries.getType());
    SmallVector<int64_t> shape(queriesType.getShape());
    shape.back() = op.getValueWidth();
    auto attention = AttentionOp::create(
        rewriter, loc, queriesType.clone(shape), Score::ScaledDot, queries,
        headed[1], headed[2], maps);
    // A range knows the segments' sizes as they are when it is asked for: each
    // is assigned before the next.
    if (op.getLengths())
      attention.getLengthsMutable().assign(op.getLengths());
    if (op.getPrefixes())
      attention.getPrefixesMutable().assign(op.getPrefixes());
    MaskAttr mask = op.getMaskAttr();
    if (mask && mask.wantsOffsets())
      attention.getOffsetsMutable().assign(op.getOffsets());
    if (sinks) {
      attention.getSinksMutable().assign(sinks);
      maps.push_back(grouped ? map({1, 2}) : map({1}));
      attention.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    }
    attention.setMaskAttr(mask);
    attention.setScaleAttr(op.getScaleAttr());
    buildChange(rewriter, op, attention.getChange(), grouped);
    return attention.getResult();
  }
};

} // namespace

void treadle::populateExpandMultiHeadAttentionPatterns(
    RewritePatternSet &patterns) {
  patterns.add<ExpandMultiHeadAttention>(patterns.getContext());
}
