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
//===----------------------------------------------------------------------===//

#include "AttentionPairs.h"

#include "AttentionParts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include <limits>

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

PairCounts::PairCounts(OpBuilder &b, Location loc, OpFoldResult extent) {
  if (std::optional<int64_t> known = getConstantIntValue(extent)) {
    int64_t count = llvm::divideCeil(*known, 2);
    whole = b.getIndexAttr(*known / 2);
    elements = b.getIndexAttr(*known / 2 * 2);
    odd = b.getIndexAttr(*known % 2);
    pairs = b.getIndexAttr(count);
    padded = b.getIndexAttr(2 * count);
    isEven = *known % 2 == 0;
    return;
  }
  // A shift and a mask: divisions of what may be negative, as far as the
  // compiler knows, take more.
  Value value = cast<Value>(extent),
        one = arith::ConstantIndexOp::create(b, loc, 1);
  Value half = arith::ShRUIOp::create(b, loc, value, one);
  Value rest = arith::AndIOp::create(b, loc, value, one);
  whole = half;
  elements = Value(arith::SubIOp::create(b, loc, value, rest));
  odd = rest;
  pairs = Value(arith::AddIOp::create(b, loc, half, rest));
  padded = Value(arith::AddIOp::create(b, loc, value, rest));
}

Value treadle::splitIntoPairs(OpBuilder &b, Location loc, Value tensor,
                              unsigned dim, OpFoldResult pairs) {
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(b, loc, tensor);
  SmallVector<ReassociationIndices> groups;
  for (unsigned i = 0; i < shape.size(); ++i) {
    if (i < dim)
      groups.push_back({i});
    else if (i == dim)
      groups.push_back({i, i + 1});
    else
      groups.push_back({i + 1});
  }
  shape[dim] = pairs;
  shape.insert(shape.begin() + dim + 1, b.getIndexAttr(2));
  SmallVector<int64_t> extents;
  for (OpFoldResult size : shape)
    extents.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  auto type = cast<RankedTensorType>(tensor.getType());
  return tensor::ExpandShapeOp::create(b, loc, type.clone(extents), tensor,
                                       groups, shape);
}

namespace {

using Sizes = SmallVector<OpFoldResult>;

/// Makes the pairs of one matrix.
class PairBuilder {
public:
  PairBuilder(OpBuilder &b, Location loc, Value matrix, unsigned dim,
              int64_t limit)
      : b(b), loc(loc), matrix(matrix), limit(limit),
        type(cast<RankedTensorType>(matrix.getType())),
        sizes(tensor::getMixedSizes(b, loc, matrix)),
        counts(b, loc, sizes[dim]) {}

  Value alongRows();
  Value acrossRows();

private:
  OpFoldResult number(int64_t value) { return b.getIndexAttr(value); }
  int64_t getBound(unsigned i) {
    return type.isDynamicDim(i) ? limit : type.getDimSize(i);
  }
  Value empty(ArrayRef<int64_t> shape) {
    return tensor::EmptyOp::create(b, loc, shape, b.getBF16Type());
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
  /// Zeros in a part of `tensor`.
  Value clear(Value tensor, const Sizes &offsets, const Sizes &sizes) {
    Value zero =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(b.getBF16Type()));
    Value part = slice(tensor, offsets, sizes);
    part = linalg::FillOp::create(b, loc, zero, part).getResult(0);
    return insert(part, tensor, offsets, sizes);
  }
  /// Elements of `from`, read through `map`, rounded into `into`.
  Value round(Value from, AffineMap map, Value into) {
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
  OpBuilder &b;
  Location loc;
  Value matrix;
  int64_t limit;
  RankedTensorType type;
  Sizes sizes;
  PairCounts counts;
};

/// Neighbours of a row: rounding is all there is to do, and not even that for
/// bf16.
Value PairBuilder::alongRows() {
  if (counts.isEven && type.getElementType().isBF16())
    return treadle::splitIntoPairs(b, loc, matrix, 1, counts.pairs);
  Sizes zeros(2, number(0));
  Value all = empty({getBound(0), int64_t(llvm::alignTo(getBound(1), 2))});
  if (!counts.isEven)
    all = clear(all, {number(0), sizes[1]}, {sizes[0], counts.odd});
  Value part =
      round(matrix, b.getMultiDimIdentityMap(2), slice(all, zeros, sizes));
  all = insert(part, all, zeros, sizes);
  return treadle::splitIntoPairs(
      b, loc, slice(all, zeros, {sizes[0], counts.padded}), 1, counts.pairs);
}

/// Elements of two rows.
Value PairBuilder::acrossRows() {
  Sizes zeros(3, number(0)), wholeSizes = {counts.whole, sizes[1], number(2)};
  Value all =
      empty({int64_t(llvm::divideCeil(getBound(0), 2)), getBound(1), 2});
  AffineExpr pair, column, half;
  bindDims(b.getContext(), pair, column, half);
  Value even =
      slice(matrix, {number(0), number(0)}, {counts.elements, sizes[1]});
  Value part = round(treadle::splitIntoPairs(b, loc, even, 0, counts.whole),
                     AffineMap::get(3, 0, {pair, half, column}, b.getContext()),
                     slice(all, zeros, wholeSizes));
  all = insert(part, all, zeros, wholeSizes);
  if (!counts.isEven) {
    Sizes at = {counts.whole, number(0), number(0)};
    all = clear(all, at, {counts.odd, sizes[1], number(2)});
    // Without dropping a dimension: that of the pair need not be the only one
    // of extent one.
    Sizes lastSizes = {counts.odd, sizes[1], number(1)};
    Value from =
        slice(matrix, {counts.elements, number(0)}, {counts.odd, sizes[1]});
    Value last =
        round(from, AffineMap::get(3, 0, {pair, column}, b.getContext()),
              slice(all, at, lastSizes));
    all = insert(last, all, at, lastSizes);
  }
  return slice(all, zeros, {counts.pairs, sizes[1], number(2)});
}

} // namespace

Value treadle::makePairs(OpBuilder &b, Location loc, Value matrix, unsigned dim,
                         int64_t limit) {
  PairBuilder builder(b, loc, matrix, dim, limit);
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
  return makePairs(b, loc, queries, /*dim=*/0, tile.getQueries());
}

Value AttentionParts::getKeyPairs(OnlineAttentionOp op) {
  return makePairs(b, loc, op.getKeys(), getPairedDimOfKeys(op),
                   tile.getKeys());
}

Value AttentionParts::getValuePairs(OnlineAttentionOp op) {
  return makePairs(b, loc, op.getValues(), getPairedDimOfValues(op),
                   tile.getKeys());
}

Value AttentionParts::padKeys(Value scores) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, scores);
  PairCounts counts(b, loc, sizes[0]);
  if (counts.isEven)
    return scores;
  OpFoldResult zero = b.getIndexAttr(0);
  SmallVector<OpFoldResult> begin(2, zero), ones(2, b.getIndexAttr(1)),
      at = {sizes[0], zero}, extra = {counts.odd, sizes[1]},
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
  PairCounts counts(b, loc, tensor::getMixedSize(b, loc, scores, 0));
  Value split = splitIntoPairs(b, loc, scores, 0, counts.pairs);
  Value pairs = tensor::EmptyOp::create(
      b, loc,
      ArrayRef<int64_t>{int64_t(llvm::divideCeil(tile.getKeys(), 2)),
                        tile.getQueries(), 2},
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
