//===- AttentionTask.cpp - What one task of attention does -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One task attends with a block of queries of one head, which are the lanes of
// all vectors: keys and values are read one element at a time where they lie,
// in any layout, and broadcast, and the softmax needs no operation across
// lanes. The queries are transposed into the task's own memory and multiplied
// by the scale on the way.
//
//===----------------------------------------------------------------------===//

#include "AttentionTask.h"

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/TilingInterface.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

PackTokensOp treadle::getPacking(AttentionOp op) {
  if (!op.getPlan() || op.getLogSumExp() || !op.getResult().hasOneUse() ||
      op.getNumOuterDims() == 0 || !op.getMask() ||
      !op.getMask()->getKeysWithinLengths() ||
      op.getPlan()->getStrategy() == Strategy::Split ||
      getStaticExtent(op, op.getKeyDim()) == 0)
    return {};
  auto pack = dyn_cast<PackTokensOp>(*op.getResult().user_begin());
  // Keys that are seen are no padding where both go by the same lengths.
  auto starts =
      pack ? pack.getStarts().getDefiningOp<SequenceStartsOp>() : nullptr;
  if (!starts || starts.getLengths() != op.getLengths())
    return {};
  auto isPacked = [&](Value tensor) {
    auto unpack = tensor.getDefiningOp<UnpackTokensOp>();
    return unpack && unpack.getStarts() == pack.getStarts();
  };
  auto hasTokens = [](AffineMap map, unsigned dim) {
    return map.getNumResults() >= 2 && map.getDimPosition(0) == 0 &&
           map.getDimPosition(1) == dim;
  };
  bool isOfRows = isPacked(op.getQueries()) && isPacked(op.getKeys()) &&
                  isPacked(op.getValues()) &&
                  hasTokens(op.getQueriesMap(), op.getQueryDim()) &&
                  hasTokens(op.getKeysMap(), op.getKeyDim()) &&
                  hasTokens(op.getValuesMap(), op.getKeyDim()) &&
                  hasTokens(op.getResultMap(), op.getQueryDim());
  return isOfRows ? pack : PackTokensOp();
}

AttentionPlanAttr AttentionTask::getPlanOf(int64_t queries) {
  int64_t keys = plan.getKeys();
  if (plan.getStrategy() == Strategy::Rows)
    keys = std::max<int64_t>(1, iface.getStaticExtent(op.getKeyDim()));
  // Of all queries of a task none is multiplied: its blocks are.
  bool isBlock = queries == plan.getQueries();
  if (plan.getUnit() != TileUnit::None)
    keys = llvm::alignTo(keys, kTileDepth);
  return AttentionPlanAttr::get(b.getContext(), plan.getStrategy(), queries,
                                keys, plan.getTileRows(), plan.getSplits(),
                                plan.getPrecision(), plan.getBlocks(),
                                isBlock ? plan.getUnit() : TileUnit::None);
}

void AttentionTask::getPosition(Value tensor, AffineMap map,
                                const QueryBlock &block,
                                SmallVectorImpl<OpFoldResult> &offsets,
                                SmallVectorImpl<OpFoldResult> &sizes,
                                unsigned leading, bool isPacked) {
  if (isPacked) {
    bool isOfQueries = map.getDimPosition(1) == op.getQueryDim();
    offsets.push_back(isOfQueries ? a.add(block.packed.first, block.first)
                                  : block.packed.first);
    sizes.push_back(isOfQueries ? block.rows : block.packed.count);
  }
  for (unsigned i = isPacked ? 2 : 0; i < map.getNumResults(); ++i) {
    unsigned dim = map.getDimPosition(i);
    if (dim < block.outer.size()) {
      offsets.push_back(block.outer[dim]);
      sizes.push_back(b.getIndexAttr(1));
    } else if (dim == op.getQueryDim()) {
      offsets.push_back(block.first);
      sizes.push_back(block.rows);
    } else {
      offsets.push_back(b.getIndexAttr(0));
      sizes.push_back(
          tensor::getMixedSize(b, loc, tensor, leading + i - isPacked));
    }
  }
}

