//===- OnlineAttention.cpp - Attention part by part -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/OnlineAttention.h"

#include "AttentionParts.h"
#include "AttentionTiling.h"
#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_DECOMPOSEATTENTIONPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

//===----------------------------------------------------------------------===//
// Shared with tiling
//===----------------------------------------------------------------------===//

Operation *treadle::cloneWith(OpBuilder &b, Operation *op, TypeRange types,
                              ValueRange operands) {
  IRMapping mapping;
  Operation *copy = op->cloneWithoutRegions(mapping);
  copy->setOperands(operands);
  for (auto [result, type] : llvm::zip_equal(copy->getResults(), types))
    result.setType(type);
  b.insert(copy);
  for (auto [from, to] : llvm::zip_equal(op->getRegions(), copy->getRegions()))
    from.cloneInto(&to, mapping);
  return copy;
}

OpFoldResult treadle::getMixedExtent(OpBuilder &b, AttentionOpInterface op,
                                     unsigned dim) {
  AffineExpr expr = getAffineDimExpr(dim, b.getContext());
  for (auto [tensor, map] :
       {std::pair<Value, AffineMap>{op.getQueries(), op.getQueriesMap()},
        {op.getKeys(), op.getKeysMap()},
        {op.getValues(), op.getValuesMap()}})
    if (auto position = map.getResultPosition(expr))
      return tensor::getMixedSize(b, op.getLoc(), tensor, *position);
  llvm_unreachable("each dimension belongs to queries, keys or values");
}

Value treadle::getShift(OpBuilder &b, AttentionOp op) {
  MaskAttr mask = op.getMaskAttr();
  if (!mask || !mask.isPositional())
    return {};
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  auto getExtent = [&](unsigned dim) {
    return getValueOrCreateConstantIndexOp(b, op.getLoc(),
                                           getMixedExtent(b, iface, dim));
  };
  ValueArithmetic a(b, op.getLoc());
  switch (mask.getAlign()) {
  case Alignment::BottomRight:
    return a.sub(getExtent(op.getKeyDim()), getExtent(op.getQueryDim()));
  case Alignment::Lengths:
    return a.sub(a.constant(0), getExtent(op.getQueryDim()));
  case Alignment::TopLeft:
  case Alignment::Offsets:
    return {};
  }
  llvm_unreachable("all alignments are above");
}

/// Lengths that an alignment goes by, in [0, number of keys].
static Value clampLengths(OpBuilder &b, AttentionOp op) {
  Location loc = op.getLoc();
  Value lengths = op.getLengths();
  auto type = cast<RankedTensorType>(lengths.getType());
  Value keys = getValueOrCreateConstantIndexOp(
      b, loc,
      getMixedExtent(b, cast<AttentionOpInterface>(op.getOperation()),
                     op.getKeyDim()));
  keys = arith::IndexCastOp::create(b, loc, type.getElementType(), keys);
  AffineMap map = b.getMultiDimIdentityMap(type.getRank());
  Value empty = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, lengths), type.getElementType());
  auto clamped = linalg::GenericOp::create(
      b, loc, type, lengths, empty, ArrayRef<AffineMap>{map, map},
      SmallVector<IteratorType>(type.getRank(), IteratorType::parallel),
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Value zero = arith::ConstantOp::create(
            b, loc, b.getIntegerAttr(type.getElementType(), 0));
        Value least = arith::MinSIOp::create(b, loc, args[0], keys);
        linalg::YieldOp::create(
            b, loc, Value(arith::MaxSIOp::create(b, loc, zero, least)));
      });
  clamped->setAttr(kLoweringAttrName, RowsAttr::get(b.getContext(), 1));
  return clamped.getResult(0);
}

