//===- AttentionScores.cpp - What keys are worth to queries -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scores of a tile or of all keys, [keys, queries]: products of queries and
// keys, what changes them, and what hides them, which is -∞.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace treadle;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The extent of dimension `dim` of the operation's space.
static OpFoldResult getSize(OpBuilder &b, OnlineAttentionOp op, unsigned dim) {
  AffineExpr expr = getAffineDimExpr(dim, b.getContext());
  for (auto [tensor, map] :
       {std::pair<Value, AffineMap>{op.getAccumulator(), op.getResultMap()},
        {op.getKeys(), op.getKeysMap()}})
    if (auto position = map.getResultPosition(expr))
      return tensor::getMixedSize(b, op.getLoc(), tensor, *position);
  llvm_unreachable("each of them belongs to keys or the accumulator");
}

/// x(m, n): [outer…, keys, queries].
Value AttentionParts::getScores(OnlineAttentionOp op) {
  unsigned n = op.getKeyDim(), m = op.getQueryDim();
  SmallVector<OpFoldResult> sizes;
  for (unsigned i = 0; i < outer; ++i)
    sizes.push_back(getSize(b, op, i));
  OpFoldResult keys = getSize(b, op, n), queries = getSize(b, op, m);
  bool isOfPairs = op.getScore() != Score::Additive && isPaired();
  Value left, right;
  if (isOfPairs) {
    right = made.queries ? made.queries : getQueryPairs(op.getQueries());
    left = made.keys ? made.keys : getKeyPairs(op);
  }
  // The rows of a product on tiles are those that its left operand has.
  OpFoldResult rows =
      isOfPairs && isOnTiles() ? tensor::getMixedSize(b, loc, left, 0) : keys;
  Value scores;
  if (tile) {
    // Memory of static shape, of which the tile takes what it has keys for.
    scoresMemory = empty({b.getIndexAttr(getScoreRows()), queries});
    scores = takeRows(scoresMemory, rows);
  } else {
    sizes.append({keys, queries});
    scores = empty(sizes);
  }
  scores = fill(0.0, scores);
  if (isOfPairs) {
    scores = productOfPairs(left, isOnTiles() ? 1 : getPairedDimOfKeys(op),
                            right, scores);
    if (rows == keys)
      return scores;
    scoresMemory = putRows(scores, scoresMemory);
    return takeRows(scoresMemory, keys);
  }
  if (op.getScore() != Score::Additive)
    return product(widen(op.getKeys()),
                   rename(op.getKeysMap(), outer + 3, {2, 0, 1, 0}),
                   op.getQueries(),
                   rename(op.getQueriesMap(), outer + 3, {2, 0, 1, 0}), scores);
  // (key, query, component)
  std::array<unsigned, 4> names = {1, 0, 2, 0};
  return generic({op.getQueries(), widen(op.getKeys()), op.getScoreWeights()},
                 scores,
                 {rename(op.getQueriesMap(), outer + 3, names),
                  rename(op.getKeysMap(), outer + 3, names),
                  rename(op.getScoreWeightsMap(), outer + 3, names),
                  map(outer + 3, {0, 1})},
                 "ppr", [&](OpBuilder &b, ValueRange args) -> Value {
                   Value sum = arith::AddFOp::create(b, loc, args[0], args[1]);
                   Value term = arith::MulFOp::create(
                       b, loc, args[2], math::TanhOp::create(b, loc, sum));
                   return arith::AddFOp::create(b, loc, args[3], term);
                 });
}

/// The index of the element in dimension `loop` of the loops, in the operation
/// that this is a tile of.
static Value getIndex(OpBuilder &b, OnlineAttentionOp op, unsigned loop,
                      unsigned dim) {
  Value index = linalg::IndexOp::create(b, op.getLoc(), loop);
  if (op.getOrigin().empty())
    return index;
  return arith::AddIOp::create(b, op.getLoc(), index, op.getOrigin()[dim]);
}

/// The element of `tensor`, a length, an offset or a prefix, for the loops'
/// element of the batch.
static Value getOfBatch(OpBuilder &b, Location loc, Value tensor) {
  SmallVector<Value> indices;
  if (cast<RankedTensorType>(tensor.getType()).getRank() == 1)
    indices.push_back(linalg::IndexOp::create(b, loc, 0));
  return arith::IndexCastOp::create(
      b, loc, b.getIndexType(),
      tensor::ExtractOp::create(b, loc, tensor, indices));
}

/// Position 0 + shift, and what the batch's element adds to it.
static Value getOffset(OpBuilder &b, OnlineAttentionOp op) {
  Location loc = op.getLoc();
  Value offset = op.getShift();
  if (!offset)
    offset = arith::ConstantIndexOp::create(b, loc, 0);
  Alignment align = op.getMaskAttr().getAlign();
  if (align != Alignment::Lengths && align != Alignment::Offsets)
    return offset;
  Value more = getOfBatch(
      b, loc, align == Alignment::Lengths ? op.getLengths() : op.getOffsets());
  return arith::AddIOp::create(b, loc, offset, more);
}

double AttentionParts::getLateFactor(OnlineAttentionOp op) {
  double factor = op.getEffectiveScale() * M_LOG2E;
  // The maximum of multiples is that of what is multiplied, by a positive
  // factor.
  return isPaired() && op.getChange().empty() && !op.getBias() && factor > 0
             ? factor
             : 1.0;
}

