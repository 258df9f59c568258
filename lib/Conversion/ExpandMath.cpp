//===- ExpandMath.cpp - Elementary functions as polynomials -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A vector of exponentials that is left to LLVM becomes a call of libm for each
// lane. Here the functions that transformers spend time in become straight
// lines of arithmetic, without branches, table look-ups or calls, that are
// alike for a scalar and for a vector of any shape and round alike in both.
//
// Limits are compared with and selected, in the order `limit > x ? limit : x`:
// that is one instruction on x86, and passes NaN on.
//
// Coefficients are minimax fits (linear programming over the interval's
// Chebyshev points), rounded to f32. Errors are measured against f64 by the
// tests in test/Unit/Conversion/ExpandMathTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "treadle/Conversion/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {

/// Builds arithmetic on f32, or on vectors of it.
class F32Builder {
public:
  F32Builder(OpBuilder &builder, Location loc, Type type)
      : builder(builder), loc(loc), type(type) {}

  Value constant(float value) {
    return createConstant(type, builder.getF32FloatAttr(value));
  }
  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, loc, a, b);
  }
  Value sub(Value a, Value b) {
    return arith::SubFOp::create(builder, loc, a, b);
  }
  Value mul(Value a, Value b) {
    return arith::MulFOp::create(builder, loc, a, b);
  }
  /// a * b + c, rounded once.
  Value fma(Value a, Value b, Value c) {
    return math::FmaOp::create(builder, loc, a, b, c);
  }
  Value atLeast(Value x, float limit) {
    return select(arith::CmpFPredicate::OGT, constant(limit), x);
  }
  Value atMost(Value x, float limit) {
    return select(arith::CmpFPredicate::OLT, constant(limit), x);
  }

  /// The polynomial with these coefficients, that of x^0 first, by Horner's
  /// rule.
  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value result = constant(coefficients.back());
    for (float coefficient : llvm::reverse(coefficients.drop_back()))
      result = fma(result, x, constant(coefficient));
    return result;
  }

  /// The bits of x moved to the left, as a float again.
  Value shiftBitsLeft(Value x, int32_t count) {
    Type bits = getBitsType();
    Value amount = createConstant(bits, builder.getI32IntegerAttr(count));
    return toFloat(arith::ShLIOp::create(builder, loc, toBits(x), amount));
  }
  /// x with its sign changed where the last bit of `number` is set.
  Value negateIfOdd(Value x, Value number) {
    return toFloat(arith::XOrIOp::create(builder, loc, toBits(x),
                                         toBits(shiftBitsLeft(number, 31))));
  }

private:
  Value createConstant(Type type, TypedAttr value) {
    if (auto shaped = dyn_cast<ShapedType>(type))
      value = DenseElementsAttr::get(shaped, Attribute(value));
    return arith::ConstantOp::create(builder, loc, value);
  }
  Type getBitsType() {
    Type bits = builder.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      return vector.clone(bits);
    return bits;
  }
  Value toBits(Value x) {
    return arith::BitcastOp::create(builder, loc, getBitsType(), x);
  }
  Value toFloat(Value bits) {
    return arith::BitcastOp::create(builder, loc, type, bits);
  }
  Value select(arith::CmpFPredicate predicate, Value limit, Value x) {
    Value beyond = arith::CmpFOp::create(builder, loc, predicate, limit, x);
    return arith::SelectOp::create(builder, loc, beyond, limit, x);
  }

  OpBuilder &builder;
  Location loc;
  Type type;
};

/// A sum of this and a number n in [-126, 128] has n + 126 in its last bits,
/// rounded to nearest: moved to the exponent's place they are 2^(n-1). (1.5 *
/// 2^23, the place where floats are the integers, and 126 on top of it.)
constexpr float kRound = 0x1.8p23f + 126;

/// 2 * 2^r for r in [-1/2, 1/2], with a relative error of 3e-9; 2 exactly for
/// 0. Twice the power, because 2^(n-1) is finite for n = 128 and 2^n is not.
constexpr float kExp2[] = {2.0f,          1.38629436f,   0.480452955f,
                           0.111007199f,  0.0192370117f, 0.00267816125f,
                           0.00030652943f};

/// The same with a relative error of 3e-6.
constexpr float kShortExp2[] = {2.0f, 1.38624835f, 0.480481982f, 0.111812852f,
                                0.0191657059f};

