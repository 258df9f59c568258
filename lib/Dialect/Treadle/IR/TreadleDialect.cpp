//===- TreadleDialect.cpp - Registration and attributes on other operations -*-
// C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace treadle;

#include "treadle/Dialect/Treadle/IR/TreadleDialect.cpp.inc"
#include "treadle/Dialect/Treadle/IR/TreadleEnums.cpp.inc"

#include "treadle/Dialect/Treadle/IR/AttentionInterface.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "treadle/Dialect/Treadle/IR/TreadleAttrs.cpp.inc"

void TreadleDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "treadle/Dialect/Treadle/IR/TreadleOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "treadle/Dialect/Treadle/IR/TreadleAttrs.cpp.inc"
      >();
}

Operation *TreadleDialect::materializeConstant(OpBuilder &builder,
                                               Attribute value, Type type,
                                               Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

LogicalResult TreadleDialect::verifyOperationAttribute(Operation *op,
                                                       NamedAttribute attr) {
  StringRef name = attr.getName();
  if (name == kStageAttrName || name == kTargetAttrName ||
      name == kPrecisionAttrName) {
    // (stage C1, target C1, precision C1) a module carries it
    if (!isa<ModuleOp>(op))
      return op->emitOpError()
             << "may not carry '" << name << "', which belongs on a module";
    bool isOfItsKind = name == kStageAttrName ? isa<StageAttr>(attr.getValue())
                       : name == kTargetAttrName
                           ? isa<TargetAttr>(attr.getValue())
                           : isa<PrecisionAttr>(attr.getValue());
    if (!isOfItsKind)
      return op->emitOpError() << "expects '" << name << "' to be a #" << name;
    return success();
  }
  // (prepared C1) a function carries it
  if (name == kPreparedAttrName) {
    if (!isa<FunctionOpInterface>(op) || !isa<PreparedAttr>(attr.getValue()))
      return op->emitOpError() << "expects '" << name
                               << "' to be a #treadle.prepared on a function";
    return success();
  }
  // (decision C1) a module carries an array of them
  if (name == kDecisionsAttrName) {
    auto decisions = dyn_cast<ArrayAttr>(attr.getValue());
    if (!isa<ModuleOp>(op) || !decisions ||
        !llvm::all_of(decisions, llvm::IsaPred<DecisionAttr>))
      return op->emitOpError()
             << "expects '" << name
             << "' to be an array of #treadle.decision on a module";
    return success();
  }
  // (counters C1) a function carries it
  if (name == kCountersAttrName) {
    if (!isa<FunctionOpInterface>(op) || !isa<CountersAttr>(attr.getValue()))
      return op->emitOpError() << "expects '" << name
                               << "' to be a #treadle.counters on a function";
    return success();
  }
  // (product C1, rows C1) it is the lowering of an operation
  if (name == kLoweringAttrName) {
    if (!isa<ProductAttr, RowsAttr>(attr.getValue()))
      return op->emitOpError() << "expects '" << name
                               << "' to be a #treadle.product or #treadle.rows";
    return success();
  }
  return op->emitOpError() << "has an attribute '" << name
                           << "' that the dialect does not know";
}

/// Checks `treadle.named` on something of type `type`.
static LogicalResult verifyNamed(Operation *op, NamedAttribute attr,
                                 Type type) {
  // (named C5) an argument or result of a function carries it
  if (attr.getName() != kNamedAttrName)
    return op->emitOpError()
           << "has an attribute '" << attr.getName().getValue()
           << "' that the dialect does not know";
  auto named = dyn_cast<NamedAttr>(attr.getValue());
  if (!named)
    return op->emitOpError()
           << "expects '" << kNamedAttrName << "' to be a #treadle.named";
  // (named C6) it has a name for each dimension
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasRank() ||
      shaped.getRank() != static_cast<int64_t>(named.getDims().size()))
    return op->emitOpError() << "expects " << attr.getValue()
                             << " to name each dimension of " << type;
  // (named C7) the name is empty exactly where the extent is static
  for (auto [extent, dim] : llvm::zip_equal(shaped.getShape(), named.getDims()))
    if (ShapedType::isDynamic(extent) == dim.getValue().empty())
      return op->emitOpError() << "expects " << attr.getValue()
                               << " to name the dynamic dimensions of " << type
                               << " and no other";
  return success();
}

LogicalResult TreadleDialect::verifyRegionArgAttribute(Operation *op,
                                                       unsigned regionIndex,
                                                       unsigned argIndex,
                                                       NamedAttribute attr) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitOpError("may not carry argument attributes of the dialect");
  return verifyNamed(op, attr, function.getArgumentTypes()[argIndex]);
}

