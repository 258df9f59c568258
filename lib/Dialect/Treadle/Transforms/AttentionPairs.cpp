//===- AttentionPairs.cpp - What attention's products of bf16 read -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An instruction for products of bf16 takes two neighbours of the reduction
// from 32 bits. Those of keys over components lie beside each other where keys
// are rows; those of values and weights over keys are in two rows, which are
// interleaved. Which of both it is, the layout of the tensor says.
//
// Tile registers want the left operand, keys and values, as rows of pairs, and
// an extent of the reduction that fills them.
//
//===----------------------------------------------------------------------===//

#include "AttentionPairs.h"

#include "AttentionParts.h"

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include <limits>

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

PairCounts::PairCounts(OpBuilder &b, Location loc, OpFoldResult extent,
                       int64_t multiple) {
  if (std::optional<int64_t> known = getConstantIntValue(extent)) {
    int64_t size = llvm::alignTo(*known, multiple);
    whole = b.getIndexAttr(*known / 2);
    elements = b.getIndexAttr(*known / 2 * 2);
    odd = b.getIndexAttr(*known % 2);
    pairs = b.getIndexAttr(size / 2);
    padded = b.getIndexAttr(size);
    added = b.getIndexAttr(size - *known);
    addedPairs = b.getIndexAttr(size / 2 - *known / 2);
    isWhole = size == *known;
    return;
  }
  // A shift and a mask: divisions of what may be negative, as far as the
  // compiler knows, take more. The last is a multiplication, so that whoever
  // reads it sees what it is a multiple of.
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value value = cast<Value>(extent);
  Value rest = arith::AndIOp::create(b, loc, value, number(1));
  whole = Value(arith::ShRUIOp::create(b, loc, value, number(1)));
  elements = Value(arith::SubIOp::create(b, loc, value, rest));
  odd = rest;
  Value more = arith::AddIOp::create(b, loc, value, number(multiple - 1));
  Value count =
      arith::ShRUIOp::create(b, loc, more, number(llvm::Log2_64(multiple)));
  Value size = arith::MulIOp::create(b, loc, count, number(multiple));
  pairs =
      multiple == 2
          ? count
          : Value(arith::MulIOp::create(b, loc, count, number(multiple / 2)));
  padded = size;
  added = Value(arith::SubIOp::create(b, loc, size, value));
  addedPairs = Value(
      arith::SubIOp::create(b, loc, cast<Value>(pairs), cast<Value>(whole)));
}

namespace {

using Sizes = SmallVector<OpFoldResult>;

/// Makes the pairs of one matrix.
class PairBuilder {
public:
  PairBuilder(OpBuilder &b, Location loc, Value matrix, unsigned dim,
              int64_t limit, const PairForm &form)
      : b(b), loc(loc), matrix(matrix), dim(dim), limit(limit), form(form),
        type(cast<RankedTensorType>(matrix.getType())),
        sizes(tensor::getMixedSizes(b, loc, matrix)),
        counts(b, loc, sizes[dim], form.multiple) {}

  Value alongRows();
  Value acrossRows();

private:
  OpFoldResult number(int64_t value) { return b.getIndexAttr(value); }
  int64_t getBound(unsigned i) {
    return type.isDynamicDim(i) ? limit : type.getDimSize(i);
  }
  bool areRows() { return dim == 1 || form.asRows; }
  /// The rows that there are, and those that the form wants behind them.
  OpFoldResult getRows() {
    return PairCounts(b, loc, sizes[1 - dim], form.rows).padded;
  }
  Value slice(Value tensor, const Sizes &offsets, const Sizes &sizes) {
    Sizes ones(sizes.size(), number(1));
    return tensor::ExtractSliceOp::create(b, loc, tensor, offsets, sizes, ones);
  }
  Value insert(Value part, Value tensor, const Sizes &offsets,
               const Sizes &sizes) {
    Sizes ones(sizes.size(), number(1));
    return tensor::InsertSliceOp::create(b, loc, part, tensor, offsets, sizes,
                                         ones);
  }
  /// Memory of [rows, elements] or, with both elements of all columns in a
  /// row, [pairs, 2 columns]. It has zeros where elements are added.
  Value allocate();
  /// Elements of `from`, read through `map`, rounded into `into`.
  Value round(Value from, AffineMap map, Value into);

