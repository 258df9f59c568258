//===- PositionAttrs.cpp - How positions enter attention -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

/// Parses `<part, part>`, calling `parsePart` after each keyword, which is
/// there once.
static ParseResult
parseParts(AsmParser &parser,
           function_ref<ParseResult(StringRef, SMLoc)> parsePart) {
  llvm::StringSet<> seen;
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::LessGreater, [&]() -> ParseResult {
        SMLoc location = parser.getCurrentLocation();
        StringRef keyword;
        if (parser.parseKeyword(&keyword))
          return failure();
        if (!seen.insert(keyword).second)
          return parser.emitError(location)
                 << "part '" << keyword << "' is there twice";
        return parsePart(keyword, location);
      });
}

static ParseResult parseFloat(AsmParser &parser, FloatAttr &attr) {
  double value;
  if (parser.parseFloat(value))
    return failure();
  attr = FloatAttr::get(Float64Type::get(parser.getContext()), value);
  return success();
}

static ParseResult parseFloats(AsmParser &parser, DenseF64ArrayAttr &attr) {
  SmallVector<double> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseFloat(values.emplace_back());
      }))
    return failure();
  attr = DenseF64ArrayAttr::get(parser.getContext(), values);
  return success();
}

template <typename EnumT>
static ParseResult parseEnum(AsmParser &parser, EnumT &result) {
  FailureOr<EnumT> value = FieldParser<EnumT>::parse(parser);
  if (failed(value))
    return failure();
  result = *value;
  return success();
}

//===----------------------------------------------------------------------===//
// Rotary
//===----------------------------------------------------------------------===//

RotaryAttr RotaryAttr::get(MLIRContext *context, int64_t width, double base,
                           RotaryLayout layout) {
  return get(context, width, FloatAttr::get(Float64Type::get(context), base),
             layout, RotaryScaling::None, /*factor=*/{}, /*original=*/{},
             /*low=*/{}, /*high=*/{}, /*truncate=*/true, /*magnitude=*/{},
             /*shortFactors=*/{}, /*longFactors=*/{});
}

RotaryAttr RotaryAttr::withLayout(RotaryLayout layout) const {
  return get(getContext(), getWidth(), getBase(), layout, getScaling(),
             getFactor(), getOriginal(), getLow(), getHigh(), getTruncate(),
             getMagnitude(), getShortFactors(), getLongFactors());
}

double RotaryAttr::getEffectiveMagnitude() const {
  if (getMagnitude())
    return getMagnitude().getValueAsDouble();
  double factor = getFactor() ? getFactor().getValueAsDouble() : 1.0;
  if (factor <= 1.0)
    return 1.0;
  if (getScaling() == RotaryScaling::Yarn)
    return 0.1 * std::log(factor) + 1.0;
  if (getScaling() == RotaryScaling::Longrope)
    return std::sqrt(1.0 + std::log(factor) / std::log(*getOriginal()));
  return 1.0;
}

Attribute RotaryAttr::parse(AsmParser &parser, Type) {
  MLIRContext *context = parser.getContext();
  int64_t width = 0;
  FloatAttr base = FloatAttr::get(Float64Type::get(context), 1.0e4), factor,
            low, high, magnitude;
  auto layout = RotaryLayout::Half;
  auto scaling = RotaryScaling::None;
  std::optional<int64_t> original;
  bool truncate = true;
  DenseF64ArrayAttr shortFactors, longFactors;

  auto parsePart = [&](StringRef keyword, SMLoc keywordLoc) -> ParseResult {
    if (parser.parseEqual())
      return failure();
    if (keyword == "width")
      return parser.parseInteger(width);
    if (keyword == "base")
      return parseFloat(parser, base);
    if (keyword == "layout")
      return parseEnum(parser, layout);
    if (keyword == "scaling")
      return parseEnum(parser, scaling);
    if (keyword == "factor")
      return parseFloat(parser, factor);
    if (keyword == "original")
      return parser.parseInteger(original.emplace());
    if (keyword == "low")
      return parseFloat(parser, low);
    if (keyword == "high")
      return parseFloat(parser, high);
    if (keyword == "truncate") {
      FailureOr<bool> value = FieldParser<bool>::parse(parser);
      if (failed(value))
        return failure();
      truncate = *value;
      return success();
    }
    if (keyword == "magnitude")
      return parseFloat(parser, magnitude);
    if (keyword == "short")
      return parseFloats(parser, shortFactors);
    if (keyword == "long")
      return parseFloats(parser, longFactors);
    return parser.emitError(keywordLoc) << "unknown part '" << keyword << "'";
  };
  SMLoc location = parser.getCurrentLocation();
  if (parseParts(parser, parsePart))
    return {};
  return parser.getChecked<RotaryAttr>(
      location, context, width, base, layout, scaling, factor, original, low,
      high, truncate, magnitude, shortFactors, longFactors);
}