/// 2^(n-1) * 2 * 2^r, where `rounded` is n + kRound. A sum of exponents would
/// be as short as this product, but would make numbers of some NaN.
Value scale(F32Builder &b, Value rounded, Value r,
            ArrayRef<float> coefficients = kExp2) {
  return b.mul(b.polynomial(r, coefficients), b.shiftBitsLeft(rounded, 23));
}

/// 2^x. From 128 on n = 128 and r = 0, which overflows to infinity; at -126 the
/// exponent's field is 0, so that everything below -125.5 is exactly 0 and no
/// denormal is made.
Value expandExp2(F32Builder &b, Value x, ArrayRef<float> coefficients) {
  x = b.atMost(b.atLeast(x, -126.0f), 128.0f);
  Value rounded = b.add(x, b.constant(kRound));
  Value n = b.sub(rounded, b.constant(kRound));
  return scale(b, rounded, b.sub(x, n), coefficients);
}
Value expandExactExp2(F32Builder &b, Value x) {
  return expandExp2(b, x, kExp2);
}
Value expandShortExp2(F32Builder &b, Value x) {
  return expandExp2(b, x, kShortExp2);
}

/// e^x = 2^(x log2(e)). The product in two parts: its error would be multiplied
/// by |x|. The limits are those of expandExp2, a little farther out.
Value expandExp(F32Builder &b, Value x) {
  x = b.atMost(b.atLeast(x, -87.5f), 89.0f);
  Value log2e = b.constant(1.44269502f), rest = b.constant(1.92596303e-8f);
  Value rounded = b.fma(x, log2e, b.constant(kRound));
  Value minusN = b.sub(b.constant(kRound), rounded);
  return scale(b, rounded, b.fma(x, rest, b.fma(x, log2e, minusN)));
}

/// erf x = x P(x^2) as long as it is not 1. One polynomial for all x takes
/// fewer instructions than two and a choice between them. It is in x^2 -
/// middle: about the middle of its interval the terms do not cancel. At the
/// upper limit of that, and farther out because of the factor x, it exceeds 1
/// and is cut off there, so that gelu is exactly 0 far below 0.
Value expandErf(F32Builder &b, Value x, float middle, float limit,
                ArrayRef<float> coefficients) {
  Value v = b.atMost(b.fma(x, x, b.constant(-middle)), limit);
  Value result = b.mul(x, b.polynomial(v, coefficients));
  return b.atMost(b.atLeast(result, -1.0f), 1.0f);
}
Value expandExactErf(F32Builder &b, Value x) {
  static constexpr float kErf[] = {
      0.384808362f,    -0.0284064654f,   0.00310733914f,  -0.000367302622f,
      4.35362854e-05f, -4.99138105e-06f, 5.4178588e-07f,  -5.48782282e-08f,
      5.20444843e-09f, -4.7258486e-10f,  3.9232971e-11f,  -2.61719357e-12f,
      1.68918278e-13f, -1.75419422e-14f, 1.51778267e-15f, -5.30177774e-17f};
  return expandErf(b, x, 6.75f, 8.3044f, kErf);
}
/// The same with an error of 6e-5: 1 from 2.86 on.
Value expandShortErf(F32Builder &b, Value x) {
  static constexpr float kShortErf[] = {
      0.513204634f,    -0.0649463311f,   0.0112317661f,   -0.00186667498f,
      0.000285075133f, -4.63007709e-05f, 6.84530505e-06f, -4.93449079e-07f};
  return expandErf(b, x, 3.75f, 4.4296f, kShortErf);
}

/// sin(x) for `phase` 0 and cos(x) for 1/2. With k the whole number next to
/// x/π - phase and r = x - (k + phase) π, which three floats hold π for, the
/// result is (-1)^k sin(r) or -(-1)^k sin(r): of r, at most π/2, a polynomial.
/// Of x beyond 2^16 k may be wrong, and some number in [-1, 1] is the result.
Value expandSine(F32Builder &b, Value x, float phase) {
  // Adding 1.5 2^23 rounds to a whole number, whose last bit is then that of
  // the sum; one more makes the cosine's sign.
  float round = 0x1.8p23f + 2.0f * phase;
  Value inverse = b.constant(0.318309873f), rounded;
  if (phase == 0.0f)
    rounded = b.fma(x, inverse, b.constant(round));
  else
    rounded = b.add(b.fma(x, inverse, b.constant(-phase)), b.constant(round));
  Value turns = b.sub(rounded, b.constant(round));
  if (phase != 0.0f)
    turns = b.add(turns, b.constant(phase));
  // Parts of one sign: a zero keeps its own in all of this.
  Value r = x;
  for (float part : {-0x1.921fb4p+1f, -0x1.4442dp-23f, -0x1.846988p-47f})
    r = b.fma(turns, b.constant(part), r);
  r = b.atMost(b.atLeast(r, -1.6f), 1.6f);
  static constexpr float kSine[] = {0.0f, -0x1.555548p-3f, 0x1.110e64p-7f,
                                    -0x1.9f5f96p-13f, 0x1.5cf2f8p-19f};
  Value sine = b.fma(r, b.polynomial(b.mul(r, r), kSine), r);
  return b.negateIfOdd(sine, rounded);
}
Value expandSin(F32Builder &b, Value x) { return expandSine(b, x, 0.0f); }
Value expandCos(F32Builder &b, Value x) { return expandSine(b, x, 0.5f); }

