//===- Json.h - JSON (RFC 8259) from outside -------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_JSON_H
#define TREADLE_FORMATS_JSON_H

#include "treadle/Formats/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace treadle {

/// One JSON value. Objects keep the order of the text. Numbers that are written
/// as integers and fit in 64 signed bits are integers; all others are reals.
class JsonValue {
public:
  struct Member;
  using Array = std::vector<JsonValue>;
  using Object = std::vector<Member>;

  JsonValue() = default;
  JsonValue(std::nullptr_t) {}
  JsonValue(bool value) : storage(value) {}
  JsonValue(int64_t value) : storage(value) {}
  JsonValue(double value) : storage(value) {}
  JsonValue(const char *value) : storage(std::string(value)) {}
  JsonValue(std::string value) : storage(std::move(value)) {}
  JsonValue(Array value) : storage(std::move(value)) {}
  JsonValue(Object value) : storage(std::move(value)) {}

  /// "null", "a boolean", "an integer", ...: for diagnostics.
  const char *describeKind() const;

  bool isNull() const { return storage.index() == 0; }

  // Each of these is nothing when the value is of another kind.
  std::optional<bool> getBoolean() const { return get<bool>(); }
  std::optional<int64_t> getInteger() const { return get<int64_t>(); }
  /// An integer or a real.
  std::optional<double> getNumber() const;
  const std::string *getString() const {
    return std::get_if<std::string>(&storage);
  }
  const Array *getArray() const { return std::get_if<Array>(&storage); }
  const Object *getObject() const { return std::get_if<Object>(&storage); }
  Array *getArray() { return std::get_if<Array>(&storage); }
  Object *getObject() { return std::get_if<Object>(&storage); }

  /// The value of a member; null when this is no object or has no such member.
  /// Takes time linear in the number of members.
  const JsonValue *find(std::string_view key) const;

private:
  template <typename T> std::optional<T> get() const {
    if (const T *value = std::get_if<T>(&storage))
      return *value;
    return std::nullopt;
  }

  std::variant<std::monostate, bool, int64_t, double, std::string, Array,
               Object>
      storage;
};

struct JsonValue::Member {
  std::string key;
  JsonValue value;
};

/// What a text may make the parser spend. A tree takes about 50 bytes a value.
struct JsonLimits {
  size_t maxBytes = size_t(128) << 20;
  size_t maxDepth = 64;
  size_t maxValues = size_t(8) << 20;
};

/// Parses one JSON text. Refused: anything outside RFC 8259 (so NaN, Infinity
/// and comments), numbers that overflow a double, text that is not UTF-8 and
/// duplicate keys with MalformedJson; more than the limits with JsonTooLarge.
/// Messages begin with "NAME:LINE:COLUMN: ", columns counting bytes from 1.
Result<JsonValue> parseJson(std::string_view text, std::string_view name,
                            const JsonLimits &limits = {});

/// Maps a file and parses it; adds the errors of MappedFile::open.
Result<JsonValue> parseJsonFile(const std::string &path,
                                const JsonLimits &limits = {});

/// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become
/// U+FFFD.
std::string quoteJson(std::string_view text);

} // namespace treadle

#endif // TREADLE_FORMATS_JSON_H
