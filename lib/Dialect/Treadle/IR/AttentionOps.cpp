//===- AttentionOps.cpp - Attention -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineMap.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// What attention and its online form share
//===----------------------------------------------------------------------===//

/// The tensors that have maps, with them.
using MappedTensors = SmallVector<std::pair<Value, AffineMap>>;

/// Queries, keys, values, and those of the optional tensors that are given.
static MappedTensors getScoringTensors(AttentionOpInterface op) {
  MappedTensors tensors = {{op.getQueries(), op.getQueriesMap()},
                           {op.getKeys(), op.getKeysMap()},
                           {op.getValues(), op.getValuesMap()}};
  for (auto tensor :
       MappedTensors{{op.getScoreWeights(), op.getScoreWeightsMap()},
                     {op.getSelection(), op.getSelectionMap()},
                     {op.getBias(), op.getBiasMap()}})
    if (tensor.first)
      tensors.push_back(tensor);
  return tensors;
}

int64_t treadle::getStaticExtent(Operation *attention, unsigned dim) {
  for (auto [tensor, map] :
       getScoringTensors(cast<AttentionOpInterface>(attention)))
    if (auto position =
            map.getResultPosition(getAffineDimExpr(dim, map.getContext())))
      if (int64_t extent = getExtent(tensor, *position);
          !ShapedType::isDynamic(extent))
        return extent;
  return ShapedType::kDynamic;
}

double treadle::getEffectiveScale(Operation *attention) {
  auto op = cast<AttentionOpInterface>(attention);
  if (op.getScore() != Score::ScaledDot)
    return 1.0;
  if (FloatAttr scale = op.getScaleAttr())
    return scale.getValueAsDouble();
  return 1.0 / std::sqrt(static_cast<double>(
                   op.getStaticExtent(op.getComponentDim())));
}

/// Fails unless the map mentions the dimensions `in` and not `out`.
static LogicalResult checkDims(AttentionOpInterface op, AffineMap map,
                               StringRef what,
                               std::initializer_list<unsigned> in,
                               std::initializer_list<unsigned> out) {
  auto has = [&](unsigned dim) { return map.isFunctionOfDim(dim); };
  if (llvm::all_of(in, has) && llvm::none_of(out, has))
    return success();
  return op->emitOpError() << "expects the map of " << what
                           << " to have the dimensions of " << what
                           << " and no other of the last four, found "
                           << AffineMapAttr::get(map);
}

/// Checks what both operations ask of maps: `results` are the tensors whose
/// maps are not among the scoring ones, with the number of all in `count`.
static LogicalResult verifyMaps(AttentionOpInterface op, unsigned count) {
  SmallVector<AffineMap> maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  // (attention C1) one map for each of queries, keys, values and result, and
  // for each given of score weights, selection, bias, sinks and log-sum-exp
  if (maps.size() != count)
    return op->emitOpError()
           << "expects " << count << " indexing maps, found " << maps.size();
  // (attention C2) maps are projected permutations of one space of at least
  // four dimensions
  for (AffineMap map : maps)
    if (map.getNumDims() < 4 || map.getNumDims() != maps[0].getNumDims() ||
        map.getNumSymbols() != 0 || !map.isProjectedPermutation())
      return op->emitOpError()
             << "expects maps that are projected permutations of one "
                "space, found "
             << AffineMapAttr::get(map);
  return success();
}

