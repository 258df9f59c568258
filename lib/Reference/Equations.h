//===- Equations.h - Equations that several operations share -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_REFERENCE_EQUATIONS_H
#define TREADLE_LIB_REFERENCE_EQUATIONS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace treadle {

/// f(x) of #treadle.activation.
double activate(Activation function, double x);

/// y(o) = activation(Σ_i weight(o, i) x(i) + bias(o)), of a weight
/// [outputs, inputs] and a bias that may be empty.
void applyLinear(llvm::ArrayRef<double> x, llvm::ArrayRef<double> weight,
                 llvm::ArrayRef<double> bias, Activation activation,
                 llvm::MutableArrayRef<double> y);

/// y(i) = x(i) / √(Σ_j x(j)² / D + epsilon) · gain(i), of a gain that may be
/// empty; x and y may be one.
void applyRmsNorm(llvm::ArrayRef<double> x, llvm::ArrayRef<double> gain,
                  double epsilon, llvm::MutableArrayRef<double> y);

/// s + offset, of an offset that a program may have made of anything: kept in a
/// range in which sums of positions do not overflow, and no position is
/// beyond.
int64_t addToPosition(int64_t s, int64_t offset);

/// Which keys the queries of one sequence see.
struct Visibility {
  MaskAttr mask;      ///< Null when everything is visible.
  int64_t offset = 0; ///< Query m is at position m + offset among the keys.
  /// Those of the sequence; they mean something where the mask asks for them.
  int64_t length = 0, prefix = 0;

  /// Whether key n is visible to query m.
  bool operator()(int64_t m, int64_t n) const;
};

/// What a sequence's operands say: M `queries` of it lie at the end of N
/// `keys`, or where the mask's alignment says.
Visibility getVisibility(MaskAttr mask, int64_t queries, int64_t keys,
                         int64_t length, int64_t offset, int64_t prefix);

/// What one query makes of its scores.
struct Weights {
  llvm::SmallVector<double> values; ///< p(n), 0 for a hidden key.
  double logSumExp;
};

/// p(n) = exp(s(n)) / (Σ_n' exp(s(n')) + exp(sink)) over the visible n, those
/// that have a score; the log-sum-exp is the logarithm of the denominator.
/// Zeros and -∞ when all of these are -∞, or there are none.
Weights softmax(llvm::ArrayRef<std::optional<double>> scores,
                std::optional<double> sink = std::nullopt);

} // namespace treadle

#endif // TREADLE_LIB_REFERENCE_EQUATIONS_H
