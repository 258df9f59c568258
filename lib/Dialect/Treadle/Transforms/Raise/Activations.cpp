//===- Activations.cpp - Activations as formulas -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Activations.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

/// Constants are written with the digits of f32.
static bool isAbout(double number, double expected) {
  return std::abs(number - expected) <= 1e-6 * std::abs(expected);
}

/// x, when `element` is 1 + x.
static Element getPastOne(Dimensions &dims, const Element &element) {
  Step step = dims.step(element);
  if (step.applies<arith::AddFOp>())
    for (unsigned i = 0; i < 2; ++i)
      if (dims.getNumber(step.operands[i]) == 1.0)
        return step.operands[1 - i];
  return {};
}

/// x, when `element` is `name`(x).
template <typename OpT>
static Element getArgument(Dimensions &dims, const Element &element) {
  if (!element)
    return {};
  Step step = dims.step(element);
  return step.applies<OpT>() ? step.operands[0] : Element();
}

/// x and a, when `element` is 1 + e^(-a x).
static std::optional<Multiple> getLogistic(Dimensions &dims,
                                           const Element &element) {
  Element exponent = getArgument<math::ExpOp>(dims, getPastOne(dims, element));
  if (!exponent)
    return std::nullopt;
  Multiple multiple = getMultiple(dims, exponent);
  multiple.number = -multiple.number;
  return multiple;
}

/// x, when `element` is max(x, 0).
static Element getRectified(Dimensions &dims, const Element &element) {
  Step step = dims.step(element);
  if (step.applies<arith::MaximumFOp, arith::MaxNumFOp>())
    for (unsigned i = 0; i < 2; ++i)
      if (dims.getNumber(step.operands[i]) == 0.0)
        return step.operands[1 - i];
  if (!step.applies<arith::SelectOp>() ||
      dims.getNumber(step.operands[2]) != 0.0)
    return {};
  Step comparison = dims.step(step.operands[0]);
  if (!comparison.applies<arith::CmpFOp>())
    return {};
  auto predicate = cast<arith::CmpFOp>(comparison.op).getPredicate();
  bool isGreater = predicate == arith::CmpFPredicate::UGT ||
                   predicate == arith::CmpFPredicate::UGE;
  // An ordered comparison makes zero of NaN, which relu does not.
  if (isGreater && dims.getNumber(comparison.operands[1]) == 0.0 &&
      dims.areSame(comparison.operands[0], step.operands[1]))
    return step.operands[1];
  return {};
}

/// Whether `element` is √(2/π) (x + 0.044715 x³).
static bool isTanhGeluArgument(Dimensions &dims, const Element &element,
                               const Element &x) {
  Multiple multiple = getMultiple(dims, element);
  Step sum = dims.step(multiple.rest);
  if (!isAbout(multiple.number, 0.79788456080286536) ||
      !sum.applies<arith::AddFOp>())
    return false;
  for (unsigned i = 0; i < 2; ++i) {
    if (!dims.areSame(sum.operands[i], x))
      continue;
    Product cube = getProduct(dims, sum.operands[1 - i]);
    if (!isAbout(cube.number, 0.044715) || !cube.denominators.empty() ||
        !cube.roots.empty())
      return false;
    if (cube.numerators.size() == 1) {
      Step power = dims.step(cube.numerators[0]);
      return power.applies<math::PowFOp, math::FPowIOp>() &&
             dims.getNumber(power.operands[1]) == 3.0 &&
             dims.areSame(power.operands[0], x);
    }
    return cube.numerators.size() == 3 &&
           llvm::all_of(cube.numerators, [&](const Element &factor) {
             return dims.areSame(factor, x);
           });
  }
  return false;
}

std::optional<Activated> treadle::getActivated(Dimensions &dims,
                                               const Element &element) {
  if (Element x = getArgument<math::TanhOp>(dims, element))
    return Activated{Activation::Tanh, x};
  if (Element x = getRectified(dims, element))
    return Activated{Activation::Relu, x};
  Step step = dims.step(element);
  if (!step.applies<arith::MulFOp, arith::DivFOp>())
    return std::nullopt;
  Product product = getProduct(dims, element);
  if (!product.roots.empty())
    return std::nullopt;
  auto &numerators = product.numerators;

  if (product.denominators.size() == 1 && product.number == 1.0) {
    auto logistic = getLogistic(dims, product.denominators[0]);
    if (!logistic)
      return std::nullopt;
    if (numerators.empty() && logistic->number == 1.0)
      return Activated{Activation::Sigmoid, logistic->rest};
    if (numerators.size() != 1 || !dims.areSame(numerators[0], logistic->rest))
      return std::nullopt;
    if (logistic->number == 1.0)
      return Activated{Activation::Silu, numerators[0]};
    if (isAbout(logistic->number, 1.702))
      return Activated{Activation::QuickGelu, numerators[0]};
    return std::nullopt;
  }
  if (!product.denominators.empty() || numerators.size() != 2)
    return std::nullopt;
  if (product.number == 1.0) {
    Element x = getRectified(dims, numerators[0]);
    if (x && dims.areSame(numerators[0], numerators[1]))
      return Activated{Activation::ReluSquared, x};
    return std::nullopt;
  }
  if (product.number != 0.5)
    return std::nullopt;
  for (unsigned i = 0; i < 2; ++i) {
    const Element &x = numerators[i];
    Element past = getPastOne(dims, numerators[1 - i]);
    if (Element argument = getArgument<math::ErfOp>(dims, past)) {
      Multiple multiple = getMultiple(dims, argument);
      if (isAbout(multiple.number, 0.70710678118654752) &&
          dims.areSame(multiple.rest, x))
        return Activated{Activation::Gelu, x};
    }
    if (Element argument = getArgument<math::TanhOp>(dims, past))
      if (isTanhGeluArgument(dims, argument, x))
        return Activated{Activation::GeluTanh, x};
  }
  return std::nullopt;
}
