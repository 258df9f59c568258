//===- ReuseOperands.cpp - Writing where one reads for the last time -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Groups.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace treadle {
#define GEN_PASS_DEF_REUSEOPERANDSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// Whether a tensor is a new one, perhaps reshaped, with no content.
static bool isEmpty(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (isa<tensor::EmptyOp>(op))
      return true;
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return false;
}

/// Collects what shares its content with `value` through reshapes: what it is a
/// view of, and the views of that.
static void collectViews(Value value, SmallVectorImpl<Value> &views) {
  Operation *op = value.getDefiningOp();
  while (op && isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
    value = op->getOperand(0);
    op = value.getDefiningOp();
  }
  views.push_back(value);
  for (size_t i = 0; i < views.size(); ++i)
    for (Operation *user : views[i].getUsers())
      if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user))
        views.push_back(user->getResult(0));
}

/// Whether nobody reads the content of `value` after `op`, and it is this
/// block's to write to.
static bool isLastRead(Value value, linalg::GenericOp op) {
  SmallVector<Value> views;
  collectViews(value, views);
  Value source = views.front();
  bool isCarried =
      isa<BlockArgument>(source) &&
      isa<LoopLikeOpInterface>(source.getParentBlock()->getParentOp());
  bool isMade = source.getDefiningOp<linalg::LinalgOp>() != nullptr;
  if ((!isCarried && !isMade) || source.getParentBlock() != op->getBlock())
    return false;
  for (Value view : views)
    for (Operation *user : view.getUsers()) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
      if (!ancestor ||
          (ancestor != op && !ancestor->isBeforeInBlock(op) &&
           !isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::DimOp>(
               ancestor)))
        return false;
    }
  return true;
}

/// Whether `op` reads a product that reads `value`. The two are made block by
/// block in one loop, where the product still reads rows that a block before
/// has written.
static bool isReadByItsProduct(Value value, linalg::GenericOp op) {
  SmallVector<Value> views;
  collectViews(value, views);
  return llvm::any_of(op.getDpsInputs(), [&](Value input) {
    Operation *product = input.getDefiningOp();
    return product && isProduct(product) &&
           llvm::any_of(product->getOperands(), [&](Value operand) {
             return llvm::is_contained(views, operand);
           });
  });
}

/// Whether `value` is the tensor `source` after operations that write into it
/// and reshapes.
static bool isMadeInto(Value value, Value source) {
  while (value != source) {
    auto result = dyn_cast<OpResult>(value);
    if (!result)
      return false;
    if (auto op = dyn_cast<DestinationStyleOpInterface>(result.getOwner()))
      value = op.getDpsInits()[result.getResultNumber()];
    else if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
                 result.getOwner()))
      value = result.getOwner()->getOperand(0);
    else
      return false;
  }
  return true;
}

/// Copies what a loop makes elsewhere to where the next iteration reads it:
/// buffers that change places cannot be planned.
static void copyIntoCarried(scf::ForOp loop) {
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  for (auto [argument, operand] :
       llvm::zip_equal(loop.getRegionIterArgs(), yield->getOpOperands())) {
    if (!isa<RankedTensorType>(argument.getType()) ||
        isMadeInto(operand.get(), argument))
      continue;
    OpBuilder b(yield);
    operand.set(
        linalg::CopyOp::create(b, yield.getLoc(), operand.get(), argument)
            .getResult(0));
  }
}

/// A tensor that a loop carries and makes into itself keeps its number of
/// elements, and so its one dynamic extent: it is known before the loop, in it
/// and after it.
static void resolveCarriedExtents(scf::ForOp loop) {
  for (auto [argument, init, yielded, result] :
       llvm::zip_equal(loop.getRegionIterArgs(), loop.getInitArgs(),
                       loop.getYieldedValues(), loop.getResults())) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || type.getNumDynamicDims() != 1 ||
        !isMadeInto(yielded, argument))
      continue;
    for (Value carried : {Value(argument), Value(result)})
      for (Operation *user : llvm::make_early_inc_range(carried.getUsers()))
        if (auto dim = dyn_cast<tensor::DimOp>(user))
          dim.getSourceMutable().assign(init);
  }
}

/// Where the cache that is appended to comes from, through loops that carry it:
/// the operand that gives it to an append or a loop.
static OpOperand *getCacheSource(CacheAppendOp append) {
  OpOperand *operand = &append.getCacheMutable();
  while (true) {
    if (auto earlier = operand->get().getDefiningOp<CacheAppendOp>()) {
      operand = &earlier.getCacheMutable();
      continue;
    }
    auto argument = dyn_cast<BlockArgument>(operand->get());
    auto loop = argument ? dyn_cast_if_present<LoopLikeOpInterface>(
                               argument.getOwner()->getParentOp())
                         : LoopLikeOpInterface();
    OpOperand *init = loop ? loop.getTiedLoopInit(argument) : nullptr;
    if (!init)
      return operand;
    operand = init;
  }
}

/// Copies a cache that a function is given, which is not ours to write to,
/// once: what is appended to it is then written in place.
static void copyGivenCache(CacheAppendOp append) {
  OpOperand *source = getCacheSource(append);
  Value cache = source->get();
  auto argument = dyn_cast<BlockArgument>(cache);
  bool isGiven =
      argument && isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
  if (!isGiven && !cache.getDefiningOp<ParameterOp>())
    return;
  OpBuilder b(source->getOwner());
  Location loc = append.getLoc();
  Value empty = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, cache),
      cast<RankedTensorType>(cache.getType()).getElementType());
  source->set(linalg::CopyOp::create(b, loc, cache, empty).getResult(0));
}

namespace {
struct ReuseOperandsPass
    : public treadle::impl::ReuseOperandsPassBase<ReuseOperandsPass> {
  void runOnOperation() override {
    getOperation()->walk([](linalg::GenericOp op) {
      if (op.getNumLoops() != op.getNumParallelLoops() ||
          op.getNumDpsInits() != 1)
        return;
      OpOperand *init = op.getDpsInitOperand(0);
      if (!isEmpty(init->get()))
        return;
      for (OpOperand *input : op.getDpsInputOperands())
        if (input->get().getType() == init->get().getType() &&
            op.getMatchingIndexingMap(input) ==
                op.getMatchingIndexingMap(init) &&
            isLastRead(input->get(), op) &&
            !isReadByItsProduct(input->get(), op)) {
          init->set(input->get());
          return;
        }
    });
    getOperation()->walk(copyIntoCarried);
    getOperation()->walk(copyGivenCache);
    getOperation()->walk(resolveCarriedExtents);
  }
};
} // namespace
