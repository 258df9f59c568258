//===- RelativePositions.cpp - Positions inside of attention -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written from the papers that docs/Spec.md cites, and on purpose not with the
// dialect's own functions, which the compiler uses.
//
//===----------------------------------------------------------------------===//

#include "RelativePositions.h"

#include "Elementwise.h"
#include "Equations.h"
#include "Families.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Frequencies
//===----------------------------------------------------------------------===//

static double toDouble(FloatAttr attribute, double otherwise) {
  return attribute ? attribute.getValueAsDouble() : otherwise;
}

/// Dynamic NTK: with k = max(factor · length / original - (factor - 1), 1), the
/// base is multiplied by k^(width / (width - 2)).
static double getDynamicBase(RotaryAttr rotary, int64_t length) {
  double base = toDouble(rotary.getBase(), 1e4);
  double factor = toDouble(rotary.getFactor(), 1), width = rotary.getWidth();
  double k = factor * length / double(*rotary.getOriginal()) - (factor - 1);
  return base * std::pow(std::fmax(k, 1.0), width / (width - 2));
}

/// YaRN (Peng et al., 2023, section 3.2): pairs that make many turns within the
/// original length keep their frequency f, those that make few have f / factor,
/// and between these, from pair a to pair b, there is a ramp.
static double scaleYarn(RotaryAttr rotary, int64_t i, double f) {
  double base = toDouble(rotary.getBase(), 1e4), width = rotary.getWidth();
  // The pair, not a whole number, that makes n turns.
  auto getPair = [&](double n) {
    return width * std::log(*rotary.getOriginal() / (n * 2 * M_PI)) /
           (2 * std::log(base));
  };
  double a = getPair(toDouble(rotary.getHigh(), 32));
  double b = getPair(toDouble(rotary.getLow(), 1));
  if (rotary.getTruncate()) {
    a = std::floor(a);
    b = std::ceil(b);
  }
  a = std::fmax(a, 0.0);
  b = std::fmin(b, width - 1);
  double ramp = (i - a) / (a == b ? 0.001 : b - a);
  ramp = std::fmin(std::fmax(ramp, 0.0), 1.0);
  return f * (1 - ramp) + f / toDouble(rotary.getFactor(), 1) * ramp;
}

/// Llama 3 (Grattafiori et al., 2024): as YaRN, with a ramp in the number of
/// turns.
static double scaleLlama3(RotaryAttr rotary, double f) {
  double turns = f * *rotary.getOriginal() / (2 * M_PI);
  double low = toDouble(rotary.getLow(), 1),
         high = toDouble(rotary.getHigh(), 4);
  double factor = toDouble(rotary.getFactor(), 1);
  if (turns > high)
    return f;
  if (turns < low)
    return f / factor;
  double t = (turns - low) / (high - low);
  return t * f + (1 - t) * f / factor;
}

/// LongRoPE (Ding et al., 2024): a factor for each pair, out of one of two
/// lists.
static double scaleLongrope(RotaryAttr rotary, int64_t i, double f,
                            int64_t length) {
  DenseF64ArrayAttr factors = length > *rotary.getOriginal()
                                  ? rotary.getLongFactors()
                                  : rotary.getShortFactors();
  return f / factors.asArrayRef()[i];
}

/// What cosines and sines are multiplied by.
static double getMagnitude(RotaryAttr rotary) {
  if (rotary.getMagnitude())
    return rotary.getMagnitude().getValueAsDouble();
  double factor = toDouble(rotary.getFactor(), 1);
  if (factor <= 1)
    return 1;
  if (rotary.getScaling() == RotaryScaling::Yarn)
    return 0.1 * std::log(factor) + 1;
  if (rotary.getScaling() == RotaryScaling::Longrope)
    return std::sqrt(1 + std::log(factor) / std::log(*rotary.getOriginal()));
  return 1;
}