OnlineAttentionOp treadle::createOnline(OpBuilder &b, AttentionOp op,
                                        AttentionState init) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  unsigned dims = iface.getNumDims(), outer = iface.getNumOuterDims();
  auto getMap = [&](std::initializer_list<unsigned> others) {
    SmallVector<unsigned> targets = llvm::to_vector(llvm::seq(outer));
    llvm::append_range(targets, others);
    return AffineMap::getMultiDimMapWithTargets(dims, targets, b.getContext());
  };
  AffineMap lane = getMap({op.getQueryDim()});
  SmallVector<AffineMap> maps = {iface.getQueriesMap(), iface.getKeysMap(),
                                 iface.getValuesMap(),
                                 getMap({op.getValueDim(), op.getQueryDim()})};
  for (AffineMap map : {iface.getScoreWeightsMap(), iface.getSelectionMap(),
                        iface.getBiasMap()})
    if (map)
      maps.push_back(map);
  maps.append({lane, lane});
  MaskAttr mask = op.getMaskAttr();
  bool goesByLengths = mask && mask.getAlign() == Alignment::Lengths;
  auto online = OnlineAttentionOp::create(
      b, op.getLoc(),
      TypeRange{init.accumulator.getType(), init.maximum.getType(),
                init.sum.getType()},
      op.getScore(), op.getQueries(), op.getKeys(), op.getValues(),
      op.getScoreWeights(),
      goesByLengths ? clampLengths(b, op) : Value(op.getLengths()),
      op.getOffsets(), op.getPrefixes(), op.getSelection(), op.getBias(),
      b.getAffineMapArrayAttr(maps), op.getMaskAttr(), op.getScaleAttr(),
      getShift(b, op),
      /*origin=*/ValueRange(), init.accumulator, init.maximum, init.sum,
      /*plan=*/AttentionPlanAttr());
  IRMapping mapping;
  op.getChange().cloneInto(&online.getChange(), mapping);
  return online;
}

FailureOr<SmallVector<Value>> treadle::lowerThroughOnline(
    OpBuilder &b, AttentionOp op,
    llvm::function_ref<FailureOr<AttentionState>(OnlineAttentionOp)> lower) {
  Location loc = op.getLoc();
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  unsigned outer = iface.getNumOuterDims();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  AttentionParts parts(b, loc, outer, type.getElementType(), {});
  SmallVector<OpFoldResult> outerSizes;
  for (unsigned i = 0; i < outer; ++i)
    outerSizes.push_back(getMixedExtent(b, iface, i));
  AttentionState init =
      parts.begin(outerSizes, getMixedExtent(b, iface, op.getValueDim()),
                  getMixedExtent(b, iface, op.getQueryDim()), op.getSinks(),
                  op.getSinksMap());
  // Without keys, what there is before any is all there is.
  FailureOr<AttentionState> state = init;
  if (iface.getStaticExtent(op.getKeyDim()) != 0)
    state = lower(createOnline(b, op, init));
  if (failed(state))
    return failure();

  ReifiedRankedShapedTypeDims shapes;
  if (failed(op.reifyResultShapes(b, shapes)))
    return failure();
  // (outer…, query, component), as the parts number them.
  auto getMap = [&](AffineMap map) {
    SmallVector<AffineExpr> results;
    for (unsigned i = 0; i < map.getNumResults(); ++i) {
      unsigned position = map.getDimPosition(i);
      results.push_back(getAffineDimExpr(
          position == op.getValueDim() ? outer + 1 : position, b.getContext()));
    }
    bool hasComponents = map.isFunctionOfDim(op.getValueDim());
    return AffineMap::get(outer + 1 + hasComponents, 0, results,
                          b.getContext());
  };
  SmallVector<Value> results = {parts.divide(
      *state, tensor::EmptyOp::create(b, loc, shapes[0], type.getElementType()),
      getMap(op.getResultMap()))};
  if (op.getLogSumExp())
    results.push_back(parts.getLogSumExp(
        *state, tensor::EmptyOp::create(b, loc, shapes[1], b.getF32Type()),
        getMap(op.getLogSumExpMap())));
  return results;
}

//===----------------------------------------------------------------------===//
// Interfaces
//===----------------------------------------------------------------------===//

