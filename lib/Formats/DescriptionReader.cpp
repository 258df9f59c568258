//===- DescriptionReader.cpp - Reading model.json -------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Json.h"
#include "treadle/Formats/ModelDescription.h"

using namespace treadle;

namespace {

/// A member of the text and the way to it ("entry_points[0].name"), with
/// accessors that throw an Error when it is not what the schema says. Nothing
/// of this leaves this file: parseDescription catches.
class Node {
public:
  Node(const JsonValue *value, std::string path, std::string_view file)
      : value(value), path(std::move(path)), file(file) {}

  [[noreturn]] void refuse(const std::string &rule) const {
    throw Error(ErrorId::MalformedDescription,
                std::string(file) + ": " + path + " " + rule);
  }

  bool exists() const { return value != nullptr; }

  /// The member, which may not exist: every accessor but `exists` refuses it
  /// then.
  Node operator[](const char *key) const {
    return Node(value->find(key), path.empty() ? key : path + "." + key, file);
  }

  const std::string &getString() const {
    const std::string *text = value ? value->getString() : nullptr;
    if (!text)
      expected("a string");
    return *text;
  }
  int64_t getInteger() const {
    std::optional<int64_t> integer =
        value ? value->getInteger() : std::optional<int64_t>();
    if (!integer)
      expected("an integer");
    return *integer;
  }
  Extent getExtent() const {
    if (value && value->getString() && !value->getString()->empty())
      return Extent(*value->getString());
    if (!value || !value->getInteger())
      expected("an integer or the name of a dimension");
    return Extent(*value->getInteger());
  }
  ElementType getType() const {
    std::optional<ElementType> type = parseKeyword(getString());
    if (!type || !isSupported(*type))
      refuse("is " + quoteForMessage(getString()) +
             ", which is no element type");
    return *type;
  }
  std::optional<Extent> getOptionalExtent() const {
    return exists() ? std::optional<Extent>(getExtent()) : std::nullopt;
  }

  /// Calls `visit` with a Node for each element of an array.
  template <typename Visitor> void forEachElement(Visitor visit) const {
    const JsonValue::Array *array = value ? value->getArray() : nullptr;
    if (!array)
      expected("an array");
    for (size_t i = 0; i < array->size(); ++i)
      visit(Node(&(*array)[i], path + "[" + std::to_string(i) + "]", file));
  }
  /// Calls `visit` with the key and a Node for each member of an object.
  template <typename Visitor> void forEachMember(Visitor visit) const {
    for (const JsonValue::Member &member : getObject())
      visit(member.key, Node(&member.value,
                             path + "." + quoteForMessage(member.key), file));
  }
  /// Refuses what is no object, and an object with a member that is not in
  /// `known`: the schema's number changes when members are added.
  void expectMembers(std::initializer_list<std::string_view> known) const {
    for (const JsonValue::Member &member : getObject()) {
      bool found = false;
      for (std::string_view key : known)
        found |= key == member.key;
      if (!found)
        refuse("has an unknown member " + quoteForMessage(member.key));
    }
  }

private:
  const JsonValue::Object &getObject() const {
    const JsonValue::Object *object = value ? value->getObject() : nullptr;
    if (!object)
      expected("an object");
    return *object;
  }
  [[noreturn]] void expected(const char *what) const {
    if (!value)
      refuse("is missing");
    refuse(std::string("is ") + value->describeKind() + ", expected " + what);
  }

  const JsonValue *value;
  std::string path;
  std::string_view file;
};

} // namespace

static std::vector<OperandDescription> readOperands(const Node &node) {
  std::vector<OperandDescription> operands;
  node.forEachElement([&](const Node &element) {
    element.expectMembers(
        {"name", "type", "shape", "minimum", "maximum", "default"});
    OperandDescription operand;
    operand.name = element["name"].getString();
    operand.type = element["type"].getType();
    element["shape"].forEachElement([&](const Node &extent) {
      operand.shape.push_back(extent.getExtent());
    });
    operand.minimum = element["minimum"].getOptionalExtent();
    operand.maximum = element["maximum"].getOptionalExtent();
    operand.defaultValue = element["default"].getOptionalExtent();
    operands.push_back(std::move(operand));
  });
  return operands;
}