Value AttentionTask::slice(Value tensor, AffineMap map, const QueryBlock &block,
                           SmallVectorImpl<unsigned> &kept, bool isPacked) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> offsets, sizes,
      strides(type.getRank(), b.getIndexAttr(1));
  getPosition(tensor, map, block, offsets, sizes, /*leading=*/0, isPacked);
  SmallVector<int64_t> shape;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    unsigned dim = map.getDimPosition(i);
    if (dim < block.outer.size())
      continue;
    kept.push_back(dim - block.outer.size());
    bool isOpen = dim == op.getQueryDim() || (isPacked && i == 1);
    shape.push_back(isOpen ? ShapedType::kDynamic
                           : type.getDimSize(i - isPacked));
  }
  return tensor::ExtractSliceOp::create(b, loc, type.clone(shape), tensor,
                                        offsets, sizes, strides);
}

Value AttentionTask::sliceTokens(Value tensor, AffineMap map,
                                 const QueryBlock &block,
                                 SmallVectorImpl<unsigned> &kept) {
  if (packing)
    tensor = tensor.getDefiningOp<UnpackTokensOp>().getRows();
  return slice(tensor, map, block, kept, /*isPacked=*/packing != nullptr);
}

bool AttentionTask::keepsRows() {
  auto module = op->getParentOfType<ModuleOp>();
  auto target = module ? module->getAttrOfType<TargetAttr>(kTargetAttrName)
                       : TargetAttr();
  // Pairs of components are interleaved from two rows of queries.
  if (!target || op.getScore() == Score::Additive ||
      plan.getPrecision() == Precision::BF16)
    return false;
  int64_t lanes = target.getLanes(element.getIntOrFloatBitWidth());
  AffineMap keys = iface.getKeysMap();
  return plan.getQueries() < lanes &&
         iface.getStaticExtent(op.getComponentDim()) % lanes == 0 &&
         keys.getDimPosition(keys.getNumResults() - 1) == op.getComponentDim();
}

/// [components, queries] or [queries, components], with zeros for queries that
/// there are not.
Value AttentionTask::prepareQueries(const QueryBlock &block, double scale) {
  SmallVector<unsigned> kept;
  Value queries =
      sliceTokens(op.getQueries(), iface.getQueriesMap(), block, kept);
  int64_t components = iface.getStaticExtent(op.getComponentDim());
  SmallVector<OpFoldResult> zeros(2, b.getIndexAttr(0)),
      ones(2, b.getIndexAttr(1)), sizes;
  SmallVector<int64_t> shape;
  for (unsigned dim : queryDims) {
    shape.push_back(dim == 0 ? getNumQueries() : components);
    sizes.push_back(dim == 0 ? OpFoldResult(block.rows)
                             : b.getIndexAttr(components));
  }
  Value zero = createFloat(b, loc, element, 0.0);
  Value all = tensor::EmptyOp::create(b, loc, shape, element);
  all = linalg::FillOp::create(b, loc, zero, all).getResult(0);
  Value some = tensor::ExtractSliceOp::create(b, loc, all, zeros, sizes, ones);
  // Kept dimensions are those of (m, n, d, e).
  SmallVector<AffineExpr> read;
  for (unsigned dim : kept)
    read.push_back(
        getAffineDimExpr(dim == queryDims[0] ? 0 : 1, b.getContext()));
  AffineMap maps[] = {AffineMap::get(2, 0, read, b.getContext()),
                      b.getMultiDimIdentityMap(2)};
  SmallVector<IteratorType> kinds(2, IteratorType::parallel);
  auto scaled = linalg::GenericOp::create(
      b, loc, some.getType(), queries, some, maps, kinds,
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Value result = args[0];
        if (scale != 1.0)
          result = arith::MulFOp::create(b, loc, result,
                                         createFloat(b, loc, element, scale));
        linalg::YieldOp::create(b, loc, result);
      });
  return tensor::InsertSliceOp::create(b, loc, scaled.getResult(0), all, zeros,
                                       sizes, ones);
}

/// A length, an offset or a prefix as a tensor of no dimension.
Value AttentionTask::getOfBatch(Value tensor, const QueryBlock &block) {
  if (!tensor || block.outer.empty())
    return tensor;
  auto type = cast<RankedTensorType>(tensor.getType());
  OpFoldResult one = b.getIndexAttr(1), at = block.outer[0];
  return tensor::ExtractSliceOp::create(b, loc, type.clone(ArrayRef<int64_t>{}),
                                        tensor, ArrayRef<OpFoldResult>{at},
                                        ArrayRef<OpFoldResult>{one},
                                        ArrayRef<OpFoldResult>{one});
}