void RotaryAttr::print(AsmPrinter &printer) const {
  auto printFloat = [&](StringRef name, FloatAttr value) {
    if (!value)
      return;
    printer << ", " << name << " = ";
    printer.printFloat(value.getValue());
  };
  auto printFloats = [&](StringRef name, DenseF64ArrayAttr values) {
    if (!values)
      return;
    printer << ", " << name << " = [";
    llvm::interleaveComma(values.asArrayRef(), printer, [&](double value) {
      printer.printFloat(APFloat(value));
    });
    printer << ']';
  };
  printer << "<width = " << getWidth();
  if (getBase().getValueAsDouble() != 1.0e4)
    printFloat("base", getBase());
  if (getLayout() != RotaryLayout::Half)
    printer << ", layout = " << getLayout();
  if (getScaling() != RotaryScaling::None)
    printer << ", scaling = " << getScaling();
  printFloat("factor", getFactor());
  if (getOriginal())
    printer << ", original = " << *getOriginal();
  printFloat("low", getLow());
  printFloat("high", getHigh());
  if (!getTruncate())
    printer << ", truncate = false";
  printFloat("magnitude", getMagnitude());
  printFloats("short", getShortFactors());
  printFloats("long", getLongFactors());
  printer << '>';
}

namespace {
/// Whether a scaling has a parameter.
enum class Asks { No, Optionally, Yes };

/// What a scaling asks for, in the columns of the table in docs/Spec.md.
struct ScalingParameters {
  Asks factor, original, lowAndHigh, truncate, magnitude, factors;
};
} // namespace

static ScalingParameters getParameters(RotaryScaling scaling) {
  constexpr Asks no = Asks::No, may = Asks::Optionally, yes = Asks::Yes;
  switch (scaling) {
  case RotaryScaling::None:
    return {no, no, no, no, no, no};
  case RotaryScaling::Linear:
    return {yes, no, no, no, no, no};
  case RotaryScaling::Dynamic:
    return {yes, yes, no, no, no, no};
  case RotaryScaling::Yarn:
    return {yes, yes, may, may, may, no};
  case RotaryScaling::Llama3:
    return {yes, yes, yes, no, no, no};
  case RotaryScaling::Longrope:
    return {may, yes, no, no, may, yes};
  }
  llvm_unreachable("every scaling is above");
}

