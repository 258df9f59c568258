//===- ReuseOperands.cpp - Writing where one reads for the last time -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace treadle {
#define GEN_PASS_DEF_REUSEOPERANDSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;

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

/// Collects what shares its content with `value` through reshapes: what it is a view of, and the
/// views of that.
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

/// Whether nobody reads the content of `value` after `op`, and it is this block's to write to.
static bool isLastRead(Value value, linalg::GenericOp op) {
  SmallVector<Value> views;
  collectViews(value, views);
  Value source = views.front();
  bool isCarried = isa<BlockArgument>(source) && isa<LoopLikeOpInterface>(
                                                     source.getParentBlock()->getParentOp());
  bool isMade = source.getDefiningOp<linalg::LinalgOp>() != nullptr;
  if ((!isCarried && !isMade) || source.getParentBlock() != op->getBlock())
    return false;
  for (Value view : views)
    for (Operation *user : view.getUsers()) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
      if (!ancestor || (ancestor != op && !ancestor->isBeforeInBlock(op) &&
                        !isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::DimOp>(
                            ancestor)))
        return false;
    }
  return true;
}

/// Whether `value` is the tensor `source` after operations that write into it and reshapes.
static bool isMadeInto(Value value, Value source) {
  while (value != source) {
    auto result = dyn_cast<OpResult>(value);
    if (!result)
      return false;
    if (auto op = dyn_cast<linalg::LinalgOp>(result.getOwner()))
      value = op.getDpsInits()[result.getResultNumber()];
    else if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(result.getOwner()))
      value = result.getOwner()->getOperand(0);
    else
      return false;
  }
  return true;
}

/// A tensor that a loop carries and makes into itself keeps its number of elements, and so its
/// one dynamic extent: it is known before the loop.
static void resolveCarriedExtents(scf::ForOp loop) {
  for (auto [argument, init, yielded] : llvm::zip_equal(
           loop.getRegionIterArgs(), loop.getInitArgs(), loop.getYieldedValues())) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || type.getNumDynamicDims() != 1 || !isMadeInto(yielded, argument))
      continue;
    for (Operation *user : llvm::make_early_inc_range(argument.getUsers()))
      if (auto dim = dyn_cast<tensor::DimOp>(user))
        dim.getSourceMutable().assign(init);
  }
}

namespace {
struct ReuseOperandsPass : public treadle::impl::ReuseOperandsPassBase<ReuseOperandsPass> {
  void runOnOperation() override {
    getOperation()->walk([](linalg::GenericOp op) {
      if (op.getNumLoops() != op.getNumParallelLoops() || op.getNumDpsInits() != 1)
        return;
      OpOperand *init = op.getDpsInitOperand(0);
      if (!isEmpty(init->get()))
        return;
      for (OpOperand *input : op.getDpsInputOperands())
        if (input->get().getType() == init->get().getType() &&
            op.getMatchingIndexingMap(input) == op.getMatchingIndexingMap(init) &&
            isLastRead(input->get(), op)) {
          init->set(input->get());
          return;
        }
    });
    getOperation()->walk(resolveCarriedExtents);
  }
};
} // namespace