/// The block's attention to all keys of its head. Lengths are no part of its
/// mask: keys beyond them are not visited.
OnlineAttentionOp AttentionTask::createTile(const QueryBlock &block) {
  bool isAdditive = op.getScore() == Score::Additive;
  bool hasChange = !op.getChange().empty();
  bool isPaired = parts.isPaired() && !isAdditive;
  // Scores are wanted in units of log 2, or of 1 where they are changed first.
  // Queries that are rounded once more would be farther from what they were.
  double scale = isAdditive || isPaired ? 1.0
                 : hasChange            ? iface.getEffectiveScale()
                                        : iface.getEffectiveScale() * M_LOG2E;
  SmallVector<AffineMap> maps = {getTileMap(queryDims)};
  auto take = [&](Value tensor, AffineMap map) -> Value {
    if (!tensor)
      return {};
    SmallVector<unsigned> kept;
    Value part = slice(tensor, map, block, kept);
    maps.push_back(getTileMap(kept));
    return part;
  };
  Value queries = prepareQueries(block, scale);
  auto takeTokens = [&](Value tensor, AffineMap map) {
    SmallVector<unsigned> kept;
    Value part = sliceTokens(tensor, map, block, kept);
    maps.push_back(getTileMap(kept));
    return part;
  };
  Value keys = takeTokens(op.getKeys(), iface.getKeysMap());
  Value values = takeTokens(op.getValues(), iface.getValuesMap());
  maps.push_back(getTileMap({3, 0}));
  Value weights = take(op.getScoreWeights(), iface.getScoreWeightsMap());
  Value selection = take(op.getSelection(), iface.getSelectionMap());
  Value bias = take(op.getBias(), iface.getBiasMap());
  maps.append({getTileMap({0}), getTileMap({0})});

  // Positions are numbers by now.
  MaskAttr mask = op.getMaskAttr();
  if (mask)
    mask = mask.isPositional()
               ? MaskAttr::get(b.getContext(), mask.getCausal(), false,
                               mask.getWindow(), mask.getPrefix(),
                               Alignment::TopLeft)
               : MaskAttr();
  AttentionState init = parts.begin(
      {}, getMixedExtent(b, iface, op.getValueDim()),
      b.getIndexAttr(getNumQueries()), /*sinks=*/Value(), AffineMap());
  Score score = isAdditive               ? Score::Additive
                : hasChange && !isPaired ? Score::Dot
                                         : Score::ScaledDot;
  double rest = isPaired ? iface.getEffectiveScale() : M_LN2;
  auto tile = OnlineAttentionOp::create(
      b, loc,
      TypeRange{init.accumulator.getType(), init.maximum.getType(),
                init.sum.getType()},
      score, queries, keys, values, weights, /*lengths=*/Value(),
      /*offsets=*/Value(),
      mask && mask.getPrefix() ? getOfBatch(op.getPrefixes(), block) : Value(),
      selection, bias, b.getAffineMapArrayAttr(maps), mask,
      score == Score::ScaledDot ? b.getF64FloatAttr(rest) : FloatAttr(),
      mask ? getPosition(block) : Value(),
      ValueRange{block.first, a.constant(0)}, init.accumulator, init.maximum,
      init.sum, getPlanOf(getNumQueries()));
  // The outer indices of a changed score are the block's.
  if (hasChange) {
    IRMapping mapping;
    Region &change = tile.getChange();
    op.getChange().cloneInto(&change, mapping);
    for (auto [i, index] : llvm::enumerate(block.outer))
      change.getArgument(1 + i).replaceAllUsesWith(index);
    change.front().eraseArguments(1, block.outer.size());
  }
  return tile;
}

Value AttentionTask::getNumber(Value tensor, const QueryBlock &block) {
  Value number = tensor::ExtractOp::create(b, loc, getOfBatch(tensor, block),
                                           ValueRange());
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
}

Value AttentionTask::getLength(const QueryBlock &block) {
  Value length = getNumber(op.getLengths(), block);
  return a.max(a.constant(0), a.min(getExtent(op.getKeyDim()), length));
}

