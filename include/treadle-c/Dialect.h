//===- Dialect.h - The dialect for users of MLIR's C API ----------*- C -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   MlirContext context = mlirContextCreateWithRegistry(registry, false);
//   mlirDialectHandleRegisterDialect(mlirGetDialectHandle__treadle__(),
//   context); mlirDialectHandleLoadDialect(mlirGetDialectHandle__treadle__(),
//   context);
//
// Operations are made and read as any other's, by mlirOperationCreate and the
// names in docs/Spec.md. The functions below make and read the attributes. One
// that they have no function for is made by mlirAttributeParseGet, as in
// "#treadle.mask<causal>".
//
// A function that makes an attribute returns a null one when what it is given
// has no meaning. One that reads an attribute wants one of its own kind, which
// the function before it tells.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_C_DIALECT_H
#define TREADLE_C_DIALECT_H

#include "treadle-c/Export.h"

#include "mlir-c/IR.h"
#include "mlir-c/Support.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(Treadle, treadle);

/// Puts into a registry the dialect and all that the pipelines need: the
/// dialects that they lower to, and their interfaces.
TREADLE_EXPORT void treadleRegisterDialects(MlirDialectRegistry registry);

/// The stage that a module says it has reached, "structured"; "model" when it
/// says nothing.
TREADLE_EXPORT MlirStringRef treadleModuleGetStage(MlirModule module);

//===----------------------------------------------------------------------===//
// Enumerations: #treadle.activation<gelu> is the word "gelu"
//===----------------------------------------------------------------------===//

TREADLE_EXPORT bool treadleAttributeIsAActivation(MlirAttribute attribute);
TREADLE_EXPORT MlirAttribute treadleActivationAttrGet(MlirContext context,
                                                      MlirStringRef word);
TREADLE_EXPORT MlirStringRef
treadleActivationAttrGetWord(MlirAttribute attribute);

TREADLE_EXPORT bool treadleAttributeIsAScore(MlirAttribute attribute);
TREADLE_EXPORT MlirAttribute treadleScoreAttrGet(MlirContext context,
                                                 MlirStringRef word);
TREADLE_EXPORT MlirStringRef treadleScoreAttrGetWord(MlirAttribute attribute);

TREADLE_EXPORT bool treadleAttributeIsAPooling(MlirAttribute attribute);
TREADLE_EXPORT MlirAttribute treadlePoolingAttrGet(MlirContext context,
                                                   MlirStringRef word);
TREADLE_EXPORT MlirStringRef treadlePoolingAttrGetWord(MlirAttribute attribute);

TREADLE_EXPORT bool treadleAttributeIsAStage(MlirAttribute attribute);
TREADLE_EXPORT MlirAttribute treadleStageAttrGet(MlirContext context,
                                                 MlirStringRef word);
TREADLE_EXPORT MlirStringRef treadleStageAttrGetWord(MlirAttribute attribute);

//===----------------------------------------------------------------------===//
// #treadle.mask
//===----------------------------------------------------------------------===//

TREADLE_EXPORT bool treadleAttributeIsAMask(MlirAttribute attribute);
/// A window of 0 is none; `align` is "bottom_right", "top_left", "lengths" or
/// "offsets".
TREADLE_EXPORT MlirAttribute treadleMaskAttrGet(MlirContext context,
                                                bool causal,
                                                bool keysWithinLengths,
                                                int64_t window, bool prefix,
                                                MlirStringRef align);
TREADLE_EXPORT bool treadleMaskAttrIsCausal(MlirAttribute attribute);
TREADLE_EXPORT bool
treadleMaskAttrHasKeysWithinLengths(MlirAttribute attribute);
/// 0 when there is none.
TREADLE_EXPORT int64_t treadleMaskAttrGetWindow(MlirAttribute attribute);
TREADLE_EXPORT bool treadleMaskAttrHasPrefix(MlirAttribute attribute);
TREADLE_EXPORT MlirStringRef treadleMaskAttrGetAlign(MlirAttribute attribute);

//===----------------------------------------------------------------------===//
// #treadle.target: a CPU
//===----------------------------------------------------------------------===//

TREADLE_EXPORT bool treadleAttributeIsATarget(MlirAttribute attribute);
/// `cpu` is "native" or LLVM's name. Null, and a diagnostic in the context,
/// when there is no such CPU.
TREADLE_EXPORT MlirAttribute treadleTargetAttrGet(MlirContext context,
                                                  MlirStringRef cpu);
TREADLE_EXPORT MlirStringRef treadleTargetAttrGetCpu(MlirAttribute attribute);
/// In LLVM's form, "+avx512f,+fma".
TREADLE_EXPORT MlirStringRef
treadleTargetAttrGetFeatures(MlirAttribute attribute);
TREADLE_EXPORT int64_t treadleTargetAttrGetVectorBits(MlirAttribute attribute);
/// Whether products of bf16 may go on tile registers (AMX).
TREADLE_EXPORT bool treadleTargetAttrHasTiles(MlirAttribute attribute);

//===----------------------------------------------------------------------===//
// #treadle.product: how a matrix product is tiled
//===----------------------------------------------------------------------===//

TREADLE_EXPORT bool treadleAttributeIsAProduct(MlirAttribute attribute);
/// Sizes are positive; `reduction` is 0 where the reduction is done as a whole.
TREADLE_EXPORT MlirAttribute treadleProductAttrGet(
    MlirContext context, int64_t blockRows, int64_t blockColumns,
    int64_t tileRows, int64_t tileColumns, int64_t reduction);
/// The same on tile registers: tiles have 16 or 32 rows and columns. `depth` is
/// 0 where rows are multiplied by whole panels.
TREADLE_EXPORT MlirAttribute treadleProductAttrGetOnTiles(
    MlirContext context, int64_t blockRows, int64_t blockColumns,
    int64_t tileRows, int64_t tileColumns, int64_t reduction, int64_t depth);
/// The same product with rows shared by `threads`, of which there is one at
/// least; by one thread otherwise.
TREADLE_EXPORT MlirAttribute treadleProductAttrShare(MlirAttribute product,
                                                     int64_t threads);
TREADLE_EXPORT int64_t treadleProductAttrGetThreads(MlirAttribute attribute);
TREADLE_EXPORT bool treadleProductAttrIsOnTiles(MlirAttribute attribute);
TREADLE_EXPORT int64_t treadleProductAttrGetDepth(MlirAttribute attribute);
TREADLE_EXPORT int64_t treadleProductAttrGetReduction(MlirAttribute attribute);
TREADLE_EXPORT int64_t treadleProductAttrGetBlockRows(MlirAttribute attribute);
TREADLE_EXPORT int64_t
treadleProductAttrGetBlockColumns(MlirAttribute attribute);
TREADLE_EXPORT int64_t treadleProductAttrGetTileRows(MlirAttribute attribute);
TREADLE_EXPORT int64_t
treadleProductAttrGetTileColumns(MlirAttribute attribute);

#ifdef __cplusplus
}
#endif

#endif // TREADLE_C_DIALECT_H
