//===- Elementwise.h - Functions of numbers, applied to tensors -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_REFERENCE_ELEMENTWISE_H
#define TREADLE_LIB_REFERENCE_ELEMENTWISE_H

#include "treadle/Reference/Interpreter.h"

namespace treadle {

using Floats = llvm::ArrayRef<double>;
using Integers = llvm::ArrayRef<int64_t>;

/// Gives the one result of `op` the scalars that `function` makes of the
/// operands' elements at each place. Operands are of one shape.
inline llvm::LogicalResult applyElementwise(
    mlir::Operation *op, Frame &frame,
    llvm::function_ref<llvm::FailureOr<Tensor>(llvm::ArrayRef<Tensor>)>
        function) {
  llvm::SmallVector<Tensor, 3> operands = frame.get(op->getOperands());
  mlir::Value result = op->getResult(0);
  if (!llvm::isa<mlir::ShapedType>(result.getType())) {
    llvm::FailureOr<Tensor> scalar = function(operands);
    if (failed(scalar))
      return llvm::failure();
    return frame.set(result, *scalar);
  }
  Index shape = operands[0].getShape();
  for (const Tensor &operand : operands)
    if (operand.getShape() != shape)
      return op->emitOpError("has operands of different shapes, ")
             << formatShape(shape.vec()) << " and "
             << formatShape(operand.getShape().vec());
  llvm::FailureOr<Tensor> all = frame.make(op, shape, result.getType());
  if (failed(all))
    return llvm::failure();
  llvm::LogicalResult status =
      forEachIndex(shape, [&](Index index) -> llvm::LogicalResult {
        llvm::SmallVector<Tensor, 3> scalars;
        for (const Tensor &operand : operands)
          scalars.push_back(operand.getElement(index));
        llvm::FailureOr<Tensor> scalar = function(scalars);
        if (failed(scalar))
          return llvm::failure();
        all->setElement(index, *scalar);
        return llvm::success();
      });
  if (failed(status))
    return llvm::failure();
  return frame.set(result, *all);
}

/// An operation whose result is a real function of its operands.
template <typename OpTy>
void addFloat(Interpreter &interpreter, double (*function)(Floats)) {
  interpreter.add<OpTy>([function](OpTy op, Frame &frame) {
    return applyElementwise(
        op, frame,
        [&](llvm::ArrayRef<Tensor> scalars) -> llvm::FailureOr<Tensor> {
          llvm::SmallVector<double, 3> x;
          for (const Tensor &scalar : scalars)
            x.push_back(scalar.getFloat());
          return Tensor(function(x));
        });
  });
}

/// An operation on integers, whose result is wrapped to its type. What has no
/// result (a division by zero, a shift by more than the width) is nothing.
/// `function` also gets the width of the operands.
template <typename OpTy>
void addInteger(Interpreter &interpreter,
                std::optional<int64_t> (*function)(Integers, unsigned width)) {
  interpreter.add<OpTy>([function](OpTy op, Frame &frame) {
    mlir::Type type = mlir::getElementTypeOrSelf(op->getOperand(0).getType());
    unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
    mlir::Type resultType =
        mlir::getElementTypeOrSelf(op->getResult(0).getType());
    return applyElementwise(
        op, frame,
        [&](llvm::ArrayRef<Tensor> scalars) -> llvm::FailureOr<Tensor> {
          llvm::SmallVector<int64_t, 3> x;
          for (const Tensor &scalar : scalars)
            x.push_back(scalar.getInteger());
          std::optional<int64_t> y = function(x, width);
          if (!y) {
            mlir::InFlightDiagnostic error =
                op->emitOpError("is undefined for ");
            llvm::interleaveComma(x, error);
            return error;
          }
          return Tensor(wrapInteger(*y, resultType));
        });
  });
}

} // namespace treadle

#endif // TREADLE_LIB_REFERENCE_ELEMENTWISE_H
