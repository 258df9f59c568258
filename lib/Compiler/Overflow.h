//===- Overflow.h - Weights that are too large to be stored -----*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_OVERFLOW_H
#define TREADLE_LIB_COMPILER_OVERFLOW_H

#include "Parameters.h"

namespace treadle {

/// Checks that no finite value became infinite when a prepared parameter was
/// rounded to f16: WeightTooLarge for each that did. An infinity that is
/// published stays one.
void checkOverflow(const ParameterPlan &plan, const ParameterSource &source,
                   const PreparedParameters &parameters, Findings &findings);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_OVERFLOW_H