namespace {

/// The part of `tensor` that a tile of the space reads. Of a dimension that is
/// not tiled, where `sizes` has null, it reads what the tensor has: a bias may
/// have fewer queries than there are lanes.
Value getTile(OpBuilder &b, Location loc, Value tensor, AffineMap map,
              ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> tileOffsets,
      tileSizes = tensor::getMixedSizes(b, loc, tensor),
      ones(map.getNumResults(), b.getIndexAttr(1));
  bool isTiled = false;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    tileOffsets.push_back(offsets[map.getDimPosition(i)]);
    if (OpFoldResult size = sizes[map.getDimPosition(i)]) {
      tileSizes[i] = size;
      isTiled = true;
    }
  }
  if (!isTiled)
    return tensor;
  return tensor::ExtractSliceOp::create(b, loc, tensor, tileOffsets, tileSizes,
                                        ones);
}

/// The maps of all tensors among the operands, by operand number; the last
/// three are those of the destinations.
SmallVector<std::pair<unsigned, AffineMap>>
getOperandMaps(OnlineAttentionOp op) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  SmallVector<std::pair<unsigned, AffineMap>> maps;
  auto add = [&](OpOperand &operand, AffineMap map) {
    maps.push_back({operand.getOperandNumber(), map});
  };
  auto addGiven = [&](MutableOperandRange operands, AffineMap map) {
    for (OpOperand &operand : operands)
      add(operand, map);
  };
  unsigned dims = iface.getNumDims();
  AffineMap batch = iface.getNumOuterDims() == 0
                        ? AffineMap::get(dims, 0, op.getContext())
                        : AffineMap::getMultiDimMapWithTargets(
                              dims, ArrayRef<unsigned>{0}, op.getContext());
  add(op.getQueriesMutable(), iface.getQueriesMap());
  add(op.getKeysMutable(), iface.getKeysMap());
  add(op.getValuesMutable(), iface.getValuesMap());
  addGiven(op.getScoreWeightsMutable(), iface.getScoreWeightsMap());
  addGiven(op.getLengthsMutable(), batch);
  addGiven(op.getOffsetsMutable(), batch);
  addGiven(op.getPrefixesMutable(), batch);
  addGiven(op.getSelectionMutable(), iface.getSelectionMap());
  addGiven(op.getBiasMutable(), iface.getBiasMap());
  add(op.getAccumulatorMutable(), iface.getResultMap());
  add(op.getMaximumMutable(), op.getMaximumMap());
  add(op.getSumMutable(), op.getSumMap());
  return maps;
}

/// What a tile of the space is of the tensor that `map` belongs to.
void getPosition(AffineMap map, ArrayRef<OpFoldResult> offsets,
                 ArrayRef<OpFoldResult> sizes,
                 SmallVectorImpl<OpFoldResult> &tileOffsets,
                 SmallVectorImpl<OpFoldResult> &tileSizes) {
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    tileOffsets.push_back(offsets[map.getDimPosition(i)]);
    tileSizes.push_back(sizes[map.getDimPosition(i)]);
  }
}

struct OnlineTiling
    : TilingInterface::ExternalModel<OnlineTiling, OnlineAttentionOp> {
  SmallVector<IteratorType> getLoopIteratorTypes(Operation *op) const {
    auto online = cast<OnlineAttentionOp>(op);
    SmallVector<IteratorType> types(online.getNumDims(),
                                    IteratorType::parallel);
    // A part of the components of values would do all scores again.
    for (unsigned dim :
         {online.getKeyDim(), online.getComponentDim(), online.getValueDim()})
      types[dim] = IteratorType::reduction;
    return types;
  }

  SmallVector<Range> getIterationDomain(Operation *op, OpBuilder &b) const {
    auto iface = cast<AttentionOpInterface>(op);
    SmallVector<Range> domain;
    for (unsigned dim = 0; dim < iface.getNumDims(); ++dim)
      domain.push_back({b.getIndexAttr(0), getMixedExtent(b, iface, dim),
                        b.getIndexAttr(1)});
    return domain;
  }

  FailureOr<TilingResult>
  getTiledImplementation(Operation *op, OpBuilder &b,
                         ArrayRef<OpFoldResult> offsets,
                         ArrayRef<OpFoldResult> sizes) const {
    auto online = cast<OnlineAttentionOp>(op);
    auto iface = cast<AttentionOpInterface>(op);
    for (unsigned dim : {online.getComponentDim(), online.getValueDim()})
      if (!isZeroInteger(offsets[dim]) ||
          !isEqualConstantIntOrValue(sizes[dim], getMixedExtent(b, iface, dim)))
        return op->emitOpError(
            "cannot be tiled over components: a score needs all of them");
    OnlineAttentionOp tiled = tileOnline(b, online, offsets, sizes, {});
    TilingResult result;
    result.tiledOps = {tiled};
    result.tiledValues.assign(tiled->result_begin(), tiled->result_end());
    for (Value operand : tiled->getOperands())
      if (auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>())
        result.generatedSlices.push_back(slice);
    return result;
  }

  LogicalResult
  getResultTilePosition(Operation *op, OpBuilder &b, unsigned resultNumber,
                        ArrayRef<OpFoldResult> offsets,
                        ArrayRef<OpFoldResult> sizes,
                        SmallVector<OpFoldResult> &resultOffsets,
                        SmallVector<OpFoldResult> &resultSizes) const {
    auto maps = getOperandMaps(cast<OnlineAttentionOp>(op));
    getPosition(maps[maps.size() - 3 + resultNumber].second, offsets, sizes,
                resultOffsets, resultSizes);
    return success();
  }
};

