//===- Call.cpp - Checking the tensors of a call --------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Call.h"

#include "Elements.h"

#include <algorithm>
#include <functional>

using namespace treadle;
using namespace treadle::runtime;

const Bindings::Binding *Bindings::find(std::string_view dimension) const {
  for (const Binding &binding : bindings)
    if (binding.dimension == dimension)
      return &binding;
  return nullptr;
}

int64_t Bindings::evaluate(const Extent &extent) const {
  return extent.isDynamic() ? find(extent.dimension)->extent : extent.value;
}

//===----------------------------------------------------------------------===//
// Collecting tensors
//===----------------------------------------------------------------------===//

static std::vector<int64_t> getShape(const treadle_tensor &tensor) {
  return {tensor.shape, tensor.shape + tensor.rank};
}

static ElementType getType(const treadle_tensor &tensor) {
  return static_cast<ElementType>(tensor.type);
}

/// Those of a tensor that was checked.
static int64_t getBytes(const treadle_tensor &tensor) {
  return *getByteSize(getType(tensor), getShape(tensor));
}

/// "['batch', 384]".
static std::string formatExtents(const std::vector<Extent> &shape) {
  std::string text = "[";
  for (const Extent &extent : shape)
    text += (text.size() > 1 ? ", " : "") +
            (extent.isDynamic() ? quoteForMessage(extent.dimension)
                                : std::to_string(extent.value));
  return text + "]";
}

treadle_call::treadle_call(treadle_model &model, const Entry &entry)
    : model(model), entry(entry) {
  slots[Inputs].resize(entry.inputs.size());
  slots[Outputs].resize(entry.outputs.size());
  counters = makeCounters(entry.description->counters);
}

std::string treadle_call::getName(Side side, size_t index) const {
  return (side == Inputs ? "input " : "output ") +
         quoteForMessage(describe(side)[index].name);
}

Result<size_t> treadle_call::findOperand(Side side,
                                         std::string_view name) const {
  std::string known;
  for (size_t i = 0; i < describe(side).size(); ++i) {
    if (describe(side)[i].name == name)
      return i;
    known += (i ? ", " : "") + quoteForMessage(describe(side)[i].name);
  }
  const char *what = side == Inputs ? "input" : "output";
  return Error(ErrorId::UnknownOperand,
               "entry point " + quoteForMessage(entry.description->name) +
                   " has no " + what + " " + quoteForMessage(name))
      .note(std::string("its ") + what + "s are " +
            (known.empty() ? "none" : known));
}

