//===- Passes.h - Running programs -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_REFERENCE_PASSES_H
#define TREADLE_REFERENCE_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace treadle {

#define GEN_PASS_DECL
#include "treadle/Reference/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "treadle/Reference/Passes.h.inc"

} // namespace treadle

#endif // TREADLE_REFERENCE_PASSES_H
