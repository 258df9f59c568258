//===- TileAttention.cpp - Attention as products and an online softmax -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One task makes a block of queries of one head. Queries are the lanes of all
// vectors: keys and values are read one element at a time where they lie, in
// any layout, and broadcast, and the softmax needs no operation across lanes.
// Over tiles of keys it keeps the maximum m and the sum l of each query and the
// result O^T so far (Milakov and Gimelshein, 2018):
//
//   S^T = K Q^T           m' = max(m, max_n S^T)     P^T = exp2(S^T - m')
//   a = exp2(m - m')      l' = a l + Σ_n P^T         O^T' = a O^T + V^T P^T
//
// Scores are in units of log 2: the scale and log2(e) are multiplied into the
// queries. docs/Attention.md says why.
//
//===----------------------------------------------------------------------===//

#include "Tiling.h"

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

/// The larger of two scores. A score that is no number need not win here: its
/// weight is no number either, nor then is the sum; and this is one
/// instruction.
static Value getLarger(OpBuilder &b, Location loc, Value left, Value right) {
  Value larger =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, left, right);
  return arith::SelectOp::create(b, loc, larger, left, right);
}

namespace {

/// Emits the body of one task.
class AttentionTask {
public:
  AttentionTask(RewriterBase &b, AttentionOp op)
      : b(b), op(op), loc(op.getLoc()), plan(op.getPlanAttr()),
        element(cast<RankedTensorType>(op.getQueries().getType())
                    .getElementType()) {
    bindDims(b.getContext(), d0, d1, d2);
  }

  /// The result [rows, components] of queries [first, first + rows) for the
  /// outer indices.
  Value emit(ValueRange outer, Value first, Value rows, Value destination);

  /// A slice with the outer dimensions at `outer` and dimension `dim` of the
  /// space reduced to [offset, offset + size): the matrix of tokens by
  /// components, or the transpose of it, which `transposed` tells.
  Value sliceMatrix(Value tensor, AffineMap map, ValueRange outer, unsigned dim,
                    Value offset, Value size, bool &transposed);

  /// Extent of dimension `dim` of the space.
  Value getExtent(unsigned dim);

private:
  Value number(double value) { return createFloat(b, loc, element, value); }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value scratch(ArrayRef<int64_t> shape) {
    return tensor::EmptyOp::create(b, loc, shape, element);
  }
  Value fill(double value, Value tensor) {
    return linalg::FillOp::create(b, loc, number(value), tensor).getResult(0);
  }
  AffineMap map(unsigned dims, ArrayRef<AffineExpr> results) {
    return AffineMap::get(dims, 0, results, b.getContext());
  }
  /// (i, j) -> (i, j), or (j, i).
  AffineMap matrixMap(unsigned dims, AffineExpr i, AffineExpr j,
                      bool transposed) {
    return transposed ? map(dims, {j, i}) : map(dims, {i, j});
  }

  using Body = llvm::function_ref<SmallVector<Value>(OpBuilder &, ValueRange)>;
  linalg::GenericOp generic(ValueRange inputs, ValueRange inits,
                            ArrayRef<AffineMap> maps, StringRef iterators,
                            Body body);
  Value product(Value left, bool transposed, Value right, Value init);
  /// Rows [0, size) of a matrix with `plan.queries` columns.
  Value takeRows(Value matrix, Value size);

  Value transposeQueries(ValueRange outer, Value first, Value rows);
  Value getKeyBound(ValueRange outer, Value first, Value rows);
  Value mask(Value scores, ValueRange outer, Value firstQuery, Value firstKey,
             Value queries);

