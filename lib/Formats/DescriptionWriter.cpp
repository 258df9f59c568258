//===- DescriptionWriter.cpp - Writing model.json -------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Json.h"
#include "treadle/Formats/ModelDescription.h"

#include <algorithm>

using namespace treadle;

// One line for each thing that a reader looks for (an operand, a parameter), so
// that two descriptions can be compared line by line.

static std::string print(const Extent &extent) {
  return extent.isDynamic() ? quoteJson(extent.dimension)
                            : std::to_string(extent.value);
}

static std::string print(int64_t extent) { return std::to_string(extent); }

template <typename T>
static std::string printShape(const std::vector<T> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + print(shape[i]);
  return text + "]";
}

/// `items`, each on a line of its own, between brackets.
static std::string printBlock(const char *brackets, const std::string &indent,
                              const std::vector<std::string> &items) {
  if (items.empty())
    return brackets;
  std::string text(1, brackets[0]);
  for (size_t i = 0; i < items.size(); ++i)
    text += (i ? ",\n  " : "\n  ") + indent + items[i];
  return text + "\n" + indent + brackets[1];
}

/// What operands and parameters have in common; the brace stays open.
template <typename T> static std::string printTensor(const T &tensor) {
  return "{\"name\": " + quoteJson(tensor.name) + ", \"type\": \"" +
         getKeyword(tensor.type) + "\", \"shape\": " + printShape(tensor.shape);
}

static std::vector<std::string>
printOperands(const std::vector<OperandDescription> &operands) {
  std::vector<std::string> lines;
  for (const OperandDescription &operand : operands) {
    std::string line = printTensor(operand);
    if (operand.minimum)
      line += ", \"minimum\": " + print(*operand.minimum);
    if (operand.maximum)
      line += ", \"maximum\": " + print(*operand.maximum);
    if (operand.defaultValue)
      line += ", \"default\": " + print(*operand.defaultValue);
    lines.push_back(line + "}");
  }
  return lines;
}

static std::string printTarget(const ModelDescription &description) {
  std::vector<std::string> features = description.features;
  std::sort(features.begin(), features.end());
  std::string list;
  for (const std::string &feature : features)
    list += (list.empty() ? "" : ", ") + quoteJson(feature);
  return printBlock("{}", "  ",
                    {"\"triple\": " + quoteJson(description.triple),
                     "\"cpu\": " + quoteJson(description.cpu),
                     "\"features\": [" + list + "]"});
}

static std::string printDimensions(const std::vector<Dimension> &dimensions) {
  std::vector<std::string> lines;
  for (const Dimension &dimension : dimensions) {
    std::string bounds;
    if (dimension.minimum != 0)
      bounds = "\"minimum\": " + std::to_string(dimension.minimum);
    if (dimension.maximum)
      bounds += (bounds.empty() ? "" : ", ") + std::string("\"maximum\": ") +
                std::to_string(*dimension.maximum);
    lines.push_back(quoteJson(dimension.name) + ": {" + bounds + "}");
  }
  return printBlock("{}", "  ", lines);
}

static std::string
printEntryPoints(const std::vector<EntryPointDescription> &entryPoints) {
  std::vector<std::string> blocks;
  for (const EntryPointDescription &entryPoint : entryPoints) {
    std::vector<std::string> members = {
        "\"name\": " + quoteJson(entryPoint.name),
        "\"inputs\": " +
            printBlock("[]", "      ", printOperands(entryPoint.inputs)),
        "\"outputs\": " +
            printBlock("[]", "      ", printOperands(entryPoint.outputs))};
    std::vector<std::string> counters;
    for (const CounterDescription &counter : entryPoint.counters)
      counters.push_back(
          "{\"name\": " + quoteJson(counter.name) +
          (counter.members ? ", \"members\": " + std::to_string(counter.members)
                           : "") +
          "}");
    if (!counters.empty())
      members.push_back("\"counters\": " +
                        printBlock("[]", "      ", counters));
    blocks.push_back(printBlock("{}", "    ", members));
  }
  return printBlock("[]", "  ", blocks);
}

std::string treadle::printDescription(const ModelDescription &description) {
  std::vector<std::string> parameters, files, annotations;
  for (const ParameterDescription &parameter : description.parameters)
    parameters.push_back(printTensor(parameter) + "}");
  for (const SourceFile &file : description.sourceFiles)
    files.push_back("{\"name\": " + quoteJson(file.name) +
                    ", \"sha256\": " + quoteJson(file.sha256) + "}");
  for (const auto &[key, value] : description.annotations)
    annotations.push_back(quoteJson(key) + ": " + quoteJson(value));

  return printBlock(
             "{}", "",
             {"\"schema\": " + std::to_string(description.hasCounters()
                                                  ? kCountersSchema
                                                  : kDescriptionSchema),
              "\"producer\": " + quoteJson(description.producer),
              "\"code_abi\": " + std::to_string(description.codeAbi),
              "\"target\": " + printTarget(description),
              "\"dimensions\": " + printDimensions(description.dimensions),
              "\"entry_points\": " + printEntryPoints(description.entryPoints),
              "\"parameters\": " + printBlock("[]", "  ", parameters),
              "\"weights_size\": " + std::to_string(description.weightsSize),
              "\"source\": " +
                  printBlock("{}", "  ",
                             {"\"kind\": " + quoteJson(description.sourceKind),
                              "\"files\": " + printBlock("[]", "    ", files)}),
              "\"annotations\": " + printBlock("{}", "  ", annotations)}) +
         "\n";
}
