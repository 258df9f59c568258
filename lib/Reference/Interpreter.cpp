//===- Interpreter.cpp - Programs, run as they are written -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Reference/Interpreter.h"

#include "Families.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

/// Regions and calls inside of each other: what the machine's stack bears.
static constexpr int64_t kMaxDepth = 500;

static std::string describe(Index shape) { return formatShape(shape.vec()); }

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Tensor Frame::get(Value value) const {
  for (const Frame *frame = this; frame; frame = frame->parent)
    if (auto found = frame->values.find(value); found != frame->values.end())
      return found->second;
  llvm_unreachable("the verifier has seen that values are defined before use");
}

SmallVector<Tensor> Frame::get(ValueRange values) const {
  return llvm::map_to_vector(values, [&](Value value) { return get(value); });
}

int64_t Frame::getInteger(OpFoldResult value) const {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant;
  return get(cast<Value>(value)).getInteger();
}

SmallVector<int64_t> Frame::getIntegers(ArrayRef<OpFoldResult> folded) const {
  return llvm::map_to_vector(
      folded, [&](OpFoldResult value) { return getInteger(value); });
}

/// What is not as `type` says; empty when all is.
static std::string findMismatch(const Tensor &tensor, Type type) {
  std::optional<bool> isFloat = isFloatElement(getElementTypeOrSelf(type));
  if (!isFloat)
    return "a type that the interpreter does not have";
  if (*isFloat != tensor.isFloat())
    return tensor.isFloat() ? "a value of floats" : "a value of integers";
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return tensor.getRank() == 0 ? "" : "a tensor where a scalar is expected";
  if (!shaped.hasRank())
    return "";
  bool agrees = shaped.getRank() == tensor.getRank();
  for (int64_t dim = 0; agrees && dim < shaped.getRank(); ++dim)
    agrees = shaped.isDynamicDim(dim) ||
             shaped.getDimSize(dim) == tensor.getExtent(dim);
  return agrees ? "" : "the shape " + describe(tensor.getShape());
}

LogicalResult Frame::set(Value value, Tensor tensor) {
  std::string mismatch = findMismatch(tensor, value.getType());
  if (!mismatch.empty())
    return emitError(value.getLoc()) << "a value of type " << value.getType()
                                     << " would have " << mismatch;
  values[value] = std::move(tensor);
  return success();
}

//===----------------------------------------------------------------------===//
// Memory and work
//===----------------------------------------------------------------------===//

LogicalResult Frame::spend(Operation *op, int64_t amount) {
  if (llvm::AddOverflow(interpreter.work, amount, interpreter.work) ||
      interpreter.work > interpreter.options.maxWork)
    return op->emitOpError() << "takes the program past the interpreter's "
                                "limit of "
                             << interpreter.options.maxWork << " steps";
  return success();
}

template <typename T>
FailureOr<Tensor> Frame::allocate(Operation *op, Index shape) {
  if (llvm::any_of(shape, [](int64_t extent) { return extent < 0; }))
    return op->emitOpError()
           << "asks for a tensor of the shape " << describe(shape);
  std::optional<int64_t> count = countElements(shape);
  int64_t limit = interpreter.options.maxElements;
  if (!count || *count > limit - *interpreter.alive)
    return op->emitOpError()
           << "asks for a tensor of the shape " << describe(shape)
           << ", which takes the program past the interpreter's limit of "
           << limit << " elements";
  if (failed(spend(op, *count)))
    return failure();
  Tensor tensor(shape, std::vector<T>(*count));
  *interpreter.alive += *count;
  tensor.attach(std::shared_ptr<void>(
      nullptr, [count = *count, alive = interpreter.alive](void *) {
        *alive -= count;
      }));
  return tensor;
}

FailureOr<Tensor> Frame::makeFloats(Operation *op, Index shape) {
  return allocate<double>(op, shape);
}

FailureOr<Tensor> Frame::makeIntegers(Operation *op, Index shape) {
  return allocate<int64_t>(op, shape);
}

FailureOr<Tensor> Frame::make(Operation *op, Index shape, Type type) {
  std::optional<bool> isFloat = isFloatElement(getElementTypeOrSelf(type));
  if (!isFloat)
    return op->emitOpError() << "has the type " << type
                             << ", which the interpreter does not have";
  return *isFloat ? makeFloats(op, shape) : makeIntegers(op, shape);
}

