//===- BlockBuilder.cpp - A part of what a group makes -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

Value treadle::getSlice(OpBuilder &b, Value tensor, const Ranges &ranges) {
  if (llvm::none_of(ranges, [](auto &range) { return range.has_value(); }))
    return tensor;
  Location loc = tensor.getLoc();
  SmallVector<OpFoldResult> offsets(ranges.size(), b.getIndexAttr(0)),
      ones(ranges.size(), b.getIndexAttr(1)),
      sizes = tensor::getMixedSizes(b, loc, tensor);
  for (auto [i, range] : llvm::enumerate(ranges))
    if (range) {
      offsets[i] = range->offset;
      sizes[i] = range->size;
    }
  return tensor::ExtractSliceOp::create(b, loc, tensor, offsets, sizes, ones);
}

Value treadle::getScratch(OpBuilder &b, Value like, const Ranges &ranges,
                          ArrayRef<int64_t> gaps) {
  Location loc = like.getLoc();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, like);
  SmallVector<OpFoldResult> bounds = sizes;
  for (auto [i, range] : llvm::enumerate(ranges))
    if (range) {
      sizes[i] = range->size;
      bounds[i] = b.getIndexAttr(range->bound + (gaps.empty() ? 0 : gaps[i]));
    }
  Value scratch = tensor::EmptyOp::create(
      b, loc, bounds, cast<RankedTensorType>(like.getType()).getElementType());
  SmallVector<OpFoldResult> zeros(sizes.size(), b.getIndexAttr(0)),
      ones(sizes.size(), b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(b, loc, scratch, zeros, sizes, ones);
}

Value BlockBuilder::getPart(Value value, const Ranges &ranges) {
  // Cut out once: two slices of what is also written would look like a
  // conflict.
  if (Value part = parts.lookup(value))
    return part;
  Operation *definition = value.getDefiningOp();
  // Each member that begins with a new tensor, filled or not, gets one of its
  // own.
  if (isa_and_present<tensor::EmptyOp>(definition))
    return getScratch(rewriter, value, ranges);
  if (isa_and_present<linalg::FillOp>(definition))
    return makePart(cast<linalg::LinalgOp>(definition), ranges);
  Value part = definition && group.members.contains(definition)
                   ? makePart(cast<linalg::LinalgOp>(definition), ranges)
                   : getSlice(rewriter, value, ranges);
  parts[value] = part;
  return part;
}

bool BlockBuilder::writesToDestination(linalg::LinalgOp op) {
  linalg::LinalgOp link = group.root;
  while (link && link != op && group.members.contains(link))
    link = link.getDpsInits()[0].getDefiningOp<linalg::LinalgOp>();
  return link == op;
}

Value BlockBuilder::makePart(linalg::LinalgOp op, const Ranges &ranges) {
  Ranges loops(op.getNumLoops());
  AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (auto [i, range] : llvm::enumerate(ranges))
    loops[resultMap.getDimPosition(i)] = range;
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    if (Value part = operandParts.lookup(&operand)) {
      operands.push_back(part);
      continue;
    }
    AffineMap map = op.getMatchingIndexingMap(&operand);
    Ranges operandRanges;
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      operandRanges.push_back(loops[map.getDimPosition(i)]);
    // Only the destination is the loop's to write to: a member that would
    // write over something else gets memory for its part of that.
    bool isOwn = op.isDpsInit(&operand) && operand.get() != whole &&
                 !writesToDestination(op) &&
                 !op.payloadUsesValueFromOperand(&operand);
    operands.push_back(isOwn
                           ? getScratch(rewriter, operand.get(), operandRanges)
                           : getPart(operand.get(), operandRanges));
  }
  Operation *part = clone(rewriter, op, operands.back().getType(), operands);
  SmallVector<OpFoldResult> offsets;
  for (auto &range : loops)
    offsets.push_back(range ? range->offset : rewriter.getIndexAttr(0));
  linalg::offsetIndices(rewriter, cast<linalg::LinalgOp>(part), offsets);
  return part->getResult(0);
}
