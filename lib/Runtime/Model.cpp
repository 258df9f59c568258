//===- Model.cpp - Loading an artifact ------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "Threads.h"
#include "treadle/Formats/CpuFeatures.h"

#include <atomic>
#include <dlfcn.h>

using namespace treadle;
using namespace treadle::runtime;

//===----------------------------------------------------------------------===//
// CodeLibrary
//===----------------------------------------------------------------------===//

/// A path to `folder`/model.so that this process has not used before.
///
/// The C library takes a path that it has opened for the same library, even
/// when another file has replaced the old one, as compiling a model again does:
/// the old code would then meet the new weights. So the bits of a counter are
/// written into the path as components that change nothing.
static std::string makeFreshPath(const std::string &folder) {
  static std::atomic<uint32_t> counter{0};
  std::string path = folder;
  for (uint32_t bits = counter++; bits != 0; bits >>= 1)
    path += bits & 1 ? "/." : "/";
  return path + "/model.so";
}

Result<CodeLibrary> CodeLibrary::open(const std::string &folder) {
  // The loader maps what it is given. Opened first as a file, a folder or a
  // pipe in its place is refused with a sentence.
  Result<MappedFile> file = MappedFile::open(folder + "/model.so");
  if (!file)
    return file.takeError();
  void *handle = dlopen(makeFreshPath(folder).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return Error(ErrorId::CodeNotLoaded, folder + "/model.so: " + dlerror());
  return CodeLibrary(handle);
}

CodeLibrary::CodeLibrary(CodeLibrary &&other) noexcept
    : handle(std::exchange(other.handle, nullptr)) {}

CodeLibrary::~CodeLibrary() {
  if (handle)
    dlclose(handle);
}

void *CodeLibrary::find(const std::string &symbol) const {
  return dlsym(handle, symbol.c_str());
}

//===----------------------------------------------------------------------===//
// What has to fit before any code is loaded
//===----------------------------------------------------------------------===//

/// The ABI that the code of a description has: an older host would not do what
/// code that counts asks for.
static int64_t getCodeAbi(const ModelDescription &description) {
  return description.hasCounters() ? TREADLE_CODE_ABI_COUNTERS
                                   : TREADLE_CODE_ABI;
}

static Error makeAbiError(const std::string &file, int64_t abi) {
  return Error(ErrorId::WrongCodeAbi,
               file + ": has code ABI " + std::to_string(abi) +
                   "; this runtime has " + std::to_string(TREADLE_CODE_ABI))
      .help("compile the model again with the treadle of this runtime");
}

static Status checkTarget(const std::string &file,
                          const ModelDescription &description) {
  std::string_view triple = description.triple;
  std::string_view architecture = triple.substr(0, triple.find('-'));
  if (architecture != getHostArchitecture())
    return Error(ErrorId::MissingCpuFeature,
                 file + ": is code for " + quoteForMessage(architecture) +
                     "; this machine is " +
                     quoteForMessage(getHostArchitecture()));
  std::string missing;
  for (const std::string &feature : description.features)
    if (!hostHasCpuFeature(feature))
      missing += (missing.empty() ? "" : ", ") + quoteForMessage(feature);
  if (missing.empty())
    return Success();
  Error error(ErrorId::MissingCpuFeature,
              file + ": needs the CPU feature " + missing +
                  ", which this machine does not have");
  if (missing.find("'amx-") != std::string::npos)
    std::move(error).note("features of tiles (amx) count only where "
                          "the system lets this process use them");
  return std::move(error)
      .note("the model was compiled for " + quoteForMessage(description.cpu))
      .help("compile the model on this machine, or with its name as --mcpu");
}

/// "[384, 384] of f32".
static std::string describe(ElementType type,
                            const std::vector<int64_t> &shape) {
  return formatShape(shape) + " of " + getKeyword(type);
}

/// Compares the file with the description, tensor by tensor.
static Status checkWeights(const SafetensorsFile &file,
                           const ModelDescription &description,
                           std::vector<const void *> &parameters) {
  auto refuse = [&](const std::string &rule) {
    return Error(ErrorId::WeightsMismatch, file.path() + ": " + rule)
        .help("copy the whole folder of the artifact again, or compile the "
              "model again");
  };
  for (const NamedTensor &tensor : file.tensors()) {
    if (isPadding(tensor.name))
      continue;
    size_t index = parameters.size();
    if (index == description.parameters.size())
      return refuse("tensor " + quoteForMessage(tensor.name) +
                    " is none of the model's parameters");
    const ParameterDescription &expected = description.parameters[index];
    if (tensor.name != expected.name)
      return refuse("tensor " + quoteForMessage(tensor.name) +
                    " stands where " + quoteForMessage(expected.name) +
                    " is expected");
    if (tensor.type != expected.type || tensor.shape != expected.shape)
      return refuse("tensor " + quoteForMessage(tensor.name) + " is " +
                    describe(tensor.type, tensor.shape) + ", expected " +
                    describe(expected.type, expected.shape));
    if (reinterpret_cast<uintptr_t>(tensor.bytes.data) % 64 != 0)
      return refuse("tensor " + quoteForMessage(tensor.name) +
                    " does not begin at a multiple of 64 bytes");
    parameters.push_back(tensor.bytes.data);
  }
  if (parameters.size() != description.parameters.size())
    return refuse(
        "tensor " +
        quoteForMessage(description.parameters[parameters.size()].name) +
        " is missing");
  return Success();
}

static Status loadWeights(const std::string &path, treadle_model &model) {
  // A model without parameters needs no file.
  if (model.description.weightsSize == 0 &&
      model.description.parameters.empty())
    return Success();
  Result<MappedFile> raw = MappedFile::open(path);
  if (!raw)
    return raw.takeError();
  // First, because it is what a copy that was cut off breaks.
  int64_t size = static_cast<int64_t>(raw->bytes().size);
  if (size != model.description.weightsSize)
    return Error(ErrorId::WeightsMismatch,
                 path + ": has " + std::to_string(size) +
                     " bytes; model.json says " +
                     std::to_string(model.description.weightsSize))
        .help("copy the whole folder of the artifact again, or compile the "
              "model again");
  Result<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  model.weights.emplace(std::move(*file));
  return checkWeights(*model.weights, model.description, model.parameters);
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

static treadle_bound describeBound(const std::optional<Extent> &extent) {
  if (!extent)
    return {false, nullptr, 0};
  return {true, extent->isDynamic() ? extent->dimension.c_str() : nullptr,
          extent->value};
}

/// Pointers go into the description, which the model holds in place.
static treadle_operand_info describeOperand(const ModelDescription &model,
                                            const OperandDescription &operand) {
  treadle_operand_info info = {};
  info.name = operand.name.c_str();
  info.type = static_cast<treadle_type>(operand.type);
  info.rank = static_cast<int32_t>(operand.shape.size());
  for (size_t axis = 0; axis < operand.shape.size(); ++axis) {
    const Extent &extent = operand.shape[axis];
    info.shape[axis] = extent.isDynamic() ? -1 : extent.value;
    info.minimum_extents[axis] = info.maximum_extents[axis] = extent.value;
    if (!extent.isDynamic())
      continue;
    const Dimension *dimension = model.findDimension(extent.dimension);
    info.dimensions[axis] = extent.dimension.c_str();
    info.minimum_extents[axis] = dimension->minimum;
    info.maximum_extents[axis] = dimension->maximum.value_or(-1);
  }
  info.minimum = describeBound(operand.minimum);
  info.maximum = describeBound(operand.maximum);
  info.default_value = describeBound(operand.defaultValue);
  return info;
}

static Status loadCode(const std::string &folder, treadle_model &model) {
  Result<CodeLibrary> library = CodeLibrary::open(folder);
  if (!library)
    return library.takeError();
  model.code.emplace(std::move(*library));
  std::string file = folder + "/model.so";

  auto *abi =
      static_cast<const uint32_t *>(model.code->find("treadle_code_abi"));
  if (!abi)
    return Error(ErrorId::CodeNotLoaded,
                 file + ": has no symbol 'treadle_code_abi'");
  if (*abi != getCodeAbi(model.description))
    return makeAbiError(file, *abi);

  for (const EntryPointDescription &description :
       model.description.entryPoints) {
    std::string symbol = "treadle_entry_" + description.name;
    Entry &entry = model.entries.emplace_back();
    entry.description = &description;
    entry.code =
        reinterpret_cast<treadle_entry_point>(model.code->find(symbol));
    if (!entry.code)
      return Error(ErrorId::CodeNotLoaded,
                   file + ": has no symbol " + quoteForMessage(symbol));
    for (const OperandDescription &input : description.inputs)
      entry.inputs.push_back(describeOperand(model.description, input));
    for (const OperandDescription &output : description.outputs)
      entry.outputs.push_back(describeOperand(model.description, output));
    entry.info = {
        description.name.c_str(), static_cast<int32_t>(entry.inputs.size()),
        entry.inputs.data(), static_cast<int32_t>(entry.outputs.size()),
        entry.outputs.data()};
  }
  return Success();
}

const Entry *treadle_model::findEntry(std::string_view name) const {
  for (const Entry &entry : entries)
    if (entry.description->name == name)
      return &entry;
  return nullptr;
}

Result<std::unique_ptr<treadle_model>>
treadle_model::load(const std::string &path, const treadle_options &options) {
  auto model = std::make_unique<treadle_model>();
  Result<int64_t> threads = chooseThreads(options.threads);
  if (!threads)
    return threads.takeError();
  model->threads = *threads;
  model->memoryLimit = options.memory_limit;
  if (options.pool)
    model->pool = *options.pool;

  std::string descriptionPath = path + "/model.json";
  Result<MappedFile> text = MappedFile::open(descriptionPath);
  if (!text)
    return text.takeError().help("an artifact is a folder that `treadle "
                                 "compile` made, with a model.json in it");
  Result<ModelDescription> description =
      parseDescription(text->text(), descriptionPath);
  if (!description)
    return description.takeError();
  model->description = std::move(*description);

  if (model->description.codeAbi != getCodeAbi(model->description))
    return makeAbiError(descriptionPath, model->description.codeAbi);
  Status status = checkTarget(descriptionPath, model->description);
  if (status)
    status = loadWeights(path + "/weights.safetensors", *model);
  // Last: from here on, code of the artifact may run.
  if (status)
    status = loadCode(path, *model);
  if (!status)
    return status.takeError();
  return model;
}
