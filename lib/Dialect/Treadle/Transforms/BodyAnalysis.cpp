//===- BodyAnalysis.cpp - How a body depends on its loops -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BodyAnalysis.h"

#include "Vectorization.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace treadle;

BodyAnalysis::BodyAnalysis(linalg::GenericOp op, ArrayRef<unsigned> order,
                           unsigned lanes)
    : op(op), lanes(lanes) {
  depths.resize(op.getNumLoops());
  for (auto [depth, dim] : llvm::enumerate(order))
    depths[dim] = depth + 1;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    int64_t depth = 0;
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      depth = std::max(depth, depths[map.getDimPosition(i)]);
    // A result that is also read is at hand where it is written.
    if (op.isDpsInit(&operand))
      depth = order.size();
    valueDepths[op.getMatchingBlockArgument(&operand)] = depth;
    if (lanes != kNoLanes && map.isFunctionOfDim(lanes))
      laneValues.insert(op.getMatchingBlockArgument(&operand));
    // The accumulator of a reduction along the lanes has one for each of
    // them.
    if (lanes != kNoLanes && op.isDpsInit(&operand) &&
        op.getIteratorTypesArray()[lanes] == utils::IteratorType::reduction)
      laneValues.insert(op.getMatchingBlockArgument(&operand));
  }
  for (Operation &inner : op.getBody()->without_terminator())
    analyze(inner);
}

bool BodyAnalysis::isLaneIndex(Value value) const {
  auto index = value.getDefiningOp<linalg::IndexOp>();
  return index && index.getDim() == lanes;
}

void BodyAnalysis::analyze(Operation &inner) {
  int64_t depth = 0;
  bool any = false;
  for (Value operand : inner.getOperands()) {
    depth = std::max(depth, getDepth(operand));
    any |= hasLanes(operand);
  }
  if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
    depth = depths[index.getDim()];
    any = index.getDim() == lanes;
  } else if (auto load = dyn_cast<memref::LoadOp>(inner)) {
    // A row of a table, or one element of it for all lanes.
    ValueRange indices = load.getIndices();
    bool outer = !indices.empty() &&
                 llvm::any_of(indices.drop_back(),
                              [&](Value index) { return hasLanes(index); });
    bool last = !indices.empty() && hasLanes(indices.back());
    if (outer || (last && (!isLaneIndex(indices.back()) ||
                           !isContiguous(load.getMemRef()))))
      vectorizable = false;
  } else if (any && !OpTrait::hasElementwiseMappableTraits(&inner)) {
    vectorizable = false;
  }
  for (Value result : inner.getResults()) {
    valueDepths[result] = depth;
    if (any)
      laneValues.insert(result);
  }
}