  RewriterBase &b;
  AttentionOp op;
  Location loc;
  AttentionPlanAttr plan;
  Type element;
  AffineExpr d0, d1, d2;
};

linalg::GenericOp AttentionTask::generic(ValueRange inputs, ValueRange inits,
                                         ArrayRef<AffineMap> maps,
                                         StringRef iterators, Body body) {
  SmallVector<IteratorType> types;
  for (char c : iterators)
    types.push_back(c == 'p' ? IteratorType::parallel
                             : IteratorType::reduction);
  return linalg::GenericOp::create(
      b, loc, TypeRange(inits), inputs, inits, maps, types,
      [&](OpBuilder &inner, Location loc, ValueRange args) {
        linalg::YieldOp::create(inner, loc, body(inner, args));
      });
}

Value AttentionTask::product(Value left, bool transposed, Value right,
                             Value init) {
  // (row, reduced, query)
  auto result = generic(
      {left, right}, init,
      {matrixMap(3, d0, d1, transposed), map(3, {d1, d2}), map(3, {d0, d2})},
      "prp", [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
        Value term = arith::MulFOp::create(b, loc, args[0], args[1]);
        return {arith::AddFOp::create(b, loc, args[2], term)};
      });
  result->setAttr(kLoweringAttrName,
                  ProductAttr::get(b.getContext(), plan.getKeys(),
                                   plan.getQueries(), plan.getTileRows(),
                                   plan.getQueries()));
  return result.getResult(0);
}

Value AttentionTask::takeRows(Value matrix, Value size) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(
      b, loc, matrix, ArrayRef<OpFoldResult>{zero, zero},
      ArrayRef<OpFoldResult>{size, b.getIndexAttr(plan.getQueries())},
      ArrayRef<OpFoldResult>{one, one});
}

Value AttentionTask::getExtent(unsigned dim) {
  for (auto [tensor, map] :
       {std::pair<Value, AffineMap>{op.getQueries(), op.getQueriesMap()},
        {op.getKeys(), op.getKeysMap()},
        {op.getValues(), op.getValuesMap()}})
    if (auto position =
            map.getResultPosition(getAffineDimExpr(dim, b.getContext())))
      return getValueOrCreateConstantIndexOp(
          b, loc, tensor::getMixedSize(b, loc, tensor, *position));
  llvm_unreachable("each dimension belongs to queries, keys or values");
}

Value AttentionTask::sliceMatrix(Value tensor, AffineMap map, ValueRange outer,
                                 unsigned dim, Value offset, Value size,
                                 bool &transposed) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> offsets, sizes,
      strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<int64_t> kept;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    unsigned position = map.getDimPosition(i);
    if (position < outer.size()) {
      offsets.push_back(outer[position]);
      sizes.push_back(b.getIndexAttr(1));
      continue;
    }
    if (kept.empty())
      transposed = position != dim;
    if (position == dim) {
      offsets.push_back(offset);
      sizes.push_back(size);
      kept.push_back(ShapedType::kDynamic);
    } else {
      offsets.push_back(b.getIndexAttr(0));
      sizes.push_back(tensor::getMixedSize(b, loc, tensor, i));
      kept.push_back(type.getDimSize(i));
    }
  }
  return tensor::ExtractSliceOp::create(b, loc, type.clone(kept), tensor,
                                        offsets, sizes, strides);
}

/// [components, queries], with zeros in lanes beyond the last query.
Value AttentionTask::transposeQueries(ValueRange outer, Value first,
                                      Value rows) {
  bool transposed;
  Value queries = sliceMatrix(op.getQueries(), op.getQueriesMap(), outer,
                              op.getQueryDim(), first, rows, transposed);
  int64_t components =
      cast<RankedTensorType>(queries.getType()).getDimSize(transposed ? 0 : 1);
  Value all = fill(0.0, scratch({components, plan.getQueries()}));
  SmallVector<OpFoldResult> zeros(2, b.getIndexAttr(0)),
      ones(2, b.getIndexAttr(1)), sizes = {b.getIndexAttr(components), rows};
  Value some = tensor::ExtractSliceOp::create(b, loc, all, zeros, sizes, ones);
  double scale = op.getEffectiveScale() * M_LOG2E;
  Value scaled =
      generic(queries, some,
              {matrixMap(2, d1, d0, transposed), map(2, {d0, d1})}, "pp",
              [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                return {arith::MulFOp::create(
                    b, loc, args[0], createFloat(b, loc, element, scale))};
              })
          .getResult(0);
  return tensor::InsertSliceOp::create(b, loc, scaled, all, zeros, sizes, ones);
}