/// Checks the scoring tensors and `others`, the tensors of the results, and
/// gives the extents of the space.
static LogicalResult verifyTensors(AttentionOpInterface op,
                                   const MappedTensors &others,
                                   SmallVectorImpl<int64_t> &extents) {
  MappedTensors tensors = getScoringTensors(op);
  llvm::append_range(tensors, others);
  // (attention C3) a map has a result for each dimension of its tensor
  for (auto [tensor, map] : tensors)
    if (static_cast<int64_t>(map.getNumResults()) !=
        cast<RankedTensorType>(tensor.getType()).getRank())
      return op->emitOpError()
             << "expects " << AffineMapAttr::get(map)
             << " to have a result for each dimension of " << tensor.getType();
  // (attention C4) each map has its own of the dimensions m, n, d, e
  unsigned m = op.getQueryDim(), n = op.getKeyDim(), d = op.getComponentDim(),
           e = op.getValueDim();
  if (failed(checkDims(op, op.getQueriesMap(), "queries", {m, d}, {n, e})) ||
      failed(checkDims(op, op.getKeysMap(), "keys", {n, d}, {m, e})) ||
      failed(checkDims(op, op.getValuesMap(), "values", {n, e}, {m, d})) ||
      failed(checkDims(op, op.getResultMap(), "result", {m, e}, {n, d})) ||
      (op.getScoreWeights() &&
       failed(checkDims(op, op.getScoreWeightsMap(), "score weights", {d},
                        {m, n, e}))) ||
      (op.getSelection() &&
       failed(checkDims(op, op.getSelectionMap(), "selection", {}, {d, e}))) ||
      (op.getBias() &&
       failed(checkDims(op, op.getBiasMap(), "bias", {}, {d, e}))))
    return failure();
  // (attention C5) queries and results have every outer dimension
  for (unsigned dim = 0; dim < op.getNumOuterDims(); ++dim)
    if (!op.getQueriesMap().isFunctionOfDim(dim) ||
        !op.getResultMap().isFunctionOfDim(dim))
      return op->emitOpError()
             << "expects queries and result to have outer dimension " << dim;
  // (attention C6) the tensors agree on the extent of each dimension
  extents.assign(op.getNumDims(), ShapedType::kDynamic);
  for (auto [tensor, map] : tensors)
    for (unsigned i = 0; i < map.getNumResults(); ++i) {
      int64_t &extent = extents[map.getDimPosition(i)];
      int64_t found = getExtent(tensor, i);
      if (failed(checkExtents(op, found, extent,
                              "dimension " + Twine(i) + " of a tensor")))
        return failure();
      if (!ShapedType::isDynamic(found))
        extent = found;
    }
  return success();
}

/// Checks all that is no tensor with a map.
static LogicalResult verifyScoring(AttentionOpInterface op,
                                   ArrayRef<int64_t> extents) {
  MaskAttr mask = op.getMaskAttr();
  // (attention C8) lengths, offsets and prefixes are given exactly when the
  // mask asks for them
  for (auto [given, wanted, what, who] :
       {std::tuple<Value, bool, StringRef, StringRef>{
            op.getLengths(), mask && mask.wantsLengths(), "lengths",
            "keys_within_lengths or align = lengths"},
        {op.getOffsets(), mask && mask.wantsOffsets(), "offsets",
         "align = offsets"},
        {op.getPrefixes(), mask && mask.getPrefix(), "prefixes", "prefix"}}) {
    if (static_cast<bool>(given) != wanted)
      return op->emitOpError()
             << "expects " << what << " exactly when its mask has " << who;
    if (!given)
      continue;
    // (attention C9) there is a length, an offset and a prefix for each element
    // of the first outer dimension, or one without such a dimension
    auto type = cast<RankedTensorType>(given.getType());
    if (type.getRank() != (op.getNumOuterDims() == 0 ? 0 : 1))
      return op->emitOpError()
             << "expects " << what
             << " of one dimension where there is an outer one, and of none "
                "otherwise, found "
             << type;
    if (type.getRank() == 1 &&
        failed(checkExtents(op, type.getDimSize(0), extents[0],
                            "the number of " + what)))
      return failure();
  }
  // (attention C10) the scale is finite, and given only for a scaled score
  if (FloatAttr scale = op.getScaleAttr()) {
    if (failed(checkFinite(op, scale.getValue(), "scale")))
      return failure();
    if (op.getScore() != Score::ScaledDot)
      return op->emitOpError("expects no scale with an unscaled score");
  }
  // (attention C11) the number of components of a scaled score is static and
  // positive, or the scale is given
  if (op.getScore() == Score::ScaledDot && !op.getScaleAttr() &&
      extents[op.getComponentDim()] <= 0)
    return op->emitOpError(
        "expects a scale where the number of components is zero or dynamic");
  // (attention C13) there are score weights exactly for an additive score
  if (static_cast<bool>(op.getScoreWeights()) !=
      (op.getScore() == Score::Additive))
    return op->emitOpError(
        "expects score weights exactly with an additive score");
  return success();
}

/// Checks the region that changes scores.
static LogicalResult verifyChange(AttentionOpInterface op) {
  Region &change = op.getChange();
  if (change.empty())
    return success();
  Block &block = change.front();
  // (attention C14) a change takes a score in f32 and an index for each of the
  // outer dimensions, the query and the key, and gives a score
  Builder b(op.getContext());
  SmallVector<Type> expected(op.getNumOuterDims() + 3, b.getIndexType());
  expected[0] = b.getF32Type();
  if (block.getArgumentTypes() != TypeRange(expected))
    return op->emitOpError() << "expects its change to take a score in f32 and "
                             << expected.size() - 1 << " indices";
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || yield->getOperandTypes() != TypeRange(b.getF32Type()))
    return op->emitOpError("expects its change to yield a score in f32");
  // (attention C15) a change has no effects
  for (Operation &inner : block.without_terminator())
    if (!isPure(&inner)) {
      InFlightDiagnostic diagnostic =
          op->emitOpError("expects its change to have no effects");
      diagnostic.attachNote(inner.getLoc()) << "this may have one";
      return diagnostic;
    }
  return success();
}

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

