//===- Positions.cpp - Numbers that positions give -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Positions.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Rotary
//===----------------------------------------------------------------------===//

/// `yarn`: a pair that turns `high` times or more within the original length
/// keeps its frequency, one that turns `low` times or less has it divided, and
/// between them lies a ramp over the pairs' numbers.
static void scaleYarn(RotaryAttr rotary, MutableArrayRef<double> frequencies) {
  double width = rotary.getWidth(),
         factor = rotary.getFactor().getValueAsDouble();
  // The number, not whole, of the pair that turns `turns` times.
  auto findPair = [&](double turns) {
    return width * std::log(*rotary.getOriginal() / (turns * 2.0 * M_PI)) /
           (2.0 * std::log(rotary.getBase().getValueAsDouble()));
  };
  double first =
      findPair(rotary.getHigh() ? rotary.getHigh().getValueAsDouble() : 32.0);
  double last =
      findPair(rotary.getLow() ? rotary.getLow().getValueAsDouble() : 1.0);
  if (rotary.getTruncate()) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, width - 1.0);
  double length = last == first ? 0.001 : last - first;
  for (auto [pair, frequency] : llvm::enumerate(frequencies)) {
    double ramp = std::clamp((pair - first) / length, 0.0, 1.0);
    frequency = frequency * (1.0 - ramp) + frequency / factor * ramp;
  }
}

/// `llama3`: the same idea, with the ramp over the number of turns.
static void scaleLlama3(RotaryAttr rotary,
                        MutableArrayRef<double> frequencies) {
  double factor = rotary.getFactor().getValueAsDouble(),
         low = rotary.getLow().getValueAsDouble(),
         high = rotary.getHigh().getValueAsDouble();
  for (double &frequency : frequencies) {
    double turns = frequency * *rotary.getOriginal() / (2.0 * M_PI);
    double kept = std::clamp((turns - low) / (high - low), 0.0, 1.0);
    frequency = frequency * kept + frequency / factor * (1.0 - kept);
  }
}

/// `dynamic`: by how much the base grows, to the power (width - 2)/width.
static double getDynamicGrowth(RotaryAttr rotary, int64_t length) {
  double factor = rotary.getFactor().getValueAsDouble(),
         original = *rotary.getOriginal();
  return std::max(factor * length / original - (factor - 1.0), 1.0);
}

SmallVector<double> treadle::getRotaryFrequencies(RotaryAttr rotary,
                                                  int64_t length) {
  double width = rotary.getWidth(), base = rotary.getBase().getValueAsDouble();
  if (rotary.getScaling() == RotaryScaling::Dynamic)
    base *= std::pow(getDynamicGrowth(rotary, length), width / (width - 2.0));
  SmallVector<double> frequencies;
  for (int64_t pair = 0; pair < rotary.getWidth() / 2; ++pair)
    frequencies.push_back(std::pow(base, -2.0 * pair / width));
  switch (rotary.getScaling()) {
  case RotaryScaling::None:
  case RotaryScaling::Dynamic:
    break;
  case RotaryScaling::Linear:
    for (double &frequency : frequencies)
      frequency /= rotary.getFactor().getValueAsDouble();
    break;
  case RotaryScaling::Yarn:
    scaleYarn(rotary, frequencies);
    break;
  case RotaryScaling::Llama3:
    scaleLlama3(rotary, frequencies);
    break;
  case RotaryScaling::Longrope:
    for (auto [frequency, factor] : llvm::zip_equal(
             frequencies, length > *rotary.getOriginal()
                              ? rotary.getLongFactors().asArrayRef()
                              : rotary.getShortFactors().asArrayRef()))
      frequency /= factor;
    break;
  }
  return frequencies;
}

//===----------------------------------------------------------------------===//
// Distances
//===----------------------------------------------------------------------===//

SmallVector<int64_t> treadle::getRelativeBounds(RelativeAttr relative) {
  int64_t buckets = relative.getBidirectional() ? relative.getBuckets() / 2
                                                : relative.getBuckets();
  int64_t exact = buckets / 2;
  // Each step is rounded to f32: where the quotient of the logarithms is a
  // whole number, its bucket depends on that.
  auto range = static_cast<float>(
      std::log(static_cast<double>(relative.getMaxDistance()) / exact));
  auto getBucket = [&](int64_t distance) {
    float ratio = static_cast<float>(distance) / static_cast<float>(exact);
    auto logarithm = static_cast<float>(std::log(static_cast<double>(ratio)));
    float steps = logarithm / range * static_cast<float>(buckets - exact);
    return exact + static_cast<int64_t>(steps);
  };
  SmallVector<int64_t> bounds;
  int64_t below = exact;
  for (int64_t bucket = exact + 1; bucket < buckets; ++bucket) {
    // The bucket does not fall with the distance: the first that has it is
    // found by halving. Distances of 2^62 and more are none.
    int64_t low = below, high = int64_t(1) << 62;
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      if (getBucket(middle) >= bucket)
        high = middle;
      else
        low = middle + 1;
    }
    bounds.push_back(below = low);
  }
  return bounds;
}
