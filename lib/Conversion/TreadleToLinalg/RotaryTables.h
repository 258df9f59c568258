//===- RotaryTables.h - Cosines and sines of rotary positions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_CONVERSION_TREADLETOLINALG_ROTARYTABLES_H
#define TREADLE_LIB_CONVERSION_TREADLETOLINALG_ROTARYTABLES_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

namespace treadle {

/// What the pairs of a token's vectors are turned by, of the input's element
/// type, with a row for each token of the call: [tokens, pairs], or [batch,
/// tokens, pairs] where the sequences' positions differ.
struct RotaryTables {
  mlir::Value cosines, sines;
};

/// Makes the tables of an operation that has frequencies.
RotaryTables createRotaryTables(mlir::OpBuilder &b, RotaryOp op);

} // namespace treadle

#endif // TREADLE_LIB_CONVERSION_TREADLETOLINALG_ROTARYTABLES_H
