//===- Tensor.cpp - What a value is to the interpreter -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Reference/Tensor.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace treadle;
using llvm::APFloat;

Tensor::Tensor(Index shape, std::vector<double> values)
    : shape(shape.begin(), shape.end()) {
  assert(countElements(shape) == static_cast<int64_t>(values.size()));
  if (shape.empty())
    elements = values[0];
  else
    elements = std::make_shared<Storage<double>>(
        Storage<double>{std::move(values), nullptr});
}

Tensor::Tensor(Index shape, std::vector<int64_t> values)
    : shape(shape.begin(), shape.end()) {
  assert(countElements(shape) == static_cast<int64_t>(values.size()));
  if (shape.empty())
    elements = values[0];
  else
    elements = std::make_shared<Storage<int64_t>>(
        Storage<int64_t>{std::move(values), nullptr});
}

int64_t Tensor::getNumElements() const {
  return isFloat() ? getFloats().size() : getIntegers().size();
}

bool Tensor::contains(Index index) const {
  for (auto [position, extent] : llvm::zip_equal(index, shape))
    if (position < 0 || position >= extent)
      return false;
  return true;
}

int64_t Tensor::getOffset(Index index) const {
  assert(index.size() == shape.size() && contains(index));
  int64_t offset = 0;
  for (size_t dim = 0; dim < index.size(); ++dim)
    offset = offset * shape[dim] + index[dim];
  return offset;
}

Tensor Tensor::getElement(Index index) const {
  return isFloat() ? Tensor(getFloat(index)) : Tensor(getInteger(index));
}

void Tensor::setElement(Index index, const Tensor &scalar) {
  if (isFloat())
    getMutableFloats()[getOffset(index)] = scalar.getFloat();
  else
    getMutableIntegers()[getOffset(index)] = scalar.getInteger();
}

Tensor Tensor::reshaped(Index newShape) const {
  assert(countElements(newShape) == getNumElements());
  // A scalar is kept in another way than a tensor of one element.
  if (shape.empty() != newShape.empty())
    return isFloat() ? Tensor(newShape, getFloats().vec())
                     : Tensor(newShape, getIntegers().vec());
  Tensor result = *this;
  result.shape.assign(newShape.begin(), newShape.end());
  return result;
}

void Tensor::attach(std::shared_ptr<void> owner) {
  if (auto *floats = std::get_if<Shared<double>>(&elements))
    (*floats)->owner = std::move(owner);
  else if (auto *integers = std::get_if<Shared<int64_t>>(&elements))
    (*integers)->owner = std::move(owner);
}

std::optional<int64_t> treadle::countElements(Index shape) {
  int64_t count = 1;
  bool fits = true;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    fits &= !llvm::MulOverflow(count, extent, count);
  }
  // No element is no element, however large the other extents are.
  if (llvm::is_contained(shape, 0))
    return 0;
  return fits ? std::optional(count) : std::nullopt;
}

