//===- RaiseLinear.cpp - Linear maps and activations in linalg -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First the product alone becomes a linear map, and then what follows it
// elementwise its bias and its activation. A reshape in between stays, after
// the map.
//
//===----------------------------------------------------------------------===//

#include "Activations.h"
#include "RaisePattern.h"

#include "treadle/Dialect/Treadle/IR/Reshapes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace treadle;

namespace {

/// Σ_i x[…, i] w(o, i), beginning at zero or at a vector of biases.
struct RaiseLinear : RaisePattern {
  RaiseLinear(MLIRContext *context, RaiseRemarks *remarks,
              PatternBenefit benefit)
      : RaisePattern(context, "linear map", remarks, benefit) {}

  LogicalResult raise(Operation *op, PatternRewriter &rewriter) const override {
    auto structured = dyn_cast<linalg::LinalgOp>(op);
    if (!structured || structured.getNumReductionLoops() != 1)
      return rewriter.notifyMatchFailure(op, "it is no product");
    Dimensions dims(rewriter.getContext());
    Element result = dims.getElement(op->getResult(0));
    unsigned rank = dims.size();
    Step sum = dims.step(result);
    if (rank < 2 || sum.kind != Step::Reduce || !isa<arith::AddFOp>(sum.op) ||
        sum.dims.size() != 1)
      return rewriter.notifyMatchFailure(op, "it is no sum");
    Step product = dims.step(sum.operands[0]);
    if (!product.applies<arith::MulFOp>())
      return rewriter.notifyMatchFailure(op, "it is no sum of products");
    unsigned i = sum.dims[0];
    // The last dimensions are outputs, one or, in panels, several.
    Element input, weight;
    SmallVector<unsigned> rows, outputs;
    for (unsigned first = 0; first < 2 && !input; ++first) {
      auto x = getDimsOf(dims, product.operands[first], dims.size());
      auto w = getDimsOf(dims, product.operands[1 - first], dims.size());
      if (!x || !w || x->size() < 2 || x->size() > rank || x->back() != i)
        continue;
      rows = llvm::to_vector(llvm::seq<unsigned>(x->size() - 1));
      outputs = llvm::to_vector(llvm::seq<unsigned>(rows.size(), rank));
      rows.push_back(i);
      outputs.push_back(i);
      if (ArrayRef(*x) == ArrayRef(rows) && ArrayRef(*w) == ArrayRef(outputs)) {
        input = product.operands[first];
        weight = product.operands[1 - first];
        outputs.pop_back();
      }
    }
    if (!input)
      return rewriter.notifyMatchFailure(
          op, "no operand is a matrix that all rows share");
    std::optional<unsigned> joined = joinDims(dims, outputs);
    if (!joined)
      return miss(rewriter, op, "its outputs lie in dynamic dimensions");
    unsigned o = *joined;
    weight = replaceByJoined(dims, weight, outputs, o);
    Location loc = op->getLoc();
    Element start = sum.operands[1];
    Value bias;
    if (dims.getNumber(start) != 0.0) {
      start = replaceByJoined(dims, start, outputs, o);
      auto used = getDimsOf(dims, start, dims.size());
      if (!used || ArrayRef(*used) != ArrayRef(o))
        return miss(rewriter, op, "it begins at more than a vector of biases");
      bias = createTensor(rewriter, loc, dims, start, o);
      if (!bias)
        return miss(rewriter, op, "its bias cannot be read as a tensor");
    }
    Value x = createTensor(rewriter, loc, dims, input, rows);
    Value w = createTensor(rewriter, loc, dims, weight, {o, i});
    if (!x || !w)
      return miss(rewriter, op, "an operand cannot be read as a tensor");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (getElementTypeOrSelf(x.getType()) != type.getElementType() ||
        getElementTypeOrSelf(w.getType()) != type.getElementType())
      return miss(rewriter, op, "its operands are of another type");
    // The map's type follows from its operands'.
    SmallVector<int64_t> shape(cast<RankedTensorType>(x.getType()).getShape());
    if (outputs.size() > 1)
      shape.assign(type.getShape().begin(),
                   type.getShape().begin() + rows.size());
    shape.back() = cast<RankedTensorType>(w.getType()).getDimSize(0);
    Value made = LinearOp::create(rewriter, loc, type.clone(shape), x, w, bias,
                                  Activation::Identity);
    if (outputs.size() > 1) {
      SmallVector<ReassociationIndices> groups;
      for (unsigned dim = 0; dim + 1 < rows.size(); ++dim)
        groups.push_back({dim});
      groups.emplace_back(outputs.begin(), outputs.end());
      SmallVector<OpFoldResult> sizes =
          tensor::getMixedSizes(rewriter, loc, made);
      sizes.pop_back();
      for (unsigned dim : outputs)
        sizes.push_back(rewriter.getIndexAttr(dims.getExtent(dim)));
      made = tensor::ExpandShapeOp::create(rewriter, loc, type, made, groups,
                                           sizes);
    }
    if (made.getType() != type)
      made = tensor::CastOp::create(rewriter, loc, type, made);
    rewriter.replaceOp(op, made);
    return success();
  }
};

/// A linear map behind reshapes, whose elements are where those of `element`
/// are. `reshapes` has the operations between them, the last one first.
LinearOp getLinear(const Element &element,
                   SmallVectorImpl<Operation *> &reshapes, Dimensions &dims,
                   unsigned rank) {
  // The tensor that has the elements in the order of the result.
  SmallVector<AffineExpr, 4> wanted;
  for (unsigned dim = 0; dim < rank; ++dim)
    wanted.push_back(dims.get(dim));
  for (const Element &tensor : dims.getTensors(element)) {
    if (tensor.at != wanted)
      continue;
    Value value = tensor.value;
    reshapes.clear();
    while (Operation *definition = value.getDefiningOp()) {
      bool once = llvm::count_if(value.getUsers(), [](Operation *user) {
                    return !isa<tensor::DimOp>(user);
                  }) == 1;
      if (!once)
        break;
      if (auto linear = dyn_cast<LinearOp>(definition))
        return linear;
      if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(
              definition))
        break;
      reshapes.push_back(definition);
      value = definition->getOperand(0);
    }
  }
  return {};
}