/// Scores in units of log 2 over `late`, changed as the operation's region
/// says.
Value AttentionParts::changeScores(OnlineAttentionOp op, Value scores,
                                   double late) {
  double scale = op.getEffectiveScale();
  Region &region = op.getChange();
  if (region.empty()) {
    double factor = scale * M_LOG2E / late;
    // Queries that were multiplied beforehand, as a tile's are.
    if (std::abs(factor - 1.0) < 1e-12)
      return scores;
    return change(scores, {}, {}, [&](OpBuilder &b, ValueRange args) -> Value {
      return arith::MulFOp::create(b, loc, args.back(),
                                   createFloat(b, loc, element, factor));
    });
  }
  return change(scores, {}, {}, [&](OpBuilder &b, ValueRange args) -> Value {
    Value score = args.back();
    if (scale != 1.0)
      score = arith::MulFOp::create(b, loc, score,
                                    createFloat(b, loc, element, scale));
    Block &block = region.front();
    IRMapping mapping;
    mapping.map(block.getArgument(0), score);
    for (unsigned i = 0; i < outer; ++i)
      mapping.map(block.getArgument(1 + i), getIndex(b, op, i, i));
    // (outer…, key, query)
    mapping.map(block.getArgument(1 + outer),
                getIndex(b, op, outer + 1, outer));
    mapping.map(block.getArgument(2 + outer),
                getIndex(b, op, outer, outer + 1));
    for (Operation &inner : block.without_terminator())
      b.clone(inner, mapping);
    score = mapping.lookupOrDefault(block.getTerminator()->getOperand(0));
    return arith::MulFOp::create(b, loc, score,
                                 createFloat(b, loc, element, M_LOG2E));
  });
}

Value AttentionParts::changeWith(OnlineAttentionOp op, Value tensor,
                                 AffineMap tensorMap, Value scores, Body body) {
  // (outer…, key, query)
  AffineMap renamed = rename(tensorMap, outer + 2, {1, 0, 0, 0});
  Value part = scores;
  auto position = tensorMap.getResultPosition(dim(op.getQueryDim()));
  if (tile && position)
    part = takeQueries(scores, tensor::getMixedSize(b, loc, tensor, *position));
  Value changed = change(part, tensor, renamed, body);
  if (part == scores)
    return changed;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, part),
                            zeros(sizes.size(), b.getIndexAttr(0)),
                            ones(sizes.size(), b.getIndexAttr(1));
  return tensor::InsertSliceOp::create(b, loc, changed, scores, zeros, sizes,
                                       ones);
}

/// -∞ where a selection hides a key.
Value AttentionParts::select(OnlineAttentionOp op, Value scores) {
  Value hidden = number(-kInfinity);
  return changeWith(op, op.getSelection(), op.getSelectionMap(), scores,
                    [&](OpBuilder &b, ValueRange args) -> Value {
                      return arith::SelectOp::create(b, loc, args[0],
                                                     args.back(), hidden);
                    });
}

/// -∞ where the mask hides a key.
Value AttentionParts::mask(OnlineAttentionOp op, Value scores) {
  MaskAttr mask = op.getMaskAttr();
  Value hidden = number(-kInfinity);
  auto apply = [&]() {
    return change(scores, {}, {}, [&](OpBuilder &b, ValueRange args) -> Value {
      Value key = getIndex(b, op, outer, outer + 1), seen;
      if (mask.isPositional()) {
        Value position = arith::AddIOp::create(
            b, loc, getIndex(b, op, outer + 1, outer), getOffset(b, op));
        Value prefix =
            mask.getPrefix() ? getOfBatch(b, loc, op.getPrefixes()) : Value();
        seen = isVisible(b, loc, mask, position, key, prefix);
      }
      if (mask.getKeysWithinLengths()) {
        Value within =
            arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, key,
                                  getOfBatch(b, loc, op.getLengths()));
        seen = seen ? arith::AndIOp::create(b, loc, seen, within) : within;
      }
      return arith::SelectOp::create(b, loc, seen, args.back(), hidden);
    });
  };
  if (!tile || mask.getKeysWithinLengths() || !mask.isPositional())
    return apply();

  // Tiles of which each query sees all go without.
  ValueArithmetic a(b, loc);
  auto getOrigin = [&](unsigned i) {
    return op.getOrigin().empty() ? index(0) : op.getOrigin()[i];
  };
  Value firstKey = getOrigin(1);
  Value end = a.add(firstKey, getValueOrCreateConstantIndexOp(
                                  b, loc, getSize(b, op, op.getKeyDim())));
  Value first = a.add(getOrigin(0), getOffset(b, op));
  Value last = a.add(first, index(tile.getQueries() - 1));
  Value prefix =
      mask.getPrefix() ? getOfBatch(b, loc, op.getPrefixes()) : Value();
  KeyRanges<Value> ranges = getKeyRanges(a, mask, first, last, end, prefix);
  Value partial = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                        ranges.wholeEnd, end);
  if (mask.getWindow() != 0)
    partial = arith::OrIOp::create(
        b, loc, partial,
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, firstKey,
                              ranges.wholeBegin));
  if (mask.getPrefix())
    partial = arith::AndIOp::create(
        b, loc, partial,
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, ranges.prefix,
                              end));
  auto branch = scf::IfOp::create(b, loc, scores.getType(), partial,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, apply());
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, scores);
  return branch.getResult(0);
}