/// Parts of the keys that are attended to side by side. Their states lie behind
/// one another in a new first dimension.
struct OnlineSplitting
    : PartialReductionOpInterface::ExternalModel<OnlineSplitting,
                                                 OnlineAttentionOp> {
  /// Fails unless keys are what is split.
  static LogicalResult check(Operation *op,
                             const SetVector<unsigned> &reductionDims) {
    if (reductionDims.size() == 1 &&
        reductionDims[0] == cast<OnlineAttentionOp>(op).getKeyDim())
      return success();
    return op->emitOpError("can be split over keys and nothing else");
  }

  FailureOr<SmallVector<Value>> generateInitialTensorForPartialReduction(
      Operation *op, OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes,
      const SetVector<unsigned> &reductionDims) const {
    if (failed(check(op, reductionDims)))
      return failure();
    auto online = cast<OnlineAttentionOp>(op);
    SmallVector<Value> tensors;
    for (auto [init, value] : llvm::zip_equal(
             online.getDpsInits(), ArrayRef<double>({0.0, -INFINITY, 0.0}))) {
      SmallVector<OpFoldResult> shape = tensor::getMixedSizes(b, loc, init);
      shape.insert(shape.begin(), sizes[online.getKeyDim()]);
      Type element = getElementTypeOrSelf(init.getType());
      Value empty = tensor::EmptyOp::create(b, loc, shape, element);
      Value number =
          arith::ConstantOp::create(b, loc, b.getFloatAttr(element, value));
      tensors.push_back(
          linalg::FillOp::create(b, loc, number, empty).getResult(0));
    }
    return tensors;
  }

  LogicalResult getPartialResultTilePosition(
      Operation *op, OpBuilder &b, unsigned resultNumber,
      ReductionTilingStrategy strategy, ArrayRef<OpFoldResult> offsets,
      ArrayRef<OpFoldResult> sizes, const SetVector<unsigned> &reductionDims,
      ArrayRef<OpFoldResult> splitReductionIvs,
      SmallVector<OpFoldResult> &resultOffsets,
      SmallVector<OpFoldResult> &resultSizes) const {
    resultOffsets.push_back(splitReductionIvs[0]);
    resultSizes.push_back(b.getIndexAttr(1));
    auto maps = getOperandMaps(cast<OnlineAttentionOp>(op));
    getPosition(maps[maps.size() - 3 + resultNumber].second, offsets, sizes,
                resultOffsets, resultSizes);
    return success();
  }

  FailureOr<TilingResult>
  tileToPartialReduction(Operation *op, OpBuilder &b, Location loc,
                         ReductionTilingStrategy strategy, ValueRange init,
                         ArrayRef<OpFoldResult> offsets,
                         ArrayRef<OpFoldResult> sizes,
                         const SetVector<unsigned> &reductionDims,
                         ArrayRef<OpFoldResult> splitReductionIvs) const {
    if (failed(check(op, reductionDims)))
      return failure();
    if (strategy != ReductionTilingStrategy::PartialReductionOuterParallel)
      return op->emitOpError("can be split into parts that run side by side "
                             "and not into interleaved ones");
    // The part's own state: one of the new dimension, which falls away.
    SmallVector<Value> destinations;
    for (auto [number, value] : llvm::enumerate(init)) {
      SmallVector<OpFoldResult> partOffsets, partSizes;
      if (failed(getPartialResultTilePosition(
              op, b, number, strategy, offsets, sizes, reductionDims,
              splitReductionIvs, partOffsets, partSizes)))
        return failure();
      SmallVector<OpFoldResult> ones(partSizes.size(), b.getIndexAttr(1));
      SmallVector<int64_t> shape;
      for (OpFoldResult size : ArrayRef(partSizes).drop_front())
        shape.push_back(
            getConstantIntValue(size).value_or(ShapedType::kDynamic));
      auto type = cast<RankedTensorType>(value.getType()).clone(shape);
      destinations.push_back(tensor::ExtractSliceOp::create(
          b, loc, type, value, partOffsets, partSizes, ones));
    }
    OnlineAttentionOp tiled = tileOnline(b, cast<OnlineAttentionOp>(op),
                                         offsets, sizes, destinations);
    TilingResult result;
    result.tiledOps = {tiled};
    result.tiledValues.assign(tiled->result_begin(), tiled->result_end());
    return result;
  }

  FailureOr<MergeResult>
  mergeReductions(Operation *op, OpBuilder &b, Location loc,
                  ValueRange partialReduce,
                  const SetVector<unsigned> &reductionDims) const {
    if (failed(check(op, reductionDims)))
      return failure();
    auto online = cast<OnlineAttentionOp>(op);
    AttentionParts parts(
        b, loc, online.getNumOuterDims(),
        getElementTypeOrSelf(online.getAccumulator().getType()), {});
    AttentionState state = parts.combine(
        {partialReduce[0], partialReduce[1], partialReduce[2]},
        {online.getAccumulator(), online.getMaximum(), online.getSum()});
    MergeResult result;
    result.replacements = {state.accumulator, state.maximum, state.sum};
    for (Value value : result.replacements)
      result.mergeOps.push_back(value.getDefiningOp());
    return result;
  }
};