LogicalResult TreadleDialect::verifyRegionResultAttribute(Operation *op,
                                                          unsigned regionIndex,
                                                          unsigned resultIndex,
                                                          NamedAttribute attr) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitOpError("may not carry result attributes of the dialect");
  return verifyNamed(op, attr, function.getResultTypes()[resultIndex]);
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

Attribute MaskAttr::parse(AsmParser &parser, Type) {
  bool causal = false, lengths = false, prefix = false;
  int64_t window = 0;
  std::optional<Alignment> align;
  auto parsePart = [&]() -> ParseResult {
    StringRef keyword;
    SMLoc location = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return failure();
    bool *part = keyword == "causal"                ? &causal
                 : keyword == "keys_within_lengths" ? &lengths
                 : keyword == "prefix"              ? &prefix
                                                    : nullptr;
    bool isWindow = keyword == "window", isAlign = keyword == "align";
    // (mask C1) a part is there once
    if ((!part && !isWindow && !isAlign) || (part && *part) ||
        (isWindow && window != 0) || (isAlign && align))
      return parser.emitError(location)
             << "expected 'causal', 'window', 'prefix', 'keys_within_lengths' "
                "or 'align', each once";
    if (part) {
      *part = true;
      return success();
    }
    if (parser.parseEqual())
      return failure();
    location = parser.getCurrentLocation();
    if (isWindow) {
      if (parser.parseInteger(window))
        return failure();
      // Zero would print as no window.
      if (window <= 0)
        return parser.emitError(location) << "expects a positive window";
      return success();
    }
    if (parser.parseKeyword(&keyword))
      return failure();
    align = symbolizeAlignment(keyword);
    if (!align)
      return parser.emitError(location)
             << "expected 'bottom_right', 'top_left', 'lengths' or 'offsets'";
    return success();
  };
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parsePart))
    return {};
  return parser.getChecked<MaskAttr>(location, parser.getContext(), causal,
                                     lengths, window, prefix,
                                     align.value_or(Alignment::BottomRight));
}

void MaskAttr::print(AsmPrinter &printer) const {
  SmallVector<std::string, 2> parts;
  if (getCausal())
    parts.push_back("causal");
  if (getWindow() != 0)
    parts.push_back("window = " + std::to_string(getWindow()));
  if (getPrefix())
    parts.push_back("prefix");
  if (getKeysWithinLengths())
    parts.push_back("keys_within_lengths");
  if (getAlign() != Alignment::BottomRight)
    parts.push_back("align = " + stringifyAlignment(getAlign()).str());
  printer << '<' << llvm::join(parts, ", ") << '>';
}

LogicalResult MaskAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               bool causal, bool keysWithinLengths,
                               int64_t window, bool prefix, Alignment align) {
  // (mask C2) a window is positive
  if (window < 0)
    return emitError() << "expects a positive window";
  // (mask C3) a prefix and an alignment belong to a causal mask or a window
  if (!causal && window == 0 && (prefix || align != Alignment::BottomRight))
    return emitError() << "expects a prefix and an alignment with 'causal' or "
                          "'window' only";
  return success();
}

Attribute NamedAttr::parse(AsmParser &parser, Type) {
  MLIRContext *context = parser.getContext();
  std::string name;
  SmallVector<StringAttr> dims;
  SmallVector<int64_t> limits;
  int64_t below = 0;
  StringAttr maximum;
  bool optional = false, output = false;
  llvm::StringSet<> seen;

  auto parseString = [&](StringAttr &result) -> ParseResult {
    std::string text;
    if (parser.parseString(&text))
      return failure();
    result = StringAttr::get(context, text);
    return success();
  };
  auto parsePart = [&]() -> ParseResult {
    SMLoc location = parser.getCurrentLocation();
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    if (!seen.insert(keyword).second)
      return parser.emitError(location)
             << "part '" << keyword << "' is there twice";
    if (keyword == "optional" || keyword == "output") {
      (keyword == "optional" ? optional : output) = true;
      return success();
    }
    if (parser.parseEqual())
      return failure();
    if (keyword == "dims")
      return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parseString(dims.emplace_back());
      });
    if (keyword == "limits")
      return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseInteger(limits.emplace_back());
      });
    if (keyword == "below")
      return parser.parseInteger(below);
    if (keyword == "maximum")
      return parseString(maximum);
    return parser.emitError(location) << "unknown part '" << keyword << "'";
  };
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseString(&name))
    return {};
  while (succeeded(parser.parseOptionalComma()))
    if (parsePart())
      return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<NamedAttr>(location, context,
                                      StringAttr::get(context, name), dims,
                                      limits, below, maximum, optional, output);
}

