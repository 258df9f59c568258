//===- MultiHeadAttentionOps.cpp - Attention with its projections -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

using namespace mlir;
using namespace treadle;

void MultiHeadAttentionOp::build(OpBuilder &builder, OperationState &state,
                                 Value queries, Value keys, Value values,
                                 int64_t heads, ValueRange projections,
                                 ValueRange biases) {
  auto type = cast<RankedTensorType>(queries.getType());
  state.addOperands({queries, keys, values});
  state.addOperands(projections);
  state.addOperands(biases);
  auto &properties = state.getOrAddProperties<Properties>();
  properties.setHeads(builder.getI64IntegerAttr(heads));
  properties.setOperandSegmentSizes({1, 1, 1, 1, 1, 1, 1,
                                     static_cast<int32_t>(biases.size()), 0, 0,
                                     0, 0, 0, 0, 0, 0, 0});
  state.addTypes(type.clone(
      {type.getDimSize(0), type.getDimSize(1), getExtent(projections[3], 0)}));
}

LogicalResult
MultiHeadAttentionOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  auto queries = cast<RankedTensorType>(adaptor.getQueries().getType());
  if (queries.getRank() != 3)
    return failure();
  types.push_back(queries.clone({queries.getDimSize(0), queries.getDimSize(1),
                                 getExtent(adaptor.getOutputWeight(), 0)}));
  for (Value cache : {adaptor.getCacheKeys(), adaptor.getCacheValues()})
    if (cache)
      types.push_back(cache.getType());
  return success();
}

bool MultiHeadAttentionOp::isCompatibleReturnTypes(TypeRange inferred,
                                                   TypeRange given) {
  return areCompatibleTypes(inferred, given);
}

int64_t MultiHeadAttentionOp::getKeyWidth() {
  return getExtent(getQueryWeight(), 0) / static_cast<int64_t>(getHeads());
}

int64_t MultiHeadAttentionOp::getValueWidth() {
  return getExtent(getValueWeight(), 0) / getNumKeyHeads();
}

/// Whether the tensor, where it is given, has one element for each of the
/// batch.
static LogicalResult checkBatch(MultiHeadAttentionOp op, Value tensor,
                                StringRef what) {
  if (!tensor)
    return success();
  return checkExtents(op, getExtent(tensor, 0), getExtent(op.getQueries(), 0),
                      "the number of " + what);
}

