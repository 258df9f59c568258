//===- Norms.cpp - What norms mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Equations.h"
#include "Families.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

/// Fails unless what scales or shifts a vector is as long as the vectors of x.
static LogicalResult checkWidth(Operation *op, const Tensor &x,
                                const Tensor &factors, const Twine &what) {
  return checkEqual(op, factors.getExtent(0), "the length of its " + what,
                    x.getShape().back(), "that of a vector");
}

/// With mean = Σ_i x(i) / D and variance = Σ_i (x(i) - mean)² / D:
///   result(i) = (x(i) - mean) / √(variance + epsilon) · gain(i) + bias(i)
static LogicalResult layerNorm(LayerNormOp op, Frame &frame) {
  Tensor input = frame.get(op.getInput()), gain = frame.get(op.getGain()), bias;
  if (failed(checkWidth(op, input, gain, "gain")))
    return failure();
  if (op.getBias()) {
    bias = frame.get(op.getBias());
    if (failed(checkWidth(op, input, bias, "bias")))
      return failure();
  }
  double epsilon = op.getEpsilon().convertToDouble();
  return frame.defineVectors(
      op->getResult(0), op.getInput(), input.getShape().back(),
      [&](ArrayRef<double> x, MutableArrayRef<double> y) {
        double mean = 0, variance = 0;
        for (double value : x)
          mean += value / x.size();
        for (double value : x)
          variance += (value - mean) * (value - mean) / x.size();
        for (int64_t i = 0; i < static_cast<int64_t>(x.size()); ++i)
          y[i] = (x[i] - mean) / std::sqrt(variance + epsilon) *
                     gain.getFloat({i}) +
                 (op.getBias() ? bias.getFloat({i}) : 0.0);
      });
}

/// result(i) = x(i) / √(Σ_j x(j)² / D + epsilon) · gain(i)
static LogicalResult rmsNorm(RMSNormOp op, Frame &frame) {
  Tensor input = frame.get(op.getInput()), gain;
  if (op.getGain()) {
    gain = frame.get(op.getGain());
    if (failed(checkWidth(op, input, gain, "gain")))
      return failure();
  }
  double epsilon = op.getEpsilon().convertToDouble();
  return frame.defineVectors(
      op->getResult(0), op.getInput(), input.getShape().back(),
      [&](ArrayRef<double> x, MutableArrayRef<double> y) {
        applyRmsNorm(x, op.getGain() ? gain.getFloats() : ArrayRef<double>(),
                     epsilon, y);
      });
}

/// result(i) = exp(x(i)) / Σ_j exp(x(j)), zeros where every x(j) is -∞.
static LogicalResult softmaxOp(SoftmaxOp op, Frame &frame) {
  return frame.defineVectors(
      op->getResult(0), op.getInput(),
      frame.get(op.getInput()).getShape().back(),
      [&](ArrayRef<double> x, MutableArrayRef<double> y) {
        SmallVector<std::optional<double>> scores(x);
        llvm::copy(softmax(scores).values, y.begin());
      });
}

/// result(i) = x(i) / max(√(Σ_i' x(i')²), epsilon)
static LogicalResult unitNorm(UnitNormOp op, Frame &frame) {
  double epsilon = op.getEpsilon().convertToDouble();
  return frame.defineVectors(
      op->getResult(0), op.getInput(),
      frame.get(op.getInput()).getShape().back(),
      [&](ArrayRef<double> x, MutableArrayRef<double> y) {
        double squares = 0;
        for (double value : x)
          squares += value * value;
        double length = std::sqrt(squares);
        for (size_t i = 0; i < x.size(); ++i)
          // A NaN is larger than nothing, and stays.
          y[i] = x[i] / (length < epsilon ? epsilon : length);
      });
}

void treadle::addNormOperations(Interpreter &interpreter) {
  interpreter.add<LayerNormOp>(layerNorm);
  interpreter.add<RMSNormOp>(rmsNorm);
  interpreter.add<SoftmaxOp>(softmaxOp);
  interpreter.add<UnitNormOp>(unitNorm);
}
