//===- TileGroups.cpp - Parallel loops over blocks of groups -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"
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

/// Rows of a tile that keep the multipliers busy. Blocks have a multiple of
/// them, or of those that fill a tile register, so that only the last has rows
/// that do not.
constexpr int64_t kBusyRows = 4;
int64_t getBusyRows(ProductAttr product) {
  return product.getUnit() == TileUnit::None ? kBusyRows : kTileSide;
}

/// Tiles of rows that a block has at least when there are more blocks for the
/// sake of threads: each reads all of a panel.
constexpr int64_t kLeastTiles = 4;

/// Makes `extent` in blocks of `bound`; or, given what their sizes are to be
/// multiples of, in so many blocks of sizes as equal as these can be, none
/// larger than that: a block of a few rows after large ones would leave other
/// threads waiting, and so would neighbours that are all a bit larger than
/// others. Then `threads` divides the number of blocks unless they would have
/// less than `least`. There are at least `minimum` unless that is more than
/// `extent`.
struct Blocks {
  Blocks(OpBuilder &b, Location loc, Value extent, int64_t bound,
         int64_t multiple = 0, int64_t threads = 1, int64_t least = 1,
         Value minimum = {})
      : extent(extent), bound(bound) {
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, loc, value);
    };
    auto divide = [&](Value l, Value r) -> Value {
      return arith::CeilDivUIOp::create(b, loc, l, r);
    };
    unit = constant(multiple == 0 ? bound : bound % multiple ? 1 : multiple);
    count = divide(extent, constant(bound));
    if (multiple == 0)
      return;
    units = divide(extent, unit);
    if (threads > 1) {
      Value shared = arith::MulIOp::create(
          b, loc, divide(count, constant(threads)), constant(threads));
      Value most = arith::DivUIOp::create(b, loc, extent, constant(least));
      count = arith::MaxUIOp::create(
          b, loc, count, arith::MinUIOp::create(b, loc, shared, most));
    }
    if (minimum)
      count = arith::MaxUIOp::create(
          b, loc, count, arith::MinUIOp::create(b, loc, minimum, extent));
    parts = arith::MaxUIOp::create(b, loc, count, constant(1));
  }

  DimRange getRange(OpBuilder &b, Location loc, Value index) const {
    if (bound == 1)
      return {index, b.getIndexAttr(1), 1};
    if (!parts) {
      Value offset = arith::MulIOp::create(b, loc, index, unit);
      Value left = arith::SubIOp::create(b, loc, extent, offset);
      return {offset, Value(arith::MinSIOp::create(b, loc, left, unit)), bound};
    }
    // Block number i is the units from i units / parts on.
    auto getBegin = [&](Value index) -> Value {
      Value first = arith::DivUIOp::create(
          b, loc, arith::MulIOp::create(b, loc, index, units), parts);
      return arith::MulIOp::create(b, loc, first, unit);
    };
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    Value offset = getBegin(index);
    Value next = getBegin(arith::AddIOp::create(b, loc, index, one));
    Value end = arith::MinUIOp::create(b, loc, next, extent);
    return {offset, Value(arith::SubIOp::create(b, loc, end, offset)), bound};
  }

  Value count;
  Value parts; ///< The number of blocks, and 1 where there are none.

private:
  Value extent, unit, units;
  int64_t bound;
};

} // namespace

/// The columns of `result`, [m, c], that some panels are.
static DimRange getColumns(OpBuilder &b, Location loc, const DimRange &panels,
                           int64_t width, Value result) {
  int64_t columns = cast<RankedTensorType>(result.getType()).getDimSize(1);
  auto multiply = [&](OpFoldResult value) -> Value {
    return arith::MulIOp::create(b, loc,
                                 getValueOrCreateConstantIndexOp(b, loc, value),
                                 arith::ConstantIndexOp::create(b, loc, width));
  };
  Value first = multiply(panels.offset);
  Value left = arith::SubIOp::create(
      b, loc, arith::ConstantIndexOp::create(b, loc, columns), first);
  Value size = arith::MinSIOp::create(b, loc, left, multiply(panels.size));
  return {first, size, std::min(columns, panels.bound * width)};
}

