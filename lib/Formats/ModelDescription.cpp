//===- ModelDescription.cpp - The rules of model.json ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/ModelDescription.h"

#include "treadle-c/Code.h"
#include "treadle/Formats/Safetensors.h"

#include <algorithm>
#include <set>
#include <unordered_set>

using namespace treadle;

const Dimension *ModelDescription::findDimension(std::string_view name) const {
  for (const Dimension &dimension : dimensions)
    if (dimension.name == name)
      return &dimension;
  return nullptr;
}

const EntryPointDescription *
ModelDescription::findEntryPoint(std::string_view name) const {
  for (const EntryPointDescription &entryPoint : entryPoints)
    if (entryPoint.name == name)
      return &entryPoint;
  return nullptr;
}

bool ModelDescription::hasCounters() const {
  return std::any_of(
      entryPoints.begin(), entryPoints.end(),
      [](const EntryPointDescription &e) { return !e.counters.empty(); });
}

static bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// An identifier of C.
static bool isIdentifier(std::string_view name) {
  return !name.empty() && isLetter(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return isLetter(c) || isDigit(c); });
}

/// A path that stays inside the folder that it begins in.
static bool isRelativePath(std::string_view path) {
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = std::min(path.find('/', begin), path.size());
    std::string_view component = path.substr(begin, end - begin);
    if (component.empty() || component == "." || component == "..")
      return false;
    begin = end + 1;
  }
  return true;
}

/// The largest and the smallest value of an integer type.
static std::pair<int64_t, int64_t> getRange(ElementType type) {
  if (type == ElementType::U8)
    return {0, 255};
  int64_t highest = INT64_MAX >> (64 - getBitWidth(type));
  return {-highest - 1, highest};
}

namespace {
/// Checks one description. Each check returns false once it has set `message`.
class Verifier {
public:
  explicit Verifier(const ModelDescription &description)
      : description(description) {}

  bool verify() {
    return verifyTarget() && verifyDimensions() && verifyEntryPoints() &&
           verifyParameters() && verifySource();
  }

  std::string message;

private:
  bool refuse(std::string text) {
    message = std::move(text);
    return false;
  }

  bool verifyTarget() {
    if (description.producer.empty())
      return refuse("'producer' is empty");
    if (description.codeAbi < 0)
      return refuse("'code_abi' is negative");
    if (description.triple.empty())
      return refuse("'triple' is empty");
    std::unordered_set<std::string_view> features;
    for (const std::string &feature : description.features)
      if (feature.empty() || !features.insert(feature).second)
        return refuse("CPU feature " + quoteForMessage(feature) +
                      " is empty or occurs twice");
    return true;
  }

  bool verifyDimensions() {
    std::unordered_set<std::string_view> names;
    for (const Dimension &dimension : description.dimensions) {
      std::string name = "dimension " + quoteForMessage(dimension.name);
      if (!isIdentifier(dimension.name))
        return refuse(name + " has a name that is no identifier");
      if (!names.insert(dimension.name).second)
        return refuse(name + " occurs twice");
      if (dimension.minimum < 0 ||
          (dimension.maximum && *dimension.maximum < dimension.minimum))
        return refuse(name + " has bounds that nothing satisfies");
    }
    return true;
  }

  bool verifyEntryPoints() {
    if (description.entryPoints.empty())
      return refuse("there is no entry point");
    std::unordered_set<std::string_view> names;
    for (const EntryPointDescription &entryPoint : description.entryPoints) {
      std::string name = "entry point " + quoteForMessage(entryPoint.name);
      if (!isIdentifier(entryPoint.name))
        return refuse(name + " has a name that is no identifier");
      if (!names.insert(entryPoint.name).second)
        return refuse(name + " occurs twice");
      if (entryPoint.outputs.empty())
        return refuse(name + " has no output");
      if (!verifyOperands(entryPoint) || !verifyCounters(entryPoint))
        return refuse(name + ": " + message);
    }
    return true;
  }

  bool verifyCounters(const EntryPointDescription &entryPoint) {
    std::unordered_set<std::string_view> names;
    for (const CounterDescription &counter : entryPoint.counters) {
      std::string name = "counter " + quoteForMessage(counter.name);
      if (counter.name.empty() || !names.insert(counter.name).second)
        return refuse(name + " has no name or occurs twice");
      // Each has memory in each thread.
      constexpr int64_t most = 1 << 20;
      if (counter.members < 0 || counter.members > most)
        return refuse(name + " has " + std::to_string(counter.members) +
                      " members");
    }
    return true;
  }