Status treadle_call::setOperand(Side side, int32_t index,
                                const treadle_tensor *tensor) {
  if (index < 0 || static_cast<size_t>(index) >= slots[side].size())
    return Error(ErrorId::UnknownOperand,
                 "entry point " + quoteForMessage(entry.description->name) +
                     " has no " + (side == Inputs ? "input" : "output") +
                     " at position " + std::to_string(index));
  stage = Stage::Collecting;
  Slot &slot = slots[side][index];
  if (!tensor) {
    slot.given.reset();
    return Success();
  }

  const OperandDescription &expected = describe(side)[index];
  std::string name = getName(side, index);
  if (getType(*tensor) != expected.type) {
    const char *given = treadle_type_name(tensor->type);
    return Error(ErrorId::WrongType,
                 name + " is " + (given ? given : "of no known type") +
                     ", expected " + getKeyword(expected.type));
  }
  auto refuseShape = [&](const std::string &given) {
    return Error(ErrorId::WrongShape, name + " is " + given + ", expected " +
                                          formatExtents(expected.shape));
  };
  if (tensor->rank < 0 || tensor->rank > TREADLE_MAX_RANK)
    return refuseShape("of rank " + std::to_string(tensor->rank));
  std::vector<int64_t> shape = getShape(*tensor);
  bool fits = shape.size() == expected.shape.size();
  for (size_t axis = 0; fits && axis < shape.size(); ++axis)
    fits = expected.shape[axis].isDynamic() ||
           expected.shape[axis].value == shape[axis];
  std::optional<int64_t> bytes = getByteSize(expected.type, shape);
  if (!fits || !bytes)
    return refuseShape(formatShape(shape));

  uintptr_t address = reinterpret_cast<uintptr_t>(tensor->data);
  if (*bytes != 0 && !address)
    return Error(ErrorId::InvalidTensor, name + " has no data");
  if (address % (getBitWidth(expected.type) / 8) != 0)
    return Error(ErrorId::InvalidTensor,
                 name + " has data that is not aligned to its element type");
  slot.given = *tensor;
  return Success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Status treadle_call::bindShape(const OperandDescription &input,
                               const treadle_tensor &tensor) {
  for (size_t axis = 0; axis < input.shape.size(); ++axis) {
    if (!input.shape[axis].isDynamic())
      continue;
    const std::string &dimension = input.shape[axis].dimension;
    int64_t extent = tensor.shape[axis];
    const Bindings::Binding *bound = bindings.find(dimension);
    if (!bound)
      bindings.add({dimension, extent, &input});
    else if (bound->extent != extent)
      return Error(ErrorId::WrongShape,
                   "input " + quoteForMessage(input.name) + " has extent " +
                       std::to_string(extent) + " in dimension " +
                       quoteForMessage(dimension) + ", expected " +
                       std::to_string(bound->extent))
          .note("input " + quoteForMessage(bound->input->name) + " is " +
                formatExtents(bound->input->shape) + " and has extent " +
                std::to_string(bound->extent) + " there");
  }
  return Success();
}

Status treadle_call::checkDimensions() const {
  for (const Dimension &dimension : model.description.dimensions) {
    const Bindings::Binding *bound = bindings.find(dimension.name);
    if (!bound)
      continue;
    bool isSmall = bound->extent < dimension.minimum;
    if (!isSmall && (!dimension.maximum || bound->extent <= *dimension.maximum))
      continue;
    return Error(ErrorId::DimensionOutOfRange,
                 "dimension " + quoteForMessage(dimension.name) + " of input " +
                     quoteForMessage(bound->input->name) + " is " +
                     std::to_string(bound->extent) + "; the model allows at " +
                     (isSmall ? "least " + std::to_string(dimension.minimum)
                              : "most " + std::to_string(*dimension.maximum)));
  }
  return Success();
}

/// Computes the shape of an operand that the caller left out, or compares.
Status treadle_call::shapeOperand(Side side, size_t index) {
  Slot &slot = slots[side][index];
  const OperandDescription &operand = describe(side)[index];
  slot.actual = {};
  slot.actual.type = static_cast<treadle_type>(operand.type);
  slot.actual.rank = static_cast<int32_t>(operand.shape.size());
  for (size_t axis = 0; axis < operand.shape.size(); ++axis)
    slot.actual.shape[axis] = bindings.evaluate(operand.shape[axis]);

  std::vector<int64_t> shape = getShape(slot.actual);
  if (!getByteSize(operand.type, shape))
    return Error(ErrorId::OutOfMemory, getName(side, index) + " would be " +
                                           formatShape(shape) +
                                           ", more than any memory");
  if (!slot.given)
    return Success();
  if (getShape(*slot.given) != shape)
    return Error(ErrorId::WrongShape, getName(side, index) + " is " +
                                          formatShape(getShape(*slot.given)) +
                                          ", expected " + formatShape(shape))
        .note("it is declared as " + formatExtents(operand.shape));
  slot.actual.data = slot.given->data;
  return Success();
}

Status treadle_call::infer() {
  stage = Stage::Collecting;
  bindings = Bindings();
  Status status = Success();
  for (size_t i = 0; i < slots[Inputs].size(); ++i) {
    const std::optional<treadle_tensor> &given = slots[Inputs][i].given;
    if (!given && !describe(Inputs)[i].defaultValue)
      return Error(ErrorId::MissingInput,
                   getName(Inputs, i) + " is missing; it is " +
                       formatExtents(describe(Inputs)[i].shape) + " of " +
                       getKeyword(describe(Inputs)[i].type));
    if (given && !(status = bindShape(describe(Inputs)[i], *given)))
      return status;
  }
  if (status = checkDimensions(); !status)
    return status;
  for (Side side : {Inputs, Outputs})
    for (size_t i = 0; i < slots[side].size(); ++i)
      if (status = shapeOperand(side, i); !status)
        return status;
  stage = Stage::Inferred;
  return Success();
}

Result<treadle_tensor> treadle_call::getOutput(int32_t index) const {
  if (index < 0 || static_cast<size_t>(index) >= slots[Outputs].size())
    return Error(ErrorId::UnknownOperand,
                 "entry point " + quoteForMessage(entry.description->name) +
                     " has no output at position " + std::to_string(index));
  if (stage == Stage::Collecting)
    return Error(ErrorId::CallNotReady,
                 getName(Outputs, index) +
                     " has no shape yet: the inputs were not checked since the "
                     "last change");
  return slots[Outputs][index].actual;
}

//===----------------------------------------------------------------------===//
// Memory and elements
//===----------------------------------------------------------------------===//

/// Gives an operand without memory some of the call's own.
Status treadle_call::provideMemory(Side side, size_t index) {
  Slot &slot = slots[side][index];
  if (slot.given)
    return Success();
  int64_t bytes = getBytes(slot.actual);
  if (!slot.owned || slot.ownedSize < bytes) {
    slot.owned.reset();
    slot.owned = allocate(bytes);
    slot.ownedSize = bytes;
  }
  if (!slot.owned)
    return Error(ErrorId::OutOfMemory, getName(side, index) + " needs " +
                                           std::to_string(bytes) +
                                           " bytes, which there are not");
  slot.actual.data = slot.owned.get();
  return Success();
}

Status treadle_call::fillDefaults() {
  for (size_t i = 0; i < slots[Inputs].size(); ++i) {
    Slot &slot = slots[Inputs][i];
    if (slot.given)
      continue;
    if (Status status = provideMemory(Inputs, i); !status)
      return status;
    const OperandDescription &input = describe(Inputs)[i];
    int64_t width = getBitWidth(input.type);
    int64_t value = bindings.evaluate(*input.defaultValue);
    // A dimension may have more than a small type can hold.
    if (width < 64 && value >> (width - (input.type != ElementType::U8)) > 0)
      return Error(ErrorId::ElementOutOfRange,
                   getName(Inputs, i) + " has the default " +
                       std::to_string(value) + ", which " +
                       getKeyword(input.type) + " cannot hold");
    fillElements(input.type, slot.actual.data,
                 getBytes(slot.actual) / (width / 8), value);
  }
  return Success();
}

/// "[0, 17]" of the element with the number `index` in row-major order.
static std::string formatPlace(int64_t index, const treadle_tensor &tensor) {
  std::vector<int64_t> place = getShape(tensor);
  for (size_t axis = place.size(); axis-- > 0;) {
    int64_t extent = place[axis];
    place[axis] = index % extent;
    index /= extent;
  }
  return formatShape(place);
}

Status treadle_call::checkElements(size_t index) const {
  const OperandDescription &input = describe(Inputs)[index];
  const treadle_tensor &tensor = slots[Inputs][index].actual;
  bool isBool = input.type == ElementType::Bool;
  if (!isBool && !input.minimum && !input.maximum)
    return Success();
  int64_t lowest =
      input.minimum ? bindings.evaluate(*input.minimum) : INT64_MIN;
  int64_t highest =
      input.maximum ? bindings.evaluate(*input.maximum) : INT64_MAX;
  // Code may take the whole byte for the truth, or a bit of it.
  if (isBool) {
    lowest = 0;
    highest = 1;
  }
  int64_t count = getBytes(tensor) / (getBitWidth(input.type) / 8);
  std::optional<FoundElement> found =
      findOutOfRange(input.type, tensor.data, count, lowest, highest);
  if (!found)
    return Success();
  bool isLow = found->value < lowest;
  Error error(ErrorId::ElementOutOfRange,
              getName(Inputs, index) + " has " + std::to_string(found->value) +
                  " at " + formatPlace(found->index, tensor) + "; the " +
                  (isLow ? "least" : "largest") + " value is " +
                  std::to_string(isLow ? lowest : highest));
  const std::optional<Extent> &bound = isLow ? input.minimum : input.maximum;
  if (bound && bound->isDynamic())
    return std::move(error).note("that is the extent of dimension " +
                                 quoteForMessage(bound->dimension));
  return error;
}

Status treadle_call::checkOverlaps() const {
  auto overlap = [](const treadle_tensor &left, const treadle_tensor &right) {
    std::less<const char *> before;
    auto *leftData = static_cast<const char *>(left.data);
    auto *rightData = static_cast<const char *>(right.data);
    int64_t leftBytes = getBytes(left), rightBytes = getBytes(right);
    return leftBytes != 0 && rightBytes != 0 &&
           before(leftData, rightData + rightBytes) &&
           before(rightData, leftData + leftBytes);
  };
  for (size_t i = 0; i < slots[Outputs].size(); ++i)
    for (Side side : {Inputs, Outputs})
      for (size_t j = 0; j < (side == Inputs ? slots[side].size() : i); ++j)
        if (overlap(slots[Outputs][i].actual, slots[side][j].actual))
          return Error(ErrorId::InvalidTensor, getName(Outputs, i) +
                                                   " overlaps the memory of " +
                                                   getName(side, j));
  return Success();
}

Status treadle_call::run() {
  Status status = infer();
  if (status)
    status = fillDefaults();
  for (size_t i = 0; status && i < slots[Inputs].size(); ++i)
    status = checkElements(i);
  for (size_t i = 0; status && i < slots[Outputs].size(); ++i)
    status = provideMemory(Outputs, i);
  if (status)
    status = checkOverlaps();
  if (status)
    status = execute();
  stage = status ? Stage::Done : Stage::Collecting;
  return status;
}