LogicalResult RotaryAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t width, FloatAttr base, RotaryLayout,
                                 RotaryScaling scaling, FloatAttr factor,
                                 std::optional<int64_t> original, FloatAttr low,
                                 FloatAttr high, bool truncate,
                                 FloatAttr magnitude,
                                 DenseF64ArrayAttr shortFactors,
                                 DenseF64ArrayAttr longFactors) {
  auto isPositive = [](double value) {
    return std::isfinite(value) && value > 0.0;
  };
  // (C1) the width is even and not negative
  if (width < 0 || width % 2 != 0)
    return emitError() << "expects a width that is even and not negative";
  // (C2) the base is finite and greater than one
  if (!base || !std::isfinite(base.getValueAsDouble()) ||
      base.getValueAsDouble() <= 1.0)
    return emitError() << "expects a base that is finite and greater than one";
  // (C3) the scaling has the parameters that it asks for, and no other
  ScalingParameters asks = getParameters(scaling);
  for (auto [name, asked, isGiven] :
       {std::tuple("factor", asks.factor, bool(factor)),
        {"original", asks.original, original.has_value()},
        {"low", asks.lowAndHigh, bool(low)},
        {"high", asks.lowAndHigh, bool(high)},
        {"truncate", asks.truncate, !truncate},
        {"magnitude", asks.magnitude, bool(magnitude)},
        {"short", asks.factors, bool(shortFactors)},
        {"long", asks.factors, bool(longFactors)}})
    if (isGiven ? asked == Asks::No : asked == Asks::Yes)
      return emitError() << "expects " << (isGiven ? "no '" : "'") << name
                         << "' with the scaling '"
                         << stringifyRotaryScaling(scaling) << "'";
  if (scaling == RotaryScaling::Longrope && !factor && !magnitude)
    return emitError() << "expects 'factor' or 'magnitude' with the "
                          "scaling 'longrope'";
  // (C4) factor and magnitude are positive and finite
  for (FloatAttr value : {factor, magnitude})
    if (value && !isPositive(value.getValueAsDouble()))
      return emitError()
             << "expects a factor and a magnitude that are positive and finite";
  // (C5) the original length is at least two
  if (original && *original < 2)
    return emitError() << "expects an original length of at least two";
  // (C6) low and high are given together, positive and finite, low the smaller
  if (bool(low) != bool(high) ||
      (low && (!isPositive(low.getValueAsDouble()) ||
               !isPositive(high.getValueAsDouble()) ||
               low.getValueAsDouble() >= high.getValueAsDouble())))
    return emitError() << "expects low and high together, positive and finite, "
                          "low the smaller";
  // (C7) short and long have a factor for each pair, positive and finite
  for (DenseF64ArrayAttr factors : {shortFactors, longFactors})
    if (factors && (factors.size() != width / 2 ||
                    !llvm::all_of(factors.asArrayRef(), isPositive)))
      return emitError() << "expects a factor for each of the " << width / 2
                         << " pairs, positive and finite";
  // (C8) there is more than one pair when the scaling is dynamic
  if (scaling == RotaryScaling::Dynamic && width == 2)
    return emitError()
           << "expects more than one pair with the scaling 'dynamic'";
  return success();
}

//===----------------------------------------------------------------------===//
// Relative
//===----------------------------------------------------------------------===//

Attribute RelativeAttr::parse(AsmParser &parser, Type) {
  int64_t buckets = 32, maxDistance = 128;
  bool bidirectional = false;
  SMLoc location = parser.getCurrentLocation();
  auto parsePart = [&](StringRef keyword, SMLoc keywordLoc) -> ParseResult {
    if (keyword == "bidirectional") {
      bidirectional = true;
      return success();
    }
    if (parser.parseEqual())
      return failure();
    if (keyword == "buckets")
      return parser.parseInteger(buckets);
    if (keyword == "max_distance")
      return parser.parseInteger(maxDistance);
    return parser.emitError(keywordLoc) << "unknown part '" << keyword << "'";
  };
  if (parseParts(parser, parsePart))
    return {};
  return parser.getChecked<RelativeAttr>(location, parser.getContext(), buckets,
                                         maxDistance, bidirectional);
}

void RelativeAttr::print(AsmPrinter &printer) const {
  printer << "<buckets = " << getBuckets()
          << ", max_distance = " << getMaxDistance();
  if (getBidirectional())
    printer << ", bidirectional";
  printer << '>';
}

LogicalResult RelativeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t buckets, int64_t maxDistance,
                                   bool bidirectional) {
  // (C1) each direction has two buckets or more, and both have as many
  int64_t ofDirection = bidirectional ? buckets / 2 : buckets;
  if (ofDirection < 2 || (bidirectional && buckets % 2 != 0))
    return emitError() << "expects two buckets or more for each direction, and "
                          "as many for both";
  // (C2) the largest distance exceeds those that have a bucket each
  if (maxDistance <= ofDirection / 2)
    return emitError() << "expects a largest distance of more than "
                       << ofDirection / 2
                       << ", as shorter ones have a bucket each";
  return success();
}
