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
#include "mlir/IR/PatternMatch.h"

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

LogicalResult ResidualOp::verify() {
  // (C3) the scales are finite
  if (failed(checkFinite(*this, getScale(), "scale")) ||
      failed(checkFinite(*this, getInputScale(), "scale of the input")))
    return failure();
  if (!getGate())
    return success();
  // (C6) a gate is as long as the vectors, or of one element
  if (failed(checkVectors(*this, getInput())))
    return failure();
  int64_t length = getExtent(getGate(), 0), width = getExtent(getInput(), -1);
  if (length != 1 &&
      failed(checkExtents(*this, length, width, "the gate's length")))
    return failure();
  // (C7) input and gate have one element type
  return checkElementTypes(*this, {getInput(), getGate()});
}

LogicalResult ResidualOp::verifyRegions() {
  // (C1) the branch takes the input
  if (getBranch().getNumArguments() != 1 ||
      getBranchInput().getType() != getInput().getType())
    return emitOpError() << "expects a branch of one argument of type "
                         << getInput().getType();
  // (C2) the branch gives what can be added to the input
  auto yield = dyn_cast<YieldOp>(getBranch().front().getTerminator());
  if (!yield || yield.getValues().size() != 1 ||
      yield.getValues()[0].getType() != getInput().getType())
    return emitOpError() << "expects a branch that yields "
                         << getInput().getType();
  return success();
}

/// Whether a factor that may be absent is one.
static bool isOne(std::optional<APFloat> factor) {
  return !factor || factor->isExactlyValue(1.0);
}

OpFoldResult ResidualOp::fold(FoldAdaptor adaptor) {
  // x + 0 is x, and so are x + 0 f(x) and x + 0 g f(x) for the finite f(x) that
  // the factor assumes.
  if (isOne(getInputScale()) &&
      (matchPattern(getBranchResult(), m_AnyZeroFloat()) ||
       (getScale() && getScale()->isZero()) ||
       (getGate() && matchPattern(getGate(), m_AnyZeroFloat()))))
    return getInput();
  return {};
}

namespace {

/// A factor of one is as good as none.
struct DropUnitFactors : OpRewritePattern<ResidualOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ResidualOp op,
                                PatternRewriter &rewriter) const override {
    bool scale = op.getScale() && isOne(op.getScale()),
         inputScale = op.getInputScale() && isOne(op.getInputScale()),
         gate = op.getGate() && matchPattern(op.getGate(), m_OneFloat());
    if (!scale && !inputScale && !gate)
      return rewriter.notifyMatchFailure(op, "it has no factor of one");
    rewriter.modifyOpInPlace(op, [&] {
      if (scale)
        op.removeScaleAttr();
      if (inputScale)
        op.removeInputScaleAttr();
      if (gate)
        op.getGateMutable().clear();
    });
    return success();
  }
};

/// A gate that is one number everywhere is the scale, where there is none.
struct FoldGateIntoScale : OpRewritePattern<ResidualOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ResidualOp op,
                                PatternRewriter &rewriter) const override {
    DenseFPElementsAttr gate;
    if (!op.getGate() || !matchPattern(op.getGate(), m_Constant(&gate)) ||
        !gate.isSplat() || gate.empty())
      return rewriter.notifyMatchFailure(op, "its gate is not one number");
    // The product of two factors would be rounded.
    if (op.getScale())
      return rewriter.notifyMatchFailure(op, "it has a scale already");
    APFloat scale = gate.getSplatValue<APFloat>();
    if (!scale.isFinite())
      return rewriter.notifyMatchFailure(op, "its gate is not finite");
    bool lost = false;
    scale.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
    if (lost)
      return rewriter.notifyMatchFailure(op, "its gate does not fit a scale");
    rewriter.modifyOpInPlace(op, [&] {
      op.setScale(scale);
      op.getGateMutable().clear();
    });
    return success();
  }
};