LogicalResult treadle::tileGroup(RewriterBase &rewriter, Group &group) {
  linalg::LinalgOp root = group.root;
  Location loc = root.getLoc();
  Operation *carrier =
      group.product ? group.product.getOperation() : root.getOperation();
  Attribute decision = carrier->getAttr(kLoweringAttrName);
  if (!decision)
    return carrier->emitError("expects a decision; treadle-decide makes one");
  if (isa<ProductAttr>(decision) && !group.product)
    return carrier->emitError("has the decision of a product, and is none");
  linalg::LinalgOp last = group.getLast();
  rewriter.setInsertionPoint(last);
  auto type = cast<RankedTensorType>(root->getResult(0).getType());
  Value destination = getDestination(group);
  Value result = group.crop ? group.crop.getDpsInits()[0] : destination;
  if (llvm::is_contained(cast<RankedTensorType>(result.getType()).getShape(),
                         0)) {
    rewriter.replaceOp(last, result);
    return success();
  }
  auto getExtent = [&](int64_t dim) -> Value {
    if (!group.crop || dim == 0)
      return getValueOrCreateConstantIndexOp(
          rewriter, loc, tensor::getMixedSize(rewriter, loc, result, dim));
    int64_t columns = cast<RankedTensorType>(result.getType()).getDimSize(1);
    return arith::ConstantIndexOp::create(
        rewriter, loc, llvm::divideCeil(columns, type.getDimSize(2)));
  };

  // Rows in balanced blocks and some panels for a product; rows in blocks
  // otherwise, with what is outside of the rows one at a time.
  SmallVector<Blocks> blocks;
  auto product = dyn_cast<ProductAttr>(decision);
  bool hasPanels =
      product && isProductOfPanels(group.product) && type.getRank() == 3;
  if (product) {
    int64_t panels =
        hasPanels ? product.getBlockColumns() / product.getTileColumns() : 1;
    blocks.emplace_back(rewriter, loc, getExtent(0), product.getBlockRows(),
                        getBusyRows(product), product.getThreads(),
                        kLeastTiles * product.getTileRows());
    // Rows that are made in a block are made for all panels, unless there are
    // more threads than blocks of rows.
    if (group.prologue) {
      Value team = TeamSizeOp::create(rewriter, loc);
      Value shares =
          arith::CeilDivUIOp::create(rewriter, loc, team, blocks[0].parts);
      blocks.emplace_back(rewriter, loc, getExtent(1), panels, /*multiple=*/1,
                          /*threads=*/1, /*least=*/1, shares);
    }
    for (int64_t dim = blocks.size(); dim + 1 < type.getRank(); ++dim)
      blocks.emplace_back(rewriter, loc, getExtent(dim),
                          std::max<int64_t>(1, panels),
                          panels > 1 ? kBusyRows : 0);
  } else {
    int64_t rowDims = std::max<int64_t>(1, type.getRank() - 1);
    for (int64_t dim = 0; dim < std::min(rowDims, type.getRank()); ++dim)
      blocks.emplace_back(
          rewriter, loc, getExtent(dim),
          dim + 1 == rowDims ? cast<RowsAttr>(decision).getBlock() : 1);
  }

  SmallVector<OpFoldResult> counts;
  for (const Blocks &dim : blocks)
    counts.push_back(dim.count);
  // What has no dimension is one block all the same: one thread makes it.
  if (counts.empty())
    counts.push_back(rewriter.getIndexAttr(1));
  auto loop = scf::ForallOp::create(
      rewriter, loc, counts, result,
      TeamAttr::getMapping(rewriter.getContext(), counts.size()));
  rewriter.setInsertionPointToStart(loop.getBody());
  Ranges ranges(type.getRank());
  for (auto [i, dim] : llvm::enumerate(blocks))
    ranges[i] = dim.getRange(rewriter, loc, loop.getInductionVar(i));
  Value output = loop.getRegionIterArgs()[0];
  Ranges places = ranges;
  if (group.crop)
    places = {ranges[0], getColumns(rewriter, loc, *ranges[1],
                                    type.getDimSize(2), result)};
  Value place = getSlice(rewriter, output, places);
  bool byPanel =
      hasPanels && (group.crop || product.getReduction() != 0 ||
                    product.getBlockColumns() > product.getTileColumns());
  Value part =
      byPanel ? makeBlockOfProduct(rewriter, group, destination, place, ranges)
              : BlockBuilder(rewriter, group, destination, place)
                    .getPart(root->getResult(0), ranges);

  SmallVector<OpFoldResult> offsets(places.size(), rewriter.getIndexAttr(0)),
      ones(places.size(), rewriter.getIndexAttr(1)),
      sizes = tensor::getMixedSizes(rewriter, loc, part);
  for (auto [i, range] : llvm::enumerate(places))
    if (range)
      offsets[i] = range->offset;
  rewriter.setInsertionPointToEnd(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(rewriter, loc, part, output, offsets,
                                        sizes, ones);
  rewriter.replaceOp(last, loop.getResults());
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