Value AttentionTask::getPosition(const QueryBlock &block) {
  Value shift = getShift(b, op);
  if (!shift)
    shift = a.constant(0);
  Alignment align = op.getMask()->getAlign();
  if (align == Alignment::Lengths)
    return a.add(shift, getLength(block));
  if (align == Alignment::Offsets)
    return a.add(shift, getNumber(op.getOffsets(), block));
  return shift;
}

KeyRanges<Value> AttentionTask::getRanges(const QueryBlock &block,
                                          OnlineAttentionOp tile) {
  Value keys = op.getMask() && op.getMask()->getKeysWithinLengths()
                   ? getLength(block)
                   : getExtent(op.getKeyDim());
  // A block of padding sees none.
  if (packing)
    keys = arith::SelectOp::create(
        b, loc,
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, block.rows,
                              a.constant(0)),
        a.constant(0), keys);
  Value first = block.first, prefix;
  if (Value shift = tile.getShift())
    first = a.add(first, shift);
  if (tile.getPrefixes())
    prefix = getNumber(op.getPrefixes(), block);
  Value last = a.sub(a.add(first, block.rows), a.constant(1));
  return getKeyRanges(a, tile.getMaskAttr(), first, last, keys, prefix);
}

AttentionState AttentionTask::addToBlocks(const QueryBlock &block,
                                          OnlineAttentionOp tile,
                                          Value queryPairs) {
  TilePairs made;
  if (op.getScore() != Score::Additive)
    made.keys = parts.getKeyPairs(tile);
  made.values = parts.getValuePairs(tile);
  Value step = a.constant(plan.getQueries());
  auto loop = scf::ForOp::create(
      b, loc, a.constant(0), block.rows, step,
      ValueRange{tile.getAccumulator(), tile.getMaximum(), tile.getSum()});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  OpFoldResult queries = b.getIndexAttr(plan.getQueries()),
               one = b.getIndexAttr(1);
  using Sizes = SmallVector<OpFoldResult>;
  // Where the block is in a tensor that has queries in dimension `dim`.
  auto getPlace = [&](Value tensor, unsigned dim, Sizes &offsets,
                      Sizes &sizes) {
    sizes = tensor::getMixedSizes(b, loc, tensor);
    offsets.assign(sizes.size(), b.getIndexAttr(0));
    offsets[dim] = first;
    sizes[dim] = queries;
  };
  auto take = [&](Value tensor, unsigned dim) -> Value {
    Sizes offsets, sizes;
    getPlace(tensor, dim, offsets, sizes);
    return tensor::ExtractSliceOp::create(b, loc, tensor, offsets, sizes,
                                          Sizes(sizes.size(), one));
  };
  ValueRange carried = loop.getRegionIterArgs();
  const unsigned dims[] = {1, 0, 0};
  SmallVector<Value> states;
  for (auto [tensor, dim] : llvm::zip_equal(carried, dims))
    states.push_back(take(tensor, dim));
  if (queryPairs)
    made.queries = take(queryPairs, 1);

  Sizes offsets(4, b.getIndexAttr(0)), sizes;
  for (Range range :
       cast<TilingInterface>(tile.getOperation()).getIterationDomain(b))
    sizes.push_back(range.size);
  offsets[0] = first;
  sizes[0] = queries;
  OnlineAttentionOp part = tileOnline(b, tile, offsets, sizes, states);
  part.setPlanAttr(getPlanOf(plan.getQueries()));
  // These have the queries that there are, and no more.
  auto clip = [&](MutableOperandRange operands, AffineMap map) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(part);
    for (OpOperand &operand : operands) {
      auto position = map.getResultPosition(b.getAffineDimExpr(0));
      auto slice = operand.get().getDefiningOp<tensor::ExtractSliceOp>();
      if (!position || !slice)
        continue;
      Sizes there = slice.getMixedSizes();
      there[*position] = a.min(step, a.sub(block.rows, first));
      operand.set(tensor::ExtractSliceOp::create(b, loc, slice.getSource(),
                                                 slice.getMixedOffsets(), there,
                                                 slice.getMixedStrides()));
    }
  };
  clip(part.getSelectionMutable(), part.getSelectionMap());
  clip(part.getBiasMutable(), part.getBiasMap());
  AttentionState next = decomposeOnline(b, part, made);
  Value results[] = {next.accumulator, next.maximum, next.sum};
  SmallVector<Value> inserted;
  for (auto [result, tensor, dim] : llvm::zip_equal(results, carried, dims)) {
    Sizes offsets, sizes;
    getPlace(tensor, dim, offsets, sizes);
    inserted.push_back(tensor::InsertSliceOp::create(
        b, loc, result, tensor, offsets, sizes, Sizes(sizes.size(), one)));
  }
  scf::YieldOp::create(b, loc, inserted);
  b.eraseOp(tile);
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}

