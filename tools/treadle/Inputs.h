//===- Inputs.h - Inputs from files, and inputs that are made ---*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_INPUTS_H
#define TREADLE_TOOLS_TREADLE_INPUTS_H

#include "Options.h"

#include "treadle-c/Runtime.h"
#include "treadle/Formats/Npy.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace treadle {

/// What the command line says of inputs.
struct InputChoices {
  /// Name and file of each --input.
  std::vector<std::pair<std::string, std::string>> files;
  /// Extents by the names of dimensions: --shape.
  std::map<std::string, int64_t> extents;
  uint64_t seed = 0;
};

/// Reads --input, --shape and --seed. Errors: E0103.
Result<InputChoices> parseInputChoices(const Arguments &arguments);

/// An input and what holds its elements.
struct InputTensor {
  std::string name;
  treadle_tensor tensor = {};
  std::optional<NpyFile> file;
  std::vector<uint64_t> elements;
};

/// The inputs of an entry point: those of files, and the others made, except
/// those that have a default. A name in `choices` that the entry point does not
/// have is UnknownOperand or InvalidOptionValue; errors of NpyFile::open. Types
/// and shapes of files are the runtime's to check.
Result<std::vector<InputTensor>> makeInputs(const treadle_entry_info &entry,
                                            const InputChoices &choices);

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_INPUTS_H
