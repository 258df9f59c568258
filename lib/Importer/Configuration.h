//===- Configuration.h - A configuration, read with suspicion -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A configuration has keys that we need, keys that do not matter, and keys that
// change what the model computes. Every one is accounted for: the reader keeps
// book of what was asked for, and tells of the rest.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_IMPORTER_CONFIGURATION_H
#define TREADLE_LIB_IMPORTER_CONFIGURATION_H

#include "treadle/Formats/Json.h"
#include "treadle/Importer/Findings.h"
#include "treadle/Importer/ModelDirectory.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <optional>
#include <string>

namespace treadle {

/// A size of the model and the key that gave it, which a refusal of a tensor
/// quotes. The key is empty for numbers that no key gives.
struct Size {
  int64_t value = 0;
  llvm::StringRef key;
};

/// Another name of a key, from an older or a newer version of a library.
struct KeyAlias {
  llvm::StringLiteral key;
  llvm::StringLiteral alias;
};

/// A key that changes what the model computes, and the one value of it that is
/// implemented. A key that is absent or null is taken to have that value.
struct FixedKey {
  llvm::StringLiteral key;
  llvm::StringLiteral value; ///< As JSON: "false", "\"absolute\"", "{}".
  llvm::StringLiteral why;   ///< What another value would need: "needs ...".
};

/// An object of a configuration file. Getters take a key's first name and read
/// its aliases too; null counts as absent. What is wrong goes into the findings
/// (MissingConfigKey, InvalidConfigValue, UnsupportedConfigValue), and the
/// getter returns something harmless, so that reading goes on to find more.
class Configuration {
public:
  /// Nothing when the file is no JSON object; that is in the findings.
  static std::optional<Configuration> open(const ModelFile &file,
                                           Findings &findings);

  /// The aliases must outlive this object.
  void setAliases(llvm::ArrayRef<KeyAlias> table) { aliases = table; }

  /// Whether the key, or an alias, has a value.
  bool has(llvm::StringRef key) { return find(key) != nullptr; }

  /// An integer in [1, most]; `fallback` when absent, an error without one.
  Size getSize(llvm::StringLiteral key, int64_t most,
               std::optional<int64_t> fallback = std::nullopt);
  /// A number in (0, most].
  double getPositive(llvm::StringRef key, double most,
                     std::optional<double> fallback = std::nullopt);
  std::string getString(llvm::StringRef key,
                        std::optional<std::string> fallback = std::nullopt);
  bool getBoolean(llvm::StringRef key, bool fallback);

  /// Refuses each key of the table that has another value.
  void checkFixed(llvm::ArrayRef<FixedKey> table);
  /// Marks keys that do not change what the model computes.
  void ignore(llvm::ArrayRef<llvm::StringLiteral> keys);
  /// Warns of the keys that nobody asked for.
  void warnOfRest();

  /// Adds an error about a key: "config.json: 'KEY' TEXT".
  void refuse(ErrorId id, llvm::StringRef key, const std::string &text);

  Findings &getFindings() { return findings; }
  /// The file's name, for messages.
  const std::string &getName() const { return name; }

private:
  Configuration(std::string name, JsonValue value, Findings &findings)
      : name(std::move(name)), value(std::move(value)), findings(findings) {}

  /// The value of a key under any of its names; two that differ are refused.
  const JsonValue *find(llvm::StringRef key);
  /// As `find`, and absence without a fallback is refused.
  const JsonValue *require(llvm::StringRef key, bool hasFallback);

  std::string name;
  JsonValue value;
  Findings &findings;
  llvm::ArrayRef<KeyAlias> aliases;
  llvm::StringSet<> known;
};

} // namespace treadle

#endif // TREADLE_LIB_IMPORTER_CONFIGURATION_H
