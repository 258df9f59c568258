//===- TilePacking.cpp - Packing as parallel copies -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedRows.h"
#include "Tiling.h"

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

/// Tokens of a sequence that one task moves: some hundred microseconds' work is
/// not worth cutting finer.
static constexpr int64_t kTokens = 32;

PackedRows treadle::getPackedRows(OpBuilder &b, Location loc, Value starts,
                                  Value sequence) {
  auto read = [&](Value at) -> Value {
    return arith::IndexCastOp::create(
        b, loc, b.getIndexType(),
        tensor::ExtractOp::create(b, loc, starts, at));
  };
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value first = read(sequence);
  Value end = read(arith::AddIOp::create(b, loc, sequence, one));
  return {first, arith::SubIOp::create(b, loc, end, first)};
}

Value treadle::getRowsOfBlock(OpBuilder &b, Location loc,
                              const PackedRows &rows, Value first,
                              Value limit) {
  Value left = arith::SubIOp::create(b, loc, rows.count, first);
  left = arith::MaxSIOp::create(b, loc, left,
                                arith::ConstantIndexOp::create(b, loc, 0));
  return arith::MinSIOp::create(b, loc, left, limit);
}

namespace {

/// A parallel loop over blocks of the tokens of each sequence, which makes
/// `destination`.
struct BlockLoop {
  BlockLoop(RewriterBase &b, Location loc, Value batch, Value tokens,
            Value starts, Value destination)
      : b(b), loc(loc) {
    Value limit = arith::ConstantIndexOp::create(b, loc, kTokens);
    OpFoldResult counts[] = {
        batch, Value(arith::CeilDivUIOp::create(b, loc, tokens, limit))};
    loop = scf::ForallOp::create(b, loc, counts, destination,
                                 TeamAttr::getMapping(b.getContext(), 2));
    b.setInsertionPointToStart(loop.getBody());
    sequence = loop.getInductionVar(0);
    first = arith::MulIOp::create(b, loc, loop.getInductionVar(1), limit);
    Value left = arith::SubIOp::create(b, loc, tokens, first);
    all = arith::MinSIOp::create(b, loc, left, limit);
    PackedRows rows = getPackedRows(b, loc, starts, sequence);
    count = getRowsOfBlock(b, loc, rows, first, limit);
    row = arith::AddIOp::create(b, loc, rows.first, first);
  }

  /// Offsets and sizes of `size` of the block's tokens in `tensor`, which is
  /// packed or not.
  void getPosition(Value tensor, bool isPacked, Value size,
                   SmallVectorImpl<OpFoldResult> &offsets,
                   SmallVectorImpl<OpFoldResult> &sizes) {
    sizes = tensor::getMixedSizes(b, loc, tensor);
    offsets.assign(sizes.size(), b.getIndexAttr(0));
    if (isPacked) {
      offsets[0] = row;
      sizes[0] = size;
      return;
    }
    offsets[0] = sequence;
    sizes[0] = b.getIndexAttr(1);
    offsets[1] = first;
    sizes[1] = size;
  }

  /// The block's part of `tensor`, in the dimensions of rows.
  Value slice(Value tensor, bool isPacked, Value size) {
    SmallVector<OpFoldResult> offsets, sizes;
    getPosition(tensor, isPacked, size, offsets, sizes);
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<int64_t> shape(type.getShape().drop_front(isPacked ? 1 : 2));
    shape.insert(shape.begin(), ShapedType::kDynamic);
    return tensor::ExtractSliceOp::create(
        b, loc, type.clone(shape), tensor, offsets, sizes,
        SmallVector<OpFoldResult>(sizes.size(), b.getIndexAttr(1)));
  }

