//===- Tiling.h - How groups and attentions are tiled -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_TILING_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_TILING_H

#include "BlockBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace treadle {

/// Makes a group in an `scf.forall` over blocks of its root's result, as the
/// decision on it says.
mlir::LogicalResult tileGroup(mlir::RewriterBase &rewriter, Group &group);

/// Makes the block `ranges` of the result of a group whose product is one of
/// panels, as the decision on it says, into `block`, a part of `whole`.
mlir::Value makeBlockOfProduct(mlir::RewriterBase &rewriter, Group &group,
                               mlir::Value whole, mlir::Value block,
                               const Ranges &ranges);

/// Why an attention cannot be lowered by a strategy; empty when it can.
llvm::StringRef getStrategyObjection(AttentionOp op, Strategy strategy);

/// Makes an attention in an `scf.forall` over heads and blocks of queries.
mlir::LogicalResult tileAttention(mlir::RewriterBase &rewriter, AttentionOp op);

/// Makes what a ring keeps, in the order of time, in an `scf.forall` over
/// sequences and tokens.
void tileCacheRead(mlir::RewriterBase &rewriter, CacheReadOp op);

/// Makes the starts of sequences in one task, and moves the tokens that are
/// still to be packed or unpacked in an `scf.forall` over blocks of each
/// sequence's.
void tilePacking(mlir::RewriterBase &rewriter, mlir::func::FuncOp function);

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_TILING_H
