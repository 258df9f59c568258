//===- Widen.cpp - Types of storage around work in f32 -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace treadle {
#define GEN_PASS_DEF_WIDENPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// The type with f32 for elements that are other floats; null where there is
/// nothing to change.
static RankedTensorType getWideType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isa<FloatType>(tensor.getElementType()) ||
      tensor.getElementType().isF32())
    return {};
  return tensor.clone(Float32Type::get(type.getContext()));
}

/// `value` as a tensor of `type`, whose elements are other floats.
static Value convert(OpBuilder &b, Location loc, Value value, Type type) {
  unsigned from = getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth(),
           to = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  if (from < to)
    return arith::ExtFOp::create(b, loc, type, value);
  return arith::TruncFOp::create(b, loc, type, value);
}

/// Whether an operation computes, and not only moves, what it is given: those
/// that move keep the type of storage.
static bool computes(Operation *op) {
  return isa_and_present<TreadleDialect>(op->getDialect()) &&
         !isa<ParameterOp, YieldOp, CacheAppendOp, CacheReadOp>(op);
}

/// Whether an operation widens an operand by itself, part by part: keys and
/// values of attention, which are all read for each query, and the caches that
/// they are kept in.
static bool readsAsStored(OpOperand &operand) {
  if (getElementTypeOrSelf(operand.get().getType()).getIntOrFloatBitWidth() >=
      32)
    return false;
  if (auto attention = dyn_cast<AttentionOp>(operand.getOwner()))
    return &operand == &attention.getKeysMutable() ||
           &operand == &attention.getValuesMutable();
  if (auto attention = dyn_cast<MultiHeadAttentionOp>(operand.getOwner()))
    return llvm::is_contained(
        {attention.getCacheKeys(), attention.getCacheValues()}, operand.get());
  return false;
}

/// The same of a result, which is a cache that was given.
static bool givesAsStored(OpResult result) {
  return isa<MultiHeadAttentionOp>(result.getOwner()) &&
         result.getResultNumber() > 0 &&
         getElementTypeOrSelf(result.getType()).getIntOrFloatBitWidth() < 32;
}

/// Makes operands and results f32 behind and before a conversion, and the same
/// of the regions of blocks, whose bodies go on with the type of storage.
static void widen(Operation *op) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  for (OpOperand &operand : op->getOpOperands())
    if (RankedTensorType wide = getWideType(operand.get().getType());
        wide && !readsAsStored(operand))
      operand.set(convert(b, loc, operand.get(), wide));
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      b.setInsertionPointToStart(&block);
      for (BlockArgument argument : block.getArguments())
        if (RankedTensorType wide = getWideType(argument.getType())) {
          Type narrow = argument.getType();
          argument.setType(wide);
          Value stored = convert(b, loc, argument, narrow);
          argument.replaceAllUsesExcept(stored, stored.getDefiningOp());
        }
      auto yield = dyn_cast<YieldOp>(block.getTerminator());
      if (!yield)
        continue;
      b.setInsertionPoint(yield);
      for (OpOperand &operand : yield->getOpOperands())
        if (RankedTensorType wide = getWideType(operand.get().getType()))
          operand.set(convert(b, loc, operand.get(), wide));
    }
  b.setInsertionPointAfter(op);
  for (OpResult result : op->getResults())
    if (RankedTensorType wide = getWideType(result.getType());
        wide && !givesAsStored(result)) {
      Type narrow = result.getType();
      result.setType(wide);
      Value stored = convert(b, loc, result, narrow);
      result.replaceAllUsesExcept(stored, stored.getDefiningOp());
    }
}

namespace {
struct WidenPass : public treadle::impl::WidenPassBase<WidenPass> {
  void runOnOperation() override {
    SmallVector<Operation *> operations;
    getOperation()->walk([&](Operation *op) {
      if (computes(op))
        operations.push_back(op);
    });
    llvm::for_each(operations, widen);
  }
};
} // namespace