/// Keys from here on are hidden from all queries of the task.
Value AttentionTask::getKeyBound(ValueRange outer, Value first, Value rows) {
  Value bound = getExtent(op.getKeyDim());
  if (!op.getMask())
    return bound;
  Value keys = bound;
  if (op.getLengths()) {
    Value length = tensor::ExtractOp::create(b, loc, op.getLengths(), outer[0]);
    length = arith::IndexCastOp::create(b, loc, b.getIndexType(), length);
    bound = arith::MaxSIOp::create(
        b, loc, index(0), arith::MinSIOp::create(b, loc, bound, length));
  }
  if (op.getMask()->getCausal()) {
    // The last query sees keys up to last + keys - queries.
    Value end = arith::AddIOp::create(b, loc, first, rows);
    Value past =
        arith::SubIOp::create(b, loc, keys, getExtent(op.getQueryDim()));
    end = arith::AddIOp::create(b, loc, end, past);
    bound = arith::MaxSIOp::create(b, loc, index(0),
                                   arith::MinSIOp::create(b, loc, bound, end));
  }
  return bound;
}

/// Scores [keys, queries] with -inf where a query of the tile does not see a
/// key of it.
Value AttentionTask::mask(Value scores, ValueRange outer, Value firstQuery,
                          Value firstKey, Value queries) {
  Value hidden = number(-std::numeric_limits<double>::infinity());
  if (op.getMask() && op.getMask()->getCausal()) {
    Value past = arith::SubIOp::create(b, loc, getExtent(op.getKeyDim()),
                                       getExtent(op.getQueryDim()));
    Value shift = arith::SubIOp::create(
        b, loc, arith::AddIOp::create(b, loc, firstQuery, past), firstKey);
    scores = generic({}, scores, {map(2, {d0, d1})}, "pp",
                     [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                       Value key = linalg::IndexOp::create(b, loc, 0);
                       Value query = linalg::IndexOp::create(b, loc, 1);
                       Value last = arith::AddIOp::create(b, loc, query, shift);
                       Value seen = arith::CmpIOp::create(
                           b, loc, arith::CmpIPredicate::sle, key, last);
                       return {arith::SelectOp::create(b, loc, seen, args[0],
                                                       hidden)};
                     })
                 .getResult(0);
  }
  if (Value selection = op.getSelection()) {
    AffineMap selectionMap = op.getSelectionMap();
    Value lastQuery = arith::SubIOp::create(b, loc, queries, index(1));
    scores =
        generic({}, scores, {map(2, {d0, d1})}, "pp",
                [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                  Value key = arith::AddIOp::create(
                      b, loc, linalg::IndexOp::create(b, loc, 0), firstKey);
                  // Lanes beyond the last query read what it reads.
                  Value query = arith::AddIOp::create(
                      b, loc, linalg::IndexOp::create(b, loc, 1), firstQuery);
                  query = arith::MinSIOp::create(b, loc, query, lastQuery);
                  SmallVector<Value> indices;
                  for (unsigned i = 0; i < selectionMap.getNumResults(); ++i) {
                    unsigned dim = selectionMap.getDimPosition(i);
                    indices.push_back(dim == op.getKeyDim()     ? key
                                      : dim == op.getQueryDim() ? query
                                                                : outer[dim]);
                  }
                  Value seen =
                      tensor::ExtractOp::create(b, loc, selection, indices);
                  return {
                      arith::SelectOp::create(b, loc, seen, args[0], hidden)};
                })
            .getResult(0);
  }
  return scores;
}

