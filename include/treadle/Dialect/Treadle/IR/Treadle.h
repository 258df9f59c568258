//===- Treadle.h - The treadle dialect -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dialect, its attributes and its operations. docs/Spec.md says what they
// mean.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_IR_TREADLE_H
#define TREADLE_DIALECT_TREADLE_IR_TREADLE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/SCF/IR/DeviceMappingInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "treadle/Dialect/Treadle/IR/TreadleDialect.h.inc"
#include "treadle/Dialect/Treadle/IR/TreadleEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "treadle/Dialect/Treadle/IR/TreadleAttrs.h.inc"

namespace treadle {
/// See AttentionOpInterface::getStaticExtent and getEffectiveScale.
int64_t getStaticExtent(mlir::Operation *attention, unsigned dim);
double getEffectiveScale(mlir::Operation *attention);

/// Counters are no memory that the program reads.
struct CounterResource
    : public mlir::SideEffects::Resource::Base<CounterResource> {
  llvm::StringRef getName() final { return "counters"; }
};
} // namespace treadle

#include "treadle/Dialect/Treadle/IR/AttentionInterface.h.inc"

#define GET_OP_CLASSES
#include "treadle/Dialect/Treadle/IR/TreadleOps.h.inc"

namespace treadle {

/// Names of the attributes that the dialect puts on other dialects' operations.
inline constexpr llvm::StringLiteral kStageAttrName = "treadle.stage";
inline constexpr llvm::StringLiteral kTargetAttrName = "treadle.target";
inline constexpr llvm::StringLiteral kPrecisionAttrName = "treadle.precision";
inline constexpr llvm::StringLiteral kNamedAttrName = "treadle.named";
inline constexpr llvm::StringLiteral kPreparedAttrName = "treadle.prepared";
inline constexpr llvm::StringLiteral kLoweringAttrName = "treadle.lowering";
inline constexpr llvm::StringLiteral kDecisionsAttrName = "treadle.decisions";
inline constexpr llvm::StringLiteral kCountersAttrName = "treadle.counters";

/// A tile register has 16 rows of 64 bytes: 16 sums of f32, or 32 factors of
/// bf16, which are 16 pairs.
inline constexpr int64_t kTileSide = 16, kTileDepth = 32;

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_IR_TREADLE_H
