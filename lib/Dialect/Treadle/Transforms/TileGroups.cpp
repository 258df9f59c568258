//===- TileGroups.cpp - Parallel loops over blocks of groups -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiling.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace treadle {
#define GEN_PASS_DEF_TILEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {

/// A part of a dimension: [offset, offset + size), with size <= bound.
struct Range {
  OpFoldResult offset, size;
  int64_t bound;
};

/// A part of a tensor or of an iteration space; a dimension without a range is
/// whole.
using Ranges = SmallVector<std::optional<Range>>;

/// Makes copies of a group's operations that compute one block.
class BlockBuilder {
public:
  /// `destination` is what `whole` is called inside the loop.
  BlockBuilder(RewriterBase &rewriter, Group &group, Value whole,
               Value destination)
      : rewriter(rewriter), group(group), whole(whole),
        destination(destination) {}

  /// The part `ranges` of `value`: made here if a member makes it, cut out of
  /// it otherwise.
  Value getPart(Value value, const Ranges &ranges) {
    // Cut out once: two slices of what is also written would look like a
    // conflict.
    if (Value part = parts.lookup(value))
      return part;
    if (value == whole)
      return parts[value] = getSlice(destination, ranges);
    Operation *definition = value.getDefiningOp();
    // Each member that begins with a new tensor, filled or not, gets one of its
    // own.
    if (isa_and_present<tensor::EmptyOp>(definition))
      return getScratch(value, ranges);
    if (isa_and_present<linalg::FillOp>(definition))
      return makePart(cast<linalg::LinalgOp>(definition), ranges);
    Value part = definition && group.members.contains(definition)
                     ? makePart(cast<linalg::LinalgOp>(definition), ranges)
                     : getSlice(value, ranges);
    parts[value] = part;
    return part;
  }

private:
  /// Whether `op` makes the group's result, or what is made into that.
  bool writesToDestination(linalg::LinalgOp op) {
    linalg::LinalgOp link = group.root;
    while (link && link != op && group.members.contains(link))
      link = link.getDpsInits()[0].getDefiningOp<linalg::LinalgOp>();
    return link == op;
  }

  Value makePart(linalg::LinalgOp op, const Ranges &ranges) {
    Ranges loops(op.getNumLoops());
    AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
    for (auto [i, range] : llvm::enumerate(ranges))
      loops[resultMap.getDimPosition(i)] = range;
    SmallVector<Value> operands;
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      Ranges operandRanges;
      for (unsigned i = 0; i < map.getNumResults(); ++i)
        operandRanges.push_back(loops[map.getDimPosition(i)]);
      // Only the destination is the loop's to write to: a member that would
      // write over something else gets memory for its part of that.
      bool isOwn = op.isDpsInit(&operand) && operand.get() != whole &&
                   !writesToDestination(op) &&
                   !op.payloadUsesValueFromOperand(&operand);
      operands.push_back(isOwn ? getScratch(operand.get(), operandRanges)
                               : getPart(operand.get(), operandRanges));
    }
    Operation *part = clone(rewriter, op, operands.back().getType(), operands);
    SmallVector<OpFoldResult> offsets;
    for (auto &range : loops)
      offsets.push_back(range ? range->offset : rewriter.getIndexAttr(0));
    linalg::offsetIndices(rewriter, cast<linalg::LinalgOp>(part), offsets);
    return part->getResult(0);
  }

  /// Memory of the thread's own for a part of a tensor like another, of a size
  /// known now.
  Value getScratch(Value like, const Ranges &ranges) {
    Location loc = like.getLoc();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, loc, like);
    SmallVector<OpFoldResult> bounds = sizes;
    for (auto [i, range] : llvm::enumerate(ranges))
      if (range) {
        sizes[i] = range->size;
        bounds[i] = rewriter.getIndexAttr(range->bound);
      }
    Value scratch = tensor::EmptyOp::create(
        rewriter, loc, bounds,
        cast<RankedTensorType>(like.getType()).getElementType());
    SmallVector<OpFoldResult> zeros(sizes.size(), rewriter.getIndexAttr(0)),
        ones(sizes.size(), rewriter.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(rewriter, loc, scratch, zeros, sizes,
                                          ones);
  }

  Value getSlice(Value value, const Ranges &ranges) {
    if (llvm::none_of(ranges, [](auto &range) { return range.has_value(); }))
      return value;
    Location loc = value.getLoc();
    SmallVector<OpFoldResult> offsets(ranges.size(), rewriter.getIndexAttr(0)),
        ones(ranges.size(), rewriter.getIndexAttr(1)),
        sizes = tensor::getMixedSizes(rewriter, loc, value);
    for (auto [i, range] : llvm::enumerate(ranges))
      if (range) {
        offsets[i] = range->offset;
        sizes[i] = range->size;
      }
    return tensor::ExtractSliceOp::create(rewriter, loc, value, offsets, sizes,
                                          ones);
  }

  RewriterBase &rewriter;
  Group &group;
  Value whole, destination;
  DenseMap<Value, Value> parts;
};

/// What the group's result is written to: the root's destination, or what the
/// members that make that one begin with.
Value getDestination(Group &group) {
  Value destination = group.root.getDpsInits()[0];
  while (auto definition = destination.getDefiningOp<linalg::LinalgOp>()) {
    if (!group.members.contains(definition))
      break;
    destination = definition.getDpsInits()[0];
  }
  return destination;
}

