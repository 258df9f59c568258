//===- Packing.cpp - What packing of tokens means -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include <algorithm>

using namespace mlir;
using namespace treadle;

/// result[i] = Σ_{b < i} min(max(lengths[b], at_least), tokens)
static LogicalResult sequenceStarts(SequenceStartsOp op, Frame &frame) {
  Tensor lengths = frame.get(op.getLengths());
  int64_t tokens = frame.get(op.getTokens()).getInteger();
  FailureOr<Tensor> result = frame.makeIntegers(op, {lengths.getExtent(0) + 1});
  if (failed(result))
    return failure();
  int64_t least = op.getAtLeast(), start = 0;
  for (int64_t b = 0; b < lengths.getExtent(0); ++b) {
    start += std::min(std::max(lengths.getInteger({b}), least), tokens);
    result->setElement({b + 1}, Tensor(start));
  }
  return frame.set(op.getResult(), *result);
}

/// Fails unless sequences of at most `tokens` tokens begin at `starts`, and
/// `rows` is the number of all, where it is known.
static LogicalResult checkStarts(Operation *op, Index starts, int64_t batch,
                                 int64_t tokens, std::optional<int64_t> rows) {
  if (failed(checkEqual(op, starts.size(), "the number of starts", batch + 1,
                        "one more than the batch")))
    return failure();
  if (starts.front() != 0)
    return op->emitOpError("has a first start that is not zero");
  for (int64_t b = 0; b < batch; ++b)
    if (starts[b + 1] < starts[b] || starts[b + 1] - starts[b] > tokens)
      return op->emitOpError()
             << "has a sequence of " << starts[b + 1] - starts[b]
             << " tokens, and there are " << tokens;
  if (!rows)
    return success();
  return checkEqual(op, *rows, "the number of rows", starts.back(),
                    "the last start");
}

/// The index behind its first `count` numbers, with others in their place.
static SmallVector<int64_t> withFirst(Index index, unsigned count,
                                      ArrayRef<int64_t> first) {
  SmallVector<int64_t> result(first);
  llvm::append_range(result, index.drop_front(count));
  return result;
}

/// result[starts[b] + s, …] = tokens[b, s, …]
static LogicalResult packTokens(PackTokensOp op, Frame &frame) {
  Tensor tokens = frame.get(op.getTokens()), starts = frame.get(op.getStarts());
  Index begins = starts.getIntegers();
  if (failed(checkStarts(op, begins, tokens.getExtent(0), tokens.getExtent(1),
                         std::nullopt)))
    return failure();
  FailureOr<Tensor> result = frame.make(
      op, withFirst(tokens.getShape(), 2, begins.back()), op.getType());
  if (failed(result))
    return failure();
  (void)forEachIndex(tokens.getShape(), [&](Index index) {
    int64_t row = begins[index[0]] + index[1];
    if (row < begins[index[0] + 1])
      result->setElement(withFirst(index, 2, row), tokens.getElement(index));
    return success();
  });
  return frame.set(op.getResult(), *result);
}

/// result[b, s, …] = rows[starts[b] + s, …], and zero beyond the sequence
static LogicalResult unpackTokens(UnpackTokensOp op, Frame &frame) {
  Tensor rows = frame.get(op.getRows()), starts = frame.get(op.getStarts());
  int64_t count = frame.get(op.getCount()).getInteger();
  Index begins = starts.getIntegers();
  if (begins.empty())
    return op.emitOpError("has no start");
  int64_t batch = begins.size() - 1;
  if (failed(checkStarts(op, begins, batch, count, rows.getExtent(0))))
    return failure();
  FailureOr<Tensor> result = frame.make(
      op, withFirst(rows.getShape(), 1, {batch, count}), op.getType());
  if (failed(result))
    return failure();
  (void)forEachIndex(result->getShape(), [&](Index index) {
    int64_t row = begins[index[0]] + index[1];
    if (row < begins[index[0] + 1])
      result->setElement(index, rows.getElement(withFirst(index, 2, row)));
    return success();
  });
  return frame.set(op.getResult(), *result);
}

void treadle::addPackingOperations(Interpreter &interpreter) {
  interpreter.add<SequenceStartsOp>(sequenceStarts);
  interpreter.add<PackTokensOp>(packTokens);
  interpreter.add<UnpackTokensOp>(unpackTokens);
}
