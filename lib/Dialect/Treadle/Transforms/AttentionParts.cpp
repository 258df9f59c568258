//===- AttentionParts.cpp - What attention is made of -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With scores t in units of log 2, over the visible keys of each query
// (Milakov and Gimelshein, 2018):
//
//   μ' = max(μ, max_n t)      P = exp2(t - μ')      a = exp2(μ - μ')
//   l' = a l + Σ_n P          O' = a O + V^T P
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

#include "AttentionPairs.h"

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

using utils::IteratorType;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

//===----------------------------------------------------------------------===//
// Linalg
//===----------------------------------------------------------------------===//

Value AttentionParts::number(double value) {
  return createFloat(b, loc, element, value);
}

Value AttentionParts::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

AffineMap AttentionParts::map(unsigned loops, ArrayRef<unsigned> others) {
  SmallVector<AffineExpr> results;
  for (unsigned i = 0; i < outer; ++i)
    results.push_back(dim(i));
  for (unsigned other : others)
    results.push_back(dim(outer + other));
  return AffineMap::get(loops, 0, results, b.getContext());
}

Value AttentionParts::empty(ArrayRef<OpFoldResult> sizes) {
  return tensor::EmptyOp::create(b, loc, sizes, element);
}

Value AttentionParts::fill(double value, Value tensor) {
  return linalg::FillOp::create(b, loc, number(value), tensor).getResult(0);
}

Value AttentionParts::generic(ValueRange inputs, Value init,
                              ArrayRef<AffineMap> maps, StringRef kinds,
                              Body body) {
  SmallVector<IteratorType> types(outer, IteratorType::parallel);
  for (char c : kinds)
    types.push_back(c == 'p' ? IteratorType::parallel
                             : IteratorType::reduction);
  // What a state begins with is a number: in the whole, which threads share, it
  // need not be read from memory.
  SmallVector<Value> read, numbers(inputs.size());
  SmallVector<AffineMap> readMaps;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (auto fill = input.getDefiningOp<linalg::FillOp>(); fill && !tile) {
      numbers[i] = fill.value();
      continue;
    }
    read.push_back(input);
    readMaps.push_back(maps[i]);
  }
  readMaps.push_back(maps.back());
  auto op = linalg::GenericOp::create(
      b, loc, init.getType(), read, init, readMaps, types,
      [&](OpBuilder &inner, Location loc, ValueRange args) {
        SmallVector<Value> all(numbers);
        for (Value &value : all)
          if (!value) {
            value = args.front();
            args = args.drop_front();
            if (isa<FloatType>(value.getType()) &&
                value.getType().getIntOrFloatBitWidth() <
                    element.getIntOrFloatBitWidth())
              value = arith::ExtFOp::create(inner, loc, element, value);
          }
        all.push_back(args.front());
        linalg::YieldOp::create(inner, loc, body(inner, all));
      });
  if (!tile)
    op->setAttr(kLoweringAttrName, RowsAttr::get(b.getContext(), 1));
  return op.getResult(0);
}

Value AttentionParts::change(Value tensor, ValueRange inputs,
                             ArrayRef<AffineMap> maps, Body body) {
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  AffineMap own = b.getMultiDimIdentityMap(rank);
  SmallVector<AffineMap> all(maps);
  SmallVector<Value> operands(inputs);
  std::string kinds(rank - outer, 'p');
  all.push_back(own);
  if (tile)
    return generic(operands, tensor, all, kinds, body);
  // The body's last argument is the element either way.
  operands.push_back(tensor);
  all.push_back(own);
  return generic(operands, empty(tensor::getMixedSizes(b, loc, tensor)), all,
                 kinds, [&](OpBuilder &inner, ValueRange args) {
                   return body(inner, args.drop_back());
                 });
}

/// Queries of a tile up to which its products widen keys and values as they
/// read them. Others read an element for several vectors of queries.
static constexpr int64_t kFewQueries = 8;

