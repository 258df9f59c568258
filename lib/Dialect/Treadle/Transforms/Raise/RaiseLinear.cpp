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
    unsigned o = rank - 1, i = sum.dims[0];
    auto rows = llvm::to_vector(llvm::seq<unsigned>(rank - 1));
    rows.push_back(i);
    Element input, weight;
    for (unsigned first = 0; first < 2 && !input; ++first) {
      auto x = getDimsOf(dims, product.operands[first], dims.size());
      auto w = getDimsOf(dims, product.operands[1 - first], dims.size());
      if (x && w && ArrayRef(*x) == ArrayRef(rows) &&
          ArrayRef(*w) == ArrayRef({o, i})) {
        input = product.operands[first];
        weight = product.operands[1 - first];
      }
    }
    if (!input)
      return rewriter.notifyMatchFailure(
          op, "no operand is a matrix that all rows share");
    Location loc = op->getLoc();
    Element start = sum.operands[1];
    Value bias;
    if (dims.getNumber(start) != 0.0) {
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
    shape.back() = cast<RankedTensorType>(w.getType()).getDimSize(0);
    Value made = LinearOp::create(rewriter, loc, type.clone(shape), x, w, bias,
                                  Activation::Identity);
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
    if (!linear) {
      Step sum = dims.step(inner);
      if (sum.applies<arith::AddFOp>())
        for (unsigned i = 0; i < 2 && !linear; ++i) {
          auto used = getDimsOf(dims, sum.operands[1 - i], dims.size());
          if (!used || ArrayRef(*used) != ArrayRef(rank - 1))
            continue;
          linear = getLinear(sum.operands[i], reshapes, dims, rank);
          addend = sum.operands[1 - i];
        }
    }
    Location loc = op->getLoc();
    if (!linear || linear.getActivation() != Activation::Identity ||
        (addend && linear.getBias()) ||
        linear.getResult().getType().getShape().back() !=
            cast<RankedTensorType>(op->getResult(0).getType())
                .getShape()
                .back()) {
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
      bias = createTensor(rewriter, loc, dims, addend, rank - 1);
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
    if (!collapse || collapse.getReassociationIndices().back().size() != 1)
      return rewriter.notifyMatchFailure(op, "its input is no tensor of rows");
    SmallVector<int64_t> shape(collapse.getSrcType().getShape());
    shape.back() = op.getResult().getType().getShape().back();
    Value moved = LinearOp::create(
        rewriter, op.getLoc(), op.getResult().getType().clone(shape),
        collapse.getSrc(), op.getWeight(), op.getBias(), op.getActivation());
    rewriter.replaceOpWithNewOp<tensor::CollapseShapeOp>(
        op, op.getResult().getType(), moved,
        collapse.getReassociationIndices());
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