AffineMap AttentionOp::getSinksMap() {
  return getSinks() ? getMap(getNumScoringMaps()) : AffineMap();
}

AffineMap AttentionOp::getLogSumExpMap() {
  return getLogSumExp() ? getMap(getNumScoringMaps() + !!getSinks())
                        : AffineMap();
}

void AttentionOp::build(OpBuilder &builder, OperationState &state, Type result,
                        Score score, Value queries, Value keys, Value values,
                        ArrayRef<AffineMap> maps) {
  build(builder, state, result, /*log_sum_exp=*/Type(), score, queries, keys,
        values, /*score_weights=*/Value(), /*lengths=*/Value(),
        /*offsets=*/Value(), /*prefixes=*/Value(), /*selection=*/Value(),
        /*bias=*/Value(), builder.getAffineMapArrayAttr(maps), MaskAttr(),
        /*scale=*/FloatAttr(), /*sinks=*/Value(), AttentionPlanAttr());
}

LogicalResult AttentionOp::verify() {
  auto op = cast<AttentionOpInterface>(getOperation());
  if (failed(verifyMaps(op,
                        getNumScoringMaps() + !!getSinks() + !!getLogSumExp())))
    return failure();
  MappedTensors others = {{getResult(), getResultMap()}};
  unsigned m = getQueryDim(), n = getKeyDim(), d = getComponentDim(),
           e = getValueDim();
  if (getSinks()) {
    if (failed(checkDims(op, getSinksMap(), "sinks", {}, {m, n, d, e})))
      return failure();
    others.push_back({getSinks(), getSinksMap()});
  }
  if (getLogSumExp()) {
    if (failed(checkDims(op, getLogSumExpMap(), "log-sum-exp", {m}, {n, d, e})))
      return failure();
    for (unsigned dim = 0; dim < getNumOuterDims(); ++dim)
      if (!getLogSumExpMap().isFunctionOfDim(dim))
        return emitOpError()
               << "expects log-sum-exp to have outer dimension " << dim;
    others.push_back({getLogSumExp(), getLogSumExpMap()});
  }
  SmallVector<int64_t> extents;
  if (failed(verifyTensors(op, others, extents)))
    return failure();
  // (C7) the result has the components of the values and all else of the
  // queries
  for (auto [tensor, map] : others) {
    if (tensor == getSinks())
      continue;
    for (unsigned i = 0; i < map.getNumResults(); ++i) {
      AffineExpr expr = map.getResult(i);
      bool isComponent = map.getDimPosition(i) == e;
      Value source = isComponent ? getValues() : getQueries();
      int64_t expected =
          getExtent(source, *(isComponent ? getValuesMap() : getQueriesMap())
                                 .getResultPosition(expr));
      if (failed(checkResultExtent(*this, getExtent(tensor, i), expected,
                                   "dimension " + Twine(i) + " of the result")))
        return failure();
    }
  }
  if (failed(verifyScoring(op, extents)))
    return failure();
  // (C12) all tensors of floats but the log-sum-exp have one element type, or
  // keys and values have a narrower one
  SmallVector<Value> floats = {getQueries(), getResult()};
  for (Value tensor : {getScoreWeights(), getBias(), getSinks()})
    if (tensor)
      floats.push_back(tensor);
  return failure(
      failed(checkElementTypes(*this, floats)) ||
      failed(checkStoredTypes(*this, getQueries(), getKeys(), getValues())));
}

LogicalResult AttentionOp::verifyRegions() {
  return verifyChange(cast<AttentionOpInterface>(getOperation()));
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> location,
                                            AttentionOp::Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto queries = dyn_cast<RankedTensorType>(adaptor.getQueries().getType());
  auto values = dyn_cast<RankedTensorType>(adaptor.getValues().getType());
  auto maps = llvm::to_vector(
      adaptor.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  unsigned given = 4 + !!adaptor.getScoreWeights() + !!adaptor.getSelection() +
                   !!adaptor.getBias() + !!adaptor.getSinks();
  if (!queries || !values || maps.size() < given || maps.size() > given + 1)
    return emitOptionalError(location, "expects a map for each tensor");
  // A result is of the queries in all dimensions but that of components.
  auto infer = [&](AffineMap map, Type element) -> Type {
    SmallVector<int64_t> shape;
    for (AffineExpr expr : map.getResults()) {
      auto inQueries = maps[0].getResultPosition(expr);
      auto inValues = maps[2].getResultPosition(expr);
      if (inQueries && *inQueries < queries.getRank())
        shape.push_back(queries.getDimSize(*inQueries));
      else if (inValues && *inValues < values.getRank())
        shape.push_back(values.getDimSize(*inValues));
      else
        return {};
    }
    return RankedTensorType::get(shape, element);
  };
  types.push_back(infer(maps[3], queries.getElementType()));
  if (maps.size() > given)
    types.push_back(infer(maps.back(), Float32Type::get(context)));
  if (llvm::is_contained(types, Type()))
    return emitOptionalError(location,
                             "expects a result of queries and values");
  return success();
}

bool AttentionOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange found) {
  // C3 and C7 say more where they differ.
  return inferred.size() == found.size();
}

