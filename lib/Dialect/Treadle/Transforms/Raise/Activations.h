//===- Activations.h - Activations as formulas -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_ACTIVATIONS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_ACTIVATIONS_H

#include "Formulas.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

namespace treadle {

/// activation(input).
struct Activated {
  Activation activation;
  Element input;
};

/// Recognises one of the dialect's activations, other than identity.
std::optional<Activated> getActivated(Dimensions &dims, const Element &element);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_ACTIVATIONS_H
