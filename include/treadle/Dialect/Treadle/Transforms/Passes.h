//===- Passes.h - Passes on the dialect -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_PASSES_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_PASSES_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Dialect/Treadle/Transforms/Raise.h"
#include "treadle/Dialect/Treadle/Transforms/Rewrites.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace treadle {

/// How attention that has no plan is lowered: as `treadle-decide` finds best,
/// or one way for all.
enum class AttentionChoice { Automatic, Online, Rows, Split, Decomposed };

inline AttentionChoice getAttentionChoice(Strategy strategy) {
  switch (strategy) {
  case Strategy::Online:
    return AttentionChoice::Online;
  case Strategy::Rows:
    return AttentionChoice::Rows;
  case Strategy::Split:
    return AttentionChoice::Split;
  case Strategy::Decomposed:
    return AttentionChoice::Decomposed;
  }
  return AttentionChoice::Automatic;
}

#define GEN_PASS_DECL
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"

/// Patterns of `treadle-expand`, of all families and one by one: multi-head
/// attention; plain and gated feed-forward networks; residual blocks and
/// stacks, which want what is in them expanded first.
void populateExpandPatterns(mlir::RewritePatternSet &patterns);
void populateExpandMultiHeadAttentionPatterns(
    mlir::RewritePatternSet &patterns);
void populateExpandFeedForwardPatterns(mlir::RewritePatternSet &patterns);
void populateExpandBlockPatterns(mlir::RewritePatternSet &patterns);

/// Patterns of `treadle-fuse-elementwise`: those that give an elementwise
/// operation the shape of the product that it reads, and then those that fuse.
void populateExpandElementwisePatterns(mlir::RewritePatternSet &patterns);
void populateFuseElementwisePatterns(mlir::RewritePatternSet &patterns);

#define GEN_PASS_REGISTRATION
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_PASSES_H