  /// Ends the loop: `part` is the block's part of what it makes.
  Value finish(Value part, bool isPacked, Value size) {
    Value output = loop.getRegionIterArgs()[0];
    SmallVector<OpFoldResult> offsets, sizes;
    getPosition(output, isPacked, size, offsets, sizes);
    b.setInsertionPointToEnd(loop.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(
        b, loc, part, output, offsets, sizes,
        SmallVector<OpFoldResult>(sizes.size(), b.getIndexAttr(1)));
    return loop.getResult(0);
  }

  RewriterBase &b;
  Location loc;
  scf::ForallOp loop;
  Value sequence, first;
  /// The block's tokens, and those of them that are no padding.
  Value all, count;
  Value row;
};

/// A tensor for what `op` makes.
Value createDestination(RewriterBase &b, Operation *op) {
  ReifiedRankedShapedTypeDims shapes;
  (void)reifyResultShapes(b, op, shapes);
  return createEmpty(b, op->getLoc(), shapes[0],
                     getElementTypeOrSelf(op->getResult(0).getType()));
}

} // namespace

/// One task that adds up the lengths: there is nothing to share.
static void tileSequenceStarts(RewriterBase &b, SequenceStartsOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  auto type = cast<RankedTensorType>(op.getType());
  Value destination = createDestination(b, op);
  OpFoldResult one = b.getIndexAttr(1), none = b.getIndexAttr(0);
  OpFoldResult size = tensor::getMixedSize(b, loc, destination, 0);
  Value batch = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, op.getLengths(), 0));
  auto task =
      scf::ForallOp::create(b, loc, ArrayRef<OpFoldResult>{one}, destination,
                            TeamAttr::getMapping(b.getContext(), 1));
  b.setInsertionPointToStart(task.getBody());
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  auto toNumber = [&](Value index) -> Value {
    return arith::IndexCastOp::create(b, loc, type.getElementType(), index);
  };
  Value zero = constant(0), next = constant(1),
        least = constant(op.getAtLeast());
  Value output = task.getRegionIterArgs()[0];
  Value begun = tensor::InsertOp::create(b, loc, toNumber(zero), output, zero);
  auto loop = scf::ForOp::create(
      b, loc, zero, batch, next, ValueRange{begun, zero},
      [&](OpBuilder &b, Location loc, Value sequence, ValueRange carried) {
        Value length = arith::IndexCastOp::create(
            b, loc, b.getIndexType(),
            tensor::ExtractOp::create(b, loc, op.getLengths(), sequence));
        length = arith::MinSIOp::create(
            b, loc, arith::MaxSIOp::create(b, loc, length, least),
            op.getTokens());
        Value start = arith::AddIOp::create(b, loc, carried[1], length);
        Value number =
            arith::IndexCastOp::create(b, loc, type.getElementType(), start);
        Value starts = tensor::InsertOp::create(
            b, loc, number, carried[0],
            Value(arith::AddIOp::create(b, loc, sequence, next)));
        scf::YieldOp::create(b, loc, ValueRange{starts, start});
      });
  b.setInsertionPointToEnd(task.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(
      b, loc, loop.getResult(0), output, ArrayRef<OpFoldResult>{none},
      ArrayRef<OpFoldResult>{size}, ArrayRef<OpFoldResult>{one});
  b.replaceOp(op, task.getResults());
}

static void tilePackTokens(RewriterBase &b, PackTokensOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  auto getExtent = [&](int64_t dim) {
    return getValueOrCreateConstantIndexOp(
        b, loc, tensor::getMixedSize(b, loc, op.getTokens(), dim));
  };
  BlockLoop block(b, loc, getExtent(0), getExtent(1), op.getStarts(),
                  createDestination(b, op));
  Value part = block.slice(op.getTokens(), /*isPacked=*/false, block.count);
  b.replaceOp(op, block.finish(part, /*isPacked=*/true, block.count));
}

static void tileUnpackTokens(RewriterBase &b, UnpackTokensOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  Value destination = createDestination(b, op);
  Value batch = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, destination, 0));
  BlockLoop block(b, loc, batch, op.getCount(), op.getStarts(), destination);
  Value part = block.slice(block.loop.getRegionIterArgs()[0],
                           /*isPacked=*/false, block.all);
  Type element = getElementTypeOrSelf(op.getType());
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
  part = linalg::FillOp::create(b, loc, zero, part).getResult(0);
  Value rows = block.slice(op.getRows(), /*isPacked=*/true, block.count);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, rows);
  part = tensor::InsertSliceOp::create(
      b, loc, rows, part,
      SmallVector<OpFoldResult>(sizes.size(), b.getIndexAttr(0)), sizes,
      SmallVector<OpFoldResult>(sizes.size(), b.getIndexAttr(1)));
  b.replaceOp(op, block.finish(part, /*isPacked=*/false, block.all));
}

void treadle::tilePacking(RewriterBase &b, func::FuncOp function) {
  SmallVector<Operation *> packing;
  function.walk([&](Operation *op) {
    if (isa<SequenceStartsOp, PackTokensOp, UnpackTokensOp>(op))
      packing.push_back(op);
  });
  // What makes comes before what reads: from behind, what nobody reads any
  // more is seen to be so.
  for (Operation *&op : llvm::reverse(packing))
    if (isOpTriviallyDead(op)) {
      b.eraseOp(op);
      op = nullptr;
    }
  for (Operation *op : packing) {
    if (auto starts = dyn_cast_if_present<SequenceStartsOp>(op))
      tileSequenceStarts(b, starts);
    else if (auto pack = dyn_cast_if_present<PackTokensOp>(op))
      tilePackTokens(b, pack);
    else if (auto unpack = dyn_cast_if_present<UnpackTokensOp>(op))
      tileUnpackTokens(b, unpack);
  }
}