/// The extents of a tensor of queries, which `map` is of, with the components
/// of values where it has any.
static SmallVector<OpFoldResult>
reifyShape(OpBuilder &builder, AttentionOpInterface op, AffineMap map) {
  std::pair<Value, AffineMap> sources[] = {
      {op.getQueries(), op.getQueriesMap()},
      {op.getValues(), op.getValuesMap()}};
  SmallVector<OpFoldResult> sizes;
  for (AffineExpr expr : map.getResults()) {
    bool isComponent =
        cast<AffineDimExpr>(expr).getPosition() == op.getValueDim();
    auto [source, sourceMap] = sources[isComponent];
    sizes.push_back(tensor::getMixedSize(builder, op->getLoc(), source,
                                         *sourceMap.getResultPosition(expr)));
  }
  return sizes;
}

LogicalResult
AttentionOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  auto op = cast<AttentionOpInterface>(getOperation());
  shapes.push_back(reifyShape(builder, op, getResultMap()));
  if (getLogSumExp())
    shapes.push_back(reifyShape(builder, op, getLogSumExpMap()));
  return success();
}

//===----------------------------------------------------------------------===//
// OnlineAttentionOp
//===----------------------------------------------------------------------===//

MutableOperandRange OnlineAttentionOp::getDpsInitsMutable() {
  return MutableOperandRange(getOperation(),
                             getAccumulatorMutable().getOperandNumber(), 3);
}

LogicalResult OnlineAttentionOp::verify() {
  auto op = cast<AttentionOpInterface>(getOperation());
  // (C2) there is a map for each tensor: of queries, keys, values and
  // accumulator, those of score weights, selection and bias that are given, of
  // the maximum and the sum
  if (failed(verifyMaps(op, getNumScoringMaps() + 2)))
    return failure();
  unsigned m = getQueryDim(), n = getKeyDim(), d = getComponentDim(),
           e = getValueDim();
  // (C3) maximum and sum have the queries' and every outer dimension
  for (AffineMap map : {getMaximumMap(), getSumMap()}) {
    if (failed(checkDims(op, map, "maximum and sum", {m}, {n, d, e})))
      return failure();
    for (unsigned dim = 0; dim < getNumOuterDims(); ++dim)
      if (!map.isFunctionOfDim(dim))
        return emitOpError()
               << "expects maximum and sum to have outer dimension " << dim;
  }
  // (C4) maps, mask, scale, score weights and change are as attention asks
  SmallVector<int64_t> extents;
  if (failed(verifyTensors(op,
                           {{getAccumulator(), getResultMap()},
                            {getMaximum(), getMaximumMap()},
                            {getSum(), getSumMap()}},
                           extents)) ||
      failed(verifyScoring(op, extents)))
    return failure();
  // (C5) there is no origin, or one for each of the outer dimensions, the query
  // and the key
  if (!getOrigin().empty() && getOrigin().size() != getNumOuterDims() + 2)
    return emitOpError() << "expects no origin or one of "
                         << getNumOuterDims() + 2 << " indices, found "
                         << getOrigin().size();
  // (C6) a tile of a plan has no outer dimensions, the plan's number of
  // queries, and components of static number
  if (getPlan() &&
      (getNumOuterDims() != 0 || extents[m] != getPlan()->getQueries() ||
       ShapedType::isDynamic(extents[d]) || ShapedType::isDynamic(extents[e])))
    return emitOpError() << "expects a tile of " << getPlan()->getQueries()
                         << " queries, without outer dimensions and with "
                            "components of static number";
  return success();
}

LogicalResult OnlineAttentionOp::verifyRegions() {
  return verifyChange(cast<AttentionOpInterface>(getOperation()));
}

LogicalResult
OnlineAttentionOp::reifyResultShapes(OpBuilder &builder,
                                     ReifiedRankedShapedTypeDims &shapes) {
  for (Value init : getDpsInits())
    shapes.push_back(tensor::getMixedSizes(builder, getLoc(), init));
  return success();
}