void NamedAttr::print(AsmPrinter &printer) const {
  printer << '<' << getName() << ", dims = [";
  llvm::interleaveComma(getDims(), printer);
  printer << ']';
  if (!getLimits().empty()) {
    printer << ", limits = [";
    llvm::interleaveComma(getLimits(), printer);
    printer << ']';
  }
  if (getBelow() != 0)
    printer << ", below = " << getBelow();
  if (getMaximum())
    printer << ", maximum = " << getMaximum();
  if (getOptional())
    printer << ", optional";
  if (getOutput())
    printer << ", output";
  printer << '>';
}

LogicalResult NamedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringAttr name, ArrayRef<StringAttr> dims,
                                ArrayRef<int64_t> limits, int64_t below,
                                StringAttr maximum, bool optional,
                                bool output) {
  // (named C1) the name is not empty
  if (name.empty())
    return emitError() << "expects a name";
  // (named C2) there are no limits, or one for each dimension
  if (!limits.empty() && limits.size() != dims.size())
    return emitError() << "expects a limit for each dimension";
  // (named C3) limits are not negative
  if (below < 0 ||
      llvm::any_of(limits, [](int64_t limit) { return limit < 0; }))
    return emitError() << "expects limits that are not negative";
  // (named C4) an optional argument has a maximum
  if (optional && !maximum)
    return emitError() << "expects an optional argument to have a maximum";
  return success();
}

LogicalResult DecisionAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   StringAttr function, StringAttr work,
                                   Attribute lowering) {
  // (decision C2) it is a lowering or a plan
  if (!isa<ProductAttr, RowsAttr, AttentionPlanAttr>(lowering))
    return emitError() << "expects a #treadle.product, a #treadle.rows or a "
                          "#treadle.attention_plan";
  return success();
}

LogicalResult PreparedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   StringAttr name, int64_t members) {
  // (prepared C2) the name is not empty
  if (name.empty())
    return emitError() << "expects a name";
  // (prepared C3) the number of members is not negative
  if (members < 0)
    return emitError() << "expects a number of members that is not negative";
  // (prepared C4) the name has one hole when there are members, and none
  // otherwise
  if (name.getValue().count("{}") != (members == 0 ? 0 : 1))
    return emitError()
           << "expects one hole in the name exactly when there are members";
  return success();
}

/// Whether a list in LLVM's form, "+a,-b", has a feature.
static bool hasFeatureIn(StringRef features, StringRef name) {
  return llvm::any_of(llvm::split(features, ','), [&](StringRef feature) {
    return feature.consume_front("+") && feature == name;
  });
}

bool TargetAttr::hasFeature(StringRef name) const {
  return hasFeatureIn(getFeatures(), name);
}

TargetAttr TargetAttr::withCores(int64_t cores) const {
  return get(getContext(), getCpu(), getFeatures(), getVectorBits(),
             getRegisters(), getL1(), getL2(), getDot(), getTile(), cores);
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef cpu, StringRef features,
                                 int64_t vectorBits, int64_t registers,
                                 int64_t l1, int64_t l2, DotInstruction dot,
                                 TileUnit tile, int64_t cores) {
  // (target C2) vectors are a power of two of bits, at least 128
  if (vectorBits < 128 || !llvm::isPowerOf2_64(vectorBits))
    return emitError()
           << "expects vectorBits to be a power of two of at least 128";
  // (target C3) there are 8 to 1024 registers
  if (registers < 8 || registers > 1024)
    return emitError() << "expects 8 to 1024 registers";
  // (target C4) caches have a positive size
  if (l1 <= 0 || l2 <= 0)
    return emitError() << "expects caches of positive size";
  // (target C5) vdpbf16ps is for vectors of 512 bits and the feature avx512bf16
  if (dot == DotInstruction::Vdpbf16ps &&
      (vectorBits != 512 || !hasFeatureIn(features, "avx512bf16")))
    return emitError() << "expects vectors of 512 bits and the feature "
                          "'+avx512bf16' for vdpbf16ps";
  // (target C6) a row of a tile is a vector of 512 bits
  if (tile != TileUnit::None && vectorBits != 512)
    return emitError() << "expects vectors of 512 bits for tiles";
  // (target C7) there is a core or more
  if (cores < 1)
    return emitError() << "expects at least one core";
  return success();
}

