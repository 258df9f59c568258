//===- EntryCall.cpp - A loaded artifact and a call of it -----------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryCall.h"

#include "Terminal.h"

using namespace treadle;

int treadle::reportRuntime(treadle_error *error) {
  if (!error)
    return 0;
  int exitCode =
      reportText(treadle_error_render(error), treadle_error_exit_code(error));
  treadle_error_free(error);
  return exitCode;
}

/// The entry point called `name`, or the first when there is no name. Null when
/// there is none.
static const treadle_entry_info *findEntry(const treadle_model *model,
                                           llvm::StringRef name) {
  for (int32_t i = 0; i < treadle_model_num_entries(model); ++i) {
    const treadle_entry_info *entry = treadle_model_entry(model, i);
    if (name.empty() || name == entry->name)
      return entry;
  }
  return nullptr;
}

int EntryCall::load(const std::string &path, const std::string &name,
                    int64_t threads) {
  treadle_options options = {};
  options.size = sizeof(options);
  options.threads = threads;
  treadle_model *loaded = nullptr;
  if (treadle_error *error =
          treadle_model_load(path.c_str(), &options, &loaded))
    return reportRuntime(error);
  model.reset(loaded);

  entry = findEntry(loaded, name);
  // The runtime knows best how to refuse a name that it does not have.
  treadle_call *made = nullptr;
  if (treadle_error *error = treadle_call_create(
          loaded, entry ? entry->name : name.c_str(), &made))
    return reportRuntime(error);
  call.reset(made);
  return 0;
}

int EntryCall::setInputs(const std::vector<InputTensor> &tensors) {
  for (const InputTensor &input : tensors)
    if (treadle_error *error = treadle_call_set_input(
            call.get(), input.name.c_str(), &input.tensor))
      return reportRuntime(error);
  return 0;
}

std::optional<EntryCall> EntryCall::create(const Arguments &arguments,
                                           int &exitCode) {
  Result<std::vector<std::string>> paths =
      arguments.getPositional("one NAME.treadle", 1, 1);
  if (!paths) {
    exitCode = report(paths.error());
    return std::nullopt;
  }
  return createAt(paths->front(), arguments, exitCode);
}

std::optional<EntryCall> EntryCall::createAt(const std::string &path,
                                             const Arguments &arguments,
                                             int &exitCode) {
  auto fail = [&](int code) {
    exitCode = code;
    return std::nullopt;
  };
  Result<int64_t> threads = arguments.getInteger(OPT_threads, 0, 1, 1024);
  if (!threads)
    return fail(report(threads.error()));
  Result<InputChoices> choices = parseInputChoices(arguments);
  if (!choices)
    return fail(report(choices.error()));

  EntryCall result;
  if (int code = result.load(path, arguments.get(OPT_entry), *threads))
    return fail(code);
  Result<std::vector<InputTensor>> inputs = makeInputs(*result.entry, *choices);
  if (!inputs)
    return fail(report(inputs.error()));
  result.inputs = std::move(*inputs);
  if (int code = result.setInputs(result.inputs))
    return fail(code);
  return result;
}

std::optional<EntryCall> EntryCall::createLike(const EntryCall &call,
                                               const std::string &path,
                                               const Arguments &arguments,
                                               int &exitCode) {
  EntryCall result;
  Result<int64_t> threads = arguments.getInteger(OPT_threads, 0, 1, 1024);
  exitCode = threads ? result.load(path, call.getEntry().name, *threads)
                     : report(threads.error());
  if (exitCode == 0)
    exitCode = result.setInputs(call.getInputs());
  if (exitCode != 0)
    return std::nullopt;
  return result;
}

std::string treadle::formatTensor(const treadle_tensor &tensor) {
  std::vector<int64_t> shape(tensor.shape, tensor.shape + tensor.rank);
  return std::string(treadle_type_name(tensor.type)) + " " + formatShape(shape);
}
