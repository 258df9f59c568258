//===- RaisePattern.h - What patterns that raise share -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_RAISEPATTERN_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_RAISEPATTERN_H

#include "Formulas.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Dialect/Treadle/Transforms/Raise.h"

namespace treadle {

/// Looks at every operation that makes one tensor and is not the dialect's.
class RaisePattern : public mlir::RewritePattern {
public:
  RaisePattern(mlir::MLIRContext *context, llvm::StringRef what,
               RaiseRemarks *remarks, mlir::PatternBenefit benefit)
      : RewritePattern(MatchAnyOpTypeTag(), benefit, context), what(what),
        remarks(remarks) {}

  llvm::LogicalResult
  matchAndRewrite(mlir::Operation *op,
                  mlir::PatternRewriter &rewriter) const final {
    if (op->getNumResults() != 1 || op->use_empty() ||
        !llvm::isa<mlir::RankedTensorType>(op->getResult(0).getType()) ||
        llvm::isa_and_nonnull<TreadleDialect>(op->getDialect()))
      return rewriter.notifyMatchFailure(op, "it makes no tensor to raise");
    mlir::Location loc = op->getLoc();
    if (llvm::failed(raise(op, rewriter)))
      return llvm::failure();
    if (remarks)
      remarks->addMatch(loc, what);
    return llvm::success();
  }

protected:
  /// Replaces `op`, or fails.
  virtual llvm::LogicalResult raise(mlir::Operation *op,
                                    mlir::PatternRewriter &rewriter) const = 0;

  /// Fails because `op` is only nearly what this pattern looks for.
  llvm::LogicalResult miss(mlir::PatternRewriter &rewriter, mlir::Operation *op,
                           const llvm::Twine &why,
                           std::optional<mlir::Location> note = {}) const {
    if (remarks)
      remarks->addMiss(op->getLoc(), what, why, note);
    return rewriter.notifyMatchFailure(op, why);
  }

  /// Whether `step` is a computation of `op` itself, and not of what `op` only
  /// moves.
  static bool isMadeBy(const Step &step, mlir::Operation *op) {
    return step.op && (step.op == op || step.op->getParentOp() == op);
  }

private:
  llvm::StringRef what;
  RaiseRemarks *remarks;
};

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_RAISE_RAISEPATTERN_H
