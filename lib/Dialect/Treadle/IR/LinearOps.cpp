//===- LinearOps.cpp - Linear maps and activations -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// LinearOp
//===----------------------------------------------------------------------===//

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  // What is wrong with the operands is said by the verifier.
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  SmallVector<int64_t> shape(input.getShape());
  if (!shape.empty())
    shape.back() = getExtent(adaptor.getWeight(), 0);
  types.push_back(input.clone(shape));
  return success();
}

bool LinearOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange given) {
  return areCompatibleTypes(inferred, given);
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

//===----------------------------------------------------------------------===//
// FeedForwardOp, GatedFeedForwardOp
//===----------------------------------------------------------------------===//

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

LogicalResult GatedFeedForwardOp::verify() {
  // (C1) vectors have a dimension
  if (failed(checkVectors(*this, getInput())))
    return failure();
  // (C2) the weights of gate and up take the width
  int64_t width = getExtent(getInput(), -1);
  Value gate = getWeightGate(), up = getWeightUp(), down = getWeightDown();
  if (failed(checkExtents(*this, getExtent(gate, 1), width,
                          "the columns of the gate's weight")) ||
      failed(checkExtents(*this, getExtent(up, 1), width,
                          "the columns of the weight of up")))
    return failure();
  // (C3) the weights of gate and up give one inner width
  if (failed(checkExtents(*this, getExtent(up, 0), getExtent(gate, 0),
                          "the rows of the weight of up")))
    return failure();
  // (C4) the weight of down takes the inner width back to the width
  if (failed(checkExtents(*this, getExtent(down, 1), getExtent(gate, 0),
                          "the columns of the weight of down")) ||
      failed(checkExtents(*this, getExtent(down, 0), width,
                          "the rows of the weight of down")))
    return failure();
  // (C5) there are no biases or three, as long as their weights have rows
  if (!getBiases().empty() && getBiases().size() != 3)
    return emitOpError() << "expects no biases or three, found "
                         << getBiases().size();
  for (auto [bias, weight] : llvm::zip(getBiases(), ValueRange{gate, up, down}))
    if (failed(checkExtents(*this, getExtent(bias, 0), getExtent(weight, 0),
                            "the length of a bias")))
      return failure();
  // (C6) the tensors have one element type
  SmallVector<Value> tensors = {getInput(), gate, up, down};
  llvm::append_range(tensors, getBiases());
  return checkElementTypes(*this, tensors);
}

//===----------------------------------------------------------------------===//
// ActivateOp
//===----------------------------------------------------------------------===//

OpFoldResult ActivateOp::fold(FoldAdaptor) {
  if (getActivation() == Activation::Identity)
    return getInput();
  // max(max(x, 0), 0) is max(x, 0).
  auto inner = getInput().getDefiningOp<ActivateOp>();
  if (inner && getActivation() == Activation::Relu &&
      inner.getActivation() == Activation::Relu)
    return getInput();
  return {};
}

namespace {

/// An activation of a linear map that nobody else reads is the map's own.
struct ActivateLinear : OpRewritePattern<ActivateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivateOp op,
                                PatternRewriter &rewriter) const override {
    auto linear = op.getInput().getDefiningOp<LinearOp>();
    if (!linear || linear.getActivation() != Activation::Identity ||
        !linear->hasOneUse())
      return rewriter.notifyMatchFailure(
          op, "its input is not a linear map of its own");
    rewriter.modifyOpInPlace(linear,
                             [&] { linear.setActivation(op.getActivation()); });
    rewriter.replaceOp(op, linear);
    return success();
  }
};

} // namespace

void ActivateOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<ActivateLinear>(context);
}