Value AttentionTask::emit(ValueRange outer, Value first, Value rows,
                          Value destination) {
  double infinity = std::numeric_limits<double>::infinity();
  int64_t lanes = plan.getQueries(), keysAtOnce = plan.getKeys();
  int64_t components =
      cast<RankedTensorType>(destination.getType()).getDimSize(1);
  Value queries = transposeQueries(outer, first, rows);
  Value bound = getKeyBound(outer, first, rows);
  Value allQueries = getExtent(op.getQueryDim());
  SmallVector<Value> state = {fill(-infinity, scratch(lanes)),
                              fill(0.0, scratch(lanes)),
                              fill(0.0, scratch({components, lanes}))};
  AffineMap lane = map(1, d0);

  auto loop =
      scf::ForOp::create(b, loc, index(0), bound, index(keysAtOnce), state);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value firstKey = loop.getInductionVar();
    Value count = arith::MinSIOp::create(
        b, loc, arith::SubIOp::create(b, loc, bound, firstKey),
        index(keysAtOnce));
    Value maximum = loop.getRegionIterArg(0), sum = loop.getRegionIterArg(1),
          result = loop.getRegionIterArg(2);

    bool keysTransposed, valuesTransposed;
    Value keys = sliceMatrix(op.getKeys(), op.getKeysMap(), outer,
                             op.getKeyDim(), firstKey, count, keysTransposed);
    Value values =
        sliceMatrix(op.getValues(), op.getValuesMap(), outer, op.getKeyDim(),
                    firstKey, count, valuesTransposed);
    Value scores =
        product(keys, keysTransposed, queries,
                fill(0.0, takeRows(scratch({keysAtOnce, lanes}), count)));
    scores = mask(scores, outer, first, firstKey, allQueries);

    // The tile's maximum; then the running one, and what the past is worth
    // beside it.
    Value tileMaximum =
        generic(scores, fill(-infinity, scratch(lanes)),
                {map(2, {d0, d1}), map(2, d1)}, "rp",
                [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                  return {getLarger(b, loc, args[0], args[1])};
                })
            .getResult(0);
    auto running = generic(
        tileMaximum, ValueRange{maximum, scratch(lanes)}, {lane, lane, lane},
        "p", [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
          Value next = getLarger(b, loc, args[0], args[1]);
          // Before the first visible key both are -inf, whose difference is no
          // number.
          Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                             next, number(-infinity));
          Value base = arith::SelectOp::create(b, loc, none, number(0.0), next);
          Value worth = math::Exp2Op::create(
              b, loc, arith::SubFOp::create(b, loc, args[1], base));
          return {next, worth};
        });
    maximum = running.getResult(0);
    Value worth = running.getResult(1);

    sum = generic(worth, sum, {lane, lane}, "p",
                  [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                    return {arith::MulFOp::create(b, loc, args[1], args[0])};
                  })
              .getResult(0);
    auto weights = generic(
        maximum, ValueRange{scores, sum},
        {map(2, d1), map(2, {d0, d1}), map(2, d1)}, "rp",
        [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
          Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                             args[0], number(-infinity));
          Value base =
              arith::SelectOp::create(b, loc, none, number(0.0), args[0]);
          Value weight = math::Exp2Op::create(
              b, loc, arith::SubFOp::create(b, loc, args[1], base));
          return {weight, arith::AddFOp::create(b, loc, args[2], weight)};
        });
    result = generic(worth, result, {map(2, d1), map(2, {d0, d1})}, "pp",
                     [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                       return {arith::MulFOp::create(b, loc, args[1], args[0])};
                     })
                 .getResult(0);
    // (component, key): values as they lie are keys by components.
    result = product(values, !valuesTransposed, weights.getResult(0), result);
    scf::YieldOp::create(b, loc,
                         ValueRange{maximum, weights.getResult(1), result});
  }

  // O / l, and zeros for a query that saw no key.
  Value share =
      generic({}, loop.getResult(1), {lane}, "p",
              [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                Value none = arith::CmpFOp::create(
                    b, loc, arith::CmpFPredicate::OEQ, args[0], number(0.0));
                Value inverse =
                    arith::DivFOp::create(b, loc, number(1.0), args[0]);
                return {arith::SelectOp::create(b, loc, none, number(0.0),
                                                inverse)};
              })
          .getResult(0);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  Value valid = tensor::ExtractSliceOp::create(
      b, loc, loop.getResult(2), ArrayRef<OpFoldResult>{zero, zero},
      ArrayRef<OpFoldResult>{b.getIndexAttr(components), rows},
      ArrayRef<OpFoldResult>{one, one});
  Value validShare = tensor::ExtractSliceOp::create(
      b, loc, share, ArrayRef<OpFoldResult>{zero}, ArrayRef<OpFoldResult>{rows},
      ArrayRef<OpFoldResult>{one});
  return generic({valid, validShare}, destination,
                 {map(2, {d1, d0}), map(2, d0), map(2, {d0, d1})}, "pp",
                 [&](OpBuilder &b, ValueRange args) -> SmallVector<Value> {
                   // Selected, not multiplied: 0 times an infinite value is no
                   // number.
                   Value none = arith::CmpFOp::create(
                       b, loc, arith::CmpFPredicate::OEQ, args[1], number(0.0));
                   Value result =
                       arith::MulFOp::create(b, loc, args[0], args[1]);
                   return {arith::SelectOp::create(b, loc, none, number(0.0),
                                                   result)};
                 })
      .getResult(0);
}

} // namespace