/// The last dimensions of a tensor of `rank`, those that the outputs of
/// `linear` lie in; none when that cannot be said.
SmallVector<unsigned> getOutputs(LinearOp linear, Dimensions &dims,
                                 unsigned rank) {
  auto type = cast<RankedTensorType>(linear.getResult().getType());
  int64_t missing = type.getShape().back();
  if (dims.getExtent(rank - 1) == missing)
    return {rank - 1};
  SmallVector<unsigned> outputs;
  for (unsigned dim = rank; dim-- > 0;) {
    int64_t extent = dims.getExtent(dim);
    if (ShapedType::isDynamic(extent) || extent == 0 ||
        ShapedType::isDynamic(missing) || missing % extent != 0)
      return {};
    outputs.insert(outputs.begin(), dim);
    missing /= extent;
    if (missing == 1)
      return outputs;
  }
  return {};
}

/// activation(W x + b), where W x is a linear map already.
struct RaiseEpilogue : RaisePattern {
  RaiseEpilogue(MLIRContext *context, RaiseRemarks *remarks,
                PatternBenefit benefit)
      : RaisePattern(context, "bias or activation", remarks, benefit) {}

  LogicalResult raise(Operation *op, PatternRewriter &rewriter) const override {
    Dimensions dims(rewriter.getContext());
    Element result = dims.getElement(op->getResult(0));
    unsigned rank = dims.size();
    Step step = dims.step(result);
    if (rank == 0 || step.kind != Step::Apply || !isMadeBy(step, op))
      return rewriter.notifyMatchFailure(op, "it computes no element");
    auto activated = getActivated(dims, result);
    Activation activation =
        activated ? activated->activation : Activation::Identity;
    Element inner = activated ? activated->input : result;

    SmallVector<Operation *> reshapes;
    LinearOp linear = getLinear(inner, reshapes, dims, rank);
    Element addend;
    SmallVector<unsigned> outputs;
    if (!linear) {
      Step sum = dims.step(inner);
      if (sum.applies<arith::AddFOp>())
        for (unsigned i = 0; i < 2 && !linear; ++i) {
          linear = getLinear(sum.operands[i], reshapes, dims, rank);
          addend = sum.operands[1 - i];
        }
    }
    if (linear) {
      outputs = getOutputs(linear, dims, rank);
      // One panel has an index that says nothing.
      for (unsigned dim = 0; addend && dim < rank; ++dim)
        if (dims.getExtent(dim) == 1 && !llvm::is_contained(outputs, dim))
          addend = replaceDim(addend, dim,
                              getAffineConstantExpr(0, rewriter.getContext()));
      auto used = addend ? getDimsOf(dims, addend, dims.size())
                         : std::optional<SmallVector<unsigned>>(outputs);
      if (linear.getActivation() != Activation::Identity || outputs.empty() ||
          (addend && linear.getBias()) || !used ||
          ArrayRef(*used) != ArrayRef(outputs))
        linear = {};
    }
    Location loc = op->getLoc();
    if (!linear) {
      if (!activated)
        return rewriter.notifyMatchFailure(op, "it follows no linear map");
      // The activation of something else.
      auto all = llvm::to_vector(llvm::seq<unsigned>(rank));
      Value input = createTensor(rewriter, loc, dims, inner, all);
      if (!input || input.getType() != op->getResult(0).getType())
        return miss(rewriter, op, "its input cannot be read as a tensor");
      rewriter.replaceOpWithNewOp<ActivateOp>(op, input.getType(), activation,
                                              input);
      return success();
    }

    Value bias = linear.getBias();
    if (addend) {
      std::optional<unsigned> joined = joinDims(dims, outputs);
      if (joined)
        bias = createTensor(rewriter, loc, dims,
                            replaceByJoined(dims, addend, outputs, *joined),
                            *joined);
      if (!bias)
        return miss(rewriter, op, "its bias cannot be read as a tensor");
    }
    Value value = LinearOp::create(
        rewriter, linear.getLoc(), linear.getResult().getType(),
        linear.getInput(), linear.getWeight(), bias, activation);
    for (Operation *reshape : llvm::reverse(reshapes)) {
      IRMapping mapping;
      mapping.map(reshape->getOperand(0), value);
      value = rewriter.clone(*reshape, mapping)->getResult(0);
    }
    rewriter.replaceOp(op, value);
    return success();
  }
};

