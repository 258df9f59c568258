//===- LinearToLinalg.cpp - Linear maps as products of panels -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGenerics.h"
#include "WeightPanels.h"

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rewrites.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

/// activation(x) of a scalar. `flags` say whether erf may be approximate.
static Value
applyActivation(OpBuilder &b, Location loc, Activation activation, Value x,
                arith::FastMathFlags flags = arith::FastMathFlags::none) {
  Type type = x.getType();
  auto number = [&](double value) { return createFloat(b, loc, type, value); };
  auto mul = [&](Value l, Value r) -> Value {
    return arith::MulFOp::create(b, loc, l, r);
  };
  auto add = [&](Value l, Value r) -> Value {
    return arith::AddFOp::create(b, loc, l, r);
  };
  // numerator / (1 + e^(slope x))
  auto divide = [&](Value numerator, double slope) -> Value {
    Value growth = math::ExpOp::create(b, loc, mul(x, number(slope)));
    return arith::DivFOp::create(b, loc, numerator, add(number(1.0), growth));
  };
  switch (activation) {
  case Activation::Identity:
    return x;
  case Activation::Gelu: {
    Value erf =
        math::ErfOp::create(b, loc, mul(x, number(0.70710678118654752)), flags);
    // Exactly 0 where erf is -1.
    return mul(x, math::FmaOp::create(b, loc, number(0.5), erf, number(0.5)));
  }
  case Activation::GeluTanh: {
    Value cube = mul(mul(x, x), x);
    Value inner =
        mul(number(0.79788456080286536), add(x, mul(number(0.044715), cube)));
    Value tanh = math::TanhOp::create(b, loc, inner);
    return mul(mul(number(0.5), x), add(number(1.0), tanh));
  }
  case Activation::Relu:
    return arith::MaximumFOp::create(b, loc, x, number(0.0));
  case Activation::Silu:
    return divide(x, -1.0);
  case Activation::Tanh:
    return math::TanhOp::create(b, loc, x);
  case Activation::Sigmoid:
    return divide(number(1.0), -1.0);
  case Activation::QuickGelu:
    return divide(x, -1.702);
  case Activation::ReluSquared: {
    Value positive = arith::MaximumFOp::create(b, loc, x, number(0.0));
    return mul(positive, positive);
  }
  }
  llvm_unreachable("all activations are handled");
}

/// A matrix of f32, rounded to bf16.
static Value roundToBf16(OpBuilder &b, Location loc, Value matrix) {
  Value empty = createEmpty(b, loc, tensor::getMixedSizes(b, loc, matrix),
                            b.getBF16Type());
  AffineMap map = b.getMultiDimIdentityMap(2);
  return createGeneric(
      b, loc, matrix, empty, {map, map}, 2, /*reduced=*/-1,
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        return arith::TruncFOp::create(b, loc, b.getBF16Type(), args[0]);
      });
}

/// One column of a matrix.
static Value takeColumn(OpBuilder &b, Location loc, Value matrix,
                        int64_t column) {
  auto type = cast<RankedTensorType>(matrix.getType());
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  OpFoldResult sizes[] = {tensor::getMixedSize(b, loc, matrix, 0), one};
  return tensor::ExtractSliceOp::create(
      b, loc, type.clone(type.getShape().take_front()), matrix,
      ArrayRef<OpFoldResult>{zero, b.getIndexAttr(column)}, sizes,
      ArrayRef<OpFoldResult>{one, one});
}

namespace {

/// activation(x W^T + b) as a product over panels of the weight, [rows, panel,
/// column], and an elementwise operation of that shape. A product of pairs
/// leaves the last of an odd number of inputs to the latter.
struct LinearToLinalg : OpRewritePattern<LinearOp> {
  LinearToLinalg(MLIRContext *context, TargetAttr target, Precision precision)
      : OpRewritePattern(context), target(target), precision(precision) {}

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto weightType = cast<RankedTensorType>(op.getWeight().getType());
    if (!weightType.hasStaticShape() || !weightType.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "its weight is not static f32");
    Type element = weightType.getElementType();
    bool mayPad = isOfParameters(op.getWeight()) &&
                  (!op.getBias() || isOfParameters(op.getBias()));
    int64_t width = getPanelWidth(target, weightType, mayPad);
    Value weight = padOutputs(rewriter, loc, op.getWeight(), width);
    int64_t outputs = cast<RankedTensorType>(weight.getType()).getDimSize(0);
    int64_t inputs = weightType.getDimSize(1);

