//===- StateOps.cpp - What is kept from call to call -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

using namespace mlir;
using namespace treadle;

LogicalResult CacheAppendOp::verify() {
  auto tokens = cast<RankedTensorType>(getTokens().getType()),
       cache = cast<RankedTensorType>(getCache().getType());
  // (C1) tokens and cache are of equal rank, at least two
  if (cache.getRank() < 2 || tokens.getRank() != cache.getRank())
    return emitOpError("expects tokens and a cache of equal rank, at least "
                       "two, found ")
           << tokens << " and " << cache;
  // (C2) tokens and cache agree on the extent of each dimension but the second
  for (int64_t dim = 0; dim < cache.getRank(); ++dim)
    if (dim != 1 && failed(checkExtents(
                        *this, tokens.getDimSize(dim), cache.getDimSize(dim),
                        "dimension " + Twine(dim) + " of the tokens")))
      return failure();
  // (C3) there is a length for each element of the batch
  if (failed(checkExtents(*this, getExtent(getLengths(), 0),
                          cache.getDimSize(0), "the number of lengths")))
    return failure();
  // (C4) tokens and cache have one element type
  return checkElementTypes(*this, {getTokens(), getCache()});
}

OpFoldResult CacheAppendOp::fold(FoldAdaptor) {
  // No tokens leave the cache as it is.
  return getExtent(getTokens(), 1) == 0 ? getCache() : Value();
}

LogicalResult CacheReadOp::verify() {
  // (C1) the cache has a batch and tokens
  if (cast<RankedTensorType>(getCache().getType()).getRank() < 2)
    return emitOpError("expects a cache of at least two dimensions, found ")
           << getCache().getType();
  // (C2) there is a length for each element of the batch
  return checkExtents(*this, getExtent(getLengths(), 0),
                      getExtent(getCache(), 0), "the number of lengths");
}

OpFoldResult CacheReadOp::fold(FoldAdaptor) {
  return getRing() ? Value() : getCache();
}
