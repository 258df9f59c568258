//===- Math.cpp - What the operations of math mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

/// Functions of the C library, whose f64 ones are good to about a unit in the
/// last place.
static void addReals(Interpreter &in) {
  addFloat<math::AbsFOp>(in, [](Floats x) { return std::fabs(x[0]); });
  addFloat<math::AcosOp>(in, [](Floats x) { return std::acos(x[0]); });
  addFloat<math::AcoshOp>(in, [](Floats x) { return std::acosh(x[0]); });
  addFloat<math::AsinOp>(in, [](Floats x) { return std::asin(x[0]); });
  addFloat<math::AsinhOp>(in, [](Floats x) { return std::asinh(x[0]); });
  addFloat<math::AtanOp>(in, [](Floats x) { return std::atan(x[0]); });
  addFloat<math::Atan2Op>(in, [](Floats x) { return std::atan2(x[0], x[1]); });
  addFloat<math::AtanhOp>(in, [](Floats x) { return std::atanh(x[0]); });
  addFloat<math::CbrtOp>(in, [](Floats x) { return std::cbrt(x[0]); });
  addFloat<math::CeilOp>(in, [](Floats x) { return std::ceil(x[0]); });
  addFloat<math::CopySignOp>(
      in, [](Floats x) { return std::copysign(x[0], x[1]); });
  addFloat<math::CosOp>(in, [](Floats x) { return std::cos(x[0]); });
  addFloat<math::CoshOp>(in, [](Floats x) { return std::cosh(x[0]); });
  addFloat<math::ErfOp>(in, [](Floats x) { return std::erf(x[0]); });
  addFloat<math::ErfcOp>(in, [](Floats x) { return std::erfc(x[0]); });
  addFloat<math::ExpOp>(in, [](Floats x) { return std::exp(x[0]); });
  addFloat<math::Exp2Op>(in, [](Floats x) { return std::exp2(x[0]); });
  addFloat<math::ExpM1Op>(in, [](Floats x) { return std::expm1(x[0]); });
  addFloat<math::FloorOp>(in, [](Floats x) { return std::floor(x[0]); });
  addFloat<math::FmaOp>(in,
                        [](Floats x) { return std::fma(x[0], x[1], x[2]); });
  addFloat<math::LogOp>(in, [](Floats x) { return std::log(x[0]); });
  addFloat<math::Log10Op>(in, [](Floats x) { return std::log10(x[0]); });
  addFloat<math::Log1pOp>(in, [](Floats x) { return std::log1p(x[0]); });
  addFloat<math::Log2Op>(in, [](Floats x) { return std::log2(x[0]); });
  addFloat<math::PowFOp>(in, [](Floats x) { return std::pow(x[0], x[1]); });
  addFloat<math::RoundOp>(in, [](Floats x) { return std::round(x[0]); });
  // In the rounding mode that every program begins in.
  addFloat<math::RoundEvenOp>(in,
                              [](Floats x) { return std::nearbyint(x[0]); });
  addFloat<math::RsqrtOp>(in, [](Floats x) { return 1 / std::sqrt(x[0]); });
  addFloat<math::SinOp>(in, [](Floats x) { return std::sin(x[0]); });
  addFloat<math::SinhOp>(in, [](Floats x) { return std::sinh(x[0]); });
  addFloat<math::SqrtOp>(in, [](Floats x) { return std::sqrt(x[0]); });
  addFloat<math::TanOp>(in, [](Floats x) { return std::tan(x[0]); });
  addFloat<math::TanhOp>(in, [](Floats x) { return std::tanh(x[0]); });
  addFloat<math::TruncOp>(in, [](Floats x) { return std::trunc(x[0]); });
}

/// An operation that says whether a float is of some kind.
template <typename OpTy>
static void addPredicate(Interpreter &in, bool (*predicate)(double)) {
  in.add<OpTy>([predicate](OpTy op, Frame &frame) {
    return applyElementwise(
        op, frame, [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
          return Tensor(int64_t(predicate(x[0].getFloat())));
        });
  });
}

void treadle::addMathOperations(Interpreter &in) {
  addReals(in);
  addPredicate<math::IsNaNOp>(in, [](double x) { return std::isnan(x); });
  addPredicate<math::IsInfOp>(in, [](double x) { return std::isinf(x); });
  addPredicate<math::IsFiniteOp>(in, [](double x) { return std::isfinite(x); });
  addInteger<math::AbsIOp>(in,
                           [](Integers x, unsigned) -> std::optional<int64_t> {
                             return x[0] < 0 ? -uint64_t(x[0]) : uint64_t(x[0]);
                           });
  // x^n of a whole n.
  in.add<math::FPowIOp>([](math::FPowIOp op, Frame &frame) {
    return applyElementwise(
        op, frame, [](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
          return Tensor(std::pow(x[0].getFloat(), double(x[1].getInteger())));
        });
  });
}
