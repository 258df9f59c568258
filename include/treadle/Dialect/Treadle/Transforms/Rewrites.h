//===- Rewrites.h - Rewrites inside the dialect, and into it -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function for each family of patterns; the pass of a family populates it
// and no more. docs/Rewrites.md lists the patterns with their preconditions
// and says how exact each of them is: *bitwise* ones leave every bit of a
// result alone, *algebraic* ones are equalities of real numbers.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_REWRITES_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_REWRITES_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/PatternMatch.h"

namespace treadle {

/// Whether a tensor is computed from parameters and constants alone, by pure
/// operations, and so at compile time.
bool isOfParameters(mlir::Value value);

/// Which weights a rewrite may compute with. What is computed from parameters
/// alone is computed once, when an artifact is made; other weights, a
/// function's arguments for one, would be computed with in every call.
enum class WeightSource { Parameters, Anything };

/// Linear maps of one input, and of one block, become one with their weights
/// behind one another, and slices of its result: Q, K and V, or gate and up.
/// Where their activations differ, the map has none and the slices have
/// theirs. A missing bias is -0.0, which adds nothing to any number. Bitwise.
void populateFuseProjectionsPatterns(
    mlir::RewritePatternSet &patterns,
    WeightSource weights = WeightSource::Parameters,
    mlir::PatternBenefit benefit = 1);

/// The results of linear maps of `input` [..., inputs], made as parts of the
/// result of one: of each map a weight [outputs, inputs], a bias [outputs] or
/// null, and its activation. It is what the patterns above write.
llvm::SmallVector<mlir::Value>
projectTogether(mlir::OpBuilder &builder, mlir::Location location,
                mlir::Value input, llvm::ArrayRef<mlir::Value> weights,
                llvm::ArrayRef<mlir::Value> biases,
                llvm::ArrayRef<Activation> activations);

/// Scales that are powers of two go into the parameters before or after them:
/// attention's into the projection of queries, residual's into the branch's
/// last projection. Bitwise, unless a number leaves the range of normal
/// numbers.
void populateFoldScalesPatterns(mlir::RewritePatternSet &patterns,
                                WeightSource weights = WeightSource::Parameters,
                                mlir::PatternBenefit benefit = 1);

/// The same with any finite scale. Algebraic: a weight is rounded once more.
void populateFoldAnyScalesPatterns(
    mlir::RewritePatternSet &patterns,
    WeightSource weights = WeightSource::Parameters,
    mlir::PatternBenefit benefit = 1);

/// A norm whose only uses are linear maps gives its gain to their weights and
/// its bias to their biases: W (g ⊙ n + b) + c = (W diag g) n + (W b + c).
/// Algebraic, for finite parameters.
void populateFoldNormsPatterns(mlir::RewritePatternSet &patterns,
                               WeightSource weights = WeightSource::Parameters,
                               mlir::PatternBenefit benefit = 1);

/// Parts of masks that hide no key go away, and so do keys that no query sees
/// and attention to no key. Bitwise.
void populateSimplifyMasksPatterns(mlir::RewritePatternSet &patterns,
                                   mlir::PatternBenefit benefit = 1);

/// Adds the pattern of `treadle-merge-query-heads`: the heads of a group that
/// shares keys become the queries of an attention of one query. Bitwise.
void populateMergeQueryHeadsPatterns(mlir::RewritePatternSet &patterns,
                                     mlir::PatternBenefit benefit = 1);

/// Multi-head attention whose rotary positions are interleaved has the rows of
/// the projections of queries and keys permuted, and the layout `half`, which
/// vectors are turned in without shuffles. With `caches` so does one whose keys
/// are kept in a cache: they are kept permuted, which callers that begin with
/// an empty cache do not notice. Algebraic: sums over components are in another
/// order.
void populateChangeRotaryLayoutPatterns(
    mlir::RewritePatternSet &patterns,
    WeightSource weights = WeightSource::Parameters, bool caches = false,
    mlir::PatternBenefit benefit = 1);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_REWRITES_H
