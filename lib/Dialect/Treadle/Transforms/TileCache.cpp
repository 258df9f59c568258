//===- TileCache.cpp - Reading rings in the order of time -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

void treadle::tileCacheRead(RewriterBase &rewriter, CacheReadOp op) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Value cache = op.getCache();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, cache);
  Value result = tensor::EmptyOp::create(
      rewriter, loc, sizes,
      cast<RankedTensorType>(cache.getType()).getElementType());
  auto loop = scf::ForallOp::create(
      rewriter, loc, ArrayRef(sizes).take_front(2), result,
      TeamAttr::getMapping(rewriter.getContext(), 2));
  rewriter.setInsertionPointToStart(loop.getBody());
  Value batch = loop.getInductionVar(0), token = loop.getInductionVar(1);
  Value capacity = getValueOrCreateConstantIndexOp(rewriter, loc, sizes[1]);
  Value length =
      tensor::ExtractOp::create(rewriter, loc, op.getLengths(), batch);
  length = arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(),
                                      length);
  // The first `capacity` tokens are where they were put.
  Value first = arith::MaxSIOp::create(
      rewriter, loc, arith::SubIOp::create(rewriter, loc, length, capacity),
      arith::ConstantIndexOp::create(rewriter, loc, 0));
  Value place = arith::RemUIOp::create(
      rewriter, loc, arith::AddIOp::create(rewriter, loc, first, token),
      capacity);

  SmallVector<OpFoldResult> offsets(sizes.size(), rewriter.getIndexAttr(0)),
      strides(sizes.size(), rewriter.getIndexAttr(1));
  offsets[0] = batch;
  offsets[1] = place;
  sizes[0] = sizes[1] = rewriter.getIndexAttr(1);
  Value vector = tensor::ExtractSliceOp::create(rewriter, loc, cache, offsets,
                                                sizes, strides);
  offsets[1] = token;
  rewriter.setInsertionPointToEnd(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(rewriter, loc, vector,
                                        loop.getRegionIterArgs()[0], offsets,
                                        sizes, strides);
  rewriter.replaceOp(op, loop.getResults());
}
