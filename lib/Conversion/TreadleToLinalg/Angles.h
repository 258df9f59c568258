//===- Angles.h - Exact angles of positions -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_CONVERSION_TREADLETOLINALG_ANGLES_H
#define TREADLE_LIB_CONVERSION_TREADLETOLINALG_ANGLES_H

#include "mlir/IR/Builders.h"

namespace treadle {

/// Frequencies in radians as turns, which a sine is made of without a reduction
/// by π.
llvm::SmallVector<double> toTurns(llvm::ArrayRef<double> radians);

/// The number `value`, an index or an integer, as f64.
mlir::Value toF64(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value);

/// The position of the token at `token`, an index, of a sequence that begins at
/// `offset`, an integer or null; as f64, where every position is exact.
mlir::Value createPosition(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Value token, mlir::Value offset);

/// sin(2π turns), all f64. The error is below 2e-11 for up to 2^20 turns, since
/// whole turns are taken off without rounding: what f32 rounds it to is as good
/// as it gets. A cosine is the sine a quarter of a turn later. No call and
/// no branch.
mlir::Value createSineOfTurns(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::Value turns);

/// base^exponent, all f64 numbers, for a normal base of at least 1 and a result
/// between 2^-1000 and 1: good to some 1e-15. No call and no branch.
mlir::Value createPower(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value base, double exponent);

} // namespace treadle

#endif // TREADLE_LIB_CONVERSION_TREADLETOLINALG_ANGLES_H