AttentionState AttentionTask::attend(const QueryBlock &block, Value part,
                                     int64_t count) {
  OnlineAttentionOp whole = createTile(block);
  KeyRanges<Value> ranges = getRanges(block, whole);
  AttentionState state = {whole.getAccumulator(), whole.getMaximum(),
                          whole.getSum()};
  // Parts of a split do not see it: what they are combined with has it.
  if (op.getSinks() && plan.getStrategy() != Strategy::Split) {
    SmallVector<unsigned> kept;
    Value sink = slice(op.getSinks(), op.getSinksMap(), block, kept);
    state = parts.begin({}, getMixedExtent(b, iface, op.getValueDim()),
                        b.getIndexAttr(getNumQueries()), sink, getTileMap({}));
  }

  Value queryPairs;
  if (parts.isPaired() && op.getScore() != Score::Additive)
    queryPairs = parts.getQueryPairs(whole.getQueries());
  // A tile of keys [first, first + size), added to what `state` holds.
  auto addKeys = [&](Value first, Value size, const AttentionState &state) {
    SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0)), sizes;
    for (Range range :
         cast<TilingInterface>(whole.getOperation()).getIterationDomain(b))
      sizes.push_back(range.size);
    offsets[1] = first;
    sizes[1] = size;
    OnlineAttentionOp tile =
        tileOnline(b, whole, offsets, sizes,
                   {state.accumulator, state.maximum, state.sum});
    if (plan.getBlocks() > 1)
      return addToBlocks(block, tile, queryPairs);
    TilePairs made;
    made.queries = queryPairs;
    return decomposeOnline(b, tile, made);
  };

  MaskAttr mask = whole.getMaskAttr();
  bool hasPrefix = mask && mask.getPrefix();
  if (plan.getStrategy() == Strategy::Rows) {
    Value begin = hasPrefix ? a.constant(0) : ranges.begin;
    state = addKeys(begin, a.sub(ranges.end, begin), state);
    b.eraseOp(whole);
    return state;
  }

  // Tiles of the prefix, and then of the rest, of which there may be none.
  Value step = a.constant(plan.getKeys());
  auto countTiles = [&](Value begin, Value end) -> Value {
    return arith::CeilDivUIOp::create(b, loc, a.sub(end, begin), step);
  };
  Value tiles = countTiles(ranges.begin, ranges.end), prefixTiles;
  if (hasPrefix) {
    prefixTiles = countTiles(a.constant(0), ranges.prefix);
    tiles = a.add(prefixTiles, tiles);
  }
  Value from = a.constant(0), to = tiles;
  if (count > 1) {
    auto getBound = [&](Value number) -> Value {
      return arith::DivUIOp::create(
          b, loc, arith::MulIOp::create(b, loc, number, tiles),
          a.constant(count));
    };
    from = getBound(part);
    to = getBound(a.add(part, a.constant(1)));
  }
  auto loop = scf::ForOp::create(
      b, loc, from, to, a.constant(1),
      ValueRange{state.accumulator, state.maximum, state.sum});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value number = loop.getInductionVar(), begin = ranges.begin,
          end = ranges.end;
    if (hasPrefix) {
      Value early = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                          number, prefixTiles);
      auto pick = [&](Value ifEarly, Value otherwise) -> Value {
        return arith::SelectOp::create(b, loc, early, ifEarly, otherwise);
      };
      begin = pick(a.constant(0), begin);
      end = pick(ranges.prefix, end);
      number = pick(number, a.sub(number, prefixTiles));
    }
    Value first = a.add(begin, arith::MulIOp::create(b, loc, number, step));
    Value size = a.min(a.sub(end, first), step);
    ValueRange carried = loop.getRegionIterArgs();
    AttentionState next =
        addKeys(first, size, {carried[0], carried[1], carried[2]});
    scf::YieldOp::create(b, loc,
                         ValueRange{next.accumulator, next.maximum, next.sum});
  }
  b.eraseOp(whole);
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}
