//===- Positions.cpp - What embeddings and positions mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

/// result[b, s, :] = table[ids[b, s], :]
static LogicalResult embedding(EmbeddingOp op, Frame &frame) {
  Tensor ids = frame.get(op.getIds()), table = frame.get(op.getTable());
  for (int64_t id : ids.getIntegers())
    if (id < 0 || id >= table.getExtent(0))
      return op.emitOpError() << "has the id " << id << ", the table has "
                              << table.getExtent(0) << " rows";
  return frame.define(
      op->getResult(0),
      {ids.getExtent(0), ids.getExtent(1), table.getExtent(1)}, [&](Index i) {
        return table.getFloat({ids.getInteger({i[0], i[1]}), i[2]});
      });
}

/// The offset of each sequence, zeros unless given.
template <typename OpTy>
static FailureOr<SmallVector<int64_t>> getOffsets(OpTy op, Frame &frame,
                                                  int64_t batch) {
  if (!op.getOffsets())
    return SmallVector<int64_t>(batch, 0);
  Tensor offsets = frame.get(op.getOffsets());
  if (failed(checkEqual(op, offsets.getExtent(0), "the number of offsets",
                        batch, "the batch")))
    return failure();
  return SmallVector<int64_t>(offsets.getIntegers());
}

/// result[b, s, :] = input[b, s, :] + table[s + offset + offsets[b], :]
static LogicalResult learnedPosition(LearnedPositionOp op, Frame &frame) {
  Tensor input = frame.get(op.getInput()), table = frame.get(op.getTable());
  FailureOr<SmallVector<int64_t>> offsets =
      getOffsets(op, frame, input.getExtent(0));
  if (failed(offsets) ||
      failed(checkEqual(op, table.getExtent(1), "the table's width",
                        input.getExtent(2), "the input's")))
    return failure();
  int64_t tokens = input.getExtent(1), rows = table.getExtent(0);
  for (int64_t &offset : *offsets) {
    if (offset < 0)
      return op.emitOpError() << "has the offset " << offset;
    // Neither sum overflows: the attribute's rows are rows of the table.
    if (offset > rows ||
        offset + static_cast<int64_t>(op.getOffset()) > rows - tokens)
      return op.emitOpError()
             << "has " << tokens << " tokens after " << offset
             << ", and the table has "
             << rows - static_cast<int64_t>(op.getOffset()) << " positions";
    offset += op.getOffset();
  }
  return frame.define(op->getResult(0), input.getShape(), [&](Index i) {
    return input.getFloat(i) + table.getFloat({i[1] + (*offsets)[i[0]], i[2]});
  });
}

/// With w(i) = base^(-2i / width) and p = s + offsets[b]:
///   result[b, s, 2i]     = input[b, s, 2i]     + sin(p w(i))
///   result[b, s, 2i + 1] = input[b, s, 2i + 1] + cos(p w(i))
static LogicalResult sinusoidalPosition(SinusoidalPositionOp op, Frame &frame) {
  Tensor input = frame.get(op.getInput());
  double base = op.getBase().convertToDouble();
  int64_t width = input.getExtent(2);
  FailureOr<SmallVector<int64_t>> offsets =
      getOffsets(op, frame, input.getExtent(0));
  if (failed(offsets))
    return failure();
  return frame.define(op->getResult(0), input.getShape(), [&](Index i) {
    double position = double(i[1]) + double((*offsets)[i[0]]);
    double angle = position * std::pow(base, -double(i[2] / 2 * 2) / width);
    return input.getFloat(i) +
           (i[2] % 2 == 0 ? std::sin(angle) : std::cos(angle));
  });
}

void treadle::addPositionOperations(Interpreter &interpreter) {
  interpreter.add<EmbeddingOp>(embedding);
  interpreter.add<LearnedPositionOp>(learnedPosition);
  interpreter.add<SinusoidalPositionOp>(sinusoidalPosition);
}