Rotation::Rotation(RotaryAttr rotary, int64_t length)
    : magnitude(getMagnitude(rotary)),
      interleaved(rotary.getLayout() == RotaryLayout::Interleaved) {
  double base = rotary.getScaling() == RotaryScaling::Dynamic
                    ? getDynamicBase(rotary, length)
                    : toDouble(rotary.getBase(), 1e4);
  for (int64_t i = 0; i < rotary.getWidth() / 2; ++i) {
    double f = std::pow(base, -2.0 * i / rotary.getWidth());
    switch (rotary.getScaling()) {
    case RotaryScaling::None:
    case RotaryScaling::Dynamic:
      frequencies.push_back(f);
      break;
    case RotaryScaling::Linear:
      frequencies.push_back(f / toDouble(rotary.getFactor(), 1));
      break;
    case RotaryScaling::Yarn:
      frequencies.push_back(scaleYarn(rotary, i, f));
      break;
    case RotaryScaling::Llama3:
      frequencies.push_back(scaleLlama3(rotary, f));
      break;
    case RotaryScaling::Longrope:
      frequencies.push_back(scaleLongrope(rotary, i, f, length));
      break;
    }
  }
}

void treadle::turnPairs(MutableArrayRef<double> x, int64_t pairs,
                        bool interleaved,
                        llvm::function_ref<double(int64_t)> cosine,
                        llvm::function_ref<double(int64_t)> sine) {
  for (int64_t i = 0; i < pairs; ++i) {
    double &x1 = x[interleaved ? 2 * i : i];
    double &x2 = x[interleaved ? 2 * i + 1 : i + pairs];
    double turned1 = x1 * cosine(i) - x2 * sine(i);
    double turned2 = x2 * cosine(i) + x1 * sine(i);
    x1 = turned1;
    x2 = turned2;
  }
}

void Rotation::turn(int64_t position, MutableArrayRef<double> x) const {
  turnPairs(
      x, frequencies.size(), interleaved,
      [&](int64_t i) {
        return magnitude * std::cos(position * frequencies[i]);
      },
      [&](int64_t i) {
        return magnitude * std::sin(position * frequencies[i]);
      });
}

//===----------------------------------------------------------------------===//
// Biases
//===----------------------------------------------------------------------===//

/// Press et al., 2021, section 3: a geometric sequence, 2^(-8/H) its first
/// element and its ratio, for H heads, a power of two. Of other numbers, those
/// of the next power of two below, then every second one of the next above.
double treadle::getAlibiSlope(int64_t head, int64_t heads) {
  int64_t power = 1;
  while (power <= heads / 2)
    power *= 2;
  if (head < power)
    return std::pow(2.0, -8.0 * (head + 1) / power);
  return std::pow(2.0, -8.0 * (2 * (head - power) + 1) / (2 * power));
}