Value AttentionParts::widen(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getElementType() == element ||
      (tile && tile.getQueries() <= kFewQueries))
    return tensor;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
  AffineMap own = b.getMultiDimIdentityMap(type.getRank());
  Value wide;
  if (tile) {
    // Memory of static shape: of a dimension that is not known, a tile has its
    // keys at most.
    SmallVector<OpFoldResult> bounds, zeros(sizes.size(), b.getIndexAttr(0)),
        ones(sizes.size(), b.getIndexAttr(1));
    for (int64_t extent : type.getShape())
      bounds.push_back(b.getIndexAttr(
          ShapedType::isDynamic(extent) ? tile.getKeys() : extent));
    wide = empty(bounds);
    if (bounds != sizes)
      wide = tensor::ExtractSliceOp::create(b, loc, wide, zeros, sizes, ones);
  } else {
    wide = empty(sizes);
  }
  return generic(tensor, wide, {own, own},
                 std::string(type.getRank() - outer, 'p'),
                 [](OpBuilder &, ValueRange args) { return args[0]; });
}

/// (row, reduced, query), over the outer dimensions.
Value AttentionParts::product(Value left, AffineMap leftMap, Value right,
                              AffineMap rightMap, Value init) {
  Value result =
      generic({left, right}, init, {leftMap, rightMap, map(outer + 3, {0, 2})},
              "prp", [&](OpBuilder &b, ValueRange args) -> Value {
                Value term = arith::MulFOp::create(b, loc, args[0], args[1]);
                return arith::AddFOp::create(b, loc, args[2], term);
              });
  return decide(result);
}

Value AttentionParts::decide(Value product) {
  if (tile)
    product.getDefiningOp()->setAttr(
        kLoweringAttrName,
        ProductAttr::get(b.getContext(), tile.getKeys(), tile.getQueries(),
                         tile.getTileRows(), tile.getQueries(),
                         /*reduction=*/0, tile.getUnit(), /*depth=*/0,
                         /*threads=*/1));
  return product;
}

Value AttentionParts::takeQueries(Value tensor, OpFoldResult size) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor),
                            zeros(sizes.size(), b.getIndexAttr(0)),
                            ones(sizes.size(), b.getIndexAttr(1));
  // The whole has no other queries.
  if (!tile || sizes.back() == size)
    return tensor;
  sizes.back() = size;
  return tensor::ExtractSliceOp::create(b, loc, tensor, zeros, sizes, ones);
}

Value AttentionParts::takeRows(Value matrix, OpFoldResult rows) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, matrix),
                            zeros(2, b.getIndexAttr(0)),
                            ones(2, b.getIndexAttr(1));
  if (sizes[0] == rows)
    return matrix;
  sizes[0] = rows;
  return tensor::ExtractSliceOp::create(b, loc, matrix, zeros, sizes, ones);
}

Value AttentionParts::putRows(Value rows, Value matrix) {
  if (rows.getType() == matrix.getType())
    return rows;
  SmallVector<OpFoldResult> zeros(2, b.getIndexAttr(0)),
      ones(2, b.getIndexAttr(1));
  return tensor::InsertSliceOp::create(
      b, loc, rows, matrix, zeros, tensor::getMixedSizes(b, loc, rows), ones);
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// `map`, of (outer…, m, n, d, e), with dimensions m, n, d and e called as
/// `names` says.
static AffineMap rename(AffineMap map, unsigned loops,
                        std::array<unsigned, 4> names) {
  unsigned outer = map.getNumDims() - 4;
  SmallVector<AffineExpr> results;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    unsigned position = map.getDimPosition(i);
    results.push_back(getAffineDimExpr(
        position < outer ? position : outer + names[position - outer],
        map.getContext()));
  }
  return AffineMap::get(loops, 0, results, map.getContext());
}

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

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// The larger of two scores. A score that is no number need not win here: its
/// weight is no number either, nor then is the sum; and this is one
/// instruction.
static Value getLarger(OpBuilder &b, Location loc, Value left, Value right) {
  Value larger =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, left, right);
  return arith::SelectOp::create(b, loc, larger, left, right);
}