AttentionState addKeys(OpBuilder &b, OnlineAttentionOp op,
                       const TilePairs &made = {}) {
  AttentionParts parts(b, op.getLoc(), op.getNumOuterDims(),
                       getElementTypeOrSelf(op.getAccumulator().getType()),
                       op.getPlanAttr(), made);
  return parts.add(op);
}

struct OnlineParts
    : linalg::AggregatedOpInterface::ExternalModel<OnlineParts,
                                                   OnlineAttentionOp> {
  FailureOr<SmallVector<Value>> decomposeOperation(Operation *op,
                                                   OpBuilder &b) const {
    auto online = cast<OnlineAttentionOp>(op);
    // The parts make states with queries last.
    unsigned outer = online.getNumOuterDims();
    auto expect = [&](AffineMap map, ArrayRef<unsigned> others) {
      SmallVector<unsigned> dims = llvm::to_vector(llvm::seq(outer));
      llvm::append_range(dims, others);
      return map == AffineMap::getMultiDimMapWithTargets(online.getNumDims(),
                                                         dims, b.getContext());
    };
    if (!expect(online.getResultMap(),
                {online.getValueDim(), online.getQueryDim()}) ||
        !expect(online.getMaximumMap(), {online.getQueryDim()}) ||
        !expect(online.getSumMap(), {online.getQueryDim()}))
      return op->emitOpError(
          "can be decomposed when its state is [outer…, components, queries] "
          "and [outer…, queries]");
    AttentionState state = addKeys(b, online);
    return SmallVector<Value>{state.accumulator, state.maximum, state.sum};
  }
};

struct WholeParts
    : linalg::AggregatedOpInterface::ExternalModel<WholeParts, AttentionOp> {
  FailureOr<SmallVector<Value>> decomposeOperation(Operation *op,
                                                   OpBuilder &b) const {
    return lowerThroughOnline(
        b, cast<AttentionOp>(op),
        [](OnlineAttentionOp online) -> FailureOr<AttentionState> {
          return AttentionState{online.getResult(), online.getNewMaximum(),
                                online.getNewSum()};
        });
  }
};

} // namespace

