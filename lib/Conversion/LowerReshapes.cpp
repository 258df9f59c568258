//===- LowerReshapes.cpp - Expansions of several unknown extents -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/IR/Reshapes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace treadle {
#define GEN_PASS_DEF_LOWERRESHAPESPASS
#include "treadle/Conversion/Passes.h.inc"
} // namespace treadle

using namespace mlir;

/// The view of a contiguous buffer that `expand` gives, by its sizes and
/// strides.
static void reinterpret(memref::ExpandShapeOp expand) {
  OpBuilder b(expand);
  Location loc = expand.getLoc();
  SmallVector<OpFoldResult> sizes = expand.getMixedOutputShape();
  SmallVector<OpFoldResult> strides(sizes.size());
  Value stride = arith::ConstantIndexOp::create(b, loc, 1);
  int64_t known = 1;
  bool isKnown = true;
  for (int64_t dim = sizes.size() - 1; dim >= 0; --dim) {
    strides[dim] =
        isKnown ? OpFoldResult(b.getIndexAttr(known)) : OpFoldResult(stride);
    std::optional<int64_t> extent = getConstantIntValue(sizes[dim]);
    isKnown &= extent.has_value();
    known *= extent.value_or(1);
    stride = arith::MulIOp::create(
        b, loc, stride, getValueOrCreateConstantIndexOp(b, loc, sizes[dim]));
  }
  Value view = memref::ReinterpretCastOp::create(
      b, loc, expand.getSrc(), b.getIndexAttr(0), sizes, strides);
  if (view.getType() != expand.getType())
    view = memref::CastOp::create(b, loc, expand.getType(), view);
  expand.replaceAllUsesWith(view);
  expand.erase();
}

/// Whether more than one extent of a group is unknown.
static bool hasUnknownGroup(memref::ExpandShapeOp expand) {
  return llvm::any_of(
      treadle::getGroups(expand), [&](const ReassociationIndices &group) {
        return llvm::count_if(group, [&](int64_t dim) {
                 return expand.getResultType().isDynamicDim(dim);
               }) > 1;
      });
}

namespace {
struct LowerReshapesPass
    : public treadle::impl::LowerReshapesPassBase<LowerReshapesPass> {
  void runOnOperation() override {
    getOperation()->walk([&](memref::ExpandShapeOp expand) {
      if (!hasUnknownGroup(expand))
        return;
      if (!expand.getSrcType().getLayout().isIdentity()) {
        expand.emitError(
            "expands a buffer with gaps into several unknown extents");
        return signalPassFailure();
      }
      reinterpret(expand);
    });
  }
};
} // namespace
