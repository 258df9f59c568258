//===- PackingOps.cpp - Tokens without padding -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

/// Fails unless `starts` has one element for each of `sequences` and one more.
static LogicalResult checkStarts(Operation *op, Value starts,
                                 int64_t sequences) {
  int64_t wanted = ShapedType::isDynamic(sequences) ? sequences : sequences + 1;
  return checkExtents(op, getExtent(starts, 0), wanted, "the number of starts");
}

/// Fails unless the dimensions of `packed` behind its first are those of
/// `padded` behind its second, and elements are of one type.
static LogicalResult checkRows(Operation *op, Value packed, Value padded) {
  auto rows = cast<RankedTensorType>(packed.getType()),
       tokens = cast<RankedTensorType>(padded.getType());
  if (tokens.getRank() < 2 || rows.getRank() + 1 != tokens.getRank())
    return op->emitOpError("expects rows, and tokens of a batch, with one more "
                           "dimension, found ")
           << rows << " and " << tokens;
  for (int64_t dim = 1; dim < rows.getRank(); ++dim)
    if (failed(checkExtents(op, rows.getDimSize(dim),
                            tokens.getDimSize(dim + 1),
                            "dimension " + Twine(dim) + " of the rows")))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// SequenceStartsOp
//===----------------------------------------------------------------------===//

LogicalResult SequenceStartsOp::verify() {
  // (C1) there is a start for each sequence, and one more
  return checkStarts(*this, getResult(), getExtent(getLengths(), 0));
}

LogicalResult
SequenceStartsOp::reifyResultShapes(OpBuilder &b,
                                    ReifiedRankedShapedTypeDims &shapes) {
  Location loc = getLoc();
  if (int64_t count = getExtent(getResult(), 0);
      !ShapedType::isDynamic(count)) {
    shapes.push_back({b.getIndexAttr(count)});
    return success();
  }
  Value batch = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, getLengths(), 0));
  shapes.push_back({b.createOrFold<arith::AddIOp>(
      loc, batch, arith::ConstantIndexOp::create(b, loc, 1))});
  return success();
}

//===----------------------------------------------------------------------===//
// PackTokensOp
//===----------------------------------------------------------------------===//

LogicalResult PackTokensOp::verify() {
  // (C1) the result has the tokens' dimensions, with one in place of the first
  // two
  if (failed(checkRows(*this, getResult(), getTokens())))
    return failure();
  // (C2) there is a start for each sequence, and one more
  if (failed(checkStarts(*this, getStarts(), getExtent(getTokens(), 0))))
    return failure();
  // (C3) tokens and result have one element type
  return checkElementTypes(*this, {getTokens(), getResult()});
}

OpFoldResult PackTokensOp::fold(FoldAdaptor) {
  auto unpack = getTokens().getDefiningOp<UnpackTokensOp>();
  return unpack && unpack.getStarts() == getStarts() &&
                 unpack.getRows().getType() == getType()
             ? unpack.getRows()
             : Value();
}

OpFoldResult PackTokensOp::getNumRows(OpBuilder &b, Location loc, Value starts,
                                      OpFoldResult batch, OpFoldResult tokens) {
  Value sequences = getValueOrCreateConstantIndexOp(b, loc, batch);
  Value bound = b.createOrFold<arith::MulIOp>(
      loc, sequences, getValueOrCreateConstantIndexOp(b, loc, tokens));
  Value end = tensor::ExtractOp::create(b, loc, starts, sequences);
  Value rows = arith::IndexCastOp::create(b, loc, b.getIndexType(), end);
  return Value(arith::MinUIOp::create(b, loc, rows, bound));
}

LogicalResult
PackTokensOp::reifyResultShapes(OpBuilder &b,
                                ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, getLoc(), getTokens());
  auto type = cast<RankedTensorType>(getType());
  OpFoldResult rows =
      type.isDynamicDim(0)
          ? getNumRows(b, getLoc(), getStarts(), sizes[0], sizes[1])
          : OpFoldResult(b.getIndexAttr(type.getDimSize(0)));
  sizes.erase(sizes.begin());
  sizes[0] = rows;
  shapes.push_back(sizes);
  return success();
}

//===----------------------------------------------------------------------===//
// UnpackTokensOp
//===----------------------------------------------------------------------===//

LogicalResult UnpackTokensOp::verify() {
  // (C1) the result has the rows' dimensions, with two in place of the first
  if (failed(checkRows(*this, getRows(), getResult())))
    return failure();
  // (C2) there is a start for each sequence, and one more
  if (failed(checkStarts(*this, getStarts(), getExtent(getResult(), 0))))
    return failure();
  // (C3) rows and result have one element type
  return checkElementTypes(*this, {getRows(), getResult()});
}

LogicalResult
UnpackTokensOp::reifyResultShapes(OpBuilder &b,
                                  ReifiedRankedShapedTypeDims &shapes) {
  Location loc = getLoc();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, getRows());
  Value starts = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, getStarts(), 0));
  sizes[0] = Value(b.createOrFold<arith::SubIOp>(
      loc, starts, arith::ConstantIndexOp::create(b, loc, 1)));
  sizes.insert(sizes.begin() + 1, OpFoldResult(getCount()));
  auto type = cast<RankedTensorType>(getType());
  for (int64_t dim : {0, 1})
    if (!type.isDynamicDim(dim))
      sizes[dim] = b.getIndexAttr(type.getDimSize(dim));
  shapes.push_back(sizes);
  return success();
}