/// Raffel et al., 2019, section 2.1. Rounded to f32 where the published
/// implementations are, because the floor of a logarithm hangs on it.
int64_t treadle::getRelativeBucket(int64_t query, int64_t key, int64_t buckets,
                                   int64_t maxDistance, bool bidirectional) {
  // In f64, where nothing overflows.
  double distance = double(query) - double(key);
  int64_t first = 0;
  if (bidirectional) {
    buckets /= 2;
    if (distance < 0)
      first = buckets;
    distance = std::fabs(distance);
  } else {
    distance = std::fmax(distance, 0.0);
  }
  int64_t exact = buckets / 2;
  if (distance < exact)
    return first + int64_t(distance);
  float logarithm = std::log(float(distance) / float(exact));
  float range = float(std::log(double(maxDistance) / double(exact)));
  int64_t past = int64_t(logarithm / range * float(buckets - exact));
  return first + std::min(exact + past, buckets - 1);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// result[b, s, h, :] = the vector, turned by p(b, s), where p(b, s) is
/// positions[b, s], or s + offsets[b], or s. With tables, cos(b, s, i) is
/// cosines[p(b, s), i], or cosines[b, s, i] of a table with a row for each
/// token.
static LogicalResult rotary(RotaryOp op, Frame &frame) {
  Tensor x = frame.get(op.getInput());
  int64_t batch = x.getExtent(0), tokens = x.getExtent(1);
  Tensor positions, offsets;
  if (op.getPositions()) {
    positions = frame.get(op.getPositions());
    if (positions.getShape() != x.getShape().take_front(2))
      return op.emitOpError("expects a position for each token");
  }
  if (op.getOffsets()) {
    offsets = frame.get(op.getOffsets());
    if (failed(checkEqual(op, offsets.getExtent(0), "the number of offsets",
                          batch, "the batch")))
      return failure();
  }
  auto getPosition = [&](int64_t b, int64_t s) {
    if (op.getPositions())
      return addToPosition(0, positions.getInteger({b, s}));
    return addToPosition(s, op.getOffsets() ? offsets.getInteger({b}) : 0);
  };
  int64_t length = 0;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t s = 0; s < tokens; ++s)
      length = std::max(length, getPosition(b, s) + 1);

  Tensor cosines, sines;
  if (op.getCosines()) {
    cosines = frame.get(op.getCosines());
    sines = frame.get(op.getSines());
    if (cosines.getShape() != sines.getShape())
      return op.emitOpError("expects cosines and sines of one shape");
    if (cosines.getRank() == 3 &&
        cosines.getShape().take_front(2) != x.getShape().take_front(2))
      return op.emitOpError("expects tables with a row for each token");
    for (int64_t b = 0; b < batch && cosines.getRank() == 2; ++b)
      for (int64_t s = 0; s < tokens; ++s)
        if (int64_t p = getPosition(b, s); p < 0 || p >= cosines.getExtent(0))
          return op.emitOpError()
                 << "has the position " << p << ", the tables have "
                 << cosines.getExtent(0) << " rows";
  }

  RotaryAttr attribute = op.getRotary();
  Rotation rotation(attribute, length);
  FailureOr<Tensor> result = frame.makeFloats(op, x.getShape());
  if (failed(result))
    return failure();
  MutableArrayRef<double> y = result->getMutableFloats();
  llvm::copy(x.getFloats(), y.begin());
  int64_t heads = x.getExtent(2), width = x.getExtent(3);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t s = 0; s < tokens; ++s)
      for (int64_t h = 0; h < heads; ++h) {
        MutableArrayRef<double> vector =
            y.slice(((b * tokens + s) * heads + h) * width, width);
        int64_t p = getPosition(b, s);
        if (!op.getCosines()) {
          rotation.turn(p, vector);
          continue;
        }
        auto read = [&](const Tensor &table, int64_t i) {
          return table.getRank() == 3 ? table.getFloat({b, s, i})
                                      : table.getFloat({p, i});
        };
        turnPairs(
            vector, attribute.getWidth() / 2, rotation.interleaved,
            [&](int64_t i) { return read(cosines, i); },
            [&](int64_t i) { return read(sines, i); });
      }
  return frame.set(op.getResult(), *result);
}

/// result = cap · tanh(input / cap)
static LogicalResult softCap(SoftCapOp op, Frame &frame) {
  double cap = op.getCap().convertToDouble();
  return applyElementwise(
      op, frame, [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
        return Tensor(cap * std::tanh(x[0].getFloat() / cap));
      });
}

/// result = score - slope(head) · |query - key|
static LogicalResult alibi(AlibiOp op, Frame &frame) {
  int64_t head = frame.get(op.getHead()).getInteger();
  int64_t query = frame.get(op.getQuery()).getInteger();
  int64_t key = frame.get(op.getKey()).getInteger();
  int64_t heads = op.getHeads();
  if (head < 0 || head >= heads)
    return op.emitOpError() << "has the head " << head << " of " << heads;
  double slope = getAlibiSlope(head, heads);
  return frame.set(op.getResult(),
                   Tensor(frame.get(op.getScore()).getFloat() -
                          slope * std::fabs(double(query) - double(key))));
}

static LogicalResult relativeBucket(RelativeBucketOp op, Frame &frame) {
  return frame.set(op.getResult(),
                   Tensor(getRelativeBucket(
                       frame.get(op.getQuery()).getInteger(),
                       frame.get(op.getKey()).getInteger(), op.getBuckets(),
                       op.getMaxDistance(), op.getBidirectional())));
}

void treadle::addRelativePositionOperations(Interpreter &interpreter) {
  interpreter.add<RotaryOp>(rotary);
  interpreter.add<SoftCapOp>(softCap);
  interpreter.add<AlibiOp>(alibi);
  interpreter.add<RelativeBucketOp>(relativeBucket);
}
