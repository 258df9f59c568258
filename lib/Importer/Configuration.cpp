//===- Configuration.cpp - A configuration, read with suspicion -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Configuration.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;
using llvm::StringRef;

/// Whether two values are the same; 1 and 1.0 are.
static bool isEqual(const JsonValue &left, const JsonValue &right) {
  if (left.getNumber() || right.getNumber())
    return left.getNumber() == right.getNumber();
  if (const JsonValue::Array *array = left.getArray()) {
    const JsonValue::Array *other = right.getArray();
    return other && std::equal(array->begin(), array->end(), other->begin(),
                               other->end(), isEqual);
  }
  if (const JsonValue::Object *object = left.getObject()) {
    const JsonValue::Object *other = right.getObject();
    return other &&
           std::equal(
               object->begin(), object->end(), other->begin(), other->end(),
               [](const JsonValue::Member &a, const JsonValue::Member &b) {
                 return a.key == b.key && isEqual(a.value, b.value);
               });
  }
  if (const std::string *text = left.getString())
    return right.getString() && *text == *right.getString();
  return left.getBoolean() == right.getBoolean() &&
         left.isNull() == right.isNull() && !right.getString() &&
         !right.getArray() && !right.getObject();
}

/// A number for a message, as people write it: "1e-12".
static std::string describe(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

/// A value for a message: itself when it is short, its kind when it is not.
static std::string describe(const JsonValue &value) {
  if (const std::string *text = value.getString())
    return quoteForMessage(*text);
  if (std::optional<bool> boolean = value.getBoolean())
    return *boolean ? "true" : "false";
  if (std::optional<int64_t> integer = value.getInteger())
    return std::to_string(*integer);
  if (std::optional<double> number = value.getNumber())
    return describe(*number);
  if (value.getObject() && value.getObject()->empty())
    return "{}";
  return value.describeKind();
}

std::optional<Configuration> Configuration::open(const ModelFile &file,
                                                 Findings &findings) {
  Result<JsonValue> json = parseJsonFile(file.path);
  if (!json) {
    findings.add(json.takeError());
    return std::nullopt;
  }
  if (!json->getObject()) {
    findings.add(
        Error(ErrorId::InvalidConfigValue,
              file.name + ": is " + json->describeKind() + ", not an object"));
    return std::nullopt;
  }
  return Configuration(file.name, std::move(*json), findings);
}

void Configuration::refuse(ErrorId id, StringRef key, const std::string &text) {
  findings.add(
      Error(id, name + ": " + quoteForMessage(key.str()) + " " + text));
}

const JsonValue *Configuration::find(StringRef key) {
  StringRef foundAs;
  const JsonValue *found = nullptr;
  auto look = [&](StringRef spelling) {
    known.insert(spelling);
    const JsonValue *candidate = value.find({spelling.data(), spelling.size()});
    if (!candidate || candidate->isNull())
      return;
    if (!found) {
      found = candidate;
      foundAs = spelling;
    } else if (!isEqual(*found, *candidate)) {
      refuse(ErrorId::InvalidConfigValue, spelling,
             "is " + describe(*candidate) + " and " +
                 quoteForMessage(foundAs.str()) + ", its other name, " +
                 describe(*found));
    }
  };
  look(key);
  for (const KeyAlias &entry : aliases)
    if (entry.key == key)
      look(entry.alias);
  return found;
}

const JsonValue *Configuration::require(StringRef key, bool hasFallback) {
  const JsonValue *found = find(key);
  if (!found && !hasFallback)
    findings.add(Error(ErrorId::MissingConfigKey,
                       name + ": has no " + quoteForMessage(key.str())));
  return found;
}

Size Configuration::getSize(llvm::StringLiteral key, int64_t most,
                            std::optional<int64_t> fallback) {
  const JsonValue *found = require(key, fallback.has_value());
  if (!found)
    return {fallback.value_or(1), key};
  std::optional<int64_t> integer = found->getInteger();
  if (integer && *integer >= 1 && *integer <= most)
    return {*integer, key};
  refuse(ErrorId::InvalidConfigValue, key,
         "is " + describe(*found) + ", expected an integer from 1 to " +
             std::to_string(most));
  return {fallback.value_or(1), key};
}

double Configuration::getPositive(StringRef key, double most,
                                  std::optional<double> fallback) {
  const JsonValue *found = require(key, fallback.has_value());
  if (!found)
    return fallback.value_or(most);
  std::optional<double> number = found->getNumber();
  // Written so that a NaN, should one ever come through, is refused.
  if (number && *number > 0 && *number <= most)
    return *number;
  refuse(ErrorId::InvalidConfigValue, key,
         "is " + describe(*found) + ", expected a number above 0 and at most " +
             describe(most));
  return fallback.value_or(most);
}

std::string Configuration::getString(StringRef key,
                                     std::optional<std::string> fallback) {
  const JsonValue *found = require(key, fallback.has_value());
  if (!found)
    return fallback.value_or("");
  if (const std::string *text = found->getString())
    return *text;
  refuse(ErrorId::InvalidConfigValue, key,
         "is " + describe(*found) + ", expected a string");
  return fallback.value_or("");
}

bool Configuration::getBoolean(StringRef key, bool fallback) {
  const JsonValue *found = find(key);
  if (!found)
    return fallback;
  if (std::optional<bool> boolean = found->getBoolean())
    return *boolean;
  refuse(ErrorId::InvalidConfigValue, key,
         "is " + describe(*found) + ", expected true or false");
  return fallback;
}

void Configuration::checkFixed(llvm::ArrayRef<FixedKey> table) {
  for (const FixedKey &fixed : table) {
    const JsonValue *found = find(fixed.key);
    if (!found)
      continue;
    Result<JsonValue> implemented =
        parseJson(fixed.value.str(), fixed.key.str());
    assert(implemented && "the table has something that is not JSON");
    if (!isEqual(*found, *implemented))
      findings.add(Error(ErrorId::UnsupportedConfigValue,
                         name + ": " + quoteForMessage(fixed.key.str()) +
                             " is " + describe(*found) + "; only " +
                             describe(*implemented) + " is implemented")
                       .note("another value " + fixed.why.str()));
  }
}

void Configuration::ignore(llvm::ArrayRef<llvm::StringLiteral> keys) {
  for (StringRef key : keys)
    known.insert(key);
}

void Configuration::warnOfRest() {
  std::vector<std::string> rest;
  for (const JsonValue::Member &member : *value.getObject())
    if (!known.contains(member.key))
      rest.push_back(member.key);
  if (!rest.empty())
    findings.warnings.push_back(
        name + (rest.size() == 1 ? ": the key " : ": the keys ") +
        listForMessage(rest) + (rest.size() == 1 ? " is" : " are") +
        " not known and had no effect");
}
