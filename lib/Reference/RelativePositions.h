//===- RelativePositions.h - Positions inside of attention -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_REFERENCE_RELATIVEPOSITIONS_H
#define TREADLE_LIB_REFERENCE_RELATIVEPOSITIONS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace treadle {

/// What a rotary encoding turns vectors by, in a run of `length` positions.
struct Rotation {
  Rotation(RotaryAttr rotary, int64_t length);

  /// Turns a vector at a position, in place:
  ///   x(i1), x(i2) = x(i1) cos - x(i2) sin, x(i2) cos + x(i1) sin
  /// with cos = magnitude · cos(position · w(i)), and sin likewise.
  void turn(int64_t position, llvm::MutableArrayRef<double> x) const;

  std::vector<double> frequencies; ///< w(i) of each pair.
  double magnitude = 1;
  bool interleaved;
};

/// The same with the cosine and the sine of each pair given.
void turnPairs(llvm::MutableArrayRef<double> x, int64_t pairs, bool interleaved,
               llvm::function_ref<double(int64_t)> cosine,
               llvm::function_ref<double(int64_t)> sine);

/// The slope of a head of attention with linear biases.
double getAlibiSlope(int64_t head, int64_t heads);

/// The bucket of the distance from query to key.
int64_t getRelativeBucket(int64_t query, int64_t key, int64_t buckets,
                          int64_t maxDistance, bool bidirectional);

} // namespace treadle

#endif // TREADLE_LIB_REFERENCE_RELATIVEPOSITIONS_H
