//===- Blocks.cpp - What blocks and their parts mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Equations.h"
#include "Families.h"

#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

/// Whether a gate is zeros that everybody sees: it then takes the branch away,
/// and does not multiply it.
static bool isConstantZero(Value gate, const Tensor &content) {
  return matchPattern(gate, m_Constant()) &&
         llvm::all_of(content.getFloats(), [](double x) { return x == 0; });
}

/// result[…, i] = input_scale · input[…, i] + scale · gate[i] · f(input)[…, i]
/// A factor of zero drops its term, NaN included.
static LogicalResult residual(ResidualOp op, Frame &frame) {
  Tensor input = frame.get(op.getInput()), gate(1.0);
  double inputScale =
      op.getInputScale() ? op.getInputScale()->convertToDouble() : 1.0;
  double scale = op.getScale() ? op.getScale()->convertToDouble() : 1.0;
  bool hasBranch = scale != 0;
  if (op.getGate()) {
    gate = frame.get(op.getGate());
    if (gate.getExtent(0) != 1 &&
        failed(checkEqual(op, gate.getExtent(0), "the length of its gate",
                          input.getShape().back(), "that of a vector")))
      return failure();
    hasBranch &= !isConstantZero(op.getGate(), gate);
  }
  Tensor change;
  if (hasBranch) {
    FailureOr<SmallVector<Tensor>> branch = frame.run(op.getBranch(), input);
    if (failed(branch))
      return failure();
    change = branch->front();
    if (change.getShape() != input.getShape())
      return op.emitOpError() << "adds a change of the shape "
                              << formatShape(change.getShape().vec())
                              << " to an input of the shape "
                              << formatShape(input.getShape().vec());
  }
  return frame.define(op->getResult(0), input.getShape(), [&](Index i) {
    double result = inputScale == 0 ? 0 : inputScale * input.getFloat(i);
    if (hasBranch)
      result += scale *
                gate.getFloats()[gate.getNumElements() == 1 ? 0 : i.back()] *
                change.getFloat(i);
    return result;
  });
}

