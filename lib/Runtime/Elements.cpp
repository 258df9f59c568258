//===- Elements.cpp - Looking at the elements of a tensor -----------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include <algorithm>
#include <limits>

using namespace treadle;
using namespace treadle::runtime;

/// Calls `visit` with a null pointer to the C type that holds `type`.
template <typename Visitor>
static auto dispatch(ElementType type, Visitor visit) {
  switch (type) {
  case ElementType::I64:
    return visit(static_cast<int64_t *>(nullptr));
  case ElementType::I32:
    return visit(static_cast<int32_t *>(nullptr));
  case ElementType::I16:
    return visit(static_cast<int16_t *>(nullptr));
  case ElementType::I8:
    return visit(static_cast<int8_t *>(nullptr));
  default:
    return visit(static_cast<uint8_t *>(nullptr));
  }
}

template <typename T>
static std::optional<FoundElement> find(const T *data, int64_t count,
                                        int64_t lowest, int64_t highest) {
  // Nothing of the type is outside bounds that are outside the type.
  constexpr int64_t kLeast = std::numeric_limits<T>::min();
  constexpr int64_t kMost = std::numeric_limits<T>::max();
  if (count == 0 || (lowest <= kLeast && highest >= kMost))
    return std::nullopt;
  if (lowest > kMost || highest < kLeast || lowest > highest)
    return FoundElement{0, data[0]};

  // A loop without a way out is one that the compiler vectorises; the place is
  // looked for only when there is something to find.
  T low = static_cast<T>(std::max(lowest, kLeast));
  T high = static_cast<T>(std::min(highest, kMost));
  T least = data[0], most = data[0];
  for (int64_t i = 1; i < count; ++i) {
    least = std::min(least, data[i]);
    most = std::max(most, data[i]);
  }
  if (least >= low && most <= high)
    return std::nullopt;
  const T *found = std::find_if(
      data, data + count, [&](T value) { return value < low || value > high; });
  return FoundElement{found - data, *found};
}

std::optional<FoundElement> treadle::runtime::findOutOfRange(ElementType type,
                                                             const void *data,
                                                             int64_t count,
                                                             int64_t lowest,
                                                             int64_t highest) {
  return dispatch(type, [&](auto *null) {
    return find(static_cast<const decltype(null)>(const_cast<void *>(data)),
                count, lowest, highest);
  });
}

void treadle::runtime::fillElements(ElementType type, void *data, int64_t count,
                                    int64_t value) {
  dispatch(type, [&](auto *null) {
    using T = std::remove_pointer_t<decltype(null)>;
    std::fill_n(static_cast<T *>(data), count, static_cast<T>(value));
  });
}
