//===- EntryCall.h - A loaded artifact and a call of it ---------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_ENTRYCALL_H
#define TREADLE_TOOLS_TREADLE_ENTRYCALL_H

#include "Inputs.h"
#include "Options.h"

#include "treadle-c/Runtime.h"

#include <memory>
#include <optional>
#include <vector>

namespace treadle {

/// Releases what the C interface handed out.
struct RuntimeDeleter {
  void operator()(treadle_model *model) const { treadle_model_free(model); }
  void operator()(treadle_call *call) const { treadle_call_free(call); }
};

/// Prints an error of the runtime and releases it. Returns the exit code: 0
/// when there is no error.
int reportRuntime(treadle_error *error);

/// What `run`, `bench` and `check` have in common: the artifact, the entry
/// point and its inputs, by the options --entry, --input, --shape, --seed and
/// --threads.
class EntryCall {
public:
  /// Loads the artifact and sets the inputs. Nothing when there was an error;
  /// it has been printed, and `exitCode` is what the verb returns.
  static std::optional<EntryCall> create(const Arguments &arguments,
                                         int &exitCode);

  /// The same with the artifact at a path, whatever the positional arguments
  /// are.
  static std::optional<EntryCall>
  createAt(const std::string &path, const Arguments &arguments, int &exitCode);

  /// The same with another artifact, for the entry point and the inputs that
  /// `call` has.
  static std::optional<EntryCall> createLike(const EntryCall &call,
                                             const std::string &path,
                                             const Arguments &arguments,
                                             int &exitCode);

  const treadle_entry_info &getEntry() const { return *entry; }
  const std::vector<InputTensor> &getInputs() const { return inputs; }
  int64_t getThreads() const { return treadle_model_threads(model.get()); }
  /// What the artifact's products are computed in: "f32", "bf16", "f16".
  llvm::StringRef getPrecision() const {
    const char *text = treadle_model_annotation(model.get(), "precision");
    return text ? text : "f32";
  }
  treadle_call *get() const { return call.get(); }

private:
  EntryCall() = default;
  /// Loads the artifact and makes a call, without inputs, of the entry point
  /// `name`, or of the first. Returns the exit code.
  int load(const std::string &path, const std::string &name, int64_t threads);
  /// Gives the call its inputs. Returns the exit code.
  int setInputs(const std::vector<InputTensor> &tensors);

  // In this order: a call goes before its model and its inputs.
  std::vector<InputTensor> inputs;
  std::unique_ptr<treadle_model, RuntimeDeleter> model;
  std::unique_ptr<treadle_call, RuntimeDeleter> call;
  const treadle_entry_info *entry = nullptr;
};

/// "f32 [2, 384]".
std::string formatTensor(const treadle_tensor &tensor);

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_ENTRYCALL_H