  OpBuilder &b;
  Location loc;
  Value matrix;
  unsigned dim;
  int64_t limit;
  PairForm form;
  RankedTensorType type;
  Sizes sizes;
  PairCounts counts;
};

Value PairBuilder::allocate() {
  int64_t extent = llvm::alignTo(getBound(dim), form.multiple),
          others = getBound(1 - dim);
  SmallVector<int64_t> shape = {extent / 2, 2 * others};
  if (areRows())
    shape = {int64_t(llvm::alignTo(others, std::max(form.rows, form.room))),
             extent};
  Value memory = tensor::EmptyOp::create(b, loc, shape, b.getBF16Type());
  if (counts.isWhole)
    return memory;
  Sizes offsets = {counts.whole, number(0)},
        part = {counts.addedPairs, number(2 * others)};
  if (areRows()) {
    offsets = {number(0), sizes[dim]};
    part = {sizes[1 - dim], counts.added};
  }
  if (areRows() && form.multiple > 2) {
    // As whole vectors, some of whose elements are then written over. There may
    // be no element at all.
    AffineExpr size = b.getAffineSymbolExpr(0);
    offsets[1] = affine::makeComposedFoldedAffineMax(
        b, loc,
        AffineMap::get(0, 1, {size - form.multiple, b.getAffineConstantExpr(0)},
                       b.getContext()),
        counts.padded);
    part[1] = number(form.multiple);
  }
  Value zero =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(b.getBF16Type()));
  Value zeros =
      linalg::FillOp::create(b, loc, zero, slice(memory, offsets, part))
          .getResult(0);
  return insert(zeros, memory, offsets, part);
}

Value PairBuilder::round(Value from, AffineMap map, Value into) {
  int64_t rank = cast<RankedTensorType>(into.getType()).getRank();
  SmallVector<IteratorType> kinds(rank, IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, into.getType(), from, into,
             ArrayRef<AffineMap>{map, b.getMultiDimIdentityMap(rank)}, kinds,
             [](OpBuilder &b, Location loc, ValueRange args) {
               Value value = args[0];
               if (value.getType().isF16())
                 value = arith::ExtFOp::create(b, loc, b.getF32Type(), value);
               if (!value.getType().isBF16())
                 value =
                     arith::TruncFOp::create(b, loc, b.getBF16Type(), value);
               linalg::YieldOp::create(b, loc, value);
             })
      .getResult(0);
}

/// Neighbours of a row: rounding is all there is to do, and not even that for
/// bf16.
Value PairBuilder::alongRows() {
  if (counts.isWhole && type.getElementType().isBF16())
    return splitIntoPairs(b, loc, matrix, 1, counts.pairs);
  Sizes zeros(2, number(0));
  Value all = allocate();
  Value part =
      round(matrix, b.getMultiDimIdentityMap(2), slice(all, zeros, sizes));
  all = insert(part, all, zeros, sizes);
  return splitIntoPairs(b, loc, slice(all, zeros, {getRows(), counts.padded}),
                        1, counts.pairs);
}

/// Elements of two rows.
Value PairBuilder::acrossRows() {
  // Pairs are behind the columns, which then are rows, or before them.
  unsigned pairAt = form.asRows ? 1 : 0;
  auto order = [&](OpFoldResult pairs, OpFoldResult columns,
                   OpFoldResult halves) -> Sizes {
    if (form.asRows)
      std::swap(pairs, columns);
    return {pairs, columns, halves};
  };
  AffineExpr pair = b.getAffineDimExpr(pairAt),
             column = b.getAffineDimExpr(1 - pairAt),
             half = b.getAffineDimExpr(2);
  Value all = allocate();
  auto memory = cast<RankedTensorType>(all.getType());
  all = splitIntoPairs(b, loc, all, 1, number(memory.getDimSize(1) / 2));
  OpFoldResult none = number(0), columns = sizes[1];
  Sizes zeros(3, none), wholeSizes = order(counts.whole, columns, number(2));
  Value even = slice(matrix, {none, none}, {counts.elements, columns});
  Value part = round(splitIntoPairs(b, loc, even, 0, counts.whole),
                     AffineMap::get(3, 0, {pair, half, column}, b.getContext()),
                     slice(all, zeros, wholeSizes));
  all = insert(part, all, zeros, wholeSizes);
  if (!isConstantIntValue(counts.odd, 0)) {
    // Without dropping a dimension: that of the pair need not be the only one
    // of extent one.
    Sizes at = order(counts.whole, none, none),
          lastSizes = order(counts.odd, columns, number(1));
    Value from = slice(matrix, {counts.elements, none}, {counts.odd, columns});
    Value last =
        round(from, AffineMap::get(3, 0, {pair, column}, b.getContext()),
              slice(all, at, lastSizes));
    all = insert(last, all, at, lastSizes);
  }
  return slice(
      all, zeros,
      order(counts.pairs, form.asRows ? getRows() : columns, number(2)));
}

} // namespace

