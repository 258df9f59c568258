//===- PrepareParameters.cpp - What depends on parameters alone, made once -*-
// C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

namespace treadle {
#define GEN_PASS_DEF_PREPAREPARAMETERSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {

/// The operations that a value is computed by, when they read parameters and
/// constants only.
struct Preparation {
  llvm::SetVector<Operation *>
      operations; ///< In an order in which they can be cloned.
  llvm::SmallVector<ParameterOp> parameters;
};

/// Collects what `op` is computed by; fails when that is more than parameters
/// and constants.
LogicalResult collect(Operation *op, Preparation &preparation) {
  if (preparation.operations.contains(op))
    return success();
  if (!isPure(op) || op->getNumResults() != 1)
    return failure();
  if (auto parameter = dyn_cast<ParameterOp>(op)) {
    preparation.parameters.push_back(parameter);
    preparation.operations.insert(op);
    return success();
  }
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!op->isAncestor(operand.getParentBlock()->getParentOp()))
        used.insert(operand);
  });
  for (Value value : used) {
    Operation *definition = value.getDefiningOp();
    if (!definition || failed(collect(definition, preparation)))
      return failure();
  }
  preparation.operations.insert(op);
  return success();
}

/// Reshapes cost nothing where they are, and stay there.
bool isReshape(Operation *op) {
  return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op);
}

struct PrepareParametersPass
    : public treadle::impl::PrepareParametersPassBase<PrepareParametersPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::StringSet<> names;
    int64_t count = 0;
    auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions) {
      if (function->hasAttr(kPreparedAttrName) || function.isExternal())
        continue;
      // From the last: what it is computed by goes with it.
      llvm::SetVector<Operation *> candidates;
      function.walk([&](Operation *op) {
        if (op->getNumResults() == 1 &&
            isa<RankedTensorType>(op->getResult(0).getType()) &&
            !isa<ParameterOp>(op) && !isReshape(op))
          candidates.insert(op);
      });
      while (!candidates.empty()) {
        Operation *op = candidates.pop_back_val();
        Preparation preparation;
        if (op->use_empty() || failed(collect(op, preparation)) ||
            preparation.parameters.empty() ||
            !haveOneIndex(preparation.parameters))
          continue;
        outline(op, preparation, names, symbols, count++, candidates);
      }
    }
  }

  /// Whether parameters of families are all of one layer.
  static bool haveOneIndex(ArrayRef<ParameterOp> parameters) {
    llvm::SmallDenseSet<Value> indices;
    for (ParameterOp parameter : parameters)
      if (parameter.getIndex()) {
        indices.insert(parameter.getIndex());
        if (!parameter.getMembers())
          return false;
      }
    return indices.size() <= 1;
  }

  void outline(Operation *op, Preparation &preparation,
               llvm::StringSet<> &names, SymbolTable &symbols, int64_t number,
               llvm::SetVector<Operation *> &candidates) {
    ParameterOp family;
    for (ParameterOp parameter : preparation.parameters)
      if (parameter.getIndex())
        family = parameter;
    // Named after the first of those that it is made of.
    ParameterOp first = family ? family : preparation.parameters.front();
    for (ParameterOp parameter : preparation.parameters)
      if (parameter.isFamily() == first.isFamily()) {
        first = parameter;
        break;
      }
    std::string name = (first.getName() + ".prepared").str();
    for (int64_t i = 2; !names.insert(name).second; ++i)
      name = (first.getName() + ".prepared." + Twine(i)).str();
    int64_t members = family ? static_cast<int64_t>(*family.getMembers()) : 0;

    Location loc = op->getLoc();
    OpBuilder builder(&getContext());
    Type memberType = RankedTensorType::get({}, builder.getI64Type());
    SmallVector<Type> inputs(family ? 1 : 0, memberType);
    auto function = func::FuncOp::create(
        loc, "prepare_" + std::to_string(number),
        builder.getFunctionType(inputs, op->getResult(0).getType()));
    function->setAttr(
        kPreparedAttrName,
        PreparedAttr::get(&getContext(), builder.getStringAttr(name), members));
    symbols.insert(function);
    builder.setInsertionPointToStart(function.addEntryBlock());
    IRMapping mapping;
    if (family) {
      Value member =
          tensor::ExtractOp::create(builder, loc, function.getArgument(0));
      mapping.map(family.getIndex(),
                  arith::IndexCastOp::create(builder, loc,
                                             builder.getIndexType(), member));
    }
    for (Operation *inner : preparation.operations)
      builder.clone(*inner, mapping);
    func::ReturnOp::create(builder, loc, mapping.lookup(op->getResult(0)));

    builder.setInsertionPoint(op);
    op->getResult(0).replaceAllUsesWith(
        ParameterOp::create(builder, loc, op->getResult(0).getType(), name,
                            family ? family.getIndex() : Value(),
                            family ? family.getMembersAttr() : IntegerAttr()));
    for (Operation *inner : llvm::reverse(preparation.operations))
      if (inner->use_empty()) {
        candidates.remove(inner);
        inner->erase();
      }
  }
};

} // namespace
