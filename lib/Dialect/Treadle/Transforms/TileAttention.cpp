//===- TileAttention.cpp - Attention as parallel tasks -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A task has a block of queries of one head: AttentionTask.h. What
// differs between strategies is the keys of a task: tile after tile
// (online), all at once (rows), or tile after tile of a part (split), whose
// states are combined afterwards. docs/Attention.md says why.
//
//===----------------------------------------------------------------------===//

#include "AttentionTask.h"
#include "Tiling.h"

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

/// Keys whose scores a task holds at once, at most: a quarter of a megabyte for
/// 16 queries.
static constexpr int64_t kMostKeysOfRows = 4096;

namespace {

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
    Value limit = arith::ConstantIndexOp::create(b, loc, task.getNumQueries());
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

StringRef treadle::getStrategyObjection(AttentionOp op, Strategy strategy) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  int64_t keys = iface.getStaticExtent(op.getKeyDim());
  if (strategy == Strategy::Rows && ShapedType::isDynamic(keys))
    return "all keys at once are of static number";
  if (strategy == Strategy::Rows && keys > kMostKeysOfRows)
    return "all keys at once are no more than 4096";
  return "";
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
  if (StringRef objection = getStrategyObjection(op, plan.getStrategy());
      !objection.empty())
    return op.emitError("is not supported by the compiler with the strategy '")
           << stringifyStrategy(plan.getStrategy()) << "': " << objection;
  int64_t keys = iface.getStaticExtent(op.getKeyDim());
  auto module = op->getParentOfType<ModuleOp>();
  auto target = module ? module->getAttrOfType<TargetAttr>(kTargetAttrName)
                       : TargetAttr();
  if (target && plan.getUnit() != TileUnit::None &&
      plan.getUnit() != target.getTile())
    return op.emitError("has a plan for tile registers, which the target does "
                        "not have");
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
