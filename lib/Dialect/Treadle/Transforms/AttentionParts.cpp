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

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

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

AffineMap treadle::rename(AffineMap map, unsigned loops,
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
