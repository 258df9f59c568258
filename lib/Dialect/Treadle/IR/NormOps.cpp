//===- NormOps.cpp - Norms, softmax and pooling -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

using namespace mlir;
using namespace treadle;

/// Fails unless `epsilon` is finite and positive, or zero where that is
/// allowed.
static LogicalResult checkEpsilon(Operation *op, const APFloat &epsilon,
                                  bool zero) {
  if (epsilon.isFinite() && (!epsilon.isNegative() || epsilon.isZero()) &&
      (zero || !epsilon.isZero()))
    return success();
  return op->emitOpError("expects an epsilon that is finite and not negative")
         << (zero ? "" : ", nor zero");
}

LogicalResult LayerNormOp::verify() {
  // (C1) vectors have a dimension
  if (failed(checkVectors(*this, getInput())))
    return failure();
  // (C2) gain and bias are as long as the vectors
  for (Value vector : {Value(getGain()), Value(getBias())})
    if (vector && failed(checkExtents(*this, getExtent(vector, 0),
                                      getExtent(getInput(), -1),
                                      "the gain's or bias's length")))
      return failure();
  // (C3) epsilon is finite and not negative
  if (failed(checkEpsilon(*this, getEpsilon(), /*zero=*/true)))
    return failure();
  // (C4) the tensors have one element type
  SmallVector<Value> tensors = {getInput(), getGain()};
  if (getBias())
    tensors.push_back(getBias());
  return checkElementTypes(*this, tensors);
}

LogicalResult RMSNormOp::verify() {
  // (C1) vectors have a dimension
  if (failed(checkVectors(*this, getInput())))
    return failure();
  // (C2) the gain is as long as the vectors
  if (getGain() &&
      failed(checkExtents(*this, getExtent(getGain(), 0),
                          getExtent(getInput(), -1), "the gain's length")))
    return failure();
  // (C3) epsilon is finite and not negative
  if (failed(checkEpsilon(*this, getEpsilon(), /*zero=*/true)))
    return failure();
  // (C4) input and gain have one element type
  return getGain() ? checkElementTypes(*this, {getInput(), getGain()})
                   : success();
}

LogicalResult SoftmaxOp::verify() {
  // (C1) vectors have a dimension
  return checkVectors(*this, getInput());
}

OpFoldResult SoftmaxOp::fold(FoldAdaptor) {
  // Vectors of no element are what they are. One element is not: -inf becomes
  // zero.
  return getExtent(getInput(), -1) == 0 ? getInput() : Value();
}

LogicalResult UnitNormOp::verify() {
  // (C1) vectors have a dimension
  if (failed(checkVectors(*this, getInput())))
    return failure();
  // (C2) epsilon is finite and positive
  return checkEpsilon(*this, getEpsilon(), /*zero=*/false);
}

LogicalResult PoolOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  if (input.getRank() != 3)
    return failure();
  types.push_back(input.clone({input.getDimSize(0), input.getDimSize(2)}));
  return success();
}

bool PoolOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange given) {
  return areCompatibleTypes(inferred, given);
}

LogicalResult PoolOp::verify() {
  // (C1) the result has a vector for each sequence, of the input's width
  if (failed(checkResultExtent(*this, getExtent(getResult(), 0),
                               getExtent(getInput(), 0),
                               "the number of results")) ||
      failed(checkResultExtent(*this, getExtent(getResult(), 1),
                               getExtent(getInput(), 2), "the result's width")))
    return failure();
  // (C2) there is a length for each sequence
  if (getLengths() &&
      failed(checkExtents(*this, getExtent(getLengths(), 0),
                          getExtent(getInput(), 0), "the number of lengths")))
    return failure();
  // (C3) there may be a first token where it is asked for
  if (getKind() == Pooling::First && getExtent(getInput(), 1) == 0)
    return emitOpError("expects a sequence that has a first token");
  // (C4) input and result have one element type
  return checkElementTypes(*this, {getInput(), getResult()});
}
