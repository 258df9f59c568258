//===- Parameters.cpp - What parameters hold -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

using namespace mlir;
using namespace treadle;

/// The function of the module that prepares the parameter `name`, a member's
/// name or a family's; null when there is none.
static func::FuncOp findPreparation(ParameterOp op) {
  auto module = op->getParentOfType<ModuleOp>();
  if (!module)
    return {};
  for (auto function : module.getOps<func::FuncOp>()) {
    auto prepared = function->getAttrOfType<PreparedAttr>(kPreparedAttrName);
    if (prepared && prepared.getName() == op.getNameAttr() &&
        !function.isExternal())
      return function;
  }
  return {};
}

/// What a preparing function makes. A family's takes the number of the member.
static LogicalResult prepare(ParameterOp op, func::FuncOp function,
                             int64_t member, Frame &frame) {
  SmallVector<Tensor> arguments;
  if (op.getIndex())
    arguments.push_back(Tensor(member));
  if (function.getNumArguments() != arguments.size() ||
      function.getNumResults() != 1) {
    InFlightDiagnostic error =
        op.emitOpError("is prepared by a function of another form");
    error.attachNote(function.getLoc()) << "which is this";
    return error;
  }
  Frame called(frame.getInterpreter(), frame.getDepth() + 1);
  FailureOr<SmallVector<Tensor>> results =
      called.run(function.getBody(), arguments);
  if (failed(results))
    return failure();
  return frame.set(op.getResult(), results->front());
}

/// result = weights[name with its hole filled by the decimal digits of index]
static LogicalResult parameter(ParameterOp op, Frame &frame) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type)
    return op.emitOpError("is not a tensor");
  std::string name = op.getName().str();
  int64_t index = 0;
  if (op.getIndex()) {
    index = frame.get(op.getIndex()).getInteger();
    if (index < 0 ||
        (op.getMembers() && index >= static_cast<int64_t>(*op.getMembers())))
      return op.emitOpError() << "has no member " << index;
    name = ParameterOp::getMemberName(name, index);
  }
  // Asked for to stay within the limits.
  if (failed(frame.spend(op, type.getNumElements())))
    return failure();
  if (func::FuncOp function = findPreparation(op))
    return prepare(op, function, index, frame);
  const ParameterSource *source =
      frame.getInterpreter().getOptions().parameters;
  if (!source)
    return op.emitOpError("needs weights, and none are given");
  std::optional<ParameterData> data = source->find(name);
  if (!data)
    return op.emitOpError() << "has no content: " << source->getName()
                            << " has no tensor " << quoteForMessage(name);
  if (ArrayRef<int64_t>(data->shape) != type.getShape() ||
      getMlirType(op.getContext(), data->type) != type.getElementType())
    return op.emitOpError()
           << "has another type than tensor " << quoteForMessage(name) << " of "
           << data->file << ", which is " << getKeyword(data->type) << ' '
           << formatShape(data->shape);
  std::optional<Tensor> tensor =
      readTensor(data->type, data->shape, data->bytes);
  if (!tensor)
    return op.emitOpError("has elements that the interpreter does not read");
  return frame.set(op.getResult(), *tensor);
}

/// Nobody asks the interpreter how long anything takes.
static LogicalResult count(CountOp op, Frame &frame) { return success(); }

void treadle::addParameterOperations(Interpreter &interpreter) {
  interpreter.add<CountOp>(count);
  interpreter.add<ParameterOp>(parameter);
}
