//===- RaiseNorms.cpp - Norms and softmax in linalg -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   layer norm: (x - mean x) / √(variance x + ε) · gain + bias
//   RMS norm:   x / √(mean x² + ε) · gain
//   softmax:    exp(x - max x) / Σ exp(x - max x)
//
// over the last dimension. Factors may come in any order, and the variance may
// be the mean of squares of differences or that of squares less the squared
// mean, which is equal over the reals alone.
//
//===----------------------------------------------------------------------===//

#include "RaisePattern.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

namespace {

/// The mean of what, over which dimension.
std::optional<Sum> getMean(Dimensions &dims, const Element &element) {
  Multiple multiple = getMultiple(dims, element);
  std::optional<Sum> sum = getSum(dims, multiple.rest);
  if (!sum || ShapedType::isDynamic(dims.getExtent(sum->dim)) ||
      std::abs(multiple.number * dims.getExtent(sum->dim) - 1.0) > 1e-6)
    return std::nullopt;
  return sum;
}

/// x, when `element` is x².
Element getSquared(Dimensions &dims, const Element &element) {
  Step step = dims.step(element);
  if (step.applies<arith::MulFOp>() &&
      dims.areSame(step.operands[0], step.operands[1]))
    return step.operands[0];
  if (step.applies<math::PowFOp, math::FPowIOp>() &&
      dims.getNumber(step.operands[1]) == 2.0)
    return step.operands[0];
  return {};
}

/// Whether `element` depends on dimension `dim` alone, or on none.
bool dependsOnlyOn(Dimensions &dims, const Element &element, unsigned dim) {
  auto used = getDimsOf(dims, element, dims.size());
  return used &&
         llvm::all_of(*used, [&](unsigned other) { return other == dim; });
}

/// A norm: `centred` is the numerator, x or x - mean x.
struct Norm {
  bool isCentred = false;
  Element input, gain, bias;
  double epsilon = 0.0;
};

struct RaiseNorm : RaisePattern {
  RaiseNorm(MLIRContext *context, RaiseRemarks *remarks, PatternBenefit benefit)
      : RaisePattern(context, "norm", remarks, benefit) {}

