//===- MultiHeadAttention.cpp - What multi-head attention means -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Equations.h"
#include "Families.h"
#include "RelativePositions.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace treadle;

/// result[b, s, :] = W x[b, s, :] + bias, where there is a bias.
static FailureOr<Tensor> project(Operation *op, Frame &frame, const Tensor &x,
                                 const Tensor &weight,
                                 std::optional<Tensor> bias) {
  int64_t inputs = x.getExtent(2), outputs = weight.getExtent(0);
  if (failed(checkEqual(op, weight.getExtent(1), "the columns of a projection",
                        inputs, "the length of a vector")) ||
      (bias && failed(checkEqual(op, bias->getExtent(0), "the length of a bias",
                                 outputs, "the rows of its projection"))) ||
      failed(frame.spend(op, x.getNumElements() * outputs)))
    return failure();
  FailureOr<Tensor> result =
      frame.makeFloats(op, {x.getExtent(0), x.getExtent(1), outputs});
  if (failed(result))
    return failure();
  MutableArrayRef<double> y = result->getMutableFloats();
  for (int64_t i = 0; i < x.getExtent(0) * x.getExtent(1); ++i)
    applyLinear(x.getFloats().slice(i * inputs, inputs), weight.getFloats(),
                bias ? bias->getFloats() : ArrayRef<double>(),
                Activation::Identity, y.slice(i * outputs, outputs));
  return result;
}

namespace {
/// The parts of one operation.
class MultiHeadAttention {
public:
  MultiHeadAttention(MultiHeadAttentionOp op, Frame &frame)
      : op(op), frame(frame) {}

  /// result = concat(head_1, …, head_h) W_oᵀ + b_o
  LogicalResult run();

private:
  LogicalResult readIntegers();
  LogicalResult projectHeads();
  void normalise(Tensor &x, Value gain);
  void rotate(Tensor &x);
  LogicalResult append(Tensor &x, Value cache, OpResult result);
  FailureOr<Tensor> attend();
  double getScore(int64_t b, int64_t h, int64_t m, int64_t n);

  std::optional<Tensor> getBias(unsigned i) {
    if (op.getBiases().empty())
      return std::nullopt;
    return frame.get(op.getBiases()[i]);
  }

  MultiHeadAttentionOp op;
  Frame &frame;
  Tensor q; ///< [batch, queries, heads, d_k]
  Tensor k; ///< [batch, keys, key heads, d_k]
  Tensor v; ///< [batch, keys, key heads, d_v]
  /// One for each element of the batch, zeros unless given.
  std::vector<int64_t> lengths, offsets, prefixes;
};
} // namespace

LogicalResult MultiHeadAttention::readIntegers() {
  int64_t batch = q.getExtent(0);
  auto readInto = [&](std::vector<int64_t> &to, Value value,
                      const Twine &what) -> LogicalResult {
    to.assign(batch, 0);
    if (!value)
      return success();
    Tensor given = frame.get(value);
    to = given.getIntegers().vec();
    return checkEqual(op, given.getExtent(0), "the number of its " + what,
                      batch, "the batch");
  };
  if (failed(readInto(lengths, op.getLengths(), "lengths")) ||
      failed(readInto(prefixes, op.getPrefixes(), "prefixes")))
    return failure();
  return readInto(offsets, op.getOffsets(), "offsets");
}

/// Q W_qᵀ + b_q, K W_kᵀ + b_k and V W_vᵀ + b_v, their components by heads.
LogicalResult MultiHeadAttention::projectHeads() {
  auto projectInto = [&](Tensor &to, Value input, Value weight, unsigned i,
                         int64_t heads) -> LogicalResult {
    FailureOr<Tensor> all =
        project(op, frame, frame.get(input), frame.get(weight), getBias(i));
    if (failed(all))
      return failure();
    to = all->reshaped({all->getExtent(0), all->getExtent(1), heads,
                        all->getExtent(2) / heads});
    return success();
  };
  int64_t heads = op.getHeads(), keyHeads = op.getKeyHeads().value_or(heads);
  if (failed(projectInto(q, op.getQueries(), op.getQueryWeight(), 0, heads)) ||
      failed(projectInto(k, op.getKeys(), op.getKeyWeight(), 1, keyHeads)) ||
      failed(projectInto(v, op.getValues(), op.getValueWeight(), 2, keyHeads)))
    return failure();
  if (failed(checkEqual(op, k.getExtent(0), "the batch of the keys",
                        q.getExtent(0), "that of the queries")) ||
      failed(checkEqual(op, v.getExtent(0), "the batch of the values",
                        q.getExtent(0), "that of the queries")))
    return failure();
  return checkEqual(op, v.getExtent(1), "the number of values", k.getExtent(1),
                    "that of keys");
}

/// x = x / √(Σ_i x(i)² / d_k + epsilon) · gain, of each head's vector.
void MultiHeadAttention::normalise(Tensor &x, Value gain) {
  if (!gain)
    return;
  double epsilon = op.getNormEpsilon()->convertToDouble();
  Tensor factors = frame.get(gain);
  MutableArrayRef<double> all = x.getMutableFloats();
  for (size_t width = x.getExtent(3); !all.empty(); all = all.drop_front(width))
    applyRmsNorm(all.take_front(width), factors.getFloats(), epsilon,
                 all.take_front(width));
}

