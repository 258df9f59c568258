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

std::optional<EntryCall> EntryCall::create(const Arguments &arguments,
                                           int &exitCode) {
  auto fail = [&](int code) {
    exitCode = code;
    return std::nullopt;
  };
  Result<std::vector<std::string>> paths =
      arguments.getPositional("one NAME.treadle", 1, 1);
  if (!paths)
    return fail(report(paths.error()));
  Result<int64_t> threads = arguments.getInteger(OPT_threads, 0, 1, 1024);
  if (!threads)
    return fail(report(threads.error()));
  Result<InputChoices> choices = parseInputChoices(arguments);
  if (!choices)
    return fail(report(choices.error()));

  EntryCall result;
  treadle_options options = {};
  options.size = sizeof(options);
  options.threads = *threads;
  treadle_model *model = nullptr;
  if (treadle_error *error =
          treadle_model_load(paths->front().c_str(), &options, &model))
    return fail(reportRuntime(error));
  result.model.reset(model);

  std::string name = arguments.get(OPT_entry);
  result.entry = findEntry(model, name);
  // The runtime knows best how to refuse a name that it does not have.
  treadle_call *call = nullptr;
  if (treadle_error *error = treadle_call_create(
          model, result.entry ? result.entry->name : name.c_str(), &call))
    return fail(reportRuntime(error));
  result.call.reset(call);

  Result<std::vector<InputTensor>> inputs = makeInputs(*result.entry, *choices);
  if (!inputs)
    return fail(report(inputs.error()));
  result.inputs = std::move(*inputs);
  for (const InputTensor &input : result.inputs)
    if (treadle_error *error =
            treadle_call_set_input(call, input.name.c_str(), &input.tensor))
      return fail(reportRuntime(error));
  return result;
}

std::string treadle::formatTensor(const treadle_tensor &tensor) {
  std::vector<int64_t> shape(tensor.shape, tensor.shape + tensor.rank);
  return std::string(treadle_type_name(tensor.type)) + " " + formatShape(shape);
}