  LogicalResult raise(Operation *op, PatternRewriter &rewriter) const override {
    Dimensions dims(rewriter.getContext());
    Element result = dims.getElement(op->getResult(0));
    unsigned rank = dims.size();
    Step step = dims.step(result);
    if (rank == 0 || step.kind != Step::Apply || !isMadeBy(step, op))
      return rewriter.notifyMatchFailure(op, "it computes no element");
    Norm norm;
    if (failed(match(op, dims, result, rank, norm, rewriter)))
      return failure();

    Location loc = op->getLoc();
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    auto all = llvm::to_vector(llvm::seq<unsigned>(rank));
    Value input = createTensor(rewriter, loc, dims, norm.input, all), gain,
          bias;
    if (norm.gain)
      gain = createTensor(rewriter, loc, dims, norm.gain, rank - 1);
    if (norm.bias)
      bias = createTensor(rewriter, loc, dims, norm.bias, rank - 1);
    if (!input || (norm.gain && !gain) || (norm.bias && !bias))
      return miss(rewriter, op, "an operand cannot be read as a tensor");
    if (getElementTypeOrSelf(input.getType()) != type.getElementType())
      return miss(rewriter, op, "its result is of another type than its input");
    if (input.getType() != type)
      input = tensor::CastOp::create(rewriter, loc, type, input);
    FloatAttr epsilon = rewriter.getF64FloatAttr(norm.epsilon);
    if (!norm.isCentred && !bias) {
      rewriter.replaceOpWithNewOp<RMSNormOp>(op, type, input, gain, epsilon);
      return success();
    }
    if (!norm.isCentred)
      return miss(rewriter, op, "a bias follows an RMS norm");
    if (!gain) {
      auto vector =
          RankedTensorType::get(type.getShape().back(), type.getElementType());
      gain = arith::ConstantOp::create(
          rewriter, loc,
          DenseElementsAttr::get(vector, cast<Attribute>(rewriter.getFloatAttr(
                                             type.getElementType(), 1.0))));
    }
    rewriter.replaceOpWithNewOp<LayerNormOp>(op, type, input, gain, bias,
                                             epsilon);
    return success();
  }

private:
  LogicalResult match(Operation *op, Dimensions &dims, const Element &result,
                      unsigned rank, Norm &norm,
                      PatternRewriter &rewriter) const {
    unsigned last = rank - 1;
    Element scaled = result;
    Step step = dims.step(result);
    if (step.applies<arith::AddFOp>()) {
      bool first = dependsOnlyOn(dims, step.operands[0], last);
      norm.bias = step.operands[first ? 0 : 1];
      scaled = step.operands[first ? 1 : 0];
      if (!dependsOnlyOn(dims, norm.bias, last))
        return rewriter.notifyMatchFailure(op, "no bias is added");
    }
    Product product = getProduct(dims, scaled);
    if (product.roots.size() != 1 || !product.denominators.empty() ||
        product.number != 1.0)
      return rewriter.notifyMatchFailure(op, "nothing is divided by a root");
    Step root = dims.step(product.roots[0]);
    if (!root.applies<arith::AddFOp>())
      return rewriter.notifyMatchFailure(op, "the root is of no sum");
    bool first = dims.getNumber(root.operands[0]).has_value();
    std::optional<double> epsilon =
        dims.getNumber(root.operands[first ? 0 : 1]);
    if (!epsilon)
      return rewriter.notifyMatchFailure(op, "no number is added");
    norm.epsilon = *epsilon;
    Element measure = root.operands[first ? 1 : 0];

    // The mean of squares, less the squared mean when that is subtracted.
    Step difference = dims.step(measure);
    bool isSubtracted = difference.applies<arith::SubFOp>();
    std::optional<Sum> squares =
        getMean(dims, isSubtracted ? difference.operands[0] : measure);
    Element squared;
    if (squares)
      squared = getSquared(dims, squares->summand);
    if (!squared)
      return rewriter.notifyMatchFailure(op, "the root is of no mean square");
    auto getAt = [&](const Element &element, unsigned dim) {
      return replaceDim(element, squares->dim, dims.get(dim));
    };
    if (isSubtracted) {
      Element mean = getSquared(dims, difference.operands[1]);
      std::optional<Sum> sum;
      if (mean)
        sum = getMean(dims, mean);
      if (!sum || !dims.areSame(replaceDim(sum->summand, sum->dim,
                                           dims.get(squares->dim)),
                                squared))
        return miss(rewriter, op, "what is subtracted is no squared mean");
    }

    // Of the factors one is what is normalised, the other the gain.
    for (const Element &factor : product.numerators) {
      Element centred = factor;
      Step minus = dims.step(factor);
      bool isCentred = false;
      if (minus.applies<arith::SubFOp>())
        if (auto mean = getMean(dims, minus.operands[1]);
            mean &&
            dims.areSame(replaceDim(mean->summand, mean->dim, dims.get(last)),
                         minus.operands[0])) {
          isCentred = true;
          centred = minus.operands[0];
        }
      // With the difference the squares are of what is centred or, where the
      // squared mean is subtracted, of what it is made of.
      const Element &base = isSubtracted && isCentred ? centred : factor;
      if (!norm.input && dims.areSame(base, getAt(squared, last)) &&
          (!isSubtracted || isCentred)) {
        norm.input = isCentred ? centred : factor;
        norm.isCentred = isCentred;
      } else if (!norm.gain) {
        norm.gain = factor;
      } else {
        return rewriter.notifyMatchFailure(op, "it has too many factors");
      }
    }
    if (!norm.input) {
      for (const Element &factor : product.numerators)
        for (unsigned dim = 0; dim < last; ++dim)
          if (dims.areSame(factor, getAt(squared, dim)))
            return miss(rewriter, op, "it is not over the last dimension");
      return rewriter.notifyMatchFailure(op, "the root is not of a factor");
    }
    if (norm.gain && !dependsOnlyOn(dims, norm.gain, last))
      return miss(rewriter, op, "its gain is not one vector for all");
    return success();
  }
};

struct RaiseSoftmax : RaisePattern {
  RaiseSoftmax(MLIRContext *context, RaiseRemarks *remarks,
               PatternBenefit benefit)
      : RaisePattern(context, "softmax", remarks, benefit) {}

  LogicalResult raise(Operation *op, PatternRewriter &rewriter) const override {
    Dimensions dims(rewriter.getContext());
    Element result = dims.getElement(op->getResult(0));
    unsigned rank = dims.size();
    if (!isMadeBy(dims.step(result), op))
      return rewriter.notifyMatchFailure(op, "it computes no element");
    std::string why;
    std::optional<Softmax> softmax = getSoftmax(dims, result, why);
    if (!softmax)
      return why.empty() ? rewriter.notifyMatchFailure(op, "it is no softmax")
                         : miss(rewriter, op, why);
    if (softmax->dim != rank - 1)
      return miss(rewriter, op, "it is not over the last dimension");
    auto all = llvm::to_vector(llvm::seq<unsigned>(rank));
    Value input =
        createTensor(rewriter, op->getLoc(), dims, softmax->scores, all);
    if (!input || input.getType() != op->getResult(0).getType())
      return miss(rewriter, op, "its input cannot be read as a tensor");
    rewriter.replaceOpWithNewOp<SoftmaxOp>(op, op->getResult(0).getType(),
                                           input);
    return success();
  }
};

} // namespace

void treadle::populateRaiseNormPatterns(RewritePatternSet &patterns,
                                        RaiseRemarks *remarks,
                                        PatternBenefit benefit) {
  patterns.add<RaiseNorm, RaiseSoftmax>(patterns.getContext(), remarks,
                                        benefit);
}
