//===- TransposeVectors.cpp - A square of vectors -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Eklundh, "A fast computer method for matrix transposing", 1972: a matrix of
// 2^p by 2^p elements is transposed in p steps. Step s exchanges, in each pair
// of rows i and i + 2^s, the elements of the first whose column has bit s with
// those of the second whose column has not. Each row of a step is one shuffle
// of two rows.
//
//===----------------------------------------------------------------------===//

#include "Vectorization.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

SmallVector<Value> treadle::transposeVectors(OpBuilder &b, Location loc,
                                             ArrayRef<Value> rows) {
  int64_t size = rows.size();
  assert(llvm::isPowerOf2_64(size) && "a step halves");
  SmallVector<Value> now(rows);
  for (int64_t step = 1; step < size; step *= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t column = 0; column < size; ++column) {
      bool isExchanged = column & step;
      // Elements of the second operand are counted behind the first's.
      upper.push_back(isExchanged ? size + column - step : column);
      lower.push_back(isExchanged ? size + column : column + step);
    }
    for (int64_t row = 0; row < size; ++row) {
      if (row & step)
        continue;
      Value first = now[row], second = now[row + step];
      now[row] = vector::ShuffleOp::create(b, loc, first, second, upper);
      now[row + step] = vector::ShuffleOp::create(b, loc, first, second, lower);
    }
  }
  return now;
}
