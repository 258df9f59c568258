//===- PositionToLinalg.cpp - Embeddings and positions as gathers -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Angles.h"

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

/// Adds the number of tokens before each sequence, if it is given, to what an
/// operation over [batch, tokens, width] reads.
static void addOffsets(Value offsets, SmallVectorImpl<Value> &inputs,
                       SmallVectorImpl<AffineMap> &maps) {
  if (!offsets)
    return;
  inputs.push_back(offsets);
  maps.push_back(
      AffineMap::get(3, 0, getAffineDimExpr(0, offsets.getContext())));
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
    SmallVector<Value> inputs = {op.getInput()};
    SmallVector<AffineMap> maps = {
        AffineMap::getMultiDimIdentityMap(3, rewriter.getContext())};
    addOffsets(op.getOffsets(), inputs, maps);
    Value lastRow;
    if (op.getOffsets())
      lastRow = arith::SubIOp::create(
          rewriter, loc, tensor::DimOp::create(rewriter, loc, op.getTable(), 0),
          arith::ConstantIndexOp::create(rewriter, loc, 1));
    rewriter.replaceOp(
        op, createElementwise(
                rewriter, loc, inputs, maps, sizes, element,
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  auto number = [&](int64_t value) -> Value {
                    return arith::ConstantIndexOp::create(b, loc, value);
                  };
                  Value row = linalg::IndexOp::create(b, loc, 1);
                  if (op.getOffset() != 0)
                    row = arith::AddIOp::create(b, loc, row,
                                                number(op.getOffset()));
                  if (op.getOffsets()) {
                    Value start = arith::IndexCastOp::create(
                        b, loc, b.getIndexType(), args[1]);
                    row = arith::AddIOp::create(b, loc, row, start);
                    // Limits of the arguments cannot bound the sum. A position
                    // that is no row of the table is the caller's mistake, and
                    // still reads the table and nothing else.
                    row = arith::MaxSIOp::create(b, loc, row, number(0));
                    row = arith::MinSIOp::create(b, loc, row, lastRow);
                  }
                  Value column = linalg::IndexOp::create(b, loc, 2);
                  Value place = tensor::ExtractOp::create(
                      b, loc, op.getTable(), ValueRange{row, column});
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
    double base = op.getBase().convertToDouble();
    SmallVector<double> frequencies, phases;
    for (int64_t i = 0; i < width; ++i) {
      frequencies.push_back(
          std::pow(base, -static_cast<double>(i / 2 * 2) / width));
      phases.push_back(i % 2 == 0 ? 0.0 : 0.25);
    }
    auto table = [&](ArrayRef<double> values) -> Value {
      return arith::ConstantOp::create(
          rewriter, loc,
          DenseElementsAttr::get(
              RankedTensorType::get(width, rewriter.getF64Type()), values));
    };
    MLIRContext *context = rewriter.getContext();
    SmallVector<Value> inputs = {op.getInput(), table(toTurns(frequencies)),
                                 table(phases)};
    AffineMap component = AffineMap::get(3, 0, getAffineDimExpr(2, context));
    SmallVector<AffineMap> maps = {
        AffineMap::getMultiDimIdentityMap(3, context), component, component};
    addOffsets(op.getOffsets(), inputs, maps);
    rewriter.replaceOp(
        op, createElementwise(
                rewriter, loc, inputs, maps,
                tensor::getMixedSizes(rewriter, loc, op.getInput()),
                type.getElementType(),
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  Value position =
                      createPosition(b, loc, linalg::IndexOp::create(b, loc, 1),
                                     op.getOffsets() ? args[3] : Value());
                  Value turns = arith::AddFOp::create(
                      b, loc, arith::MulFOp::create(b, loc, position, args[1]),
                      args[2]);
                  Value sine =
                      arith::TruncFOp::create(b, loc, type.getElementType(),
                                              createSineOfTurns(b, loc, turns));
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
