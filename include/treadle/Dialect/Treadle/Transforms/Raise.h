//===- Raise.h - From linalg on tensors to the dialect -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Patterns that recognise the dialect's operations in linalg on tensors, as
// importers of other systems make it. They look at what an element is computed
// from and not at how that is spelt; docs/Rewrites.md has the formulas.
//
// The families are to be applied in the order of this file: what one leaves
// alone, a later one may make something smaller of.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_RAISE_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_RAISE_H

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/MapVector.h"

namespace treadle {

/// What was recognised, and what nearly was, for people to read.
class RaiseRemarks {
public:
  /// An operation at `location` became `what`, a literal.
  void addMatch(mlir::Location location, llvm::StringRef what);
  /// One at `location` looks like `what`, but for `why`; `note` points at what
  /// is in the way.
  void addMiss(mlir::Location location, llvm::StringRef what,
               const llvm::Twine &why,
               std::optional<mlir::Location> note = std::nullopt);
  /// Emits all of it as remarks, in the order in which it was found. What was
  /// missed at first and recognised later is not mentioned as missed.
  void emit() const;

private:
  struct Remark {
    bool matched;
    std::string why;
    std::optional<mlir::Location> note;
  };
  llvm::MapVector<std::pair<mlir::Location, llvm::StringRef>, Remark> remarks;
};

/// Attention: a product with values whose other operand is a softmax over the
/// keys of products of queries and keys, scaled, biased, masked, or changed by
/// any elementwise function.
void populateRaiseAttentionPatterns(mlir::RewritePatternSet &patterns,
                                    RaiseRemarks *remarks = nullptr,
                                    mlir::PatternBenefit benefit = 1);

/// Layer norm, RMS norm and softmax over the last dimension.
void populateRaiseNormPatterns(mlir::RewritePatternSet &patterns,
                               RaiseRemarks *remarks = nullptr,
                               mlir::PatternBenefit benefit = 1);

/// Rotary positions by tables of cosines and sines, in either layout.
void populateRaiseRotaryPatterns(mlir::RewritePatternSet &patterns,
                                 RaiseRemarks *remarks = nullptr,
                                 mlir::PatternBenefit benefit = 1);

/// Linear maps, with the bias and the activation that follow.
void populateRaiseLinearPatterns(mlir::RewritePatternSet &patterns,
                                 RaiseRemarks *remarks = nullptr,
                                 mlir::PatternBenefit benefit = 1);

/// Plain and gated feed-forward networks of linear maps.
void populateRaiseFeedForwardPatterns(mlir::RewritePatternSet &patterns,
                                      RaiseRemarks *remarks = nullptr,
                                      mlir::PatternBenefit benefit = 1);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_RAISE_H
