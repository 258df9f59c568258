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

/// result = weights[name with its hole filled by the decimal digits of index]
static LogicalResult parameter(ParameterOp op, Frame &frame) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type)
    return op.emitOpError("is not a tensor");
  std::string name = op.getName().str();
  if (op.getIndex()) {
    int64_t index = frame.get(op.getIndex()).getInteger();
    if (index < 0 ||
        (op.getMembers() && index >= static_cast<int64_t>(*op.getMembers())))
      return op.emitOpError() << "has no member " << index;
    name = ParameterOp::getMemberName(name, index);
  }
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
  // Asked for to stay within the limits.
  if (failed(frame.spend(op, type.getNumElements())))
    return failure();
  std::optional<Tensor> tensor =
      readTensor(data->type, data->shape, data->bytes);
  if (!tensor)
    return op.emitOpError("has elements that the interpreter does not read");
  return frame.set(op.getResult(), *tensor);
}

void treadle::addParameterOperations(Interpreter &interpreter) {
  interpreter.add<ParameterOp>(parameter);
}