  bool verifyOperands(const EntryPointDescription &entryPoint) {
    // The dimensions that a call surely binds.
    std::set<std::string_view> bound;
    for (const OperandDescription &input : entryPoint.inputs)
      if (!input.defaultValue)
        for (const Extent &extent : input.shape)
          if (extent.isDynamic())
            bound.insert(extent.dimension);

    for (bool isInput : {true, false}) {
      std::unordered_set<std::string_view> names;
      for (const OperandDescription &operand :
           isInput ? entryPoint.inputs : entryPoint.outputs) {
        std::string name =
            (isInput ? "input " : "output ") + quoteForMessage(operand.name);
        if (operand.name.empty() || !names.insert(operand.name).second)
          return refuse(name + " has no name of its own");
        if (!verifyShape(operand, bound) ||
            !verifyBounds(operand, isInput, bound))
          return refuse(name + " " + message);
      }
    }
    return true;
  }

  bool verifyShape(const OperandDescription &operand,
                   const std::set<std::string_view> &bound) {
    if (!isSupported(operand.type))
      return refuse("has an element type that is not supported");
    if (operand.shape.size() > TREADLE_MAX_RANK)
      return refuse("has more than 8 dimensions");
    std::vector<int64_t> known;
    for (const Extent &extent : operand.shape) {
      if (!extent.isDynamic())
        known.push_back(extent.value);
      else if (!verifyReference(extent, bound))
        return false;
    }
    if (!getByteSize(operand.type, known))
      return refuse("has extents that are negative or too large");
    return true;
  }

  bool verifyReference(const Extent &extent,
                       const std::set<std::string_view> &bound) {
    std::string name = quoteForMessage(extent.dimension);
    if (!description.findDimension(extent.dimension))
      return refuse("uses dimension " + name + ", which is not declared");
    if (!bound.count(extent.dimension))
      return refuse("uses dimension " + name +
                    ", which no input without a default binds");
    return true;
  }

  bool verifyBounds(const OperandDescription &operand, bool isInput,
                    const std::set<std::string_view> &bound) {
    auto [lowest, highest] = getRange(operand.type);
    for (const std::optional<Extent> *value :
         {&operand.minimum, &operand.maximum, &operand.defaultValue}) {
      if (!*value)
        continue;
      if (!isInput || !isInteger(operand.type))
        return refuse("has a range or a default, which only inputs of integers "
                      "have");
      if ((*value)->isDynamic()) {
        if (!verifyReference(**value, bound))
          return false;
      } else if ((*value)->value < lowest || (*value)->value > highest) {
        return refuse("has a range or a default that its type cannot hold");
      }
    }
    return true;
  }

  bool verifyParameters() {
    std::unordered_set<std::string_view> names;
    for (const ParameterDescription &parameter : description.parameters) {
      std::string name = "parameter " + quoteForMessage(parameter.name);
      if (parameter.name.empty() || isPadding(parameter.name) ||
          !names.insert(parameter.name).second)
        return refuse(name + " has no name of its own");
      if (!isSupported(parameter.type))
        return refuse(name + " has an element type that is not supported");
      // Empty tensors have no definite place among others in the file.
      std::optional<int64_t> size =
          getByteSize(parameter.type, parameter.shape);
      if (!size || *size == 0)
        return refuse(name + " has a shape that is empty or too large");
    }
    if (description.weightsSize < 0)
      return refuse("the size of the weights is negative");
    return true;
  }

  bool verifySource() {
    for (const SourceFile &file : description.sourceFiles) {
      std::string name = "source file " + quoteForMessage(file.name);
      if (!isRelativePath(file.name))
        return refuse(name + " is not the name of a file in a model");
      if (file.sha256.size() != 64 ||
          !std::all_of(file.sha256.begin(), file.sha256.end(), [](char c) {
            return isDigit(c) || (c >= 'a' && c <= 'f');
          }))
        return refuse(name + " has a digest that is not 64 hexadecimal digits");
    }
    std::unordered_set<std::string_view> keys;
    for (const auto &annotation : description.annotations)
      if (!keys.insert(annotation.first).second)
        return refuse("annotation " + quoteForMessage(annotation.first) +
                      " occurs twice");
    return true;
  }

  const ModelDescription &description;
};
} // namespace

Status treadle::verifyDescription(const ModelDescription &description,
                                  std::string_view name) {
  Verifier verifier(description);
  if (verifier.verify())
    return Success();
  return Error(ErrorId::MalformedDescription,
               std::string(name) + ": " + verifier.message);
}
