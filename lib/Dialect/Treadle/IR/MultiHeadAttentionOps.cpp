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

LogicalResult MultiHeadAttentionOp::verify() {
  int64_t heads = getHeads();
  Value wq = getQueryWeight(), wk = getKeyWeight(), wv = getValueWeight(),
        wo = getOutputWeight();
  // (C1) the rows of the projections of queries, keys and values are a static
  // multiple of the heads, not zero
  for (Value weight : {wq, wk, wv}) {
    int64_t rows = getExtent(weight, 0);
    if (rows <= 0 || rows % heads != 0)
      return emitOpError()
             << "expects the rows of a projection to be a multiple of the "
                "number of heads, "
             << heads << ", found " << weight.getType();
  }
  // (C2) queries and keys are projected to one width
  if (failed(checkExtents(*this, getExtent(wk, 0), getExtent(wq, 0),
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
  if (failed(checkExtents(*this, getExtent(wo, 1), getExtent(wv, 0),
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
  // (C8) lengths are given exactly when the mask asks for them, one a batch's
  // row
  if (failed(checkLengthsWithMask(*this, getMask(), getLengths())))
    return failure();
  if (getLengths() &&
      failed(checkExtents(*this, getExtent(getLengths(), 0),
                          getExtent(getQueries(), 0), "the number of lengths")))
    return failure();
  // (C9) the scale is finite
  if (failed(checkFinite(*this, getScale(), "scale")))
    return failure();
  // (C10) the tensors have one element type
  SmallVector<Value> tensors = {getQueries(), getKeys(), getValues(), wq, wk,
                                wv,           wo,        getResult()};
  llvm::append_range(tensors, getBiases());
  return checkElementTypes(*this, tensors);
}