LogicalResult Frame::define(OpResult result, Index shape,
                            llvm::function_ref<double(Index)> element) {
  FailureOr<Tensor> tensor = makeFloats(result.getOwner(), shape);
  if (failed(tensor))
    return failure();
  MutableArrayRef<double> elements = tensor->getMutableFloats();
  int64_t next = 0;
  (void)forEachIndex(shape, [&](Index index) {
    elements[next++] = element(index);
    return success();
  });
  return set(result, *tensor);
}

LogicalResult Frame::defineVectors(
    OpResult result, Value input, int64_t width,
    llvm::function_ref<void(ArrayRef<double>, MutableArrayRef<double>)>
        vector) {
  Tensor x = get(input);
  SmallVector<int64_t> shape(x.getShape());
  int64_t inputWidth = shape.back();
  shape.back() = width;
  FailureOr<Tensor> tensor = makeFloats(result.getOwner(), shape);
  if (failed(tensor))
    return failure();
  MutableArrayRef<double> y = tensor->getMutableFloats();
  int64_t vectors = *countElements(ArrayRef(shape).drop_back());
  for (int64_t i = 0; i < vectors; ++i)
    vector(x.getFloats().slice(i * inputWidth, inputWidth),
           y.slice(i * width, width));
  return set(result, *tensor);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

LogicalResult Frame::run(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(interpreter.execute(&op, *this)))
      return failure();
  return success();
}

FailureOr<SmallVector<Tensor>> Frame::run(Region &region,
                                          ArrayRef<Tensor> arguments) {
  Operation *op = region.getParentOp();
  if (!region.hasOneBlock())
    return op->emitOpError("has a region of several blocks, which the "
                           "interpreter does not follow");
  if (depth >= kMaxDepth)
    return op->emitOpError()
           << "is inside of more than " << kMaxDepth << " regions and calls";
  Block &block = region.front();
  Frame frame(*this);
  for (auto [argument, tensor] :
       llvm::zip_equal(block.getArguments(), arguments))
    if (failed(frame.set(argument, tensor)))
      return failure();
  if (failed(frame.run(block)))
    return failure();
  return frame.get(block.getTerminator()->getOperands());
}

LogicalResult Interpreter::execute(Operation *op, Frame &frame) {
  if (failed(frame.spend(op, 1)))
    return failure();
  auto function = functions.find(op->getName().getTypeID());
  if (function != functions.end())
    return function->second(op, frame);
  for (const Fallback &fallback : fallbacks)
    if (std::optional<LogicalResult> result = fallback(op, frame))
      return *result;
  return op->emitOpError("is not an operation that the interpreter knows");
}

FailureOr<SmallVector<Tensor>> Interpreter::run(func::FuncOp function,
                                                ArrayRef<Tensor> inputs) {
  if (function.isExternal())
    return function.emitOpError("has no body to interpret");
  if (inputs.size() != function.getNumArguments())
    return function.emitOpError()
           << "takes " << function.getNumArguments() << " arguments, "
           << inputs.size() << " are given";
  work = 0;
  Frame frame(*this);
  return frame.run(function.getBody(), inputs);
}

FailureOr<SmallVector<Tensor>> treadle::interpret(func::FuncOp function,
                                                  ArrayRef<Tensor> inputs,
                                                  InterpreterOptions options) {
  return Interpreter(options).run(function, inputs);
}

Interpreter::Interpreter(InterpreterOptions options) : options(options) {
  addArithOperations(*this);
  addAttentionOperations(*this);
  addBlockOperations(*this);
  addControlOperations(*this);
  addLinalgOperations(*this);
  addMathOperations(*this);
  addMultiHeadAttentionOperations(*this);
  addNormOperations(*this);
  addPackingOperations(*this);
  addParameterOperations(*this);
  addPositionOperations(*this);
  addRelativePositionOperations(*this);
  addStateOperations(*this);
  addTensorOperations(*this);
}

LogicalResult treadle::checkEqual(Operation *op, int64_t extent,
                                  const Twine &what, int64_t otherExtent,
                                  const Twine &other) {
  if (extent == otherExtent)
    return success();
  return op->emitOpError() << what << " is " << extent << ", " << other
                           << " is " << otherExtent;
}
