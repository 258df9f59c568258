//===- Tensor.h - What a value is to the interpreter -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_REFERENCE_TENSOR_H
#define TREADLE_REFERENCE_TENSOR_H

#include "treadle/Formats/ElementType.h"

#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/LogicalResult.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace treadle {

/// The position of an element: one number for each dimension.
using Index = llvm::ArrayRef<int64_t>;

/// A scalar, vector or tensor at run time. Every float is an f64 and every
/// integer an i64, whatever the type in the IR; booleans are 0 and 1, other
/// integers are sign-extended from their width. Elements are row-major. A
/// scalar has no dimension. Copies share elements until one is written to.
class Tensor {
public:
  /// The scalar 0.0.
  Tensor() = default;
  Tensor(double value) : elements(value) {}
  Tensor(int64_t value) : elements(value) {}
  /// As many elements as the shape says.
  Tensor(Index shape, std::vector<double> values);
  Tensor(Index shape, std::vector<int64_t> values);

  bool isFloat() const { return elements.index() % 2 == 0; }
  Index getShape() const { return shape; }
  int64_t getRank() const { return shape.size(); }
  int64_t getExtent(int64_t dim) const { return shape[dim]; }
  int64_t getNumElements() const;

  /// All elements. The kind is the caller's to know: `getFloats` of integers
  /// is an error in the program, not in its input.
  llvm::ArrayRef<double> getFloats() const { return get<double>(); }
  llvm::ArrayRef<int64_t> getIntegers() const { return get<int64_t>(); }
  llvm::MutableArrayRef<double> getMutableFloats() { return edit<double>(); }
  llvm::MutableArrayRef<int64_t> getMutableIntegers() {
    return edit<int64_t>();
  }

  /// One element; `index` is inside of the shape.
  double getFloat(Index index = {}) const {
    return getFloats()[getOffset(index)];
  }
  int64_t getInteger(Index index = {}) const {
    return getIntegers()[getOffset(index)];
  }
  /// One element as a scalar, and the reverse.
  Tensor getElement(Index index) const;
  void setElement(Index index, const Tensor &scalar);

  /// Whether there is an element at `index`.
  bool contains(Index index) const;
  /// The row-major number of the element at `index`.
  int64_t getOffset(Index index) const;

  /// The same elements, in the same order, in a shape of as many.
  Tensor reshaped(Index shape) const;

  /// Keeps `owner` alive as long as the elements: how memory is accounted for.
  void attach(std::shared_ptr<void> owner);

private:
  template <typename T> struct Storage {
    std::vector<T> values;
    std::shared_ptr<void> owner;
  };
  template <typename T> using Shared = std::shared_ptr<Storage<T>>;

  template <typename T> llvm::ArrayRef<T> get() const {
    if (const T *scalar = std::get_if<T>(&elements))
      return *scalar;
    return std::get<Shared<T>>(elements)->values;
  }
  template <typename T> llvm::MutableArrayRef<T> edit() {
    if (T *scalar = std::get_if<T>(&elements))
      return llvm::MutableArrayRef<T>(*scalar);
    Shared<T> &shared = std::get<Shared<T>>(elements);
    if (shared.use_count() > 1)
      shared = std::make_shared<Storage<T>>(*shared);
    return shared->values;
  }

  llvm::SmallVector<int64_t, 4> shape;
  /// Floats at the even places. Scalars stand here themselves.
  std::variant<double, int64_t, Shared<double>, Shared<int64_t>> elements;
};

/// The product of the extents; nothing when one is negative or the product does
/// not fit in 63 bits.
std::optional<int64_t> countElements(Index shape);

/// Calls `visit` for every element of a shape, in row-major order, until it
/// fails.
llvm::LogicalResult
forEachIndex(Index shape, llvm::function_ref<llvm::LogicalResult(Index)> visit);

/// Whether values of elements of this type are floats; nothing for types that
/// the interpreter does not have.
std::optional<bool> isFloatElement(mlir::Type elementType);

/// What is left of an integer in the width of `type`.
int64_t wrapInteger(int64_t value, mlir::Type type);

/// The value of `type`, a float, that is nearest, ties to even.
double roundFloat(double value, mlir::Type type);

/// Dense little-endian elements at any address, one for each of the shape.
/// Nothing for types that are not supported.
std::optional<Tensor> readTensor(ElementType type, Index shape, ByteSpan bytes);

/// "2x2xf32 [ [1, 2], [3, 4] ]", "f32 1" of a scalar: floats with that many
/// significant digits.
void printTensor(llvm::raw_ostream &os, const Tensor &tensor,
                 mlir::Type elementType, unsigned digits);

} // namespace treadle

#endif // TREADLE_REFERENCE_TENSOR_H
