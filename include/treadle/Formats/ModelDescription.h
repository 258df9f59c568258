//===- ModelDescription.h - model.json -------------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an artifact says about itself; docs/Artifact.md has the schema. The
// compiler writes it, the runtime checks it before it loads any code.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_MODELDESCRIPTION_H
#define TREADLE_FORMATS_MODELDESCRIPTION_H

#include "treadle/Formats/ElementType.h"
#include "treadle/Formats/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace treadle {

/// The schema that this version writes. It reads this one and the next.
constexpr int64_t kDescriptionSchema = 1;
/// The schema of a description with counters, which the other does not know.
constexpr int64_t kCountersSchema = 2;

/// An integer that is known, or the name of a dimension that each call binds.
struct Extent {
  Extent(int64_t value) : value(value) {}
  Extent(int value) : value(value) {} // Else 0 is a null pointer as well.
  Extent(std::string dimension) : dimension(std::move(dimension)) {}
  Extent(const char *dimension) : dimension(dimension) {}

  bool isDynamic() const { return !dimension.empty(); }
  bool operator==(const Extent &other) const {
    return value == other.value && dimension == other.dimension;
  }

  int64_t value = 0;     ///< Meaningless when dynamic.
  std::string dimension; ///< Empty when static.
};

/// A dimension that a call chooses. Wherever its name stands, the extent is the
/// same in one call.
struct Dimension {
  std::string name;
  int64_t minimum = 0;
  std::optional<int64_t> maximum;
};

/// An input or an output of an entry point.
struct OperandDescription {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<Extent> shape;

  // Of integer inputs only. The runtime refuses an element that is below the
  // minimum or above the maximum (both inclusive).
  std::optional<Extent> minimum;
  std::optional<Extent> maximum;
  /// The value of every element when the caller leaves the input out. Its
  /// dimensions must be bound by inputs that have no default.
  std::optional<Extent> defaultValue;
};

/// What an entry point counts when it was compiled for a profile.
struct CounterDescription {
  std::string name;
  /// Counters that follow one another, one for each layer; 0: there is one.
  int64_t members = 0;
};

struct EntryPointDescription {
  std::string name; ///< A C identifier: `treadle_entry_NAME` is the symbol.
  std::vector<OperandDescription> inputs;
  std::vector<OperandDescription> outputs;
  /// In the order of the numbers that code gives to treadle_host::count.
  std::vector<CounterDescription> counters;
};

/// A prepared parameter: a tensor of weights.safetensors.
struct ParameterDescription {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
};

/// A file that the model was read from.
struct SourceFile {
  std::string name;   ///< Where it is in the model: "1_Pooling/config.json".
  std::string sha256; ///< 64 lower-case hexadecimal digits.
};

struct ModelDescription {
  std::string producer; ///< "treadle 0.1.0".
  int64_t codeAbi = 0;  ///< TREADLE_CODE_ABI of the compiler.

  std::string triple; ///< "x86_64-unknown-linux-gnu".
  std::string cpu;    ///< "sapphirerapids".
  /// LLVM's names of the CPU features that the code uses; a machine without one
  /// of them is refused, and so is a name that the runtime does not know (see
  /// CpuFeatures.h).
  std::vector<std::string> features;

  std::vector<Dimension> dimensions;
  std::vector<EntryPointDescription> entryPoints;
  /// In the order of treadle_host::parameters.
  std::vector<ParameterDescription> parameters;
  int64_t weightsSize = 0; ///< Bytes of weights.safetensors.

  std::string sourceKind; ///< "huggingface", "gguf", "onnx", "mlir".
  std::vector<SourceFile> sourceFiles;
  /// What the runtime carries and does not read; in the order of the file.
  std::vector<std::pair<std::string, std::string>> annotations;

  const Dimension *findDimension(std::string_view name) const;
  const EntryPointDescription *findEntryPoint(std::string_view name) const;
  bool hasCounters() const;
};

/// Nothing when the description obeys every rule of docs/Artifact.md; the rule
/// that is broken, as MalformedDescription, when not. `name` begins the
/// message.
Status verifyDescription(const ModelDescription &description,
                         std::string_view name);

/// The text of model.json: members in a fixed order, features sorted, ending in
/// a newline. The description must verify.
std::string printDescription(const ModelDescription &description);

/// Reads the text of a model.json and verifies it. Another schema is
/// UnsupportedSchema, and what else is wrong is MalformedDescription or an
/// error of parseJson.
Result<ModelDescription> parseDescription(std::string_view text,
                                          std::string_view name);

} // namespace treadle

#endif // TREADLE_FORMATS_MODELDESCRIPTION_H