/// Makes `extent` in `count` blocks of nearly equal size, none larger than
/// `bound`: a block of a few rows after large ones would leave other threads
/// waiting.
struct Blocks {
  Blocks(OpBuilder &b, Location loc, Value extent, int64_t bound, bool balanced)
      : extent(extent), bound(bound) {
    Value limit = arith::ConstantIndexOp::create(b, loc, bound);
    count = arith::CeilDivUIOp::create(b, loc, extent, limit);
    size = limit;
    if (balanced) {
      Value one = arith::ConstantIndexOp::create(b, loc, 1);
      size = arith::CeilDivUIOp::create(
          b, loc, extent, arith::MaxUIOp::create(b, loc, count, one));
    }
  }

  Range getRange(OpBuilder &b, Location loc, Value index) const {
    if (bound == 1)
      return {index, b.getIndexAttr(1), 1};
    Value offset = arith::MulIOp::create(b, loc, index, size);
    Value left = arith::SubIOp::create(b, loc, extent, offset);
    return {offset, Value(arith::MinSIOp::create(b, loc, left, size)), bound};
  }

  Value extent, count, size;
  int64_t bound;
};

} // namespace

LogicalResult treadle::tileGroup(RewriterBase &rewriter, Group &group) {
  linalg::LinalgOp root = group.root;
  Location loc = root.getLoc();
  Operation *carrier =
      group.product ? group.product.getOperation() : root.getOperation();
  Attribute decision = carrier->getAttr(kLoweringAttrName);
  if (!decision)
    return carrier->emitError("expects a decision; treadle-decide makes one");
  rewriter.setInsertionPoint(root);
  auto type = cast<RankedTensorType>(root->getResult(0).getType());
  Value destination = getDestination(group);
  if (llvm::is_contained(type.getShape(), 0)) {
    rewriter.replaceOp(root, destination);
    return success();
  }
  auto getExtent = [&](int64_t dim) {
    return getValueOrCreateConstantIndexOp(
        rewriter, loc, tensor::getMixedSize(rewriter, loc, destination, dim));
  };

  // Rows in balanced blocks and single panels for a product; rows in blocks
  // otherwise, with what is outside of the rows one at a time.
  SmallVector<Blocks> blocks;
  if (auto product = dyn_cast<ProductAttr>(decision)) {
    blocks.emplace_back(rewriter, loc, getExtent(0), product.getBlockRows(),
                        true);
    for (int64_t dim = 1; dim + 1 < type.getRank(); ++dim)
      blocks.emplace_back(rewriter, loc, getExtent(dim), 1, false);
  } else {
    int64_t rowDims = std::max<int64_t>(1, type.getRank() - 1);
    for (int64_t dim = 0; dim < std::min(rowDims, type.getRank()); ++dim)
      blocks.emplace_back(
          rewriter, loc, getExtent(dim),
          dim + 1 == rowDims ? cast<RowsAttr>(decision).getBlock() : 1, false);
  }

  SmallVector<OpFoldResult> counts;
  for (const Blocks &dim : blocks)
    counts.push_back(dim.count);
  // What has no dimension is one block all the same: one thread makes it.
  if (counts.empty())
    counts.push_back(rewriter.getIndexAttr(1));
  auto loop = scf::ForallOp::create(
      rewriter, loc, counts, destination,
      TeamAttr::getMapping(rewriter.getContext(), counts.size()));
  rewriter.setInsertionPointToStart(loop.getBody());
  Ranges ranges(type.getRank());
  for (auto [i, dim] : llvm::enumerate(blocks))
    ranges[i] = dim.getRange(rewriter, loc, loop.getInductionVar(i));
  Value output = loop.getRegionIterArgs()[0];
  BlockBuilder builder(rewriter, group, destination, output);
  Value part = builder.getPart(root->getResult(0), ranges);

  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0)),
      ones(type.getRank(), rewriter.getIndexAttr(1)),
      sizes = tensor::getMixedSizes(rewriter, loc, part);
  for (auto [i, range] : llvm::enumerate(ranges))
    if (range)
      offsets[i] = range->offset;
  rewriter.setInsertionPointToEnd(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(rewriter, loc, part, output, offsets,
                                        sizes, ones);
  rewriter.replaceOp(root, loop.getResults());
  return success();
}

namespace {
struct TilePass : public treadle::impl::TilePassBase<TilePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<func::FuncOp> functions;
    getOperation()->walk([&](func::FuncOp function) {
      if (!function->hasAttr(kPreparedAttrName))
        functions.push_back(function);
    });
    for (func::FuncOp function : functions) {
      // Before there are loops of tasks, whose blocks are done already.
      SmallVector<Block *> blocks;
      function.walk([&](Block *block) {
        if (isa<func::FuncOp, scf::ForOp>(block->getParentOp()))
          blocks.push_back(block);
      });
      SmallVector<CacheReadOp> reads;
      function.walk([&](CacheReadOp op) { reads.push_back(op); });
      for (CacheReadOp op : reads)
        tileCacheRead(rewriter, op);
      // Before groups: what combines parts of attention is a group of its own.
      SmallVector<AttentionOp> attentions;
      function.walk([&](AttentionOp op) { attentions.push_back(op); });
      for (AttentionOp op : attentions)
        if (failed(tileAttention(rewriter, op)))
          return signalPassFailure();
      // After attention, which reads and writes packed rows where it can.
      tilePacking(rewriter, function);
      for (Block *block : blocks)
        for (Group &group : collectGroups(*block))
          if (failed(tileGroup(rewriter, group)))
            return signalPassFailure();
    }
  }
};
} // namespace
