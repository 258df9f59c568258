//===- State.cpp - What caches mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

using namespace mlir;
using namespace treadle;

/// Where (b, p, …) lies, for the … of an index (b, s, …).
static SmallVector<int64_t> withPlace(Index index, int64_t place) {
  SmallVector<int64_t> moved(index);
  moved[1] = place;
  return moved;
}

/// place(b, s)    = max(lengths[b], 0) + s, modulo the capacity of a ring
/// cache[b, p, …] = tokens[b, s, …] where p = place(b, s), for the last such s
LogicalResult treadle::appendTokens(Operation *op, const Tensor &tokens,
                                    Index lengths, bool ring, Tensor &cache) {
  int64_t capacity = cache.getExtent(1);
  if (withPlace(tokens.getShape(), 0) != withPlace(cache.getShape(), 0))
    return op->emitOpError()
           << "has tokens of the shape " << formatShape(tokens.getShape().vec())
           << " and a cache of the shape "
           << formatShape(cache.getShape().vec());
  if (failed(checkEqual(op, lengths.size(), "the number of lengths",
                        cache.getExtent(0), "the batch")))
    return failure();
  return forEachIndex(tokens.getShape(), [&](Index index) {
    int64_t length = std::max<int64_t>(lengths[index[0]], 0);
    if (ring && capacity > 0)
      length %= capacity;
    // Written so that it cannot overflow.
    bool within = length < capacity && index[1] < capacity - length;
    if (within || (ring && capacity > 0))
      cache.setElement(withPlace(index, (length + index[1]) % capacity),
                       tokens.getElement(index));
    return success();
  });
}

/// result = the cache with the tokens behind its own
static LogicalResult cacheAppend(CacheAppendOp op, Frame &frame) {
  Tensor tokens = frame.get(op.getTokens()), cache = frame.get(op.getCache());
  Tensor lengths = frame.get(op.getLengths());
  if (failed(frame.spend(op, tokens.getNumElements())) ||
      failed(
          appendTokens(op, tokens, lengths.getIntegers(), op.getRing(), cache)))
    return failure();
  return frame.set(op.getResult(), cache);
}

/// result[b, s, …] = cache[b, (max(lengths[b] - C, 0) + s) mod C, …] of a ring,
///                   cache[b, s, …] otherwise
static LogicalResult cacheRead(CacheReadOp op, Frame &frame) {
  Tensor cache = frame.get(op.getCache()), lengths = frame.get(op.getLengths());
  if (failed(checkEqual(op, lengths.getExtent(0), "the number of lengths",
                        cache.getExtent(0), "the batch")))
    return failure();
  if (!op.getRing())
    return frame.set(op.getResult(), cache);
  int64_t capacity = cache.getExtent(1);
  FailureOr<Tensor> result = frame.make(op, cache.getShape(), op.getType());
  if (failed(result))
    return failure();
  (void)forEachIndex(cache.getShape(), [&](Index index) {
    int64_t length = std::max<int64_t>(lengths.getInteger({index[0]}), 0);
    int64_t oldest = length > capacity ? length % capacity : 0;
    result->setElement(index, cache.getElement(withPlace(
                                  index, (oldest + index[1]) % capacity)));
    return success();
  });
  return frame.set(op.getResult(), *result);
}

void treadle::addStateOperations(Interpreter &interpreter) {
  interpreter.add<CacheAppendOp>(cacheAppend);
  interpreter.add<CacheReadOp>(cacheRead);
}