LogicalResult treadle::tileAttention(RewriterBase &rewriter, AttentionOp op) {
  Location loc = op.getLoc();
  AttentionPlanAttr plan = op.getPlanAttr();
  if (!plan)
    return op.emitError("expects a plan; treadle-decide makes one");
  auto type = cast<RankedTensorType>(op.getResult().getType());
  AffineMap resultMap = op.getResultMap();
  unsigned tokens = *resultMap.getResultPosition(
      getAffineDimExpr(op.getQueryDim(), op.getContext()));
  unsigned components = *resultMap.getResultPosition(
      getAffineDimExpr(op.getValueDim(), op.getContext()));
  unsigned keyComponents = *op.getQueriesMap().getResultPosition(
      getAffineDimExpr(op.getComponentDim(), op.getContext()));
  if (type.isDynamicDim(components) || components < tokens ||
      cast<RankedTensorType>(op.getQueries().getType())
          .isDynamicDim(keyComponents))
    return op.emitError(
        "is not supported by the compiler: components of static number, "
        "which in the result follow the tokens, are");

  rewriter.setInsertionPoint(op);
  AttentionTask task(rewriter, op);
  SmallVector<Value> extents;
  for (unsigned dim = 0; dim <= op.getQueryDim(); ++dim)
    extents.push_back(task.getExtent(dim));
  Value queries = extents.back();
  Value limit =
      arith::ConstantIndexOp::create(rewriter, loc, plan.getQueries());
  extents.back() = arith::CeilDivUIOp::create(rewriter, loc, queries, limit);

  ReifiedRankedShapedTypeDims shapes;
  if (failed(op.reifyResultShapes(rewriter, shapes)))
    return failure();
  Value empty = createEmpty(rewriter, loc, shapes[0], type.getElementType());
  if (llvm::is_contained(type.getShape(), 0)) {
    rewriter.replaceOp(op, empty);
    return success();
  }
  auto loop = scf::ForallOp::create(
      rewriter, loc, getAsOpFoldResult(extents), empty,
      TeamAttr::getMapping(rewriter.getContext(), extents.size()));
  rewriter.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> indices(loop.getInductionVars());
  Value block = indices.pop_back_val();
  Value first = arith::MulIOp::create(rewriter, loc, block, limit);
  Value rows = arith::MinSIOp::create(
      rewriter, loc, arith::SubIOp::create(rewriter, loc, queries, first),
      limit);
  Value output = loop.getRegionIterArgs()[0];
  bool transposed;
  Value destination = task.sliceMatrix(
      output, resultMap, indices, op.getQueryDim(), first, rows, transposed);
  Value result = task.emit(indices, first, rows, destination);

  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0)),
      sizes(type.getRank(), rewriter.getIndexAttr(1)),
      ones(type.getRank(), rewriter.getIndexAttr(1));
  for (unsigned i = 0; i < resultMap.getNumResults(); ++i)
    if (unsigned dim = resultMap.getDimPosition(i); dim < indices.size())
      offsets[i] = indices[dim];
  offsets[tokens] = first;
  sizes[tokens] = rows;
  sizes[components] = rewriter.getIndexAttr(type.getDimSize(components));
  rewriter.setInsertionPointToEnd(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(rewriter, loc, result, output, offsets,
                                        sizes, ones);
  rewriter.replaceOp(op, loop.getResults());
  return success();
}