    RowMatrix rows(rewriter, loc, op.getInput());
    Value x = rows.getMatrix();
    OpFoldResult sizes[] = {tensor::getMixedSize(rewriter, loc, x, 0),
                            rewriter.getIndexAttr(outputs / width),
                            rewriter.getIndexAttr(width)};
    Value empty = createEmpty(rewriter, loc, sizes, element);
    Value zero = createFloat(rewriter, loc, element, 0.0);
    Value init =
        linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
    AffineExpr m, panel, k, column;
    MLIRContext *context = rewriter.getContext();
    bindDims(context, m, panel, k, column);
    auto map = [&](unsigned dims, ArrayRef<AffineExpr> results) {
      return AffineMap::get(dims, 0, results, context);
    };
    // A pair is whole. Of no row there is no column.
    bool isPaired = precision == Precision::BF16 && inputs >= kPair &&
                    cast<RankedTensorType>(x.getType()).getDimSize(0) != 0;
    // [rows] and [outputs]: what makes the product of an input without another.
    Value lastInput, lastWeight;
    if (isPaired && inputs % kPair != 0) {
      lastInput = takeColumn(rewriter, loc, x, --inputs);
      lastWeight = takeColumn(rewriter, loc, weight, inputs);
      x = takeColumns(rewriter, loc, x, inputs);
      weight = takeColumns(rewriter, loc, weight, inputs);
    }
    SmallVector<IteratorType> iterators = {
        IteratorType::parallel, IteratorType::parallel, IteratorType::reduction,
        IteratorType::parallel};
    SmallVector<AffineMap> productMaps;
    Value packed;
    if (isPaired) {
      AffineExpr half = rewriter.getAffineDimExpr(4);
      iterators.push_back(IteratorType::reduction);
      // Where the target multiplies bf16. Elsewhere products are made of f32,
      // and reading f32 is faster than widening.
      if (target.getDot() != DotInstruction::None ||
          fitsTiles(target, inputs, width))
        x = roundToBf16(rewriter, loc, x);
      x = splitIntoPairs(rewriter, loc, x, 1,
                         rewriter.getIndexAttr(inputs / kPair));
      packed = packWeightInPairs(rewriter, loc, weight, width);
      productMaps = {map(5, {m, k, half}), map(5, {panel, k, column, half}),
                     map(5, {m, panel, column})};
    } else {
      // Half of the bytes to read. What a caller gives would have to be rounded
      // in each call, with nobody there to be told of what does not fit.
      bool isHalf = precision == Precision::F16 && isPrepared(op.getWeight());
      packed = packWeight(rewriter, loc, weight, width,
                          isHalf ? rewriter.getF16Type() : element);
      productMaps = {map(4, {m, k}), map(4, {panel, k, column}),
                     map(4, {m, panel, column})};
    }
    Value result =
        linalg::GenericOp::create(
            rewriter, loc, init.getType(), ValueRange{x, packed}, init,
            productMaps, iterators,
            [&](OpBuilder &b, Location loc, ValueRange args) {
              auto widen = [&](Value factor) -> Value {
                if (factor.getType() == element)
                  return factor;
                return arith::ExtFOp::create(b, loc, element, factor);
              };
              Value product =
                  arith::MulFOp::create(b, loc, widen(args[0]), widen(args[1]));
              Value sum = arith::AddFOp::create(b, loc, args[2], product);
              linalg::YieldOp::create(b, loc, sum);
            })
            .getResult(0);

    if (lastInput || op.getBias() ||
        op.getActivation() != Activation::Identity) {
      SmallVector<Value> inputs = {result};
      SmallVector<AffineMap> maps = {map(3, {m, panel, k})};
      auto addOutputs = [&](Value values) {
        inputs.push_back(tensor::ExpandShapeOp::create(
            rewriter, loc,
            RankedTensorType::get({outputs / width, width}, element), values,
            ArrayRef<ReassociationIndices>{{0, 1}}));
        maps.push_back(map(3, {panel, k}));
      };
      if (op.getBias())
        addOutputs(padOutputs(rewriter, loc, op.getBias(), width));
      if (lastInput) {
        addOutputs(lastWeight);
        inputs.push_back(lastInput);
        maps.push_back(map(3, {m}));
      }
      maps.push_back(map(3, {m, panel, k}));
      result = linalg::GenericOp::create(
                   rewriter, loc, init.getType(), inputs,
                   createEmpty(rewriter, loc, sizes, element), maps,
                   SmallVector<IteratorType>(3, IteratorType::parallel),
                   [&](OpBuilder &b, Location loc, ValueRange args) {
                     Value value = args[0];
                     if (lastInput) {
                       ValueRange factors = args.drop_back().take_back(2);
                       value = math::FmaOp::create(b, loc, factors[1],
                                                   factors[0], value);
                     }
                     if (op.getBias())
                       value = arith::AddFOp::create(b, loc, value, args[1]);
                     // The factors that it is made of were rounded to 8 bits.
                     value =
                         applyActivation(b, loc, op.getActivation(), value,
                                         isPaired ? arith::FastMathFlags::afn
                                                  : arith::FastMathFlags::none);
                     linalg::YieldOp::create(b, loc, value);
                   })
                   .getResult(0);
    }
    Value joined = tensor::CollapseShapeOp::create(
        rewriter, loc, result, ArrayRef<ReassociationIndices>{{0}, {1, 2}});
    joined = dropPadding(rewriter, loc, joined, weightType.getDimSize(0));
    rewriter.replaceOp(op, rows.restore(joined));
    return success();
  }

  TargetAttr target;
  Precision precision;
};

/// activation(x) of each element.
struct ActivateToLinalg : OpRewritePattern<ActivateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivateOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(checkElements(rewriter, op, op.getInput())))
      return failure();
    RowMatrix rows(rewriter, op.getLoc(), op.getInput());
    Value result =
        rows.map(rows.getMatrix(),
                 [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                   return applyActivation(b, loc, op.getActivation(), args[0]);
                 });
    rewriter.replaceOp(op, rows.restore(result));
    return success();
  }
};

} // namespace

void treadle::populateLinearToLinalgPatterns(RewritePatternSet &patterns,
                                             TargetAttr target,
                                             Precision precision) {
  patterns.add<LinearToLinalg>(patterns.getContext(), target, precision);
  patterns.add<ActivateToLinalg>(patterns.getContext());
}