Value AttentionParts::getWeight(OpBuilder &b, Location loc, Value value,
                                Value maximum, double factor,
                                arith::FastMathFlags flags) {
  auto constant = [&](double number) {
    return createFloat(b, loc, value.getType(), number);
  };
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, maximum,
                                     constant(-kInfinity));
  Value base = arith::SelectOp::create(b, loc, none, constant(0.0), maximum);
  if (factor != 1.0) {
    Value exponent = math::FmaOp::create(b, loc, value, constant(factor),
                                         arith::NegFOp::create(b, loc, base));
    return math::Exp2Op::create(b, loc, exponent, flags);
  }
  return math::Exp2Op::create(
      b, loc, arith::SubFOp::create(b, loc, value, base), flags);
}

AttentionState AttentionParts::begin(ArrayRef<OpFoldResult> outerSizes,
                                     OpFoldResult components,
                                     OpFoldResult queries, Value sinks,
                                     AffineMap sinksMap) {
  SmallVector<OpFoldResult> rows(outerSizes), matrix(outerSizes);
  rows.push_back(queries);
  matrix.append({components, queries});
  AttentionState state;
  state.accumulator = fill(0.0, empty(matrix));
  if (!sinks) {
    state.maximum = fill(-kInfinity, empty(rows));
    state.sum = fill(0.0, empty(rows));
    return state;
  }
  // The sink is there before any key.
  state.maximum =
      generic(sinks, empty(rows),
              {rename(sinksMap, outer + 1, {0, 0, 0, 0}), map(outer + 1, {0})},
              "p", [&](OpBuilder &b, ValueRange args) -> Value {
                return arith::MulFOp::create(
                    b, loc, args[0], createFloat(b, loc, element, M_LOG2E));
              });
  state.sum = fill(1.0, empty(rows));
  return state;
}

