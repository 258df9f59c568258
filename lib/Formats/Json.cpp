//===- Json.cpp - JSON (RFC 8259) from outside ----------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Json.h"

#include "treadle/Formats/MappedFile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_set>

using namespace treadle;

//===----------------------------------------------------------------------===//
// JsonValue
//===----------------------------------------------------------------------===//

const char *JsonValue::describeKind() const {
  static const char *const names[] = {"null",     "a boolean", "an integer",
                                      "a number", "a string",  "an array",
                                      "an object"};
  return names[storage.index()];
}

std::optional<double> JsonValue::getNumber() const {
  if (std::optional<int64_t> integer = getInteger())
    return static_cast<double>(*integer);
  return get<double>();
}

const JsonValue *JsonValue::find(std::string_view key) const {
  if (const Object *object = getObject())
    for (const Member &member : *object)
      if (member.key == key)
        return &member.value;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace {

/// Reads a text and counts: the library tells where it stands only when it
/// finds an error of its own.
class CountingIterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  CountingIterator(const char *position, size_t *count)
      : position(position), count(count) {}

  reference operator*() const { return *position; }
  CountingIterator &operator++() {
    ++position;
    ++*count;
    return *this;
  }
  bool operator==(const CountingIterator &other) const {
    return position == other.position;
  }
  bool operator!=(const CountingIterator &other) const {
    return !(*this == other);
  }

private:
  const char *position;
  size_t *count;
};

/// Builds the tree from the library's events. An event that returns false ends
/// the parse; `failure` then has the reason.
class TreeBuilder {
public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  TreeBuilder(const JsonLimits &limits) : limits(limits) {}

  bool null() { return add(JsonValue()) != nullptr; }
  bool boolean(bool value) { return add(JsonValue(value)) != nullptr; }
  bool number_integer(number_integer_t value) {
    return add(JsonValue(int64_t(value))) != nullptr;
  }
  bool number_unsigned(number_unsigned_t value) {
    if (value > static_cast<uint64_t>(INT64_MAX))
      return add(JsonValue(static_cast<double>(value))) != nullptr;
    return add(JsonValue(static_cast<int64_t>(value))) != nullptr;
  }
  bool number_float(number_float_t value, const string_t &) {
    return add(JsonValue(value)) != nullptr;
  }
  bool string(string_t &value) {
    return add(JsonValue(std::move(value))) != nullptr;
  }
  bool binary(binary_t &) { return false; } // Not in a text.

  bool start_object(size_t) {
    keys.emplace_back();
    return open(JsonValue(JsonValue::Object()));
  }
  bool start_array(size_t) { return open(JsonValue(JsonValue::Array())); }
  bool end_object() {
    keys.pop_back();
    parents.pop_back();
    return true;
  }
  bool end_array() {
    parents.pop_back();
    return true;
  }
  bool key(string_t &key) {
    if (!keys.back().insert(key).second)
      return fail(ErrorId::MalformedJson,
                  "key " + quoteForMessage(key) + " occurs twice");
    parents.back()->getObject()->push_back({std::move(key), JsonValue()});
    return true;
  }
  bool parse_error(size_t, const std::string &,
                   const nlohmann::json::exception &exception) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: why":
    // the place is told in our own way.
    std::string_view reason = exception.what();
    if (size_t end = reason.find("] "); end != reason.npos)
      reason.remove_prefix(end + 2);
    if (reason.rfind("parse error at ", 0) == 0)
      if (size_t end = reason.find(": "); end != reason.npos)
        reason.remove_prefix(end + 2);
    std::string text(reason);
    for (char &character : text)
      if (character < 0x20 || character == 0x7F)
        character = '?';
    return fail(ErrorId::MalformedJson, std::move(text));
  }

  JsonValue root;
  std::optional<Error> failure;

private:
  bool fail(ErrorId id, std::string message) {
    failure.emplace(id, std::move(message));
    return false;
  }

  /// Puts a value where the parser stands; null when there are too many.
  JsonValue *add(JsonValue value) {
    if (++count > limits.maxValues) {
      fail(ErrorId::JsonTooLarge, "there are more than " +
                                      std::to_string(limits.maxValues) +
                                      " values");
      return nullptr;
    }
    if (parents.empty()) {
      root = std::move(value);
      return &root;
    }
    if (JsonValue::Array *array = parents.back()->getArray()) {
      array->push_back(std::move(value));
      return &array->back();
    }
    JsonValue &member = parents.back()->getObject()->back().value;
    member = std::move(value);
    return &member;
  }

  bool open(JsonValue container) {
    if (parents.size() >= limits.maxDepth)
      return fail(ErrorId::JsonTooLarge, "values are nested deeper than " +
                                             std::to_string(limits.maxDepth));
    JsonValue *opened = add(std::move(container));
    if (!opened)
      return false;
    // Stays valid: a container grows only while it is the innermost one.
    parents.push_back(opened);
    return true;
  }

  const JsonLimits &limits;
  std::vector<JsonValue *> parents;
  std::vector<std::unordered_set<std::string>> keys;
  size_t count = 0;
};

} // namespace

/// "NAME:LINE:COLUMN: " of the last of the first `count` bytes.
static std::string formatPlace(std::string_view name, std::string_view text,
                               size_t count) {
  std::string_view before =
      text.substr(0, std::min(count ? count - 1 : 0, text.size()));
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t newline = before.rfind('\n');
  size_t column = before.size() - (newline == before.npos ? 0 : newline + 1);
  return std::string(name) + ":" + std::to_string(line) + ":" +
         std::to_string(column + 1) + ": ";
}

Result<JsonValue> treadle::parseJson(std::string_view text,
                                     std::string_view name,
                                     const JsonLimits &limits) {
  if (text.size() > limits.maxBytes)
    return Error(ErrorId::JsonTooLarge,
                 std::string(name) + ": has " + std::to_string(text.size()) +
                     " bytes, more than " + std::to_string(limits.maxBytes));
  size_t read = 0;
  TreeBuilder builder(limits);
  try {
    nlohmann::json::sax_parse(
        CountingIterator(text.data(), &read),
        CountingIterator(text.data() + text.size(), &read), &builder);
  } catch (const std::bad_alloc &) {
    return Error(ErrorId::JsonTooLarge,
                 std::string(name) + ": does not fit into memory");
  }
  if (builder.failure)
    return Error(builder.failure->getId(),
                 formatPlace(name, text, read) + builder.failure->getMessage());
  return std::move(builder.root);
}

Result<JsonValue> treadle::parseJsonFile(const std::string &path,
                                         const JsonLimits &limits) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  return parseJson(file->text(), path, limits);
}

std::string treadle::quoteJson(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
