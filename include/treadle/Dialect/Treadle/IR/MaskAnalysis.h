//===- MaskAnalysis.h - Which keys a tile of queries sees -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds of loops over keys, derived from #treadle.mask. The same formulas
// serve numbers that are known now (IntegerArithmetic) and values that the
// program computes (ValueArithmetic).
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_IR_MASKANALYSIS_H
#define TREADLE_DIALECT_TREADLE_IR_MASKANALYSIS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include <algorithm>

namespace treadle {

/// Keys by what a tile of queries sees of them:
///
///   [0, prefix)               each query sees all of them
///   [begin, end)              some query may see some; begin >= prefix
///   [wholeBegin, wholeEnd)    each query sees all; within the range before,
///                             empty where wholeEnd <= wholeBegin
///
/// No query of the tile sees any other key.
template <typename Number> struct KeyRanges {
  Number prefix, begin, wholeBegin, wholeEnd, end;
};

/// Numbers that are known now.
struct IntegerArithmetic {
  using Number = int64_t;
  int64_t constant(int64_t value) { return value; }
  int64_t add(int64_t a, int64_t b) { return a + b; }
  int64_t sub(int64_t a, int64_t b) { return a - b; }
  int64_t min(int64_t a, int64_t b) { return std::min(a, b); }
  int64_t max(int64_t a, int64_t b) { return std::max(a, b); }
};

/// Values of index type that the program computes; what is constant is folded.
class ValueArithmetic {
public:
  using Number = mlir::Value;
  ValueArithmetic(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);

private:
  mlir::OpBuilder &b;
  mlir::Location loc;
};

/// What queries at the positions `first` to `last`, both included, see of
/// `keys` keys. That is their number, or the length of the batch's element if
/// that is less and the mask asks for it. `prefix` matters only to a mask with
/// one.
template <typename Arithmetic>
KeyRanges<typename Arithmetic::Number>
getKeyRanges(Arithmetic a, MaskAttr mask, typename Arithmetic::Number first,
             typename Arithmetic::Number last, typename Arithmetic::Number keys,
             typename Arithmetic::Number prefix) {
  using Number = typename Arithmetic::Number;
  Number zero = a.constant(0), one = a.constant(1);
  KeyRanges<Number> ranges = {zero, zero, zero, keys, keys};
  if (!mask || !mask.isPositional())
    return ranges;
  if (mask.getPrefix())
    ranges.prefix = a.max(zero, a.min(prefix, keys));
  Number begin = zero, wholeBegin = zero, wholeEnd = keys, end = keys;
  if (mask.getCausal()) {
    wholeEnd = a.min(wholeEnd, a.add(first, one));
    end = a.min(end, a.add(last, one));
  }
  if (int64_t window = mask.getWindow()) {
    begin = a.max(zero, a.sub(first, a.constant(window - 1)));
    wholeBegin = a.max(zero, a.sub(last, a.constant(window - 1)));
    wholeEnd = a.min(wholeEnd, a.add(first, a.constant(window)));
    end = a.min(end, a.add(last, a.constant(window)));
  }
  // Queries may lie far behind the last key.
  begin = a.min(begin, keys);
  if (mask.getPrefix())
    begin = a.max(begin, ranges.prefix);
  ranges.begin = begin;
  ranges.wholeBegin = a.max(wholeBegin, begin);
  ranges.wholeEnd = wholeEnd;
  ranges.end = a.max(end, begin);
  return ranges;
}

/// Whether the query at `position` sees key `key`, by the parts of the mask
/// that go by positions. `prefix` matters only to a mask with one.
mlir::Value isVisible(mlir::OpBuilder &b, mlir::Location loc, MaskAttr mask,
                      mlir::Value position, mlir::Value key,
                      mlir::Value prefix);
/// The same for numbers.
bool isVisible(MaskAttr mask, int64_t position, int64_t key, int64_t prefix);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_IR_MASKANALYSIS_H
