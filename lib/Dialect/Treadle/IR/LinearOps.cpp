//===- LinearOps.cpp - Linear maps and activations -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

using namespace mlir;
using namespace treadle;

LogicalResult LinearOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  // (C1) input and result are of equal rank, at least one
  if (input.getRank() == 0 || input.getRank() != result.getRank())
    return emitOpError(
        "expects an input and a result of equal rank, at least one");
  // (C2) the weight has a column for each component of the input
  if (failed(checkExtents(*this, getExtent(getWeight(), 1),
                          getExtent(getInput(), -1), "the weight's columns")))
    return failure();
  // (C3) the result has a component for each row of the weight
  if (failed(checkResultExtent(*this, getExtent(getResult(), -1),
                               getExtent(getWeight(), 0),
                               "the result's width")))
    return failure();
  // (C4) the result has a vector for each of the input
  for (int64_t dim = 0; dim + 1 < input.getRank(); ++dim)
    if (failed(checkResultExtent(*this, getExtent(getResult(), dim),
                                 getExtent(getInput(), dim),
                                 "dimension " + Twine(dim) + " of the result")))
      return failure();
  // (C5) the bias has an element for each row of the weight
  if (getBias() &&
      failed(checkExtents(*this, getExtent(getBias(), 0),
                          getExtent(getWeight(), 0), "the bias's length")))
    return failure();
  // (C6) the tensors have one element type
  SmallVector<Value> tensors = {getWeight(), getInput(), getResult()};
  if (getBias())
    tensors.push_back(getBias());
  return checkElementTypes(*this, tensors);
}

LogicalResult FeedForwardOp::verify() {
  // (C1) vectors have a dimension
  if (failed(checkVectors(*this, getInput())))
    return failure();
  // (C2) the first weight takes the width
  int64_t width = getExtent(getInput(), -1);
  if (failed(checkExtents(*this, getExtent(getWeightIn(), 1), width,
                          "the first weight's columns")))
    return failure();
  // (C3) the second weight takes the inner width back to the width
  if (failed(checkExtents(*this, getExtent(getWeightOut(), 1),
                          getExtent(getWeightIn(), 0),
                          "the second weight's columns")) ||
      failed(checkExtents(*this, getExtent(getWeightOut(), 0), width,
                          "the second weight's rows")))
    return failure();
  // (C4) there are both biases or none, as long as their weights have rows
  if (static_cast<bool>(getBiasIn()) != static_cast<bool>(getBiasOut()))
    return emitOpError("expects both biases or none");
  if (getBiasIn() && (failed(checkExtents(*this, getExtent(getBiasIn(), 0),
                                          getExtent(getWeightIn(), 0),
                                          "the first bias's length")) ||
                      failed(checkExtents(*this, getExtent(getBiasOut(), 0),
                                          width, "the second bias's length"))))
    return failure();
  // (C5) the tensors have one element type
  SmallVector<Value> tensors = {getWeightIn(), getWeightOut(), getInput()};
  if (getBiasIn())
    llvm::append_values(tensors, getBiasIn(), getBiasOut());
  return checkElementTypes(*this, tensors);
}