AttentionState AttentionParts::add(OnlineAttentionOp op) {
  double factor = getLateFactor(op);
  Value scores = getScores(op);
  scores = changeScores(op, scores, factor);
  auto addBias = [&](OpBuilder &b, ValueRange args) -> Value {
    Value bias = arith::MulFOp::create(b, loc, args[0],
                                       createFloat(b, loc, element, M_LOG2E));
    return arith::AddFOp::create(b, loc, args.back(), bias);
  };
  if (op.getBias())
    scores = changeWith(op, op.getBias(), op.getBiasMap(), scores, addBias);
  if (op.getSelection())
    scores = select(op, scores);
  // Before anything branches, so that it is seen to be done in place.
  if (isPaired())
    scores = padKeys(scores);
  if (MaskAttr attr = op.getMaskAttr();
      attr && (attr.isPositional() || attr.getKeysWithinLengths()))
    scores = mask(op, scores);

  // (key, query) and (query), over the outer dimensions.
  AffineMap matrix = map(outer + 2, {0, 1}), column = map(outer + 2, {1}),
            lane = map(outer + 1, {0});
  Value before = op.getMaximum();
  // The maximum of these keys first: a loop over keys then carries one vector.
  auto isLarger = [&](OpBuilder &b, ValueRange args) {
    return getLarger(b, loc, args[0], args[1]);
  };
  Value here = fill(-kInfinity, empty(tensor::getMixedSizes(b, loc, before)));
  here = generic(scores, here, {matrix, column}, "rp", isLarger);
  AttentionState state;
  Value worth;
  if (tile) {
    // The running maximum, and what the past is worth beside it.
    SmallVector<IteratorType> kinds = {IteratorType::parallel};
    Value scratch = empty(tensor::getMixedSizes(b, loc, before));
    auto running = linalg::GenericOp::create(
        b, loc, TypeRange{before.getType(), scratch.getType()}, here,
        ValueRange{before, scratch}, ArrayRef<AffineMap>{lane, lane, lane},
        kinds, [&](OpBuilder &b, Location loc, ValueRange args) {
          Value largest = args[0];
          if (factor != 1.0)
            largest = arith::MulFOp::create(
                b, loc, largest, createFloat(b, loc, element, factor));
          Value next = getLarger(b, loc, largest, args[1]);
          linalg::YieldOp::create(
              b, loc, ValueRange{next, getWeight(b, loc, args[1], next)});
        });
    state.maximum = running.getResult(0);
    worth = running.getResult(1);
  } else {
    state.maximum =
        change(before, here, lane, [&](OpBuilder &b, ValueRange args) -> Value {
          return getLarger(b, loc, args[0], args[1]);
        });
    worth = generic(
        {before, state.maximum}, empty(tensor::getMixedSizes(b, loc, before)),
        {lane, lane, lane}, "p", [&](OpBuilder &b, ValueRange args) -> Value {
          return getWeight(b, loc, args[0], args[1]);
        });
  }

  auto scaleBy = [&](OpBuilder &b, ValueRange args) -> Value {
    return arith::MulFOp::create(b, loc, args.back(), args[0]);
  };
  Value sum = change(op.getSum(), worth, lane, scaleBy);
  Value weights;
  if (isPaired()) {
    std::tie(weights, state.sum) =
        getWeightPairs(scores, state.maximum, sum, factor);
  } else if (tile) {
    SmallVector<IteratorType> kinds = {IteratorType::reduction,
                                       IteratorType::parallel};
    auto both = linalg::GenericOp::create(
        b, loc, TypeRange{scores.getType(), sum.getType()}, state.maximum,
        ValueRange{scores, sum}, ArrayRef<AffineMap>{column, matrix, column},
        kinds, [&](OpBuilder &b, Location loc, ValueRange args) {
          Value weight = getWeight(b, loc, args[1], args[0]);
          Value sum = arith::AddFOp::create(b, loc, args[2], weight);
          linalg::YieldOp::create(b, loc, ValueRange{weight, sum});
        });
    weights = both.getResult(0);
    state.sum = both.getResult(1);
  } else {
    weights = change(scores, state.maximum, column,
                     [&](OpBuilder &b, ValueRange args) -> Value {
                       return getWeight(b, loc, args.back(), args[0]);
                     });
    state.sum =
        generic(weights, sum, {matrix, column}, "rp",
                [&](OpBuilder &b, ValueRange args) -> Value {
                  return arith::AddFOp::create(b, loc, args[1], args[0]);
                });
  }
  Value accumulator =
      change(op.getAccumulator(), worth, map(outer + 2, {1}), scaleBy);
  if (isPaired()) {
    Value left = made.values ? made.values : getValuePairs(op);
    state.accumulator = productOfPairs(
        left, isOnTiles() ? 1 : getPairedDimOfValues(op), weights, accumulator);
    return state;
  }
  // (component, key, query)
  state.accumulator = product(
      widen(op.getValues()), rename(op.getValuesMap(), outer + 3, {2, 1, 0, 0}),
      weights, map(outer + 3, {1, 2}), accumulator);
  return state;
}

