//===- Passes.h - From one dialect to others -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_CONVERSION_PASSES_H
#define TREADLE_CONVERSION_PASSES_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class TypeConverter;
}

namespace treadle {

#define GEN_PASS_DECL
#include "treadle/Conversion/Passes.h.inc"

/// Linear maps, and activations of them and alone.
void populateLinearToLinalgPatterns(mlir::RewritePatternSet &patterns,
                                    TargetAttr target, Precision precision);
/// Norms and softmax.
void populateNormToLinalgPatterns(mlir::RewritePatternSet &patterns);
/// Pooling of sequences.
void populatePoolToLinalgPatterns(mlir::RewritePatternSet &patterns);
/// Embeddings and absolute positions.
void populatePositionToLinalgPatterns(mlir::RewritePatternSet &patterns);
/// Rotary positions.
void populateRotaryToLinalgPatterns(mlir::RewritePatternSet &patterns);
/// `treadle.soft_cap` of numbers and vectors, `treadle.alibi` and
/// `treadle.relative_bucket` become operations of arith and math in their
/// place, wherever that is: in a score's region, in the body of a linalg
/// operation or in loops.
void populateScoreLoweringPatterns(mlir::RewritePatternSet &patterns);
/// exp2, exp, erf, sin and cos on f32 as polynomials.
void populateExpandMathPatterns(mlir::RewritePatternSet &patterns);

/// Operations on tile registers as operations on vectors of what `types` makes
/// of their types.
void populateEmulateTilesPatterns(const mlir::TypeConverter &types,
                                  mlir::RewritePatternSet &patterns);

#define GEN_PASS_REGISTRATION
#include "treadle/Conversion/Passes.h.inc"

} // namespace treadle

#endif // TREADLE_CONVERSION_PASSES_H
