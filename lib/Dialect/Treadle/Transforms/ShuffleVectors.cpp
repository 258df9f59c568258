//===- ShuffleVectors.cpp - Between the lanes of vectors -*- C++ -*-===//
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
// Sums across lanes are the same steps with both rows added up, which leaves
// half as many: after the last one, lane i of what is left is the sum of row i.
//
//===----------------------------------------------------------------------===//

#include "Vectorization.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

/// The pair of rows after the step by `step` columns.
static std::pair<Value, Value> exchange(OpBuilder &b, Location loc, Value first,
                                        Value second, int64_t step) {
  int64_t size = cast<VectorType>(first.getType()).getNumElements();
  SmallVector<int64_t> upper, lower;
  for (int64_t column = 0; column < size; ++column) {
    bool isExchanged = column & step;
    // Elements of the second operand are counted behind the first's.
    upper.push_back(isExchanged ? size + column - step : column);
    lower.push_back(isExchanged ? size + column : column + step);
  }
  return {vector::ShuffleOp::create(b, loc, first, second, upper),
          vector::ShuffleOp::create(b, loc, first, second, lower)};
}

SmallVector<Value> treadle::transposeVectors(OpBuilder &b, Location loc,
                                             ArrayRef<Value> rows) {
  int64_t size = rows.size();
  assert(llvm::isPowerOf2_64(size) && "a step halves");
  SmallVector<Value> now(rows);
  for (int64_t step = 1; step < size; step *= 2)
    for (int64_t row = 0; row < size; ++row)
      if (!(row & step))
        std::tie(now[row], now[row + step]) =
            exchange(b, loc, now[row], now[row + step], step);
  return now;
}

Value treadle::sumVectors(OpBuilder &b, Location loc, ArrayRef<Value> rows) {
  int64_t size = cast<VectorType>(rows[0].getType()).getNumElements();
  assert(llvm::isPowerOf2_64(size) && llvm::isPowerOf2_64(rows.size()) &&
         "a step halves");
  SmallVector<Value> now(rows);
  for (int64_t step = 1; step < size; step *= 2) {
    // Without a partner, a row is its own, and lanes hold the same sums twice.
    SmallVector<Value> next;
    for (size_t row = 0; row < now.size(); row += 2) {
      Value partner = now.size() == 1 ? now[row] : now[row + 1];
      auto [upper, lower] = exchange(b, loc, now[row], partner, step);
      next.push_back(arith::AddFOp::create(b, loc, upper, lower));
    }
    now = next;
  }
  return vector::ExtractStridedSliceOp::create(
      b, loc, now[0], {0}, {static_cast<int64_t>(rows.size())}, {1});
}

Value treadle::interleaveVectors(OpBuilder &b, Location loc,
                                 ArrayRef<Value> rows) {
  if (rows.size() == 1)
    return rows[0];
  SmallVector<Value> even, odd;
  for (auto [i, row] : llvm::enumerate(rows))
    (i % 2 == 0 ? even : odd).push_back(row);
  return vector::InterleaveOp::create(b, loc, interleaveVectors(b, loc, even),
                                      interleaveVectors(b, loc, odd));
}