static void readTarget(const Node &node, ModelDescription &description) {
  node.expectMembers({"triple", "cpu", "features"});
  description.triple = node["triple"].getString();
  description.cpu = node["cpu"].getString();
  node["features"].forEachElement([&](const Node &feature) {
    description.features.push_back(feature.getString());
  });
}

static void readParameters(const Node &node, ModelDescription &description) {
  node.forEachElement([&](const Node &element) {
    element.expectMembers({"name", "type", "shape"});
    ParameterDescription parameter;
    parameter.name = element["name"].getString();
    parameter.type = element["type"].getType();
    element["shape"].forEachElement([&](const Node &extent) {
      parameter.shape.push_back(extent.getInteger());
    });
    description.parameters.push_back(std::move(parameter));
  });
}

static void readSource(const Node &node, ModelDescription &description) {
  node.expectMembers({"kind", "files"});
  description.sourceKind = node["kind"].getString();
  node["files"].forEachElement([&](const Node &element) {
    element.expectMembers({"name", "sha256"});
    description.sourceFiles.push_back(
        {element["name"].getString(), element["sha256"].getString()});
  });
}

static ModelDescription readDescription(const Node &root,
                                        std::string_view name) {
  // The schema first: everything else may differ in another one.
  int64_t schema = root["schema"].getInteger();
  if (schema != kDescriptionSchema && schema != kCountersSchema)
    throw Error(ErrorId::UnsupportedSchema,
                std::string(name) + ": has schema " + std::to_string(schema) +
                    "; this version reads schema " +
                    std::to_string(kDescriptionSchema))
        .help("compile the model again with the treadle of this runtime");
  root.expectMembers({"schema", "producer", "code_abi", "target", "dimensions",
                      "entry_points", "parameters", "weights_size", "source",
                      "annotations"});
  ModelDescription description;
  description.producer = root["producer"].getString();
  description.codeAbi = root["code_abi"].getInteger();
  readTarget(root["target"], description);
  root["dimensions"].forEachMember(
      [&](const std::string &name, const Node &node) {
        node.expectMembers({"minimum", "maximum"});
        Dimension dimension;
        dimension.name = name;
        if (node["minimum"].exists())
          dimension.minimum = node["minimum"].getInteger();
        if (node["maximum"].exists())
          dimension.maximum = node["maximum"].getInteger();
        description.dimensions.push_back(std::move(dimension));
      });
  root["entry_points"].forEachElement([&](const Node &node) {
    if (schema == kCountersSchema)
      node.expectMembers({"name", "inputs", "outputs", "counters"});
    else
      node.expectMembers({"name", "inputs", "outputs"});
    EntryPointDescription entryPoint;
    entryPoint.name = node["name"].getString();
    entryPoint.inputs = readOperands(node["inputs"]);
    entryPoint.outputs = readOperands(node["outputs"]);
    if (node["counters"].exists())
      node["counters"].forEachElement([&](const Node &element) {
        element.expectMembers({"name", "members"});
        CounterDescription counter;
        counter.name = element["name"].getString();
        if (element["members"].exists())
          counter.members = element["members"].getInteger();
        entryPoint.counters.push_back(std::move(counter));
      });
    description.entryPoints.push_back(std::move(entryPoint));
  });
  readParameters(root["parameters"], description);
  description.weightsSize = root["weights_size"].getInteger();
  readSource(root["source"], description);
  root["annotations"].forEachMember(
      [&](const std::string &key, const Node &value) {
        description.annotations.emplace_back(key, value.getString());
      });
  return description;
}

Result<ModelDescription> treadle::parseDescription(std::string_view text,
                                                   std::string_view name) {
  Result<JsonValue> json = parseJson(text, name);
  if (!json)
    return json.takeError();
  if (!json->getObject())
    return Error(ErrorId::MalformedDescription,
                 std::string(name) + ": is not a JSON object");
  try {
    ModelDescription description =
        readDescription(Node(&*json, "", name), name);
    if (Status status = verifyDescription(description, name); !status)
      return status.takeError();
    return description;
  } catch (Error &error) {
    return std::move(error);
  }
}
