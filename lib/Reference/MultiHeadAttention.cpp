//===- MultiHeadAttention.cpp - What multi-head attention means -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Equations.h"
#include "Families.h"

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

/// result = concat(head_1, …, head_h) W_oᵀ + b_o
/// head_i = attention(Q W_q,iᵀ + b_q,i, K W_k,iᵀ + b_k,i, V W_v,iᵀ + b_v,i)
static LogicalResult multiHeadAttention(MultiHeadAttentionOp op, Frame &frame) {
  auto bias = [&](unsigned i) -> std::optional<Tensor> {
    if (op.getBiases().empty())
      return std::nullopt;
    return frame.get(op.getBiases()[i]);
  };
  FailureOr<Tensor> q = project(op, frame, frame.get(op.getQueries()),
                                frame.get(op.getQueryWeight()), bias(0));
  FailureOr<Tensor> k = project(op, frame, frame.get(op.getKeys()),
                                frame.get(op.getKeyWeight()), bias(1));
  FailureOr<Tensor> v = project(op, frame, frame.get(op.getValues()),
                                frame.get(op.getValueWeight()), bias(2));
  if (failed(q) || failed(k) || failed(v))
    return failure();
  int64_t batch = q->getExtent(0), M = q->getExtent(1), N = k->getExtent(1);
  if (failed(checkEqual(op, k->getExtent(0), "the batch of the keys", batch,
                        "that of the queries")) ||
      failed(checkEqual(op, v->getExtent(0), "the batch of the values", batch,
                        "that of the queries")) ||
      failed(checkEqual(op, v->getExtent(1), "the number of values", N,
                        "that of keys")))
    return failure();
  std::optional<Tensor> lengths;
  if (op.getLengths()) {
    lengths = frame.get(op.getLengths());
    if (failed(checkEqual(op, lengths->getExtent(0), "the number of lengths",
                          batch, "the batch")))
      return failure();
  }

  int64_t heads = op.getHeads();
  int64_t dk = q->getExtent(2) / heads, dv = v->getExtent(2) / heads;
  double scale = op.getScale() ? op.getScale()->convertToDouble()
                               : 1 / std::sqrt(double(dk));
  FailureOr<Tensor> concatenated = frame.makeFloats(op, {batch, M, heads * dv});
  if (failed(concatenated) ||
      failed(frame.spend(op, batch * heads * M * N * (dk + dv))))
    return failure();
  for (int64_t b = 0; b < batch; ++b) {
    Visibility isVisible = getVisibility(
        op.getMaskAttr(), M, N, lengths ? lengths->getInteger({b}) : 0, 0, 0);
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t m = 0; m < M; ++m) {
        SmallVector<std::optional<double>> scores(N);
        for (int64_t n = 0; n < N; ++n) {
          if (!isVisible(m, n))
            continue;
          double product = 0;
          for (int64_t d = h * dk; d < (h + 1) * dk; ++d)
            product += q->getFloat({b, m, d}) * k->getFloat({b, n, d});
          scores[n] = scale * product;
        }
        Weights p = softmax(scores);
        if (p.logSumExp == -INFINITY)
          continue;
        for (int64_t e = h * dv; e < (h + 1) * dv; ++e) {
          double sum = 0;
          for (int64_t n = 0; n < N; ++n)
            if (scores[n])
              sum += p.values[n] * v->getFloat({b, n, e});
          concatenated->setElement({b, m, e}, Tensor(sum));
        }
      }
  }
  FailureOr<Tensor> result = project(op, frame, *concatenated,
                                     frame.get(op.getOutputWeight()), bias(3));
  if (failed(result))
    return failure();
  return frame.set(op.getResult(), *result);
}

void treadle::addMultiHeadAttentionOperations(Interpreter &interpreter) {
  interpreter.add<MultiHeadAttentionOp>(multiHeadAttention);
}
