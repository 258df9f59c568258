//===- Model.h - A loaded artifact ------------------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_RUNTIME_MODEL_H
#define TREADLE_RUNTIME_MODEL_H

#include "Arena.h"
#include "treadle-c/Runtime.h"
#include "treadle/Formats/ModelDescription.h"
#include "treadle/Formats/Safetensors.h"

#include <deque>
#include <memory>
#include <optional>

namespace treadle::runtime {

/// An entry point: what model.json says, the same for C, and the code.
struct Entry {
  const EntryPointDescription *description = nullptr;
  treadle_entry_point code = nullptr;
  std::vector<treadle_operand_info> inputs;
  std::vector<treadle_operand_info> outputs;
  treadle_entry_info info = {};
};

/// A library that dlopen opened.
class CodeLibrary {
public:
  /// Opens `folder`/model.so.
  static Result<CodeLibrary> open(const std::string &folder);

  CodeLibrary(CodeLibrary &&other) noexcept;
  CodeLibrary &operator=(CodeLibrary &&) = delete;
  ~CodeLibrary();

  /// Null when the library has no such symbol.
  void *find(const std::string &symbol) const;

private:
  explicit CodeLibrary(void *handle) : handle(handle) {}
  void *handle;
};

} // namespace treadle::runtime

/// Constant once it is loaded, but for its arenas, which have a lock.
struct treadle_model {
  static treadle::Result<std::unique_ptr<treadle_model>>
  load(const std::string &path, const treadle_options &options);

  treadle_model() = default;
  treadle_model(const treadle_model &) = delete;
  treadle_model &operator=(const treadle_model &) = delete;

  const treadle::runtime::Entry *findEntry(std::string_view name) const;

  treadle::ModelDescription description;
  int64_t threads = 1;
  int64_t memoryLimit = 0;
  std::optional<treadle_pool> pool;

  std::optional<treadle::SafetensorsFile> weights;
  std::vector<const void *> parameters;
  std::optional<treadle::runtime::CodeLibrary> code;
  std::deque<treadle::runtime::Entry> entries;
  treadle::runtime::ArenaPool arenas;
};

#endif // TREADLE_RUNTIME_MODEL_H