/// x_0 = initial, x_{i+1} = layer(x_i, i), result = x_count
static LogicalResult stack(StackOp op, Frame &frame) {
  FailureOr<SmallVector<Tensor>> x = frame.get(op->getOperands());
  for (int64_t i = 0; i < static_cast<int64_t>(op.getCount()); ++i) {
    x->push_back(Tensor(i));
    x = frame.run(op.getLayer(), *x);
    if (failed(x))
      return failure();
  }
  for (auto [result, value] : llvm::zip_equal(op->getResults(), *x))
    if (failed(frame.set(result, value)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

/// Fails unless the weight [outputs, inputs] takes vectors of `width`, and the
/// bias, where there is one, has an element for each output.
static LogicalResult checkLinear(Operation *op, int64_t width,
                                 const Tensor &weight, const Tensor *bias) {
  if (failed(checkEqual(op, weight.getExtent(1), "the columns of a weight",
                        width, "the length of a vector")))
    return failure();
  if (!bias)
    return success();
  return checkEqual(op, bias->getExtent(0), "the length of a bias",
                    weight.getExtent(0), "the rows of its weight");
}

/// result[…, o] = activation(Σ_i weight[o, i] x[…, i] + bias[o])
static LogicalResult linear(LinearOp op, Frame &frame) {
  Tensor x = frame.get(op.getInput()), weight = frame.get(op.getWeight()), bias;
  if (op.getBias())
    bias = frame.get(op.getBias());
  if (failed(checkLinear(op, x.getShape().back(), weight,
                         op.getBias() ? &bias : nullptr)) ||
      failed(frame.spend(op, x.getNumElements() * weight.getExtent(0))))
    return failure();
  return frame.defineVectors(
      op->getResult(0), op.getInput(), weight.getExtent(0),
      [&](ArrayRef<double> x, MutableArrayRef<double> y) {
        applyLinear(x, weight.getFloats(),
                    op.getBias() ? bias.getFloats() : ArrayRef<double>(),
                    op.getActivation(), y);
      });
}

/// result = W_2 activation(W_1 x + b_1) + b_2
static LogicalResult feedForward(FeedForwardOp op, Frame &frame) {
  Tensor x = frame.get(op.getInput());
  Tensor in = frame.get(op.getWeightIn()), out = frame.get(op.getWeightOut());
  Tensor biasIn, biasOut;
  bool hasBiases = static_cast<bool>(op.getBiasIn());
  if (hasBiases) {
    biasIn = frame.get(op.getBiasIn());
    biasOut = frame.get(op.getBiasOut());
  }
  if (failed(checkLinear(op, x.getShape().back(), in,
                         hasBiases ? &biasIn : nullptr)) ||
      failed(checkLinear(op, in.getExtent(0), out,
                         hasBiases ? &biasOut : nullptr)) ||
      failed(frame.spend(op, 2 * x.getNumElements() * in.getExtent(0))))
    return failure();
  auto get = [&](const Tensor &bias) {
    return hasBiases ? bias.getFloats() : ArrayRef<double>();
  };
  return frame.defineVectors(
      op->getResult(0), op.getInput(), out.getExtent(0),
      [&](ArrayRef<double> x, MutableArrayRef<double> y) {
        std::vector<double> inner(in.getExtent(0));
        applyLinear(x, in.getFloats(), get(biasIn), op.getActivation(), inner);
        applyLinear(inner, out.getFloats(), get(biasOut), Activation::Identity,
                    y);
      });
}

/// result = W_down (activation(W_gate x + b_gate) ⊙ (W_up x + b_up)) + b_down
static LogicalResult gatedFeedForward(GatedFeedForwardOp op, Frame &frame) {
  Tensor x = frame.get(op.getInput());
  Tensor gate = frame.get(op.getWeightGate()), up = frame.get(op.getWeightUp());
  Tensor down = frame.get(op.getWeightDown());
  SmallVector<Tensor> biases = frame.get(op.getBiases());
  bool hasBiases = !biases.empty();
  int64_t inner = gate.getExtent(0);
  if (failed(checkLinear(op, x.getShape().back(), gate,
                         hasBiases ? &biases[0] : nullptr)) ||
      failed(checkLinear(op, x.getShape().back(), up,
                         hasBiases ? &biases[1] : nullptr)) ||
      failed(checkEqual(op, up.getExtent(0), "the rows of up", inner,
                        "those of the gate")) ||
      failed(checkLinear(op, inner, down, hasBiases ? &biases[2] : nullptr)) ||
      failed(frame.spend(op, 3 * x.getNumElements() * inner)))
    return failure();
  auto getBias = [&](unsigned i) {
    return hasBiases ? biases[i].getFloats() : ArrayRef<double>();
  };
  return frame.defineVectors(
      op->getResult(0), op.getInput(), down.getExtent(0),
      [&](ArrayRef<double> x, MutableArrayRef<double> y) {
        std::vector<double> gated(inner), product(inner);
        applyLinear(x, gate.getFloats(), getBias(0), op.getActivation(), gated);
        applyLinear(x, up.getFloats(), getBias(1), Activation::Identity,
                    product);
        for (int64_t i = 0; i < inner; ++i)
          product[i] *= gated[i];
        applyLinear(product, down.getFloats(), getBias(2), Activation::Identity,
                    y);
      });
}

/// result[…] = activation(x[…])
static LogicalResult activateOp(ActivateOp op, Frame &frame) {
  Tensor x = frame.get(op.getInput());
  return frame.define(op->getResult(0), x.getShape(), [&](Index i) {
    return activate(op.getActivation(), x.getFloat(i));
  });
}

//===----------------------------------------------------------------------===//
// Sentences
//===----------------------------------------------------------------------===//

/// With L = lengths[b], or the number of tokens:
///   mean:  result[b, :] = Σ_{s < L} x[b, s, :] / L
///   max:   result[b, :] = max_{s < L} x[b, s, :]
///   first: result[b, :] = x[b, 0, :]
/// Zeros of an empty sequence, but for `first`.
static LogicalResult pool(PoolOp op, Frame &frame) {
  Tensor x = frame.get(op.getInput());
  int64_t batch = x.getExtent(0), tokens = x.getExtent(1);
  std::vector<int64_t> lengths(batch, tokens);
  if (op.getLengths()) {
    Tensor given = frame.get(op.getLengths());
    if (failed(checkEqual(op, given.getExtent(0), "the number of lengths",
                          batch, "the batch")))
      return failure();
    lengths = given.getIntegers().vec();
  }
  bool first = op.getKind() == Pooling::First;
  for (int64_t length : lengths)
    if (!first && (length < 0 || length > tokens))
      return op.emitOpError() << "has the length " << length
                              << ", and there are " << tokens << " tokens";
  if (first && batch > 0 && tokens == 0)
    return op.emitOpError("has no first token");
  return frame.define(op->getResult(0), {batch, x.getExtent(2)}, [&](Index i) {
    int64_t b = i[0], c = i[1], length = lengths[b];
    if (first)
      return x.getFloat({b, 0, c});
    if (length == 0)
      return 0.0;
    double sum = 0, largest = -INFINITY;
    for (int64_t s = 0; s < length; ++s) {
      double value = x.getFloat({b, s, c});
      sum += value;
      largest = std::isnan(value) || value > largest ? value : largest;
      if (std::isnan(value))
        break;
    }
    return op.getKind() == Pooling::Mean ? sum / length : largest;
  });
}

void treadle::addBlockOperations(Interpreter &interpreter) {
  interpreter.add<ResidualOp>(residual);
  interpreter.add<StackOp>(stack);
  interpreter.add<LinearOp>(linear);
  interpreter.add<FeedForwardOp>(feedForward);
  interpreter.add<GatedFeedForwardOp>(gatedFeedForward);
  interpreter.add<ActivateOp>(activateOp);
  interpreter.add<PoolOp>(pool);
}