/// Fails unless each value is positive.
static LogicalResult
verifyPositive(function_ref<InFlightDiagnostic()> emitError,
               ArrayRef<int64_t> values) {
  // The product of two of them is an i64.
  if (llvm::any_of(values, [](int64_t value) {
        return value <= 0 || value > int64_t(1) << 31;
      }))
    return emitError() << "expects positive sizes, at most 2^31";
  return success();
}

/// Whether one or two tile registers are so many rows high, or sums wide.
static bool fillsRegisters(int64_t size) {
  return size == kTileSide || size == 2 * kTileSide;
}

LogicalResult ProductAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t blockRows, int64_t blockColumns,
                                  int64_t tileRows, int64_t tileColumns,
                                  int64_t reduction, TileUnit unit,
                                  int64_t depth, int64_t threads) {
  // (product C2) sizes are positive, and at most 2³¹
  if (failed(verifyPositive(emitError, {blockRows, blockColumns, tileRows,
                                        tileColumns, threads})))
    return failure();
  // (product C3) the part of a reduction is not negative
  if (reduction < 0)
    return emitError() << "expects no negative part of a reduction";
  // (product C4) a tile of tile registers has 16 or 32 rows and columns
  if (unit != TileUnit::None &&
      (!fillsRegisters(tileRows) || !fillsRegisters(tileColumns)))
    return emitError() << "expects tiles of 16 or 32 rows and columns";
  // (product C5) parts of what tile registers multiply are multiples of 32
  if (unit != TileUnit::None &&
      (reduction % kTileDepth != 0 || depth % kTileDepth != 0))
    return emitError() << "expects parts of tiles to be multiples of 32";
  // (product C6) a depth is not negative, and of tile registers
  if (depth < 0 || (depth != 0 && unit == TileUnit::None))
    return emitError() << "expects no depth but that of tile registers";
  return success();
}

LogicalResult
AttentionPlanAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                          Strategy strategy, int64_t queries, int64_t keys,
                          int64_t tileRows, int64_t splits, Precision precision,
                          int64_t blocks, TileUnit unit) {
  // (attention_plan C1) sizes are positive, and at most 2³¹
  if (failed(
          verifyPositive(emitError, {queries, keys, tileRows, splits, blocks})))
    return failure();
  // (attention_plan C2) only what is split has splits
  if (splits != 1 && strategy != Strategy::Split)
    return emitError() << "expects splits with the strategy 'split' only";
  // (attention_plan C3) what is decomposed is f32
  if (precision != Precision::F32 && strategy == Strategy::Decomposed)
    return emitError() << "expects the precision 'f32' with the strategy "
                          "'decomposed'";
  // (attention_plan C4) blocks share what is made of bf16
  if (blocks != 1 && precision == Precision::F32)
    return emitError() << "expects blocks with the precision 'bf16' only";
  // (attention_plan C5) products are of f32 or bf16
  if (precision == Precision::F16)
    return emitError() << "expects the precision 'f32' or 'bf16'";
  if (unit == TileUnit::None)
    return success();
  // (attention_plan C6) tile registers multiply bf16
  if (precision != Precision::BF16)
    return emitError() << "expects the precision 'bf16' in tile registers";
  // (attention_plan C7) tile registers have 16 or 32 rows and queries, and keys
  // are a multiple of 32
  if (!fillsRegisters(tileRows) || !fillsRegisters(queries) ||
      keys % kTileDepth != 0)
    return emitError() << "expects 16 or 32 rows and queries in tile "
                          "registers, and a multiple of 32 keys";
  return success();
}

LogicalResult RowsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t block) {
  // (rows C2) the size is positive, and at most 2³¹
  return verifyPositive(emitError, {block});
}

LogicalResult TeamAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t dimension) {
  // (team C1) the dimension is not negative
  if (dimension < 0)
    return emitError() << "expects a dimension that is not negative";
  return success();
}

int64_t TeamAttr::getMappingId() const { return getDimension(); }
bool TeamAttr::isLinearMapping() const { return false; }
int64_t TeamAttr::getRelativeIndex() const { return getDimension(); }

ArrayAttr TeamAttr::getMapping(MLIRContext *context, int64_t rank) {
  SmallVector<Attribute> dimensions;
  for (int64_t dim = 0; dim < rank; ++dim)
    dimensions.push_back(TeamAttr::get(context, dim));
  return ArrayAttr::get(context, dimensions);
}
