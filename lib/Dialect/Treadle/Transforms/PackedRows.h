//===- PackedRows.h - Where a sequence lies among packed ones -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_PACKEDROWS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_PACKEDROWS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

namespace treadle {

/// The rows [first, first + count) of a sequence.
struct PackedRows {
  mlir::Value first, count;
};

/// Reads them from the starts of sequences.
PackedRows getPackedRows(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Value starts, mlir::Value sequence);

/// How many tokens a sequence has of the block of `limit` that begins at token
/// `first`: none where the block is padding.
mlir::Value getRowsOfBlock(mlir::OpBuilder &b, mlir::Location loc,
                           const PackedRows &rows, mlir::Value first,
                           mlir::Value limit);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_PACKEDROWS_H
