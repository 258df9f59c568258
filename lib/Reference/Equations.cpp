//===- Equations.cpp - Equations that several operations share -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Equations.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace treadle;

double treadle::activate(Activation function, double x) {
  switch (function) {
  case Activation::Identity:
    return x;
  case Activation::Gelu:
    return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
  case Activation::GeluTanh:
    return x / 2 *
           (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  case Activation::Relu:
    // A comparison would lose a NaN.
    return std::isnan(x) ? x : std::fmax(x, 0.0);
  case Activation::Silu:
    return x / (1 + std::exp(-x));
  case Activation::Tanh:
    return std::tanh(x);
  case Activation::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case Activation::QuickGelu:
    return x / (1 + std::exp(-1.702 * x));
  case Activation::ReluSquared:
    return activate(Activation::Relu, x) * activate(Activation::Relu, x);
  }
  llvm_unreachable("all activations are above");
}

void treadle::applyLinear(ArrayRef<double> x, ArrayRef<double> weight,
                          ArrayRef<double> bias, Activation activation,
                          MutableArrayRef<double> y) {
  for (size_t o = 0; o < y.size(); ++o) {
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i)
      sum += weight[o * x.size() + i] * x[i];
    y[o] = activate(activation, bias.empty() ? sum : sum + bias[o]);
  }
}

void treadle::applyRmsNorm(ArrayRef<double> x, ArrayRef<double> gain,
                           double epsilon, MutableArrayRef<double> y) {
  double meanSquare = 0;
  for (double value : x)
    meanSquare += value * value / x.size();
  double root = std::sqrt(meanSquare + epsilon);
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = x[i] / root * (gain.empty() ? 1.0 : gain[i]);
}

int64_t treadle::addToPosition(int64_t s, int64_t offset) {
  constexpr int64_t kMost = int64_t(1) << 60;
  return s + std::clamp(offset, -kMost, kMost);
}

Visibility treadle::getVisibility(MaskAttr mask, int64_t queries, int64_t keys,
                                  int64_t length, int64_t offset,
                                  int64_t prefix) {
  if (!mask)
    return {};
  length = std::min(std::max<int64_t>(length, 0), keys);
  switch (mask.getAlign()) {
  case Alignment::BottomRight:
    return {mask, keys - queries, length, prefix};
  case Alignment::TopLeft:
    return {mask, 0, length, prefix};
  case Alignment::Lengths:
    return {mask, length - queries, length, prefix};
  case Alignment::Offsets:
    return {mask, offset, length, prefix};
  }
  llvm_unreachable("all alignments are above");
}

bool Visibility::operator()(int64_t m, int64_t n) const {
  if (!mask)
    return true;
  if (mask.getKeysWithinLengths() && n >= length)
    return false;
  if (mask.getPrefix() && n < prefix)
    return true;
  int64_t position = addToPosition(m, offset);
  if (mask.getCausal() && n > position)
    return false;
  int64_t window = mask.getWindow();
  return window == 0 || std::abs(position - n) < window;
}

Weights treadle::softmax(ArrayRef<std::optional<double>> scores,
                         std::optional<double> sink) {
  double largest = sink.value_or(-INFINITY);
  for (std::optional<double> score : scores)
    // Once it is NaN it stays so.
    if (score && !(*score <= largest))
      largest = std::isnan(largest) ? largest : *score;
  Weights weights;
  weights.values.assign(scores.size(), 0.0);
  weights.logSumExp = -INFINITY;
  if (largest == -INFINITY)
    return weights;
  double sum = sink ? std::exp(*sink - largest) : 0;
  for (auto [score, weight] : llvm::zip_equal(scores, weights.values))
    if (score)
      sum += weight = std::exp(*score - largest);
  for (auto [score, weight] : llvm::zip_equal(scores, weights.values))
    if (score)
      weight /= sum;
  weights.logSumExp = largest + std::log(sum);
  return weights;
}
