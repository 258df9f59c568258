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
  return checkElementTypes(*this, {getInput(), getTable()});
}

LogicalResult SinusoidalPositionOp::verify() {
  // (C1) the base is positive and finite
  if (!getBase().isFinite() || getBase().isNegative() || getBase().isZero())
    return emitOpError("expects a base that is positive and finite");
  // (C2) the width is static and even
  int64_t width = getExtent(getInput(), 2);
  if (ShapedType::isDynamic(width) || width % 2 != 0)
    return emitOpError("expects a width that is static and even");
  return success();
}
