//===- ScoreToArith.cpp - Soft caps, ALiBi and relative buckets of numbers -*-
// C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/IR/Positions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

namespace {

/// More comparisons than this for one number are no way to find its bucket.
constexpr int64_t kMostBuckets = 1024;

/// Emits arithmetic of one type, f32 or wider, for a number of perhaps another.
class ScoreBuilder {
public:
  ScoreBuilder(PatternRewriter &b, Location loc, Type scoreType)
      : b(b), loc(loc), scoreType(scoreType), type(scoreType) {
    if (getElementTypeOrSelf(type).getIntOrFloatBitWidth() < 32) {
      type = b.getF32Type();
      if (auto vector = dyn_cast<VectorType>(scoreType))
        type = vector.clone(type);
    }
  }

  Value number(double value) {
    TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, Attribute(attr));
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  /// From the score's type, and back to it.
  Value widen(Value x) {
    return type == scoreType ? x : arith::ExtFOp::create(b, loc, type, x);
  }
  Value narrow(Value x) {
    return type == scoreType ? x
                             : arith::TruncFOp::create(b, loc, scoreType, x);
  }
  Type getType() { return type; }

private:
  PatternRewriter &b;
  Location loc;
  Type scoreType, type;
};

struct LowerSoftCap : OpRewritePattern<SoftCapOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SoftCapOp op,
                                PatternRewriter &rewriter) const override {
    if (!isa<FloatType, VectorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "its input is a tensor");
    ScoreBuilder b(rewriter, op.getLoc(), op.getType());
    double cap = op.getCap().convertToDouble();
    Value fraction = b.mul(b.widen(op.getInput()), b.number(1.0 / cap));
    Value bounded = math::TanhOp::create(rewriter, op.getLoc(), fraction);
    rewriter.replaceOp(op, b.narrow(b.mul(bounded, b.number(cap))));
    return success();
  }
};

/// key - query, as i32: positions have 31 bits.
Value createDistance(OpBuilder &b, Location loc, Value query, Value key) {
  Type i32 = b.getI32Type();
  return arith::SubIOp::create(b, loc,
                               arith::IndexCastOp::create(b, loc, i32, key),
                               arith::IndexCastOp::create(b, loc, i32, query));
}

Value createAbsolute(OpBuilder &b, Location loc, Value x) {
  Value zero = arith::ConstantIntOp::create(b, loc, 0, 32);
  return arith::MaxSIOp::create(b, loc, x,
                                arith::SubIOp::create(b, loc, zero, x));
}

struct LowerAlibi : OpRewritePattern<AlibiOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AlibiOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    ScoreBuilder b(rewriter, loc, op.getScore().getType());
    // The exponents of the slopes, which are exact, are linear in the head:
    // first + step * head, with others for the heads beyond a power of two.
    double heads = op.getHeads();
    double power = llvm::bit_floor(static_cast<uint64_t>(op.getHeads()));
    Value head = arith::SIToFPOp::create(
        rewriter, loc, b.getType(),
        arith::IndexCastOp::create(rewriter, loc, rewriter.getI32Type(),
                                   op.getHead()));
    Value exponent = b.mul(b.add(head, b.number(1.0)), b.number(-8.0 / power));
    if (heads != power) {
      Value others =
          b.mul(b.add(head, b.number(0.5 - power)), b.number(-8.0 / power));
      Value isOther = arith::CmpFOp::create(
          rewriter, loc, arith::CmpFPredicate::OGE, head, b.number(power));
      exponent =
          arith::SelectOp::create(rewriter, loc, isOther, others, exponent);
    }
    Value slope = math::Exp2Op::create(rewriter, loc, exponent);
    Value distance = createAbsolute(
        rewriter, loc,
        createDistance(rewriter, loc, op.getQuery(), op.getKey()));
    Value steps = arith::SIToFPOp::create(rewriter, loc, b.getType(), distance);
    rewriter.replaceOpWithNewOp<arith::SubFOp>(op, op.getScore(),
                                               b.narrow(b.mul(slope, steps)));
    return success();
  }
};

struct LowerRelativeBucket : OpRewritePattern<RelativeBucketOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RelativeBucketOp op,
                                PatternRewriter &rewriter) const override {
    if (static_cast<int64_t>(op.getBuckets()) > kMostBuckets)
      return rewriter.notifyMatchFailure(op, "it has too many buckets");
    Location loc = op.getLoc();
    auto number = [&](int64_t value) -> Value {
      return arith::ConstantIntOp::create(rewriter, loc, value, 32);
    };
    auto relative =
        RelativeAttr::get(op.getContext(), op.getBuckets(), op.getMaxDistance(),
                          op.getBidirectional());
    int64_t buckets =
        op.getBidirectional() ? op.getBuckets() / 2 : op.getBuckets();
    Value d = createDistance(rewriter, loc, op.getQuery(), op.getKey());
    Value distance;
    if (op.getBidirectional())
      distance = createAbsolute(rewriter, loc, d);
    else
      distance = arith::MaxSIOp::create(
          rewriter, loc, number(0),
          arith::SubIOp::create(rewriter, loc, number(0), d));
    // A bucket for each short distance, and one more for each bound that the
    // distance reaches: no logarithm, whose rounding would matter.
    Value bucket =
        arith::MinSIOp::create(rewriter, loc, distance, number(buckets / 2));
    for (int64_t bound : getRelativeBounds(relative)) {
      if (bound > std::numeric_limits<int32_t>::max())
        break;
      Value reaches = arith::CmpIOp::create(
          rewriter, loc, arith::CmpIPredicate::sge, distance, number(bound));
      bucket = arith::AddIOp::create(
          rewriter, loc, bucket,
          arith::ExtUIOp::create(rewriter, loc, rewriter.getI32Type(),
                                 reaches));
    }
    if (op.getBidirectional()) {
      Value isAfter = arith::CmpIOp::create(
          rewriter, loc, arith::CmpIPredicate::sgt, d, number(0));
      Value first = arith::SelectOp::create(rewriter, loc, isAfter,
                                            number(buckets), number(0));
      bucket = arith::AddIOp::create(rewriter, loc, bucket, first);
    }
    rewriter.replaceOpWithNewOp<arith::IndexCastOp>(op, rewriter.getIndexType(),
                                                    bucket);
    return success();
  }
};

} // namespace

void treadle::populateScoreLoweringPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerSoftCap, LowerAlibi, LowerRelativeBucket>(
      patterns.getContext());
}