Value treadle::makePairs(OpBuilder &b, Location loc, Value matrix, unsigned dim,
                         int64_t limit, const PairForm &form) {
  PairBuilder builder(b, loc, matrix, dim, limit, form);
  return dim == 1 ? builder.alongRows() : builder.acrossRows();
}

//===----------------------------------------------------------------------===//
// The steps of a tile
//===----------------------------------------------------------------------===//

Value AttentionParts::productOfPairs(Value left, unsigned reduced, Value right,
                                     Value init) {
  // (row, pair, query, half)
  AffineMap leftMap = reduced == 1 ? map(4, {0, 1, 3}) : map(4, {1, 0, 3});
  return decide(
      generic({left, right}, init, {leftMap, map(4, {1, 2, 3}), map(4, {0, 2})},
              "prpr", [&](OpBuilder &b, ValueRange args) -> Value {
                Value term = arith::MulFOp::create(b, loc, args[0], args[1]);
                return arith::AddFOp::create(b, loc, args[2], term);
              }));
}

Value AttentionParts::getQueryPairs(Value queries) {
  PairForm form;
  form.multiple = getPairMultiple();
  return makePairs(b, loc, queries, /*dim=*/0, tile.getQueries(), form);
}

Value AttentionParts::getKeyPairs(OnlineAttentionOp op) {
  PairForm form;
  if (isOnTiles())
    form = {kTileDepth, /*asRows=*/true, /*rows=*/kTileDepth};
  return makePairs(b, loc, op.getKeys(), getPairedDimOfKeys(op), tile.getKeys(),
                   form);
}

Value AttentionParts::getValuePairs(OnlineAttentionOp op) {
  PairForm form;
  if (isOnTiles())
    form = {kTileDepth, /*asRows=*/true, /*rows=*/1, /*room=*/kTileSide};
  return makePairs(b, loc, op.getValues(), getPairedDimOfValues(op),
                   tile.getKeys(), form);
}

Value AttentionParts::padKeys(Value scores) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, scores);
  PairCounts counts(b, loc, sizes[0], getPairMultiple());
  if (counts.isWhole)
    return scores;
  OpFoldResult zero = b.getIndexAttr(0);
  SmallVector<OpFoldResult> begin(2, zero), ones(2, b.getIndexAttr(1)),
      at = {sizes[0], zero}, extra = {counts.added, sizes[1]},
      padded = {counts.padded, sizes[1]};
  Value all = tensor::InsertSliceOp::create(b, loc, scores, scoresMemory, begin,
                                            sizes, ones);
  Value row = tensor::ExtractSliceOp::create(b, loc, all, at, extra, ones);
  all = tensor::InsertSliceOp::create(
      b, loc, fill(-std::numeric_limits<double>::infinity(), row), all, at,
      extra, ones);
  return tensor::ExtractSliceOp::create(b, loc, all, begin, padded, ones);
}

std::pair<Value, Value> AttentionParts::getWeightPairs(Value scores,
                                                       Value maximum, Value sum,
                                                       double factor) {
  PairCounts counts(b, loc, tensor::getMixedSize(b, loc, scores, 0),
                    getPairMultiple());
  Value split = splitIntoPairs(b, loc, scores, 0, counts.pairs);
  Value pairs = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{getScoreRows() / 2, tile.getQueries(), 2},
      b.getBF16Type());
  SmallVector<OpFoldResult> begin(3, b.getIndexAttr(0)),
      ones(3, b.getIndexAttr(1)),
      sizes = {counts.pairs, b.getIndexAttr(tile.getQueries()),
               b.getIndexAttr(2)};
  pairs = tensor::ExtractSliceOp::create(b, loc, pairs, begin, sizes, ones);
  // (pair, query, half)
  SmallVector<IteratorType> kinds = {
      IteratorType::reduction, IteratorType::parallel, IteratorType::reduction};
  AffineMap lane = map(3, {1});
  auto both = linalg::GenericOp::create(
      b, loc, TypeRange{pairs.getType(), sum.getType()},
      ValueRange{split, maximum}, ValueRange{pairs, sum},
      ArrayRef<AffineMap>{map(3, {0, 2, 1}), lane, map(3, {0, 1, 2}), lane},
      kinds, [&](OpBuilder &b, Location loc, ValueRange args) {
        // Beside the rounding of its result an approximation is exact.
        Value weight = getWeight(b, loc, args[0], args[1], factor,
                                 arith::FastMathFlags::afn);
        Value sum = arith::AddFOp::create(b, loc, args[3], weight);
        Value narrow = arith::TruncFOp::create(b, loc, b.getBF16Type(), weight);
        linalg::YieldOp::create(b, loc, ValueRange{narrow, sum});
      });
  return {both.getResult(0), both.getResult(1)};
}
