//===- Check.cpp - treadle check ------------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryCall.h"
#include "Reference.h"
#include "Terminal.h"
#include "Verbs.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

using namespace treadle;

namespace {
/// How an output differs from its reference.
struct Comparison {
  const Output *actual = nullptr;
  const Output *expected = nullptr; ///< Null when the reference lacks it.
  bool hasShape = true;
  int64_t differing = 0;
  /// The first element that differs, and that with the largest difference.
  int64_t first = 0, worst = 0;
  double largest = 0;
  /// What a difference is measured against.
  double magnitude = 0;

  bool agrees() const { return expected && hasShape && differing == 0; }
};
} // namespace

static double getElement(const Tensor &tensor, int64_t i) {
  return tensor.isFloat() ? tensor.getFloats()[i]
                          : static_cast<double>(tensor.getIntegers()[i]);
}

/// Elements agree when they are equal, both NaN, or no further apart than
/// `tolerance` times the largest magnitude of the expected output. Integers are
/// equal or differ.
static Comparison compare(const Output &actual, const Output *expected,
                          double tolerance) {
  Comparison result;
  result.actual = &actual;
  result.expected = expected;
  if (!expected)
    return result;
  result.hasShape = actual.tensor.getShape() == expected->tensor.getShape();
  if (!result.hasShape)
    return result;
  int64_t count = actual.tensor.getNumElements();
  for (int64_t i = 0; i < count; ++i)
    if (double value = getElement(expected->tensor, i); std::isfinite(value))
      result.magnitude = std::max(result.magnitude, std::fabs(value));
  double bound = actual.tensor.isFloat() ? tolerance * result.magnitude : 0;
  for (int64_t i = 0; i < count; ++i) {
    double a = getElement(actual.tensor, i);
    double b = getElement(expected->tensor, i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    double difference = std::fabs(a - b);
    if (!(difference <= result.largest)) {
      result.largest = difference;
      result.worst = i;
    }
    if (!(difference <= bound) && result.differing++ == 0)
      result.first = i;
  }
  return result;
}

/// "[0, 17]": where the element number `i` is.
static std::string formatPlace(const Tensor &tensor, int64_t i) {
  std::vector<int64_t> place = tensor.getShape().vec();
  for (size_t dim = place.size(); dim-- > 0;) {
    int64_t extent = place[dim];
    place[dim] = i % extent;
    i /= extent;
  }
  return formatShape(place);
}

static std::string formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  return text;
}

/// What there is to say of an output that does not agree.
static std::string describe(const Comparison &comparison) {
  std::string name = "output '" + comparison.actual->name + "'";
  const Tensor &tensor = comparison.actual->tensor;
  if (!comparison.expected)
    return "the reference has no " + name;
  if (!comparison.hasShape)
    return name + " has the shape " + formatShape(tensor.getShape().vec()) +
           ", the reference " +
           formatShape(comparison.expected->tensor.getShape().vec());
  return name + " differs first at " + formatPlace(tensor, comparison.first) +
         ": " + formatNumber(getElement(tensor, comparison.first)) + " where " +
         formatNumber(
             getElement(comparison.expected->tensor, comparison.first)) +
         " is expected; " + std::to_string(comparison.differing) + " of " +
         std::to_string(tensor.getNumElements()) +
         " elements differ, by up to " + formatNumber(comparison.largest);
}

static void printText(const std::vector<Comparison> &comparisons) {
  for (const Comparison &comparison : comparisons) {
    const Tensor &tensor = comparison.actual->tensor;
    llvm::outs() << comparison.actual->name << " "
                 << formatShape(tensor.getShape().vec()) << ": "
                 << (comparison.agrees() ? "agrees" : "differs");
    if (comparison.expected && comparison.hasShape && comparison.largest != 0)
      llvm::outs() << llvm::format(
          ", largest difference %.3g at %s, of values up to %.3g",
          comparison.largest, formatPlace(tensor, comparison.worst).c_str(),
          comparison.magnitude);
    llvm::outs() << "\n";
  }
}

static void printJson(const EntryCall &call,
                      const std::vector<Comparison> &comparisons) {
  llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
  json.object([&] {
    json.attribute("entry", call.getEntry().name);
    json.attributeArray("outputs", [&] {
      for (const Comparison &comparison : comparisons)
        json.object([&] {
          json.attribute("name", comparison.actual->name);
          json.attribute("agrees", comparison.agrees());
          json.attribute("differing", comparison.differing);
          // JSON has no NaN and no infinity.
          if (std::isfinite(comparison.largest))
            json.attribute("largest_difference", comparison.largest);
          json.attribute("magnitude", comparison.magnitude);
          if (!comparison.agrees())
            json.attribute("difference", describe(comparison));
        });
    });
  });
  llvm::outs() << "\n";
}

/// --tolerance; nothing when there is none.
static Result<std::optional<double>> getTolerance(const Arguments &arguments) {
  if (!arguments.has(OPT_tolerance))
    return std::optional<double>();
  std::string text = arguments.get(OPT_tolerance);
  double tolerance = 0;
  if (llvm::StringRef(text).getAsDouble(tolerance) || !(tolerance >= 0) ||
      !std::isfinite(tolerance))
    return Error(ErrorId::InvalidOptionValue,
                 "--tolerance takes a number that is not negative, not " +
                     quoteForMessage(text));
  return std::optional<double>(tolerance);
}

/// What a precision keeps over a deep model: some hundred times its unit
/// roundoff for f32, 2^-24, some of them for bf16, 2^-8, and f16, 2^-11.
static double getDefaultTolerance(const EntryCall &call) {
  llvm::StringRef precision = call.getPrecision();
  return precision == "bf16" ? 3e-2 : precision == "f16" ? 4e-3 : 1e-4;
}

/// The output of this name; where names are not given, that of this number.
static const Output *findOutput(const std::vector<Output> &outputs,
                                const Output &like, size_t number) {
  for (const Output &output : outputs)
    if (output.name == like.name)
      return &output;
  if (number < outputs.size() && outputs[number].name.empty())
    return &outputs[number];
  return nullptr;
}

int treadle::runCheck(const Arguments &arguments) {
  Result<std::optional<double>> given = getTolerance(arguments);
  if (!given)
    return report(given.error());
  if (!arguments.has(OPT_against))
    return report(
        Error(ErrorId::MissingArgument, "check needs --against=REF")
            .help("REF is the model, another artifact or stored outputs"));
  int exitCode = 0;
  std::optional<EntryCall> call = EntryCall::create(arguments, exitCode);
  if (!call)
    return exitCode;
  std::optional<std::vector<Output>> actual = runCall(*call, exitCode);
  if (!actual)
    return exitCode;
  std::optional<std::vector<Output>> expected =
      computeReference(arguments.get(OPT_against), arguments, *call, exitCode);
  if (!expected)
    return exitCode;

  double tolerance = given->value_or(getDefaultTolerance(*call));
  std::vector<Comparison> comparisons;
  for (const auto &[number, output] : llvm::enumerate(*actual))
    comparisons.push_back(
        compare(output, findOutput(*expected, output, number), tolerance));
  if (arguments.has(OPT_json))
    printJson(*call, comparisons);
  else
    printText(comparisons);
  for (const Comparison &comparison : comparisons)
    if (!comparison.agrees())
      return report(Error(ErrorId::OutputsDiffer, describe(comparison)));
  return 0;
}
