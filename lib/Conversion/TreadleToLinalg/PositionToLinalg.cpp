//===- PositionToLinalg.cpp - Embeddings and positions as gathers -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

using utils::IteratorType;
using BodyBuilder =
    llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// An elementwise operation over [batch, token, component] into a new tensor of
/// `sizes`.
static Value createElementwise(OpBuilder &b, Location loc, ValueRange inputs,
                               ArrayRef<AffineMap> maps,
                               ArrayRef<OpFoldResult> sizes, Type element,
                               BodyBuilder body) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(AffineMap::getMultiDimIdentityMap(3, b.getContext()));
  Value empty = createEmpty(b, loc, sizes, element);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), inputs, empty, allMaps,
             SmallVector<IteratorType>(3, IteratorType::parallel),
             [&](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, body(b, loc, args));
             })
      .getResult(0);
}

namespace {

struct EmbeddingToLinalg : OpRewritePattern<EmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MLIRContext *context = rewriter.getContext();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, loc, op.getIds());
    sizes.push_back(tensor::getMixedSize(rewriter, loc, op.getTable(), 1));
    Type element =
        cast<RankedTensorType>(op.getTable().getType()).getElementType();
    AffineMap tokens = AffineMap::get(
        3, 0, {getAffineDimExpr(0, context), getAffineDimExpr(1, context)},
        context);
    rewriter.replaceOp(
        op, createElementwise(
                rewriter, loc, op.getIds(), tokens, sizes, element,
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  Value row = arith::IndexCastOp::create(
                      b, loc, b.getIndexType(), args[0]);
                  Value column = linalg::IndexOp::create(b, loc, 2);
                  return tensor::ExtractOp::create(b, loc, op.getTable(),
                                                   ValueRange{row, column});
                }));
    return success();
  }
};

struct LearnedPositionToLinalg : OpRewritePattern<LearnedPositionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LearnedPositionOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, loc, op.getInput());
    Type element =
        cast<RankedTensorType>(op.getInput().getType()).getElementType();
    rewriter.replaceOp(
        op,
        createElementwise(
            rewriter, loc, op.getInput(),
            AffineMap::getMultiDimIdentityMap(3, rewriter.getContext()), sizes,
            element, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
              Value row = linalg::IndexOp::create(b, loc, 1);
              if (op.getOffset() != 0)
                row = arith::AddIOp::create(
                    b, loc, row,
                    arith::ConstantIndexOp::create(b, loc, op.getOffset()));
              Value column = linalg::IndexOp::create(b, loc, 2);
              Value place = tensor::ExtractOp::create(b, loc, op.getTable(),
                                                      ValueRange{row, column});
              return arith::AddFOp::create(b, loc, args[0], place);
            }));
    return success();
  }
};

/// sin of 2π(s w(i) + phase(i)), the phase being a quarter of a turn for
/// cosines. The fraction of a turn is computed in f64: in f32 the angle of
/// position 500 would be off by 3e-5.
struct SinusoidalPositionToLinalg : OpRewritePattern<SinusoidalPositionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SinusoidalPositionOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getInput().getType());
    if (!type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "its input is not f32");
    int64_t width = type.getDimSize(2);
    double base = op.getBase().convertToDouble(), turn = 2.0 * M_PI;
    SmallVector<double> frequencies, phases;
    for (int64_t i = 0; i < width; ++i) {
      frequencies.push_back(
          std::pow(base, -static_cast<double>(i / 2 * 2) / width) / turn);
      phases.push_back(i % 2 == 0 ? 0.0 : 0.25);
    }
    Type f64 = rewriter.getF64Type();
    auto table = [&](ArrayRef<double> values) -> Value {
      return arith::ConstantOp::create(
          rewriter, loc,
          DenseElementsAttr::get(RankedTensorType::get(width, f64), values));
    };
    MLIRContext *context = rewriter.getContext();
    AffineMap all = AffineMap::getMultiDimIdentityMap(3, context);
    AffineMap component = AffineMap::get(3, 0, getAffineDimExpr(2, context));
    rewriter.replaceOp(
        op,
        createElementwise(
            rewriter, loc, {op.getInput(), table(frequencies), table(phases)},
            {all, component, component},
            tensor::getMixedSizes(rewriter, loc, op.getInput()),
            type.getElementType(),
            [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
              Value token = arith::IndexCastOp::create(
                  b, loc, b.getI64Type(), linalg::IndexOp::create(b, loc, 1));
              Value position = arith::SIToFPOp::create(b, loc, f64, token);
              Value turns = arith::AddFOp::create(
                  b, loc, arith::MulFOp::create(b, loc, position, args[1]),
                  args[2]);
              Value fraction = arith::SubFOp::create(
                  b, loc, turns, math::RoundEvenOp::create(b, loc, turns));
              Value angle = arith::MulFOp::create(
                  b, loc, fraction, createFloat(b, loc, f64, turn));
              Value sine = math::SinOp::create(
                  b, loc,
                  arith::TruncFOp::create(b, loc, type.getElementType(),
                                          angle));
              return arith::AddFOp::create(b, loc, args[0], sine);
            }));
    return success();
  }
};

} // namespace

void treadle::populatePositionToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<EmbeddingToLinalg, LearnedPositionToLinalg,
               SinusoidalPositionToLinalg>(patterns.getContext());
}