/// Token s of sequence b, at position s + offsets[b].
void MultiHeadAttention::rotate(Tensor &x) {
  auto rotary = dyn_cast_if_present<RotaryAttr>(op.getPositionsAttr());
  if (!rotary)
    return;
  int64_t tokens = x.getExtent(1), heads = x.getExtent(2);
  size_t width = x.getExtent(3);
  // The greatest position plus one.
  int64_t length = 0;
  for (int64_t offset : offsets)
    length = std::max(length, addToPosition(tokens, offset));
  Rotation rotation(rotary, length);
  MutableArrayRef<double> all = x.getMutableFloats();
  for (int64_t b = 0; b < x.getExtent(0); ++b)
    for (int64_t s = 0; s < tokens; ++s)
      for (int64_t h = 0; h < heads; ++h) {
        rotation.turn(addToPosition(s, offsets[b]), all.take_front(width));
        all = all.drop_front(width);
      }
}

/// x = cache_append(x, cache, offsets), which is a result as well.
LogicalResult MultiHeadAttention::append(Tensor &x, Value cache,
                                         OpResult result) {
  Tensor appended = frame.get(cache);
  if (failed(appendTokens(op, x, offsets, /*ring=*/false, appended)))
    return failure();
  x = appended;
  return frame.set(result, x);
}

/// x(m, n)  = scale · Σ_d q(m, d) k(n, d)
/// x'(m, n) = cap · tanh(x / cap) with a cap
/// s(m, n)  = x' - slope(h) · |p - n|, or x' + table[bucket(p, n), h], or x',
///            where p = m + offsets[b]
double MultiHeadAttention::getScore(int64_t b, int64_t h, int64_t m,
                                    int64_t n) {
  int64_t heads = q.getExtent(2), keyHead = h * k.getExtent(2) / heads;
  double score = 0;
  for (int64_t d = 0; d < q.getExtent(3); ++d)
    score += q.getFloat({b, m, h, d}) * k.getFloat({b, n, keyHead, d});
  score *= op.getScale() ? op.getScale()->convertToDouble()
                         : 1 / std::sqrt(double(q.getExtent(3)));
  if (op.getSoftCap()) {
    double cap = op.getSoftCap()->convertToDouble();
    score = cap * std::tanh(score / cap);
  }
  int64_t position = addToPosition(m, offsets[b]);
  Attribute positions = op.getPositionsAttr();
  if (isa_and_present<AlibiAttr>(positions))
    score -= getAlibiSlope(h, heads) * std::fabs(double(position) - double(n));
  if (auto relative = dyn_cast_if_present<RelativeAttr>(positions)) {
    int64_t bucket = getRelativeBucket(position, n, relative.getBuckets(),
                                       relative.getMaxDistance(),
                                       relative.getBidirectional());
    score += frame.get(op.getRelativeTable()).getFloat({bucket, h});
  }
  return score;
}

/// head_i = softmax(s) V_i over the keys that a query sees, as
/// treadle.attention has it; all heads of a token beside each other.
FailureOr<Tensor> MultiHeadAttention::attend() {
  int64_t batch = q.getExtent(0), M = q.getExtent(1), heads = q.getExtent(2);
  int64_t N = k.getExtent(1), keyHeads = k.getExtent(2), width = v.getExtent(3);
  FailureOr<Tensor> out = frame.makeFloats(op, {batch, M, heads, width});
  if (failed(out) ||
      failed(frame.spend(op, batch * heads * M * N * (q.getExtent(3) + width))))
    return failure();
  for (int64_t b = 0; b < batch; ++b) {
    Visibility isVisible = getVisibility(op.getMaskAttr(), M, N, lengths[b],
                                         offsets[b], prefixes[b]);
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t m = 0; m < M; ++m) {
        SmallVector<std::optional<double>> scores(N);
        for (int64_t n = 0; n < N; ++n)
          if (isVisible(m, n))
            scores[n] = getScore(b, h, m, n);
        std::optional<double> sink;
        if (op.getSinks())
          sink = frame.get(op.getSinks()).getFloat({h});
        Weights p = softmax(scores, sink);
        if (p.logSumExp == -INFINITY)
          continue;
        for (int64_t e = 0; e < width; ++e) {
          double sum = 0;
          for (int64_t n = 0; n < N; ++n)
            if (scores[n])
              sum += p.values[n] * v.getFloat({b, n, h * keyHeads / heads, e});
          out->setElement({b, m, h, e}, Tensor(sum));
        }
      }
  }
  return out->reshaped({batch, M, heads * width});
}

LogicalResult MultiHeadAttention::run() {
  if (failed(projectHeads()) || failed(readIntegers()))
    return failure();
  normalise(q, op.getQueryGain());
  normalise(k, op.getKeyGain());
  rotate(q);
  rotate(k);
  if (op.getCacheKeys() &&
      (failed(append(k, op.getCacheKeys(), op->getResult(1))) ||
       failed(append(v, op.getCacheValues(), op->getResult(2)))))
    return failure();
  FailureOr<Tensor> heads = attend();
  if (failed(heads))
    return failure();
  FailureOr<Tensor> result =
      project(op, frame, *heads, frame.get(op.getOutputWeight()), getBias(3));
  if (failed(result))
    return failure();
  return frame.set(op->getResult(0), *result);
}

static LogicalResult multiHeadAttention(MultiHeadAttentionOp op, Frame &frame) {
  return MultiHeadAttention(op, frame).run();
}

void treadle::addMultiHeadAttentionOperations(Interpreter &interpreter) {
  interpreter.add<MultiHeadAttentionOp>(multiHeadAttention);
}