template <typename MathOp>
struct ExpandPattern : public OpRewritePattern<MathOp> {
  using Expansion = Value (*)(F32Builder &, Value);

  // Before upstream's approximations of the same operations.
  ExpandPattern(MLIRContext *context, Expansion expand,
                PatternBenefit benefit = 2)
      : OpRewritePattern<MathOp>(context, benefit), expand(expand) {}

  LogicalResult matchAndRewrite(MathOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32() ||
        !isa<FloatType, VectorType>(type))
      return rewriter.notifyMatchFailure(op, "not f32 or a vector of it");
    F32Builder builder(rewriter, op.getLoc(), type);
    rewriter.replaceOp(op, expand(builder, op.getOperand()));
    return success();
  }

  Expansion expand;
};

/// Of a function that may be approximate.
template <typename MathOp> struct ExpandShortPattern : ExpandPattern<MathOp> {
  ExpandShortPattern(MLIRContext *context,
                     typename ExpandPattern<MathOp>::Expansion expand)
      : ExpandPattern<MathOp>(context, expand, /*benefit=*/3) {}

  LogicalResult matchAndRewrite(MathOp op,
                                PatternRewriter &rewriter) const override {
    if (!bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::afn))
      return rewriter.notifyMatchFailure(op, "it may not be approximate");
    return ExpandPattern<MathOp>::matchAndRewrite(op, rewriter);
  }
};

struct ExpandMathPass
    : public treadle::impl::ExpandMathPassBase<ExpandMathPass> {
  /// Conversions for which the target has no instruction: a CPU without
  /// vcvtneps2bf16 would call a function of the compiler's runtime for each
  /// element. Functions that prepare parameters run on another machine than
  /// the target, perhaps, and make the same on all.
  SmallVector<Operation *> getConversionsToExpand() {
    TargetAttr target;
    for (Operation *op = getOperation(); op && !target; op = op->getParentOp())
      target = op->getAttrOfType<TargetAttr>(kTargetAttrName);
    bool hasInstruction = target && target.hasFeature("avx512bf16");
    SmallVector<Operation *> conversions;
    getOperation()->walk([&](Operation *op) {
      if (!isa<arith::TruncFOp, arith::ExtFOp>(op))
        return;
      auto function = op->getParentOfType<FunctionOpInterface>();
      if (!hasInstruction || (function && function->hasAttr(kPreparedAttrName)))
        conversions.push_back(op);
    });
    return conversions;
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    treadle::populateExpandMathPatterns(patterns);
    // Narrower types go through f32. Upstream's own list has no exp2.
    populateMathF32ExpansionPatterns(patterns, [](StringRef name) {
      return name == math::Exp2Op::getOperationName();
    });
    populateMathPolynomialApproximationPatterns(patterns);
    RewritePatternSet conversions(&getContext());
    arith::populateExpandBFloat16Patterns(conversions);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))) ||
        failed(applyOpPatternsGreedily(getConversionsToExpand(),
                                       std::move(conversions))))
      signalPassFailure();
  }
};

} // namespace

void treadle::populateExpandMathPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<ExpandPattern<math::Exp2Op>>(context, expandExactExp2);
  patterns.add<ExpandShortPattern<math::Exp2Op>>(context, expandShortExp2);
  patterns.add<ExpandPattern<math::ExpOp>>(context, expandExp);
  patterns.add<ExpandPattern<math::ErfOp>>(context, expandExactErf);
  patterns.add<ExpandShortPattern<math::ErfOp>>(context, expandShortErf);
  patterns.add<ExpandPattern<math::SinOp>>(context, expandSin);
  patterns.add<ExpandPattern<math::CosOp>>(context, expandCos);
}