/// 0 x + f(x) is f(x), whatever x is.
struct DropInput : OpRewritePattern<ResidualOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ResidualOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getInputScale() || !op.getInputScale()->isZero() || op.getGate() ||
        !isOne(op.getScale()))
      return rewriter.notifyMatchFailure(op, "it is more than its branch");
    YieldOp yield = op.getYield();
    rewriter.inlineBlockBefore(&op.getBranch().front(), op, op.getInput());
    Value result = yield.getValues()[0];
    rewriter.eraseOp(yield);
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void ResidualOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<DropUnitFactors, FoldGateIntoScale, DropInput>(context);
}

/// Whether every use of `value` outside of norms is absent: it goes only into
/// normalisation.
static bool isOnlyNormalised(Value value) {
  return !value.use_empty() &&
         llvm::all_of(value.getUsers(), [](Operation *user) {
           return isa<LayerNormOp, RMSNormOp>(user);
         });
}

NormPlacement ResidualOp::getPlacement() {
  bool pre = isOnlyNormalised(getBranchInput());
  bool after = isOnlyNormalised(getResult());
  bool branchEnd = isa_and_present<LayerNormOp, RMSNormOp>(
      getBranchResult().getDefiningOp());
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
  TypeRange types = getInitial().getTypes();
  // (C5) it carries a value
  if (types.empty())
    return emitOpError("expects an initial value");
  // (C1) a layer takes what the one below gives, and its index
  if (layer.getNumArguments() != types.size() + 1 ||
      !llvm::equal(TypeRange(layer.getArgumentTypes()).drop_back(), types) ||
      !getLayerIndex().getType().isIndex())
    return emitOpError() << "expects a layer of arguments of types " << types
                         << " and index";
  // (C2) a layer gives what the one above takes
  auto yield = dyn_cast<YieldOp>(layer.front().getTerminator());
  if (!yield || yield.getValues().getTypes() != types)
    return emitOpError() << "expects a layer that yields " << types;
  return success();
}

LogicalResult StackOp::fold(FoldAdaptor,
                            SmallVectorImpl<OpFoldResult> &results) {
  // No layers, or layers that give what they are given, are the identity.
  if (getCount() != 0 && !llvm::equal(getYield().getValues(), getLayerInputs()))
    return failure();
  llvm::append_range(results, getInitial());
  return success();
}

namespace {

/// A value that each layer gives as it was given, or that nobody looks at, need
/// not be carried.
struct DropCarriedValues : OpRewritePattern<StackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StackOp op,
                                PatternRewriter &rewriter) const override {
    YieldOp yield = op.getYield();
    llvm::BitVector dropped(op->getNumResults());
    for (auto [i, input, next, result] : llvm::enumerate(
             op.getLayerInputs(), yield.getValues(), op.getResults()))
      if (input == next || (input.use_empty() && result.use_empty()))
        dropped.set(i);
    if (dropped.none())
      return rewriter.notifyMatchFailure(op, "it carries nothing in vain");
    if (dropped.all()) {
      if (!isMemoryEffectFree(op))
        return rewriter.notifyMatchFailure(op, "it has an effect");
      rewriter.replaceOp(op, op.getInitial());
      return success();
    }

    SmallVector<Value> initial, next, replacements(op.getInitial());
    for (unsigned i = 0; i < dropped.size(); ++i)
      if (!dropped[i]) {
        initial.push_back(op.getInitial()[i]);
        next.push_back(yield.getValues()[i]);
      }
    auto stack = StackOp::create(rewriter, op.getLoc(), TypeRange(initial),
                                 op.getCountAttr(), initial);
    rewriter.modifyOpInPlace(yield,
                             [&] { yield.getValuesMutable().assign(next); });
    for (int i : dropped.set_bits())
      rewriter.replaceAllUsesWith(op.getLayer().getArgument(i),
                                  op.getInitial()[i]);
    rewriter.modifyOpInPlace(op, [&] {
      llvm::BitVector arguments = dropped;
      arguments.push_back(false);
      op.getLayer().front().eraseArguments(arguments);
    });
    rewriter.inlineRegionBefore(op.getLayer(), stack.getLayer(),
                                stack.getLayer().end());
    for (unsigned i = 0, kept = 0; i < dropped.size(); ++i)
      if (!dropped[i])
        replacements[i] = stack.getResult(kept++);
    rewriter.replaceOp(op, replacements);
    return success();
  }
};

} // namespace

void StackOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<DropCarriedValues>(context);
}
