//===- CApi.cpp - The C interface of the runtime --------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Call.h"
#include "treadle-c/Runtime.h"

#include <algorithm>
#include <cstring>
#include <new>

using namespace treadle;
using namespace treadle::runtime;

struct treadle_error {
  explicit treadle_error(Error error)
      : error(std::move(error)), rendered(this->error.render()) {}

  Error error;
  std::string rendered;
};

/// Made when the library is loaded, for when there is no memory to make one.
static treadle_error gOutOfMemory(Error(ErrorId::OutOfMemory,
                                        "there is not enough memory"));

/// Turns what `work` returns, and the one exception that the standard library
/// throws here, into an error of C.
template <typename Work> static treadle_error *guard(Work work) {
  try {
    Status status = work();
    return status ? nullptr : new treadle_error(status.takeError());
  } catch (const std::bad_alloc &) {
    return &gOutOfMemory;
  }
}

#define TREADLE_STRINGIFY_(x) #x
#define TREADLE_STRINGIFY(x) TREADLE_STRINGIFY_(x)

const char *treadle_runtime_version(void) {
  return TREADLE_STRINGIFY(TREADLE_RUNTIME_VERSION_MAJOR) "." TREADLE_STRINGIFY(
      TREADLE_RUNTIME_VERSION_MINOR) "." TREADLE_STRINGIFY(TREADLE_RUNTIME_VERSION_PATCH);
}

//===----------------------------------------------------------------------===//
// Errors and types
//===----------------------------------------------------------------------===//

const char *treadle_error_code(const treadle_error *error) {
  return error->error.getCode();
}

const char *treadle_error_message(const treadle_error *error) {
  return error->error.getMessage().c_str();
}

const char *treadle_error_render(const treadle_error *error) {
  return error->rendered.c_str();
}

int treadle_error_exit_code(const treadle_error *error) {
  return error->error.getExitCode();
}

void treadle_error_free(treadle_error *error) {
  if (error != &gOutOfMemory)
    delete error;
}

/// The numbers of treadle_type are those of the supported ElementTypes.
static bool isType(treadle_type type) {
  return type >= TREADLE_F64 && type <= TREADLE_BOOL;
}
static_assert(static_cast<int>(ElementType::Bool) == TREADLE_BOOL &&
              static_cast<int>(ElementType::I64) == TREADLE_I64 &&
              static_cast<int>(ElementType::BF16) == TREADLE_BF16);

size_t treadle_type_size(treadle_type type) {
  return isType(type) ? getBitWidth(static_cast<ElementType>(type)) / 8 : 0;
}

const char *treadle_type_name(treadle_type type) {
  return isType(type) ? getKeyword(static_cast<ElementType>(type)) : nullptr;
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

treadle_error *treadle_model_load(const char *path,
                                  const treadle_options *options,
                                  treadle_model **model) {
  *model = nullptr;
  return guard([&]() -> Status {
    // An application that was compiled with an older header has fewer members.
    treadle_options known = {};
    if (options)
      std::memcpy(&known, options, std::min(options->size, sizeof(known)));
    Result<std::unique_ptr<treadle_model>> loaded =
        treadle_model::load(path, known);
    if (!loaded)
      return loaded.takeError();
    *model = loaded->release();
    return Success();
  });
}

void treadle_model_free(treadle_model *model) { delete model; }

int64_t treadle_model_threads(const treadle_model *model) {
  return model->threads;
}

const char *treadle_model_annotation(const treadle_model *model,
                                     const char *key) {
  for (const auto &annotation : model->description.annotations)
    if (annotation.first == key)
      return annotation.second.c_str();
  return nullptr;
}

int32_t treadle_model_num_entries(const treadle_model *model) {
  return static_cast<int32_t>(model->entries.size());
}

const treadle_entry_info *treadle_model_entry(const treadle_model *model,
                                              int32_t index) {
  if (index < 0 || static_cast<size_t>(index) >= model->entries.size())
    return nullptr;
  return &model->entries[index].info;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

treadle_error *treadle_call_create(treadle_model *model, const char *entry,
                                   treadle_call **call) {
  *call = nullptr;
  return guard([&]() -> Status {
    if (const Entry *found = model->findEntry(entry)) {
      *call = new treadle_call(*model, *found);
      return Success();
    }
    std::string known;
    for (const Entry &candidate : model->entries)
      known += (known.empty() ? "" : ", ") +
               quoteForMessage(candidate.description->name);
    return Error(ErrorId::UnknownEntryPoint,
                 "the model has no entry point " + quoteForMessage(entry))
        .note("its entry points are " + known);
  });
}

void treadle_call_free(treadle_call *call) { delete call; }

static treadle_error *setNamed(treadle_call *call, treadle_call::Side side,
                               const char *name, const treadle_tensor *tensor) {
  return guard([&]() -> Status {
    Result<size_t> index = call->findOperand(side, name);
    if (!index)
      return index.takeError();
    return call->setOperand(side, static_cast<int32_t>(*index), tensor);
  });
}

treadle_error *treadle_call_set_input(treadle_call *call, const char *name,
                                      const treadle_tensor *tensor) {
  return setNamed(call, treadle_call::Inputs, name, tensor);
}

treadle_error *treadle_call_set_input_at(treadle_call *call, int32_t index,
                                         const treadle_tensor *tensor) {
  return guard(
      [&] { return call->setOperand(treadle_call::Inputs, index, tensor); });
}

treadle_error *treadle_call_set_output(treadle_call *call, const char *name,
                                       const treadle_tensor *tensor) {
  return setNamed(call, treadle_call::Outputs, name, tensor);
}

treadle_error *treadle_call_set_output_at(treadle_call *call, int32_t index,
                                          const treadle_tensor *tensor) {
  return guard(
      [&] { return call->setOperand(treadle_call::Outputs, index, tensor); });
}

treadle_error *treadle_call_infer(treadle_call *call) {
  return guard([&] { return call->infer(); });
}

treadle_error *treadle_call_run(treadle_call *call) {
  return guard([&] { return call->run(); });
}

treadle_error *treadle_call_get_output(treadle_call *call, const char *name,
                                       treadle_tensor *tensor) {
  Result<size_t> index = size_t(0);
  treadle_error *error = guard([&]() -> Status {
    index = call->findOperand(treadle_call::Outputs, name);
    return index ? Status(Success()) : Status(index.takeError());
  });
  return error ? error
               : treadle_call_get_output_at(call, static_cast<int32_t>(*index),
                                            tensor);
}

treadle_error *treadle_call_get_output_at(treadle_call *call, int32_t index,
                                          treadle_tensor *tensor) {
  return guard([&]() -> Status {
    Result<treadle_tensor> output = call->getOutput(index);
    if (!output)
      return output.takeError();
    *tensor = *output;
    return Success();
  });
}

int32_t treadle_call_num_counters(const treadle_call *call) {
  return static_cast<int32_t>(call->getCounters().size());
}

bool treadle_call_get_counter(const treadle_call *call, int32_t index,
                              treadle_counter *counter) {
  if (index < 0 || index >= treadle_call_num_counters(call))
    return false;
  *counter = call->getCounters()[index];
  return true;
}