/// A map of rows that several dimensions were made one of, as a map of the
/// tensor as it was: the reshape moves behind it, where it often meets another
/// that undoes it.
struct MoveReshape : OpRewritePattern<LinearOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    auto collapse = op.getInput().getDefiningOp<tensor::CollapseShapeOp>();
    if (!collapse || getGroups(collapse).back().size() != 1)
      return rewriter.notifyMatchFailure(op, "its input is no tensor of rows");
    SmallVector<int64_t> shape(collapse.getSrcType().getShape());
    shape.back() = op.getResult().getType().getShape().back();
    Value moved = LinearOp::create(
        rewriter, op.getLoc(), op.getResult().getType().clone(shape),
        collapse.getSrc(), op.getWeight(), op.getBias(), op.getActivation());
    rewriter.replaceOpWithNewOp<tensor::CollapseShapeOp>(
        op, op.getResult().getType(), moved, getGroups(collapse));
    return success();
  }
};

/// activation(W x), behind reshapes: the canonical form of an activation has
/// it in the map, but does not look through them.
struct MergeActivation : OpRewritePattern<ActivateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivateOp op,
                                PatternRewriter &rewriter) const override {
    Dimensions dims(rewriter.getContext());
    Element input = dims.getElement(op.getInput());
    SmallVector<Operation *> reshapes;
    LinearOp linear = getLinear(input, reshapes, dims, dims.size());
    if (!linear || linear.getActivation() != Activation::Identity)
      return rewriter.notifyMatchFailure(
          op, "its input is not a linear map of its own");
    rewriter.modifyOpInPlace(linear,
                             [&] { linear.setActivation(op.getActivation()); });
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};

} // namespace

void treadle::populateRaiseLinearPatterns(RewritePatternSet &patterns,
                                          RaiseRemarks *remarks,
                                          PatternBenefit benefit) {
  MLIRContext *context = patterns.getContext();
  patterns.add<RaiseLinear, RaiseEpilogue>(context, remarks, benefit);
  patterns.add<MoveReshape, MergeActivation>(context, benefit);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
}
