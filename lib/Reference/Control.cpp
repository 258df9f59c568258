//===- Control.cpp - Loops, conditions and calls -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Affine.h"
#include "Families.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

using Results = FailureOr<SmallVector<Tensor>>;

static LogicalResult setResults(Operation *op, Frame &frame,
                                const Results &values) {
  if (failed(values))
    return failure();
  for (auto [result, value] : llvm::zip_equal(op->getResults(), *values))
    if (failed(frame.set(result, value)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

static LogicalResult call(func::CallOp op, Frame &frame) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, op.getCalleeAttr());
  if (!callee || callee.isExternal())
    return op.emitOpError("calls a function without a body");
  // It sees nothing of the caller's.
  Frame called(frame.getInterpreter(), frame.getDepth() + 1);
  return setResults(op, frame,
                    called.run(callee.getBody(), frame.get(op.getOperands())));
}

static LogicalResult assertion(cf::AssertOp op, Frame &frame) {
  if (!frame.get(op.getArg()).getInteger())
    return op.emitOpError() << "does not hold: " << op.getMsg();
  return success();
}

//===----------------------------------------------------------------------===//
// Loops and conditions
//===----------------------------------------------------------------------===//

/// x = initial; for (i = lower; i < upper; i += step) x = body(i, x)
static LogicalResult forLoop(scf::ForOp op, Frame &frame) {
  int64_t lower = frame.get(op.getLowerBound()).getInteger();
  int64_t upper = frame.get(op.getUpperBound()).getInteger();
  int64_t step = frame.get(op.getStep()).getInteger();
  if (step <= 0)
    return op.emitOpError() << "has the step " << step;
  if (op.getUnsignedCmp())
    return op.emitOpError("compares without a sign, which the interpreter "
                          "does not do");
  Results carried = frame.get(op.getInitArgs());
  // The next i may not fit in 64 bits.
  for (int64_t i = lower,
               more = upper > lower ? (upper - 1 - lower) / step + 1 : 0;
       more > 0; --more, i = more ? i + step : i) {
    if (failed(frame.spend(op, 1)))
      return failure();
    carried->insert(carried->begin(), Tensor(i));
    carried = frame.run(op.getRegion(), *carried);
    if (failed(carried))
      return failure();
  }
  return setResults(op, frame, carried);
}

/// x = initial; while ((c, x) = before(x), c) x = after(x)
static LogicalResult whileLoop(scf::WhileOp op, Frame &frame) {
  Results carried = frame.get(op.getInits());
  while (true) {
    if (failed(frame.spend(op, 1)))
      return failure();
    carried = frame.run(op.getBefore(), *carried);
    if (failed(carried))
      return failure();
    bool goesOn = carried->front().getInteger();
    carried->erase(carried->begin());
    if (!goesOn)
      return setResults(op, frame, carried);
    carried = frame.run(op.getAfter(), *carried);
    if (failed(carried))
      return failure();
  }
}

static LogicalResult ifElse(scf::IfOp op, Frame &frame) {
  Region &region = frame.get(op.getCondition()).getInteger()
                       ? op.getThenRegion()
                       : op.getElseRegion();
  if (region.empty())
    return success();
  return setResults(op, frame, frame.run(region, {}));
}

/// One of the regions: that of the case which the index is, or the default.
static LogicalResult indexSwitch(scf::IndexSwitchOp op, Frame &frame) {
  int64_t value = frame.get(op.getArg()).getInteger();
  Region *region = &op.getDefaultRegion();
  for (auto [number, body] :
       llvm::zip_equal(op.getCases(), op.getCaseRegions()))
    if (number == value)
      region = &body;
  return setResults(op, frame, frame.run(*region, {}));
}

/// More than one, so that what blocks make is seen not to depend on it.
static LogicalResult teamSize(TeamSizeOp op, Frame &frame) {
  return frame.set(op.getSize(), Tensor(int64_t(3)));
}

/// Runs the body for each point, one after the other, which is one of the
/// orders that its parallel form allows.
static LogicalResult forall(scf::ForallOp op, Frame &frame) {
  SmallVector<int64_t> lower = frame.getIntegers(op.getMixedLowerBound());
  SmallVector<int64_t> upper = frame.getIntegers(op.getMixedUpperBound());
  SmallVector<int64_t> steps = frame.getIntegers(op.getMixedStep());
  SmallVector<int64_t> counts;
  for (size_t dim = 0; dim < steps.size(); ++dim) {
    if (steps[dim] <= 0)
      return op.emitOpError() << "has the step " << steps[dim];
    counts.push_back(upper[dim] > lower[dim]
                         ? (upper[dim] - 1 - lower[dim]) / steps[dim] + 1
                         : 0);
  }
  if (!countElements(counts))
    return op.emitOpError("has more iterations than can be counted");
  SmallVector<Tensor> outputs = frame.get(op.getOutputs());
  auto outputArguments = op.getRegionOutArgs();
  LogicalResult status = forEachIndex(counts, [&](Index i) -> LogicalResult {
    if (failed(frame.spend(op, 1)))
      return failure();
    Frame body(frame);
    for (auto [dim, variable] : llvm::enumerate(op.getInductionVars()))
      if (failed(body.set(variable, Tensor(lower[dim] + i[dim] * steps[dim]))))
        return failure();
    for (auto [argument, output] : llvm::zip_equal(outputArguments, outputs))
      if (failed(body.set(argument, output)))
        return failure();
    if (failed(body.run(*op.getBody())))
      return failure();
    for (Operation &end : op.getTerminator().getYieldingOps()) {
      auto insert = dyn_cast<tensor::ParallelInsertSliceOp>(end);
      if (!insert)
        return end.emitOpError(
            "is not an operation that the interpreter knows");
      auto argument = cast<BlockArgument>(insert.getDest());
      Tensor &output = outputs[argument.getArgNumber() - steps.size()];
      if (failed(insertSlice(insert, body.get(insert.getSource()), output,
                             body.getIntegers(insert.getMixedOffsets()),
                             body.getIntegers(insert.getMixedSizes()),
                             body.getIntegers(insert.getMixedStrides()))))
        return failure();
    }
    return success();
  });
  if (failed(status))
    return failure();
  return setResults(op, frame, outputs);
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

/// The map's results for the operands, those of its symbols last.
template <typename OpTy>
static FailureOr<SmallVector<int64_t>> applyMap(OpTy op, Frame &frame) {
  SmallVector<int64_t> operands;
  for (Value operand : op->getOperands())
    operands.push_back(frame.get(operand).getInteger());
  AffineMap map = op.getAffineMap();
  Index all = operands;
  std::optional<SmallVector<int64_t>> results = evaluate(
      map, all.take_front(map.getNumDims()), all.drop_front(map.getNumDims()));
  if (!results)
    return op->emitOpError("is undefined for its operands");
  return *results;
}

template <typename OpTy, typename ChooseTy>
static void addAffine(Interpreter &interpreter, ChooseTy choose) {
  interpreter.add<OpTy>([choose](OpTy op, Frame &frame) -> LogicalResult {
    FailureOr<SmallVector<int64_t>> results = applyMap(op, frame);
    if (failed(results))
      return failure();
    return frame.set(op.getResult(), Tensor(choose(*results)));
  });
}

void treadle::addControlOperations(Interpreter &in) {
  in.add<func::CallOp>(call);
  in.add<cf::AssertOp>(assertion);
  in.add<scf::ForOp>(forLoop);
  in.add<scf::WhileOp>(whileLoop);
  in.add<scf::IfOp>(ifElse);
  in.add<scf::IndexSwitchOp>(indexSwitch);
  in.add<scf::ForallOp>(forall);
  in.add<TeamSizeOp>(teamSize);
  in.add<scf::ExecuteRegionOp>([](scf::ExecuteRegionOp op, Frame &frame) {
    return setResults(op, frame, frame.run(op.getRegion(), {}));
  });
  addAffine<affine::AffineApplyOp>(
      in, [](ArrayRef<int64_t> results) { return results.front(); });
  addAffine<affine::AffineMinOp>(in, [](ArrayRef<int64_t> results) {
    return *llvm::min_element(results);
  });
  addAffine<affine::AffineMaxOp>(in, [](ArrayRef<int64_t> results) {
    return *llvm::max_element(results);
  });
}
