//===- Elements.h - Looking at the elements of a tensor ---------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_RUNTIME_ELEMENTS_H
#define TREADLE_RUNTIME_ELEMENTS_H

#include "treadle/Formats/ElementType.h"

#include <cstdint>
#include <optional>

namespace treadle::runtime {

/// An element and where it is, counting row-major from 0.
struct FoundElement {
  int64_t index;
  int64_t value;
};

/// The first of `count` elements that is below `lowest` or above `highest`;
/// nothing when there is none. `type` is an integer type or Bool, whose byte
/// counts as an integer.
std::optional<FoundElement> findOutOfRange(ElementType type, const void *data,
                                           int64_t count, int64_t lowest,
                                           int64_t highest);

/// Sets `count` elements of a supported integer type to `value`, which fits.
void fillElements(ElementType type, void *data, int64_t count, int64_t value);

} // namespace treadle::runtime

#endif // TREADLE_RUNTIME_ELEMENTS_H