LogicalResult
treadle::forEachIndex(Index shape,
                      llvm::function_ref<LogicalResult(Index)> visit) {
  std::optional<int64_t> count = countElements(shape);
  assert(count && "a shape that nothing can have");
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t i = 0; i < *count; ++i) {
    if (failed(visit(index)))
      return failure();
    for (int64_t dim = shape.size() - 1; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

std::optional<bool> treadle::isFloatElement(Type elementType) {
  if (isa<FloatType>(elementType))
    return true;
  if (elementType.isIndex() || (isa<IntegerType>(elementType) &&
                                elementType.getIntOrFloatBitWidth() <= 64))
    return false;
  return std::nullopt;
}

int64_t treadle::wrapInteger(int64_t value, Type type) {
  if (type.isIndex())
    return value;
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 1 || type.isUnsignedInteger())
    return value & llvm::maskTrailingOnes<uint64_t>(width);
  return llvm::SignExtend64(value, width);
}

double treadle::roundFloat(double value, Type type) {
  if (type.isF64())
    return value;
  APFloat rounded(value);
  bool losesInfo;
  rounded.convert(cast<FloatType>(type).getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
  // Exact: f64 has every value of the narrower types.
  rounded.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return rounded.convertToDouble();
}

/// Reads `count` elements of type `From`.
template <typename From, typename To>
static std::vector<To> read(ByteSpan bytes, int64_t count) {
  std::vector<To> values(count);
  for (int64_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, bytes.data + i * sizeof(From), sizeof(From));
    values[i] = value;
  }
  return values;
}

/// Reads floats of 16 bits.
static std::vector<double> readHalves(ByteSpan bytes, int64_t count,
                                      const llvm::fltSemantics &semantics) {
  std::vector<double> values = read<uint16_t, double>(bytes, count);
  for (double &value : values) {
    APFloat half(semantics, APInt(16, static_cast<uint64_t>(value)));
    bool losesInfo;
    half.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
    value = half.convertToDouble();
  }
  return values;
}

std::optional<Tensor> treadle::readTensor(ElementType type, Index shape,
                                          ByteSpan bytes) {
  std::optional<int64_t> count = countElements(shape);
  std::optional<int64_t> size = getByteSize(type, shape.vec());
  if (!count || !size || static_cast<size_t>(*size) != bytes.size)
    return std::nullopt;
  switch (type) {
  case ElementType::F64:
    return Tensor(shape, read<double, double>(bytes, *count));
  case ElementType::F32:
    return Tensor(shape, read<float, double>(bytes, *count));
  case ElementType::F16:
    return Tensor(shape, readHalves(bytes, *count, APFloat::IEEEhalf()));
  case ElementType::BF16:
    return Tensor(shape, readHalves(bytes, *count, APFloat::BFloat()));
  case ElementType::I64:
    return Tensor(shape, read<int64_t, int64_t>(bytes, *count));
  case ElementType::I32:
    return Tensor(shape, read<int32_t, int64_t>(bytes, *count));
  case ElementType::I16:
    return Tensor(shape, read<int16_t, int64_t>(bytes, *count));
  case ElementType::I8:
    return Tensor(shape, read<int8_t, int64_t>(bytes, *count));
  case ElementType::U8:
  case ElementType::Bool:
    return Tensor(shape, read<uint8_t, int64_t>(bytes, *count));
  default:
    return std::nullopt;
  }
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static void printFloat(llvm::raw_ostream &os, double value, unsigned digits) {
  // The C library prints the sign of a NaN, which means nothing.
  if (std::isnan(value))
    os << "nan";
  else
    os << llvm::format("%.*g", digits, value);
}

/// The elements from number `next` on that make one of dimension `dim`.
static void printElements(llvm::raw_ostream &os, const Tensor &tensor,
                          Type elementType, unsigned digits, int64_t dim,
                          int64_t &next) {
  if (dim == tensor.getRank()) {
    if (tensor.isFloat())
      printFloat(os, tensor.getFloats()[next++], digits);
    else if (elementType.isInteger(1))
      os << (tensor.getIntegers()[next++] ? "true" : "false");
    else
      os << tensor.getIntegers()[next++];
    return;
  }
  // To FileCheck, "[[" would begin a variable.
  StringRef space = dim + 1 < tensor.getRank() ? " " : "";
  os << '[' << space;
  for (int64_t i = 0; i < tensor.getExtent(dim); ++i) {
    if (i != 0)
      os << ", ";
    printElements(os, tensor, elementType, digits, dim + 1, next);
  }
  os << space << ']';
}

void treadle::printTensor(llvm::raw_ostream &os, const Tensor &tensor,
                          Type elementType, unsigned digits) {
  for (int64_t extent : tensor.getShape())
    os << extent << 'x';
  os << elementType << ' ';
  if (tensor.getNumElements() == 0) {
    os << "[]";
    return;
  }
  int64_t next = 0;
  printElements(os, tensor, elementType, digits, 0, next);
}
