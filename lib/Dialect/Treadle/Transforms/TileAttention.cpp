//===- TileAttention.cpp - Attention as parallel tasks -*- C++ -*-===//
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
// What differs between strategies is the keys of a task: tile after tile
// (online), all at once (rows), or tile after tile of a part (split), whose
// states are combined afterwards. docs/Attention.md says why.
//
//===----------------------------------------------------------------------===//

#include "AttentionTiling.h"
#include "PackedRows.h"
#include "Tiling.h"

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/TilingInterface.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

/// Keys whose scores a task holds at once, at most: a quarter of a megabyte for
/// 16 queries.
static constexpr int64_t kMostKeysOfRows = 4096;

namespace {

/// The block of queries that a task has.
struct QueryBlock {
  SmallVector<Value> outer; ///< Where it is in the outer dimensions.
  Value first, rows;        ///< [first, first + rows), rows <= plan.queries.
  PackedRows packed;        ///< The sequence's rows, of packed attention.
};

/// Who packs the result of an attention whose queries, keys and values are
/// packed in the same way: its tasks read and write rows where they lie. Null
/// for any other attention.
PackTokensOp getPacking(AttentionOp op) {
  if (op.getLogSumExp() || !op.getResult().hasOneUse() ||
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

/// Emits the body of one task.
class AttentionTask {
public:
  AttentionTask(RewriterBase &b, AttentionOp op)
      : b(b), op(op), iface(cast<AttentionOpInterface>(op.getOperation())),
        loc(op.getLoc()), plan(op.getPlanAttr()), packing(getPacking(op)),
        element(getElementTypeOrSelf(op.getQueries().getType())), a(b, loc),
        parts(b, loc, /*outer=*/0, element, getTile()) {}

  /// The state of the block's queries after part `part` of `count` parts of the
  /// keys that they see.
  AttentionState attend(const QueryBlock &block, Value part, int64_t count);

  AttentionParts &getParts() { return parts; }

  /// What the block has of `tensor`, whose other dimensions of the space stay;
  /// `kept` says in which order. Packed rows are in place of the map's first
  /// two dimensions.
  Value slice(Value tensor, AffineMap map, const QueryBlock &block,
              SmallVectorImpl<unsigned> &kept, bool isPacked = false);
  /// Offsets and sizes of that slice, behind `leading` dimensions of the tensor
  /// that are none of the space.
  void getPosition(Value tensor, AffineMap map, const QueryBlock &block,
                   SmallVectorImpl<OpFoldResult> &offsets,
                   SmallVectorImpl<OpFoldResult> &sizes, unsigned leading = 0,
                   bool isPacked = false);

  /// Where the rows of all sequences begin; null where tokens are not packed.
  Value getStarts() { return packing ? packing.getStarts() : Value(); }

  Value getExtent(unsigned dim) {
    return getValueOrCreateConstantIndexOp(b, loc,
                                           getMixedExtent(b, iface, dim));
  }

private:
  /// The plan of a tile: one of all keys is as large as there are keys.
  AttentionPlanAttr getTile();
  /// The space of a tile is (m, n, d, e).
  AffineMap getTileMap(ArrayRef<unsigned> kept) {
    return AffineMap::getMultiDimMapWithTargets(4, kept, b.getContext());
  }
  /// The slice of queries, keys or values.
  Value sliceTokens(Value tensor, AffineMap map, const QueryBlock &block,
                    SmallVectorImpl<unsigned> &kept);
  Value transposeQueries(const QueryBlock &block, double scale);
  Value getOfBatch(Value tensor, const QueryBlock &block);
  OnlineAttentionOp createTile(const QueryBlock &block);
  /// A length, an offset or a prefix as an index.
  Value getNumber(Value tensor, const QueryBlock &block);
  /// The number of keys that the block may see, and the position of query 0.
  Value getLength(const QueryBlock &block);
  Value getPosition(const QueryBlock &block);
  KeyRanges<Value> getRanges(const QueryBlock &block, OnlineAttentionOp tile);

  RewriterBase &b;
  AttentionOp op;
  AttentionOpInterface iface;
  Location loc;
  AttentionPlanAttr plan;
  PackTokensOp packing;
  Type element;
  ValueArithmetic a;
  AttentionParts parts;
};

AttentionPlanAttr AttentionTask::getTile() {
  if (plan.getStrategy() != Strategy::Rows)
    return plan;
  int64_t keys = std::max<int64_t>(1, iface.getStaticExtent(op.getKeyDim()));
  return AttentionPlanAttr::get(b.getContext(), plan.getStrategy(),
                                plan.getQueries(), keys, plan.getTileRows(),
                                /*splits=*/1);
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

/// [components, queries], with zeros in lanes beyond the last query.
Value AttentionTask::transposeQueries(const QueryBlock &block, double scale) {
  SmallVector<unsigned> kept;
  Value queries =
      sliceTokens(op.getQueries(), iface.getQueriesMap(), block, kept);
  int64_t components = iface.getStaticExtent(op.getComponentDim());
  SmallVector<OpFoldResult> zeros(2, b.getIndexAttr(0)),
      ones(2, b.getIndexAttr(1)),
      sizes = {b.getIndexAttr(components), block.rows};
  Value zero = createFloat(b, loc, element, 0.0);
  Value all = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{components, plan.getQueries()}, element);
  all = linalg::FillOp::create(b, loc, zero, all).getResult(0);
  Value some = tensor::ExtractSliceOp::create(b, loc, all, zeros, sizes, ones);
  // (component, query); kept dimensions are those of (m, n, d, e).
  SmallVector<AffineExpr> read;
  for (unsigned dim : kept)
    read.push_back(getAffineDimExpr(dim == 0 ? 1 : 0, b.getContext()));
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
  // Scores are wanted in units of log 2, or of 1 where they are changed first.
  double scale = isAdditive  ? 1.0
                 : hasChange ? iface.getEffectiveScale()
                             : iface.getEffectiveScale() * M_LOG2E;
  SmallVector<AffineMap> maps = {getTileMap({2, 0})};
  auto take = [&](Value tensor, AffineMap map) -> Value {
    if (!tensor)
      return {};
    SmallVector<unsigned> kept;
    Value part = slice(tensor, map, block, kept);
    maps.push_back(getTileMap(kept));
    return part;
  };
  Value queries = transposeQueries(block, scale);
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
      b.getIndexAttr(plan.getQueries()), /*sinks=*/Value(), AffineMap());
  Score score = isAdditive  ? Score::Additive
                : hasChange ? Score::Dot
                            : Score::ScaledDot;
  auto tile = OnlineAttentionOp::create(
      b, loc,
      TypeRange{init.accumulator.getType(), init.maximum.getType(),
                init.sum.getType()},
      score, queries, keys, values, weights, /*lengths=*/Value(),
      /*offsets=*/Value(),
      mask && mask.getPrefix() ? getOfBatch(op.getPrefixes(), block) : Value(),
      selection, bias, b.getAffineMapArrayAttr(maps), mask,
      score == Score::ScaledDot ? b.getF64FloatAttr(M_LN2) : FloatAttr(),
      mask ? getPosition(block) : Value(),
      ValueRange{block.first, a.constant(0)}, init.accumulator, init.maximum,
      init.sum, getTile());
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
    state =
        parts.begin({}, getMixedExtent(b, iface, op.getValueDim()),
                    b.getIndexAttr(plan.getQueries()), sink, getTileMap({}));
  }

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
    return decomposeOnline(b, tile);
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

/// The blocks of queries, as a parallel loop.
class TaskLoop {
public:
  /// `splits` parts of keys are a dimension of their own, behind the blocks.
  TaskLoop(RewriterBase &b, AttentionOp op, ArrayRef<Value> destinations,
           std::optional<int64_t> splits)
      : b(b), task(b, op) {
    Location loc = op.getLoc();
    SmallVector<Value> extents;
    for (unsigned dim = 0; dim <= op.getQueryDim(); ++dim)
      extents.push_back(task.getExtent(dim));
    Value queries = extents.back();
    Value limit =
        arith::ConstantIndexOp::create(b, loc, op.getPlan()->getQueries());
    extents.back() = arith::CeilDivUIOp::create(b, loc, queries, limit);
    if (splits)
      extents.push_back(arith::ConstantIndexOp::create(b, loc, *splits));
    // Threads take neighbouring tasks: with the heads outside, each gets some
    // of every sequence, however long.
    bool isPacked = task.getStarts() != nullptr;
    if (isPacked)
      std::rotate(extents.begin(), extents.begin() + 1, extents.end() - 1);
    loop = scf::ForallOp::create(
        b, loc, getAsOpFoldResult(extents), destinations,
        TeamAttr::getMapping(b.getContext(), extents.size()));
    b.setInsertionPointToStart(loop.getBody());
    block.outer = SmallVector<Value>(loop.getInductionVars());
    if (splits)
      part = block.outer.pop_back_val();
    Value number = block.outer.pop_back_val();
    block.first = arith::MulIOp::create(b, loc, number, limit);
    if (isPacked) {
      std::rotate(block.outer.begin(), block.outer.end() - 1,
                  block.outer.end());
      block.packed =
          getPackedRows(b, loc, task.getStarts(), block.outer.front());
      block.rows = getRowsOfBlock(b, loc, block.packed, block.first, limit);
      return;
    }
    block.rows = arith::MinSIOp::create(
        b, loc, arith::SubIOp::create(b, loc, queries, block.first), limit);
  }

  /// Puts `tile` where the block is in destination `number`; the destination
  /// has the dimensions of `map`, behind that of the part if there is one.
  void insert(unsigned number, Value tile, AffineMap map, bool ofPart) {
    OpBuilder::InsertionGuard guard(b);
    Value output = loop.getRegionIterArgs()[number];
    SmallVector<OpFoldResult> offsets, sizes;
    getPosition(number, map, ofPart, offsets, sizes);
    b.setInsertionPointToEnd(loop.getTerminator().getBody());
    SmallVector<OpFoldResult> ones(sizes.size(), b.getIndexAttr(1));
    tensor::ParallelInsertSliceOp::create(b, loop.getLoc(), tile, output,
                                          offsets, sizes, ones);
  }

  /// The block's slice of destination `number`, without outer dimensions.
  Value getSlice(unsigned number, AffineMap map,
                 SmallVectorImpl<unsigned> &kept) {
    return task.slice(loop.getRegionIterArgs()[number], map, block, kept,
                      /*isPacked=*/task.getStarts() != nullptr);
  }

  void getPosition(unsigned number, AffineMap map, bool ofPart,
                   SmallVectorImpl<OpFoldResult> &offsets,
                   SmallVectorImpl<OpFoldResult> &sizes) {
    Value output = loop.getRegionIterArgs()[number];
    if (ofPart) {
      offsets.push_back(part);
      sizes.push_back(b.getIndexAttr(1));
    }
    task.getPosition(output, map, block, offsets, sizes, /*leading=*/ofPart,
                     /*isPacked=*/task.getStarts() != nullptr);
  }

  RewriterBase &b;
  AttentionTask task;
  scf::ForallOp loop;
  QueryBlock block;
  Value part;
};

} // namespace

/// (query, component) of the space (m, n, d, e), as parts number them.
static AffineMap getResultMap(MLIRContext *context, ArrayRef<unsigned> kept) {
  SmallVector<AffineExpr> results;
  for (unsigned dim : kept)
    results.push_back(getAffineDimExpr(dim == 0 ? 0 : 1, context));
  return AffineMap::get(kept.size(), 0, results, context);
}

/// Tasks that go over all keys which their queries see.
static LogicalResult tileOverQueries(RewriterBase &b, AttentionOp op) {
  Location loc = op.getLoc();
  ReifiedRankedShapedTypeDims shapes;
  if (failed(op.reifyResultShapes(b, shapes)))
    return failure();
  PackTokensOp packing = getPacking(op);
  if (packing) {
    SmallVector<OpFoldResult> &sizes = shapes.front();
    sizes[1] = PackTokensOp::getNumRows(b, loc, packing.getStarts(), sizes[0],
                                        sizes[1]);
    sizes.erase(sizes.begin());
  }
  SmallVector<Value> destinations;
  SmallVector<AffineMap> maps = {op.getResultMap()};
  if (op.getLogSumExp())
    maps.push_back(op.getLogSumExpMap());
  for (auto [shape, result] : llvm::zip_equal(shapes, op->getResults()))
    destinations.push_back(
        createEmpty(b, loc, shape, getElementTypeOrSelf(result.getType())));
  TaskLoop tasks(b, op, destinations, std::nullopt);
  AttentionState state = tasks.task.attend(tasks.block, Value(), 1);
  for (auto [number, map] : llvm::enumerate(maps)) {
    SmallVector<unsigned> kept;
    Value destination = tasks.getSlice(number, map, kept);
    AffineMap resultMap = getResultMap(b.getContext(), kept);
    AttentionParts &parts = tasks.task.getParts();
    Value result = number == 0
                       ? parts.divide(state, destination, resultMap)
                       : parts.getLogSumExp(state, destination, resultMap);
    tasks.insert(number, result, map, /*ofPart=*/false);
  }
  b.replaceOp(packing ? packing.getOperation() : op, tasks.loop.getResults());
  if (packing)
    b.eraseOp(op);
  return success();
}

/// Tasks that go over a part of the keys, and a combination of their states.
static LogicalResult tileOverKeys(RewriterBase &b, AttentionOp op) {
  Location loc = op.getLoc();
  int64_t splits = op.getPlan()->getSplits();
  auto results = lowerThroughOnline(
      b, op, [&](OnlineAttentionOp online) -> FailureOr<AttentionState> {
        SmallVector<Value> destinations;
        for (Value init : online.getDpsInits()) {
          SmallVector<OpFoldResult> shape = tensor::getMixedSizes(b, loc, init);
          shape.insert(shape.begin(), b.getIndexAttr(splits));
          destinations.push_back(tensor::EmptyOp::create(
              b, loc, shape, getElementTypeOrSelf(init.getType())));
        }
        SmallVector<AffineMap> maps = {
            online.getResultMap(), online.getMaximumMap(), online.getSumMap()};
        TaskLoop tasks(b, op, destinations, splits);
        AttentionState state =
            tasks.task.attend(tasks.block, tasks.part, splits);
        Value values[] = {state.accumulator, state.maximum, state.sum};
        for (auto [number, map] : llvm::enumerate(maps))
          tasks.insert(number,
                       tasks.task.getParts().takeQueries(values[number],
                                                         tasks.block.rows),
                       map, /*ofPart=*/true);
        b.setInsertionPointAfter(tasks.loop);
        SetVector<unsigned> keys;
        keys.insert(op.getKeyDim());
        FailureOr<MergeResult> merged =
            cast<PartialReductionOpInterface>(online.getOperation())
                .mergeReductions(b, loc, tasks.loop.getResults(), keys);
        if (failed(merged))
          return failure();
        b.eraseOp(online);
        return AttentionState{merged->replacements[0], merged->replacements[1],
                              merged->replacements[2]};
      });
  if (failed(results))
    return failure();
  b.replaceOp(op, *results);
  return success();
}

LogicalResult treadle::tileAttention(RewriterBase &rewriter, AttentionOp op) {
  rewriter.setInsertionPoint(op);
  op = gatherOuterDims(rewriter, op);
  AttentionPlanAttr plan = op.getPlanAttr();
  if (!plan)
    return op.emitError("expects a plan; treadle-decide makes one");
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  if (ShapedType::isDynamic(iface.getStaticExtent(op.getValueDim())) ||
      ShapedType::isDynamic(iface.getStaticExtent(op.getComponentDim())))
    return op.emitError("is not supported by the compiler: components of "
                        "static number are");
  int64_t keys = iface.getStaticExtent(op.getKeyDim());
  if (plan.getStrategy() == Strategy::Rows &&
      (ShapedType::isDynamic(keys) || keys > kMostKeysOfRows))
    return op.emitError("is not supported by the compiler: the strategy "
                        "'rows' with no more keys than ")
           << kMostKeysOfRows << ", and of static number, is";
  rewriter.setInsertionPoint(op);
  if (llvm::all_of(op->getResultTypes(), [](Type type) {
        return llvm::is_contained(cast<ShapedType>(type).getShape(), 0);
      })) {
    ReifiedRankedShapedTypeDims shapes;
    if (failed(op.reifyResultShapes(rewriter, shapes)))
      return failure();
    SmallVector<Value> results;
    for (auto [shape, result] : llvm::zip_equal(shapes, op->getResults()))
      results.push_back(createEmpty(rewriter, op.getLoc(), shape,
                                    getElementTypeOrSelf(result.getType())));
    rewriter.replaceOp(op, results);
    return success();
  }
  if (keys == 0 || plan.getStrategy() == Strategy::Split)
    return tileOverKeys(rewriter, op);
  return tileOverQueries(rewriter, op);
}
