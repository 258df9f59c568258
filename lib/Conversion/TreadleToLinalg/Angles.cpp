//===- Angles.cpp - Exact angles of positions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Angles.h"

#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

SmallVector<double> treadle::toTurns(ArrayRef<double> radians) {
  return llvm::map_to_vector(
      radians, [](double frequency) { return frequency / (2.0 * M_PI); });
}

Value treadle::toF64(OpBuilder &b, Location loc, Value value) {
  if (value.getType().isIndex())
    value = arith::IndexCastOp::create(b, loc, b.getI64Type(), value);
  return arith::SIToFPOp::create(b, loc, b.getF64Type(), value);
}

Value treadle::createPosition(OpBuilder &b, Location loc, Value token,
                              Value offset) {
  if (!offset)
    return toF64(b, loc, token);
  Value start = arith::IndexCastOp::create(b, loc, b.getIndexType(), offset);
  return toF64(b, loc, arith::AddIOp::create(b, loc, token, start));
}

/// sin(π/2 x)/x as a polynomial in x² on [-1, 1], that of x^0 first: the
/// least largest error of x times it, 1.4e-11.
static constexpr double kSine[] = {
    1.5707963266218756,    -0.645964092652703,     0.07969258733514725,
    -0.004681620351156951, 0.00016021724675983412, -3.4182132192280623e-06};

namespace {
/// Arithmetic of f64 numbers.
class F64Builder {
public:
  F64Builder(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  Value number(double value) {
    return createFloat(b, loc, b.getF64Type(), value);
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value round(Value x) { return math::RoundEvenOp::create(b, loc, x); }
  Value atLeast(Value x, Value y) {
    return arith::MaximumFOp::create(b, loc, x, y);
  }
  Value atMost(Value x, Value y) {
    return arith::MinimumFOp::create(b, loc, x, y);
  }
  /// By Horner's rule, the coefficient of x^0 first. Not fused: the result is
  /// the same on every CPU.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = number(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = add(mul(sum, x), number(coefficient));
    return sum;
  }

private:
  OpBuilder &b;
  Location loc;
};
} // namespace

Value treadle::createSineOfTurns(OpBuilder &builder, Location loc,
                                 Value turns) {
  F64Builder b(builder, loc);
  // Within half a turn of a whole one, and then folded at the quarters, where
  // the sine is the same on both sides.
  Value x = b.sub(turns, b.round(turns));
  x = b.atLeast(x, b.sub(b.number(-0.5), x));
  x = b.atMost(x, b.sub(b.number(0.5), x));
  x = b.mul(x, b.number(4.0));
  return b.mul(x, b.polynomial(b.mul(x, x), kSine));
}

Value treadle::createPower(OpBuilder &builder, Location loc, Value base,
                           double exponent) {
  F64Builder b(builder, loc);
  Type i64 = builder.getI64Type(), f64 = builder.getF64Type();
  auto integer = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(builder, loc, value, 64);
  };
  constexpr int64_t kBias = 1023, kMantissaBits = 52;
  auto place = integer(kMantissaBits);

  // base = 2^n m with m in [1, 2), and ln(m) = 2 artanh((m - √2)/(m + √2)) +
  // ln(2)/2, whose argument is at most 0.172.
  Value bits = arith::BitcastOp::create(builder, loc, i64, base);
  Value n = arith::SubIOp::create(
      builder, loc, arith::ShRUIOp::create(builder, loc, bits, place),
      integer(kBias));
  Value mantissa = arith::AndIOp::create(
      builder, loc, bits, integer((int64_t(1) << kMantissaBits) - 1));
  Value m = arith::BitcastOp::create(
      builder, loc, f64,
      arith::OrIOp::create(builder, loc, mantissa,
                           integer(kBias << kMantissaBits)));
  Value root = b.number(M_SQRT2);
  Value s = b.div(b.sub(m, root), b.add(m, root));
  SmallVector<double> artanh;
  for (int power = 1; power <= 21; power += 2)
    artanh.push_back(2.0 * M_LOG2E / power);
  Value logarithm =
      b.add(b.mul(s, b.polynomial(b.mul(s, s), artanh)), b.number(0.5));
  // Where the base is 1, the power is to be 1 and not nearly so.
  Value isOne = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ,
                                      base, b.number(1.0));
  Value y = b.mul(b.add(logarithm, toF64(builder, loc, n)), b.number(exponent));
  y = arith::SelectOp::create(builder, loc, isOne, b.number(0.0), y);

  // 2^y = 2^whole 2^(y - whole), the latter by its series.
  Value whole = b.round(y);
  SmallVector<double> series = {1.0};
  for (int power = 1; power <= 13; ++power)
    series.push_back(series.back() * M_LN2 / power);
  Value fraction = b.polynomial(b.sub(y, whole), series);
  Value scale = arith::AddIOp::create(
      builder, loc, arith::FPToSIOp::create(builder, loc, i64, whole),
      integer(kBias));
  scale = arith::ShLIOp::create(builder, loc, scale, place);
  return b.mul(fraction, arith::BitcastOp::create(builder, loc, f64, scale));
}
