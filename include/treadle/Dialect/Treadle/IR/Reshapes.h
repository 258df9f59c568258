//===- Reshapes.h - Groups of a reshape's dimensions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The verifiers of MLIR 22 compare the indices of a reassociation modulo 2^32,
// so that what stands there need not be a dimension: -2^63 passes for 0. Groups
// follow one another, however, and then their sizes say all.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_IR_RESHAPES_H
#define TREADLE_DIALECT_TREADLE_IR_RESHAPES_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

namespace treadle {

/// The groups of a `tensor` or `memref` `expand_shape` or `collapse_shape` that
/// its verifier has accepted. Each index is a dimension of the side that has
/// more of them.
template <typename ReshapeOp>
llvm::SmallVector<mlir::ReassociationIndices> getGroups(ReshapeOp op) {
  auto groups = op.getReassociationIndices();
  int64_t next = 0;
  for (mlir::ReassociationIndices &group : groups)
    for (int64_t &dim : group)
      dim = next++;
  return groups;
}

/// Whether the indices are dimensions as they stand: MLIR's own patterns take
/// that for granted.
template <typename ReshapeOp> bool hasValidGroups(ReshapeOp op) {
  return op.getReassociationIndices() == getGroups(op);
}

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_IR_RESHAPES_H
