//===- BlockOps.cpp - Blocks and what they are made of -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace treadle;

/// An enumeration's case inside an operation, where the attribute's own form,
/// `#treadle.activation<gelu>`, would say twice what it is.
template <typename AttrT>
static ParseResult parseKeyword(OpAsmParser &parser, AttrT &attr) {
  auto value = FieldParser<decltype(attr.getValue())>::parse(parser);
  if (failed(value))
    return failure();
  attr = AttrT::get(parser.getContext(), *value);
  return success();
}
template <typename AttrT>
static void printKeyword(OpAsmPrinter &printer, Operation *, AttrT attr) {
  printer << attr.getValue();
}

#define GET_OP_CLASSES
#include "treadle/Dialect/Treadle/IR/TreadleOps.cpp.inc"

//===----------------------------------------------------------------------===//
// ResidualOp
//===----------------------------------------------------------------------===//

YieldOp ResidualOp::getYield() {
  return cast<YieldOp>(getBranch().front().getTerminator());
}

LogicalResult ResidualOp::verifyRegions() {
  // (C1) the branch takes the input
  if (getBranch().getNumArguments() != 1 ||
      getBranchInput().getType() != getInput().getType())
    return emitOpError() << "expects a branch of one argument of type "
                         << getInput().getType();
  // (C2) the branch gives what can be added to the input
  auto yield = dyn_cast<YieldOp>(getBranch().front().getTerminator());
  if (!yield || yield.getValue().getType() != getInput().getType())
    return emitOpError() << "expects a branch that yields "
                         << getInput().getType();
  // (C3) the scale is finite
  return checkFinite(*this, getScale(), "scale");
}

OpFoldResult ResidualOp::fold(FoldAdaptor) {
  // x + 0 is x, and so is x + 0 f(x) for the finite f(x) that the scale
  // assumes.
  if (matchPattern(getYield().getValue(), m_AnyZeroFloat()) ||
      (getScale() && getScale()->isZero()))
    return getInput();
  return {};
}

/// Whether every use of `value` outside of norms is absent: it goes only into
/// normalisation.
static bool isOnlyNormalised(Value value) {
  return !value.use_empty() &&
         llvm::all_of(value.getUsers(),
                      [](Operation *user) { return isa<LayerNormOp>(user); });
}

NormPlacement ResidualOp::getPlacement() {
  bool pre = isOnlyNormalised(getBranchInput());
  bool after = isOnlyNormalised(getResult());
  bool branchEnd =
      getYield().getValue().getDefiningOp<LayerNormOp>() != nullptr;
  if (pre && branchEnd)
    return NormPlacement::Sandwich;
  if (pre)
    return NormPlacement::Pre;
  return after ? NormPlacement::Post : NormPlacement::None;
}

//===----------------------------------------------------------------------===//
// StackOp
//===----------------------------------------------------------------------===//

YieldOp StackOp::getYield() {
  return cast<YieldOp>(getLayer().front().getTerminator());
}

LogicalResult StackOp::verifyRegions() {
  Region &layer = getLayer();
  // (C1) a layer takes what the one below gives, and its index
  if (layer.getNumArguments() != 2 ||
      layer.getArgument(0).getType() != getInitial().getType() ||
      !layer.getArgument(1).getType().isIndex())
    return emitOpError() << "expects a layer of two arguments, of type "
                         << getInitial().getType() << " and index";
  // (C2) a layer gives what the one above takes
  auto yield = dyn_cast<YieldOp>(layer.front().getTerminator());
  if (!yield || yield.getValue().getType() != getInitial().getType())
    return emitOpError() << "expects a layer that yields "
                         << getInitial().getType();
  return success();
}

OpFoldResult StackOp::fold(FoldAdaptor) {
  // No layers, or layers that give what they are given, are the identity.
  if (getCount() == 0 || getYield().getValue() == getLayerInput())
    return getInitial();
  return {};
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

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

/// Fails unless `value` has a last dimension.
static LogicalResult checkVectors(Operation *op, Value value) {
  if (cast<RankedTensorType>(value.getType()).getRank() != 0)
    return success();
  return op->emitOpError("expects vectors, found ") << value.getType();
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

LogicalResult UnitNormOp::verify() {
  // (C1) vectors have a dimension
  if (failed(checkVectors(*this, getInput())))
    return failure();
  // (C2) epsilon is finite and positive
  return checkEpsilon(*this, getEpsilon(), /*zero=*/false);
}