OnlineAttentionOp treadle::tileOnline(OpBuilder &b, OnlineAttentionOp op,
                                      ArrayRef<OpFoldResult> offsets,
                                      ArrayRef<OpFoldResult> sizes,
                                      ValueRange destinations) {
  Location loc = op.getLoc();
  SmallVector<Value> operands(op->getOperands());
  unsigned first = op.getAccumulatorMutable().getOperandNumber();
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  SmallVector<OpFoldResult> tiledSizes(sizes);
  for (auto [dim, size] : llvm::enumerate(tiledSizes))
    if (isZeroInteger(offsets[dim]) &&
        isEqualConstantIntOrValue(size, getMixedExtent(b, iface, dim)))
      size = {};
  for (auto [number, map] : getOperandMaps(op))
    operands[number] =
        !destinations.empty() && number >= first
            ? destinations[number - first]
            : getTile(b, loc, operands[number], map, offsets, tiledSizes);
  // Where the tile begins in the whole.
  ValueArithmetic a(b, loc);
  SmallVector<Value> origin;
  for (unsigned dim = 0; dim <= op.getKeyDim(); ++dim) {
    Value offset = getValueOrCreateConstantIndexOp(b, loc, offsets[dim]);
    origin.push_back(
        op.getOrigin().empty() ? offset : a.add(op.getOrigin()[dim], offset));
  }
  SmallVector<Type> types;
  for (Value init : ArrayRef(operands).slice(first, 3))
    types.push_back(init.getType());
  auto tiled = cast<OnlineAttentionOp>(cloneWith(b, op, types, operands));
  tiled.getOriginMutable().assign(origin);
  return tiled;
}

AttentionState treadle::decomposeOnline(RewriterBase &b, OnlineAttentionOp op,
                                        const TilePairs &made) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(op);
  AttentionState state = addKeys(b, op, made);
  b.replaceOp(op, {state.accumulator, state.maximum, state.sum});
  return state;
}

void treadle::registerAttentionInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TreadleDialect *) {
    OnlineAttentionOp::attachInterface<OnlineTiling, OnlineSplitting,
                                       OnlineParts>(*context);
    AttentionOp::attachInterface<WholeParts>(*context);
  });
}

//===----------------------------------------------------------------------===//
// Decomposition as a pass
//===----------------------------------------------------------------------===//

namespace {

LogicalResult replaceByParts(Operation *op, PatternRewriter &rewriter) {
  FailureOr<SmallVector<Value>> results =
      cast<linalg::AggregatedOpInterface>(op).decomposeOperation(rewriter);
  if (failed(results))
    return failure();
  rewriter.replaceOp(op, *results);
  return success();
}

struct DecomposeAttention : OpRewritePattern<AttentionOp> {
  DecomposeAttention(MLIRContext *context, bool all)
      : OpRewritePattern(context), all(all) {}

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    AttentionPlanAttr plan = op.getPlanAttr();
    if (!all && (!plan || plan.getStrategy() != Strategy::Decomposed))
      return rewriter.notifyMatchFailure(op, "its plan is another");
    return replaceByParts(op, rewriter);
  }

  bool all;
};

struct DecomposeOnlineAttention : OpRewritePattern<OnlineAttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(OnlineAttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getPlan())
      return rewriter.notifyMatchFailure(op, "it is a tile of a plan");
    return replaceByParts(op, rewriter);
  }
};

struct DecomposeAttentionPass
    : treadle::impl::DecomposeAttentionPassBase<DecomposeAttentionPass> {
  using DecomposeAttentionPassBase::DecomposeAttentionPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateDecomposeAttentionPatterns(patterns, all);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void treadle::populateDecomposeAttentionPatterns(RewritePatternSet &patterns,
                                                 bool all) {
  patterns.add<DecomposeAttention>(patterns.getContext(), all);
  patterns.add<DecomposeOnlineAttention>(patterns.getContext());
}