Value AttentionParts::divide(AttentionState state, Value destination,
                             AffineMap map) {
  // O / l, and zeros for a query that saw no key: 0 times an infinite value
  // would be no number.
  Value sum = state.sum;
  if (tile)
    sum = change(sum, {}, {}, [&](OpBuilder &b, ValueRange args) -> Value {
      Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                         args[0], number(0.0));
      Value inverse = arith::DivFOp::create(b, loc, number(1.0), args[0]);
      return arith::SelectOp::create(b, loc, none, number(0.0), inverse);
    });
  auto position = *map.getResultPosition(dim(outer));
  OpFoldResult queries = tensor::getMixedSize(b, loc, destination, position);
  // (query, component)
  return generic(
      {takeQueries(state.accumulator, queries), takeQueries(sum, queries)},
      destination,
      {this->map(outer + 2, {1, 0}), this->map(outer + 2, {0}), map}, "pp",
      [&](OpBuilder &b, ValueRange args) -> Value {
        Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                           args[1], number(0.0));
        Value result =
            tile ? Value(arith::MulFOp::create(b, loc, args[0], args[1]))
                 : Value(arith::DivFOp::create(b, loc, args[0], args[1]));
        return arith::SelectOp::create(b, loc, none, number(0.0), result);
      });
}

Value AttentionParts::getLogSumExp(AttentionState state, Value destination,
                                   AffineMap map) {
  auto position = *map.getResultPosition(dim(outer));
  OpFoldResult queries = tensor::getMixedSize(b, loc, destination, position);
  AffineMap lane = this->map(outer + 1, {0});
  return generic(
      {takeQueries(state.maximum, queries), takeQueries(state.sum, queries)},
      destination, {lane, lane, map}, "p",
      [&](OpBuilder &b, ValueRange args) -> Value {
        Value log = math::Log2Op::create(b, loc, args[1]);
        Value all = arith::AddFOp::create(b, loc, args[0], log);
        Value natural = arith::MulFOp::create(b, loc, all, number(M_LN2));
        Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                           args[1], number(0.0));
        return arith::SelectOp::create(b, loc, none, number(-kInfinity),
                                       natural);
      });
}

AttentionState AttentionParts::combine(AttentionState parts,
                                       AttentionState before) {
  // (outer…, query, part) and (outer…, component, query, part), of tensors
  // whose first dimension is that of parts.
  auto partMap = [&](unsigned loops, ArrayRef<unsigned> others, unsigned part) {
    AffineMap whole = map(loops, others);
    SmallVector<AffineExpr> results = {dim(outer + part)};
    llvm::append_range(results, whole.getResults());
    return AffineMap::get(loops, 0, results, b.getContext());
  };
  AffineMap lane = map(outer + 1, {0});
  AffineMap parts2 = partMap(outer + 2, {0}, 1), all2 = map(outer + 2, {0});
  AttentionState state;
  state.maximum = generic(parts.maximum, before.maximum, {parts2, all2}, "pr",
                          [&](OpBuilder &b, ValueRange args) {
                            return getLarger(b, loc, args[0], args[1]);
                          });
  Value worth =
      generic({before.maximum, state.maximum},
              empty(tensor::getMixedSizes(b, loc, before.maximum)),
              {lane, lane, lane}, "p", [&](OpBuilder &b, ValueRange args) {
                return getWeight(b, loc, args[0], args[1]);
              });
  auto scaleBy = [&](OpBuilder &b, ValueRange args) -> Value {
    return arith::MulFOp::create(b, loc, args.back(), args[0]);
  };
  auto addWeighted = [&](OpBuilder &b, ValueRange args) -> Value {
    Value weight = getWeight(b, loc, args[1], args[2]);
    return arith::AddFOp::create(
        b, loc, args[3], arith::MulFOp::create(b, loc, args[0], weight));
  };
  state.sum = generic({parts.sum, parts.maximum, state.maximum},
                      change(before.sum, worth, lane, scaleBy),
                      {parts2, parts2, all2, all2}, "pr", addWeighted);
  AffineMap parts3 = partMap(outer + 3, {0, 1}, 2),
            maxima3 = partMap(outer + 3, {1}, 2);
  state.accumulator =
      generic({parts.accumulator, parts.maximum, state.maximum},
              change(before.accumulator, worth, map(outer + 2, {1}), scaleBy),
              {parts3, maxima3, map(outer + 3, {1}), map(outer + 3, {0, 1})},
              "ppr", addWeighted);
  return state;
}