LogicalResult MultiHeadAttentionOp::verify() {
  int64_t heads = getHeads();
  Value wq = getQueryWeight(), wk = getKeyWeight(), wv = getValueWeight(),
        wo = getOutputWeight();
  // (C1) the rows of the projections of queries, keys and values are a static
  // multiple of the heads of each, not zero
  for (auto [weight, count] : {std::pair<Value, int64_t>{wq, heads},
                               {wk, getNumKeyHeads()},
                               {wv, getNumKeyHeads()}}) {
    int64_t rows = getExtent(weight, 0);
    if (rows <= 0 || rows % count != 0)
      return emitOpError()
             << "expects the rows of a projection to be a multiple of the "
                "number of heads, "
             << count << ", found " << weight.getType();
  }
  // (C2) heads of queries and keys are of one width
  if (failed(checkExtents(*this, getExtent(wk, 0),
                          getKeyWidth() * getNumKeyHeads(),
                          "the rows of the keys' projection")))
    return failure();
  // (C3) a projection takes the width of what it projects
  for (auto [input, weight, what] :
       {std::tuple<Value, Value, StringRef>{getQueries(), wq, "queries"},
        {getKeys(), wk, "keys"},
        {getValues(), wv, "values"}})
    if (failed(checkExtents(*this, getExtent(weight, 1), getExtent(input, 2),
                            "the columns of the projection of " + what)))
      return failure();
  // (C4) the output's projection takes the heads' values to the result's width
  if (failed(checkExtents(*this, getExtent(wo, 1), getValueWidth() * heads,
                          "the columns of the output's projection")) ||
      failed(checkResultExtent(*this, getExtent(getResult(), 2),
                               getExtent(wo, 0), "the result's width")))
    return failure();
  // (C5) there are no biases or four, as long as their projections have rows
  if (!getBiases().empty()) {
    if (getBiases().size() != 4)
      return emitOpError() << "expects no biases or four, found "
                           << getBiases().size();
    Value weights[] = {wq, wk, wv, wo};
    for (auto [bias, weight] : llvm::zip_equal(getBiases(), weights))
      if (failed(checkExtents(*this, getExtent(bias, 0), getExtent(weight, 0),
                              "the length of a bias")))
        return failure();
  }
  // (C6) keys and values are of the same tokens, and all inputs of one batch
  if (failed(checkExtents(*this, getExtent(getValues(), 1),
                          getExtent(getKeys(), 1), "the number of values")))
    return failure();
  for (Value tensor : {getKeys(), getValues()})
    if (failed(checkExtents(*this, getExtent(tensor, 0),
                            getExtent(getQueries(), 0),
                            "the size of the batch")))
      return failure();
  // (C7) the result has a vector for each query
  for (int64_t dim : {0, 1})
    if (failed(checkResultExtent(*this, getExtent(getResult(), dim),
                                 getExtent(getQueries(), dim),
                                 "dimension " + Twine(dim) + " of the result")))
      return failure();
  // (C8) lengths and prefixes are given exactly when the mask asks for them,
  // one a batch's row
  MaskAttr mask = getMaskAttr();
  if (static_cast<bool>(getLengths()) != (mask && mask.wantsLengths()))
    return emitOpError("expects lengths exactly when its mask has "
                       "keys_within_lengths or is aligned at them");
  if (static_cast<bool>(getPrefixes()) != (mask && mask.getPrefix()))
    return emitOpError("expects prefixes exactly when its mask has prefix");
  if (failed(checkBatch(*this, getLengths(), "lengths")) ||
      failed(checkBatch(*this, getPrefixes(), "prefixes")))
    return failure();
  // (C9) the scale is finite
  if (failed(checkFinite(*this, getScale(), "scale")))
    return failure();
  // (C10) the tensors have one element type, or the caches have a narrower one
  SmallVector<Value> tensors = {getQueries(), getKeys(), getValues(), wq, wk,
                                wv,           wo,        getResult()};
  llvm::append_range(tensors, getBiases());
  for (Value tensor :
       {getQueryGain(), getKeyGain(), getRelativeTable(), getSinks()})
    if (tensor)
      tensors.push_back(tensor);
  if (failed(checkElementTypes(*this, tensors)) ||
      (getCacheKeys() &&
       failed(checkStoredTypes(*this, getQueries(), getCacheKeys(),
                               getCacheValues()))))
    return failure();
  // (C11) the heads are a multiple of the key heads
  if (heads % getNumKeyHeads() != 0)
    return emitOpError() << "expects its " << heads
                         << " heads to be a multiple of its "
                         << getNumKeyHeads() << " key heads";
  if (failed(verifyNorms()) || failed(verifyPositions()))
    return failure();
  // (C15) the cap is finite and positive
  if (getSoftCap() && !(getSoftCap()->isFinite() &&
                        !getSoftCap()->isNegative() && !getSoftCap()->isZero()))
    return emitOpError("expects a cap that is finite and positive");
  // (C16) there is a sink for each head
  if (getSinks() && failed(checkExtents(*this, getExtent(getSinks(), 0), heads,
                                        "the number of sinks")))
    return failure();
  return verifyState();
}

LogicalResult MultiHeadAttentionOp::verifyNorms() {
  // (multi_head_attention C12) a gain is as long as a head's queries and keys,
  // and there is an epsilon, finite and not negative, exactly when there is a
  // gain
  for (Value gain : {getQueryGain(), getKeyGain()})
    if (gain && failed(checkExtents(*this, getExtent(gain, 0), getKeyWidth(),
                                    "the length of a gain")))
      return failure();
  auto epsilon = getNormEpsilon();
  if (epsilon.has_value() != (getQueryGain() || getKeyGain()))
    return emitOpError("expects a norm_epsilon exactly when it has a gain");
  if (epsilon &&
      (!epsilon->isFinite() || (epsilon->isNegative() && !epsilon->isZero())))
    return emitOpError("expects a norm_epsilon that is finite and not "
                       "negative");
  return success();
}

