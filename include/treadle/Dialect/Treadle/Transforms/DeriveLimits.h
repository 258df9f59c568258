//===- DeriveLimits.h - What inputs a program can take -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_DERIVELIMITS_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_DERIVELIMITS_H

#include "mlir/IR/BuiltinOps.h"

namespace treadle {

/// Fills `below` and `limits` of `treadle.named` at the stage `model`, so that
/// a caller's ids and lengths are refused before they index past a table:
///
///   - `below` of an argument that `treadle.embedding` takes as ids: the rows
///   of
///     the smallest table;
///   - `limits` of every argument's dimensions with the name of the one that
///     `treadle.learned_position` counts tokens in: the rows of the smallest
///     table, less the offset.
///
/// What an argument says already is kept where it is smaller. Fails with an
/// error on the operation when ids or tokens cannot be traced to an argument of
/// a public function that carries `treadle.named`, or to constants in range:
/// nothing else would keep the table from being read past its end. Has the same
/// effect when it is run again.
mlir::LogicalResult deriveLimits(mlir::ModuleOp module);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_DERIVELIMITS_H
