//===- BlockOps.cpp - Residual blocks and stacks -*- C++ -*-===//
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