LogicalResult MultiHeadAttentionOp::verifyPositions() {
  Attribute positions = getPositionsAttr();
  // (multi_head_attention C13) a rotary encoding is no wider than a head's keys
  auto rotary = dyn_cast_if_present<RotaryAttr>(positions);
  if (rotary && rotary.getWidth() > getKeyWidth())
    return emitOpError() << "expects a rotary encoding of at most "
                         << getKeyWidth() << " components, found "
                         << rotary.getWidth();
  // (multi_head_attention C14) there is a table exactly when positions are
  // relative, with a row for each bucket and a column for each head
  auto relative = dyn_cast_if_present<RelativeAttr>(positions);
  Value table = getRelativeTable();
  if (static_cast<bool>(relative) != static_cast<bool>(table))
    return emitOpError("expects a relative_table exactly when its positions "
                       "are relative");
  if (table &&
      (failed(checkExtents(*this, getExtent(table, 0), relative.getBuckets(),
                           "the table's rows")) ||
       failed(checkExtents(*this, getExtent(table, 1), getHeads(),
                           "the table's columns"))))
    return failure();
  return success();
}

LogicalResult MultiHeadAttentionOp::verifyState() {
  MaskAttr mask = getMaskAttr();
  bool wanted = mask && mask.wantsOffsets();
  // (multi_head_attention C17) offsets are given when the mask or a cache asks
  // for them, and not when nothing uses them, one a batch's row
  if (!getOffsets() && (wanted || getCacheKeys()))
    return emitOpError("expects offsets, which its ")
           << (wanted ? "mask" : "cache") << " asks for";
  if (getOffsets() && !wanted && !getCacheKeys() && !getPositionsAttr())
    return emitOpError("expects no offsets, which nothing uses");
  if (failed(checkBatch(*this, getOffsets(), "offsets")))
    return failure();
  // (multi_head_attention C18) there are caches of keys and of values or
  // neither, [batch, capacity, key heads, components], of one capacity
  Value keys = getCacheKeys(), values = getCacheValues();
  if (static_cast<bool>(keys) != static_cast<bool>(values))
    return emitOpError("expects caches of keys and of values, or neither");
  if (!keys)
    return getCaches().empty()
               ? success()
               : LogicalResult(emitOpError("expects no caches to result where "
                                           "none are given"));
  for (auto [cache, width, what] :
       {std::tuple<Value, int64_t, StringRef>{keys, getKeyWidth(), "keys"},
        {values, getValueWidth(), "values"}})
    if (failed(checkBatch(*this, cache, "cached sequences")) ||
        failed(checkExtents(*this, getExtent(cache, 1), getExtent(keys, 1),
                            "the capacity of the cache of " + what)) ||
        failed(checkExtents(*this, getExtent(cache, 2), getNumKeyHeads(),
                            "the heads of the cache of " + what)) ||
        failed(checkExtents(*this, getExtent(cache, 3), width,
                            "the components of the cache of " + what)))
      return failure();
  // (multi_head_attention C19) with a cache the mask is causal and aligned at
  // the offsets, or keeps keys within lengths: other places hold nothing yet
  if (!mask || !((mask.getCausal() && wanted) || mask.getKeysWithinLengths()))
    return emitOpError("expects a mask that hides what a cache does not hold "
                       "yet: causal, align = offsets, or keys_within_lengths");
  // (multi_head_attention C20) the results after the first are of the types of
  // the caches
  if (getCaches().getTypes() != TypeRange{keys.getType(), values.getType()})
    return emitOpError() << "expects results of the types of its caches, "
                         << keys.getType() << " and " << values.getType();
  return success();
}
