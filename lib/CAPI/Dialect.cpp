//===- Dialect.cpp - The dialect for MLIR's C API -------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle-c/Dialect.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Target/Target.h"

#include "mlir-c/BuiltinAttributes.h"
#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"
#include "mlir/CAPI/Support.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace treadle;

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Treadle, treadle, treadle::TreadleDialect)

void treadleRegisterDialects(MlirDialectRegistry registry) {
  registerPipelineDialects(*unwrap(registry));
}

MlirStringRef treadleModuleGetStage(MlirModule module) {
  return wrap(stringifyStage(getStage(unwrap(module))));
}

/// An attribute that is checked as the parser checks it. Its errors are
/// diagnostics of the context.
template <typename Attr, typename... Args>
static MlirAttribute getChecked(MlirContext context, Args... args) {
  MLIRContext *ctx = unwrap(context);
  return wrap(Attribute(Attr::getChecked(
      [&] { return emitError(UnknownLoc::get(ctx)); }, ctx, args...)));
}

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

#define TREADLE_ENUM_ATTRIBUTE(Name)                                           \
  bool treadleAttributeIsA##Name(MlirAttribute attribute) {                    \
    return isa<Name##Attr>(unwrap(attribute));                                 \
  }                                                                            \
  MlirAttribute treadle##Name##AttrGet(MlirContext context,                    \
                                       MlirStringRef word) {                   \
    std::optional<Name> value = symbolize##Name(unwrap(word));                 \
    if (!value)                                                                \
      return mlirAttributeGetNull();                                           \
    return wrap(Attribute(Name##Attr::get(unwrap(context), *value)));          \
  }                                                                            \
  MlirStringRef treadle##Name##AttrGetWord(MlirAttribute attribute) {          \
    return wrap(                                                               \
        stringify##Name(cast<Name##Attr>(unwrap(attribute)).getValue()));      \
  }

TREADLE_ENUM_ATTRIBUTE(Activation)
TREADLE_ENUM_ATTRIBUTE(Score)
TREADLE_ENUM_ATTRIBUTE(Pooling)
TREADLE_ENUM_ATTRIBUTE(Stage)

#undef TREADLE_ENUM_ATTRIBUTE

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

bool treadleAttributeIsAMask(MlirAttribute attribute) {
  return isa<MaskAttr>(unwrap(attribute));
}

MlirAttribute treadleMaskAttrGet(MlirContext context, bool causal,
                                 bool keysWithinLengths, int64_t window,
                                 bool prefix, MlirStringRef align) {
  std::optional<Alignment> alignment = symbolizeAlignment(unwrap(align));
  if (!alignment)
    return mlirAttributeGetNull();
  return getChecked<MaskAttr>(context, causal, keysWithinLengths, window,
                              prefix, *alignment);
}

bool treadleMaskAttrIsCausal(MlirAttribute attribute) {
  return cast<MaskAttr>(unwrap(attribute)).getCausal();
}

bool treadleMaskAttrHasKeysWithinLengths(MlirAttribute attribute) {
  return cast<MaskAttr>(unwrap(attribute)).getKeysWithinLengths();
}

int64_t treadleMaskAttrGetWindow(MlirAttribute attribute) {
  return cast<MaskAttr>(unwrap(attribute)).getWindow();
}

bool treadleMaskAttrHasPrefix(MlirAttribute attribute) {
  return cast<MaskAttr>(unwrap(attribute)).getPrefix();
}

MlirStringRef treadleMaskAttrGetAlign(MlirAttribute attribute) {
  return wrap(stringifyAlignment(cast<MaskAttr>(unwrap(attribute)).getAlign()));
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

bool treadleAttributeIsATarget(MlirAttribute attribute) {
  return isa<TargetAttr>(unwrap(attribute));
}

MlirAttribute treadleTargetAttrGet(MlirContext context, MlirStringRef cpu) {
  MLIRContext *ctx = unwrap(context);
  llvm::Expected<TargetAttr> target = getTarget(ctx, unwrap(cpu));
  if (target)
    return wrap(Attribute(*target));
  emitError(UnknownLoc::get(ctx), llvm::toString(target.takeError()));
  return mlirAttributeGetNull();
}

MlirStringRef treadleTargetAttrGetCpu(MlirAttribute attribute) {
  return wrap(cast<TargetAttr>(unwrap(attribute)).getCpu());
}

MlirStringRef treadleTargetAttrGetFeatures(MlirAttribute attribute) {
  return wrap(cast<TargetAttr>(unwrap(attribute)).getFeatures());
}

int64_t treadleTargetAttrGetVectorBits(MlirAttribute attribute) {
  return cast<TargetAttr>(unwrap(attribute)).getVectorBits();
}

bool treadleTargetAttrHasTiles(MlirAttribute attribute) {
  return cast<TargetAttr>(unwrap(attribute)).getTile() != TileUnit::None;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

bool treadleAttributeIsAProduct(MlirAttribute attribute) {
  return isa<ProductAttr>(unwrap(attribute));
}

MlirAttribute treadleProductAttrGet(MlirContext context, int64_t blockRows,
                                    int64_t blockColumns, int64_t tileRows,
                                    int64_t tileColumns, int64_t reduction) {
  return getChecked<ProductAttr>(context, blockRows, blockColumns, tileRows,
                                 tileColumns, reduction, TileUnit::None,
                                 /*depth=*/int64_t(0), /*threads=*/int64_t(1));
}

MlirAttribute treadleProductAttrGetOnTiles(
    MlirContext context, int64_t blockRows, int64_t blockColumns,
    int64_t tileRows, int64_t tileColumns, int64_t reduction, int64_t depth) {
  return getChecked<ProductAttr>(context, blockRows, blockColumns, tileRows,
                                 tileColumns, reduction, TileUnit::AmxBF16,
                                 depth, /*threads=*/int64_t(1));
}

MlirAttribute treadleProductAttrShare(MlirAttribute attribute,
                                      int64_t threads) {
  auto product = cast<ProductAttr>(unwrap(attribute));
  return getChecked<ProductAttr>(
      wrap(product.getContext()), product.getBlockRows(),
      product.getBlockColumns(), product.getTileRows(),
      product.getTileColumns(), product.getReduction(), product.getUnit(),
      product.getDepth(), threads);
}

int64_t treadleProductAttrGetThreads(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getThreads();
}

bool treadleProductAttrIsOnTiles(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getUnit() == TileUnit::AmxBF16;
}

int64_t treadleProductAttrGetDepth(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getDepth();
}

int64_t treadleProductAttrGetReduction(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getReduction();
}

int64_t treadleProductAttrGetBlockRows(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getBlockRows();
}

int64_t treadleProductAttrGetBlockColumns(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getBlockColumns();
}

int64_t treadleProductAttrGetTileRows(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getTileRows();
}

int64_t treadleProductAttrGetTileColumns(MlirAttribute attribute) {
  return cast<ProductAttr>(unwrap(attribute)).getTileColumns();
}
