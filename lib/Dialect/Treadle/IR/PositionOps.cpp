//===- PositionOps.cpp - Embeddings and positions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

using namespace mlir;
using namespace treadle;

LogicalResult EmbeddingOp::verify() {
  // (C1) the result's width is the table's
  if (failed(checkResultExtent(*this, getExtent(getResult(), 2),
                               getExtent(getTable(), 1), "the result's width")))
    return failure();
  // (C2) the result has a vector for each id
  for (int64_t dim : {0, 1})
    if (failed(checkResultExtent(*this, getExtent(getResult(), dim),
                                 getExtent(getIds(), dim),
                                 "dimension " + Twine(dim) + " of the result")))
      return failure();
  // (C3) the result has the table's element type
  return checkElementTypes(*this, {getTable(), getResult()});
}

/// Fails unless an offset may be there for each sequence of the input.
static LogicalResult checkOffsets(Operation *op, Value offsets, Value input) {
  if (!offsets)
    return success();
  return checkExtents(op, getExtent(offsets, 0), getExtent(input, 0),
                      "the number of offsets");
}

LogicalResult LearnedPositionOp::verify() {
  // (C1) the table's width is the input's
  if (failed(checkExtents(*this, getExtent(getTable(), 1),
                          getExtent(getInput(), 2), "the table's width")))
    return failure();
  // (C2) the offset is not negative
  if (static_cast<int64_t>(getOffset()) < 0)
    return emitOpError("expects an offset that is not negative");
  // (C3) each position has a row
  int64_t rows = getExtent(getTable(), 0), tokens = getExtent(getInput(), 1);
  if (!ShapedType::isDynamic(rows) &&
      static_cast<int64_t>(getOffset()) >
          rows - (ShapedType::isDynamic(tokens) ? 0 : tokens))
    return emitOpError() << "expects a row for each position, the table has "
                         << rows;
  // (C4) the tensors have one element type
  if (failed(checkElementTypes(*this, {getInput(), getTable()})))
    return failure();
  // (C6) there is an offset for each sequence
  return checkOffsets(*this, getOffsets(), getInput());
}

LogicalResult SinusoidalPositionOp::verify() {
  // (C1) the base is positive and finite
  if (!getBase().isFinite() || getBase().isNegative() || getBase().isZero())
    return emitOpError("expects a base that is positive and finite");
  // (C2) the width is static and even
  int64_t width = getExtent(getInput(), 2);
  if (ShapedType::isDynamic(width) || width % 2 != 0)
    return emitOpError("expects a width that is static and even");
  // (C4) there is an offset for each sequence
  return checkOffsets(*this, getOffsets(), getInput());
}

LogicalResult RotaryOp::verify() {
  // (C1) the vectors' width is static and at least that of the rotation
  int64_t width = getExtent(getInput(), 3);
  if (ShapedType::isDynamic(width) || width < getRotary().getWidth())
    return emitOpError("expects vectors of a static width of at least ")
           << getRotary().getWidth();
  // (C2) positions or offsets are given, not both
  if (getPositions() && getOffsets())
    return emitOpError("expects positions or offsets, not both");
  // (C3) there is a position for each token, an offset for each sequence
  if (failed(checkOffsets(*this, getOffsets(), getInput())))
    return failure();
  if (Value positions = getPositions())
    for (int64_t dim : {0, 1})
      if (failed(checkExtents(*this, getExtent(positions, dim),
                              getExtent(getInput(), dim),
                              "dimension " + Twine(dim) + " of positions")))
        return failure();
  // (C4) cosines and sines are given together, of one type
  Value cosines = getCosines(), sines = getSines();
  if (!cosines != !sines || (cosines && cosines.getType() != sines.getType()))
    return emitOpError("expects cosines and sines together, of one type");
  if (!cosines)
    return success();
  // (C5) a table has a column for each pair
  if (failed(checkExtents(*this, getExtent(cosines, -1),
                          getRotary().getWidth() / 2, "a table's width")))
    return failure();
  // (C6) a table of each token's row comes without positions and offsets, and
  // has a row for each token
  if (cast<RankedTensorType>(cosines.getType()).getRank() == 3) {
    if (getPositions() || getOffsets())
      return emitOpError("expects no positions and offsets with tables that "
                         "have a row for each token");
    for (int64_t dim : {0, 1})
      if (failed(checkExtents(*this, getExtent(cosines, dim),
                              getExtent(getInput(), dim),
                              "dimension " + Twine(dim) + " of a table")))
        return failure();
  }
  // (C7) with tables nothing is scaled, and all is of one element type
  if (getRotary().getScaling() != RotaryScaling::None)
    return emitOpError("expects no scaling of what tables give");
  return checkElementTypes(*this, {getInput(), cosines});
}

LogicalResult SoftCapOp::verify() {
  // (C1) the cap is positive and finite
  if (!getCap().isFinite() || getCap().isNegative() || getCap().isZero())
    return emitOpError("expects a cap that is positive and finite");
  return success();
}

LogicalResult RelativeBucketOp::verify() {
  // (C1) the buckets are such that `#treadle.relative` may have them
  return RelativeAttr::verify([&] { return emitOpError(); }, getBuckets(),
                              getMaxDistance(), getBidirectional());
}
