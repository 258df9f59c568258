//===- Inputs.cpp - Inputs from files, and inputs that are made -----------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace treadle;

static Error makeInvalidValue(OptionId id, llvm::StringRef expected,
                              llvm::StringRef value) {
  return Error(ErrorId::InvalidOptionValue, getSpelling(id) + " takes " +
                                                expected.str() + ", not " +
                                                quoteForMessage(value.str()));
}

Result<InputChoices> treadle::parseInputChoices(const Arguments &arguments) {
  InputChoices choices;
  for (const std::string &text : arguments.getAll(OPT_input)) {
    auto [name, file] = llvm::StringRef(text).split('=');
    if (name.empty() || !file.consume_front("@") || file.empty())
      return makeInvalidValue(OPT_input, "NAME=@FILE.npy", text);
    choices.files.emplace_back(name.str(), file.str());
  }
  for (const std::string &text : arguments.getAll(OPT_shape))
    for (llvm::StringRef part : llvm::split(text, ',')) {
      auto [name, digits] = part.split('=');
      int64_t extent = 0;
      if (name.empty() || digits.getAsInteger(10, extent) || extent < 0)
        return makeInvalidValue(OPT_shape, "NAME=N,...", text);
      choices.extents[name.str()] = extent;
    }
  Result<int64_t> seed = arguments.getInteger(OPT_seed, 0, 0, INT64_MAX);
  if (!seed)
    return seed.takeError();
  choices.seed = *seed;
  return choices;
}

namespace {
/// SplitMix64 (Steele, Lea and Flood, 2014): a few lines that give everyone the
/// same numbers.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// In [low, high].
  int64_t nextInteger(int64_t low, int64_t high) {
    uint64_t count = static_cast<uint64_t>(high) - low + 1;
    return low + static_cast<int64_t>(count ? next() % count : next());
  }
  /// In [-1, 1).
  double nextReal() { return static_cast<double>(next() >> 11) * 0x1p-52 - 1; }

private:
  uint64_t state;
};

/// Makes the inputs of one entry point.
class InputMaker {
public:
  InputMaker(const treadle_entry_info &entry, const InputChoices &choices)
      : entry(entry), choices(choices), extents(choices.extents),
        random(choices.seed) {}

  Result<std::vector<InputTensor>> run() {
    if (Status status = checkNames(); !status)
      return status.takeError();
    std::vector<InputTensor> inputs;
    // Files first: their shapes bind dimensions for those that are made.
    for (const auto &[name, path] : choices.files) {
      Result<InputTensor> input = open(name, path);
      if (!input)
        return input.takeError();
      inputs.push_back(std::move(*input));
    }
    size_t numFiles = inputs.size();
    for (int32_t i = 0; i < entry.num_inputs; ++i) {
      const treadle_operand_info &info = entry.inputs[i];
      bool given = false;
      for (size_t k = 0; k < numFiles; ++k)
        given |= inputs[k].name == info.name;
      if (given || info.default_value.present)
        continue;
      Result<InputTensor> input = make(info);
      if (!input)
        return input.takeError();
      inputs.push_back(std::move(*input));
    }
    return inputs;
  }

private:
  const treadle_operand_info *findInput(llvm::StringRef name) const {
    for (int32_t i = 0; i < entry.num_inputs; ++i)
      if (name == entry.inputs[i].name)
        return &entry.inputs[i];
    return nullptr;
  }

  /// A misspelt name must not be ignored.
  Status checkNames() const {
    std::vector<std::string> inputs, dimensions;
    for (int32_t i = 0; i < entry.num_inputs; ++i) {
      inputs.push_back(entry.inputs[i].name);
      for (int32_t axis = 0; axis < entry.inputs[i].rank; ++axis)
        if (const char *name = entry.inputs[i].dimensions[axis])
          dimensions.push_back(name);
    }
    for (const auto &file : choices.files)
      if (!llvm::is_contained(inputs, file.first))
        return Error(ErrorId::UnknownOperand,
                     std::string("entry point '") + entry.name +
                         "' has no input " + quoteForMessage(file.first) +
                         "; it has " + llvm::join(inputs, ", "));
    for (const auto &extent : choices.extents)
      if (!llvm::is_contained(dimensions, extent.first)) {
        llvm::sort(dimensions);
        dimensions.erase(llvm::unique(dimensions), dimensions.end());
        return Error(ErrorId::InvalidOptionValue,
                     std::string("entry point '") + entry.name +
                         "' has no dimension " + quoteForMessage(extent.first) +
                         " in its inputs; " + "it has " +
                         llvm::join(dimensions, ", "));
      }
    return Success();
  }

  Result<InputTensor> open(const std::string &name, const std::string &path) {
    Result<NpyFile> file = NpyFile::open(path);
    if (!file)
      return file.takeError();
    InputTensor input;
    input.name = name;
    const std::vector<int64_t> &shape = file->shape();
    if (shape.size() > TREADLE_MAX_RANK)
      return Error(ErrorId::WrongShape, path + " has more than 8 dimensions");
    input.tensor.type = static_cast<treadle_type>(file->type());
    input.tensor.rank = static_cast<int32_t>(shape.size());
    llvm::copy(shape, input.tensor.shape);
    // The runtime only reads inputs; its structure serves outputs as well.
    input.tensor.data = const_cast<uint8_t *>(file->bytes().data);
    const treadle_operand_info *info = findInput(name);
    for (int32_t axis = 0; axis < std::min(info->rank, input.tensor.rank);
         ++axis)
      if (info->dimensions[axis])
        extents.emplace(info->dimensions[axis], shape[axis]);
    input.file.emplace(std::move(*file));
    return input;
  }

  /// The extent of an axis: chosen, or 1 for batches, or 128 within the limits.
  int64_t getExtent(const treadle_operand_info &info, int32_t axis) {
    if (info.shape[axis] >= 0)
      return info.shape[axis];
    llvm::StringRef name = info.dimensions[axis];
    int64_t extent = name == "batch" ? 1 : 128;
    extent = std::max(extent, info.minimum_extents[axis]);
    if (info.maximum_extents[axis] >= 0)
      extent = std::min(extent, info.maximum_extents[axis]);
    return extents.emplace(name.str(), extent).first->second;
  }

  /// A bound as a number; nothing when it is not declared or is a dimension
  /// that is not bound.
  std::optional<int64_t> getBound(const treadle_bound &bound) const {
    if (!bound.present)
      return std::nullopt;
    if (!bound.dimension)
      return bound.value;
    auto it = extents.find(bound.dimension);
    return it == extents.end() ? std::nullopt : std::optional(it->second);
  }

  Result<InputTensor> make(const treadle_operand_info &info) {
    InputTensor input;
    input.name = info.name;
    input.tensor.type = info.type;
    input.tensor.rank = info.rank;
    std::vector<int64_t> shape;
    for (int32_t axis = 0; axis < info.rank; ++axis)
      shape.push_back(input.tensor.shape[axis] = getExtent(info, axis));

    // So many elements that no machine could hold them are refused here, before
    // any is made. The runtime refuses what is over the model's limits, which
    // is said better there: give it the shape and no element.
    constexpr int64_t kMost = int64_t(1) << 34;
    std::optional<int64_t> bytes =
        getByteSize(static_cast<ElementType>(info.type), shape);
    if (!bytes || *bytes > kMost)
      return Error(ErrorId::DimensionOutOfRange,
                   std::string("input '") + info.name + "' of shape " +
                       formatShape(shape) + " is too large to be made");
    input.elements.resize(llvm::divideCeil(*bytes, sizeof(uint64_t)));
    input.tensor.data = input.elements.data();
    fill(info, input, *bytes);
    return input;
  }

  void fill(const treadle_operand_info &info, InputTensor &input,
            int64_t bytes) {
    // Without declared bounds, 0 and 1: they fit every type and mean little.
    int64_t low = getBound(info.minimum).value_or(0);
    int64_t high = std::max(low, getBound(info.maximum).value_or(low + 1));
    auto *data = static_cast<uint8_t *>(input.tensor.data);
    auto size = static_cast<int64_t>(treadle_type_size(info.type));
    for (int64_t offset = 0; offset < bytes; offset += size) {
      // Little endian: the low bytes come first, whatever the size.
      uint64_t bits = isInteger(static_cast<ElementType>(info.type))
                          ? random.nextInteger(low, high)
                          : makeReal(info.type);
      std::memcpy(data + offset, &bits, size);
    }
  }

  /// The bits of a random real.
  uint64_t makeReal(treadle_type type) {
    if (type == TREADLE_BOOL)
      return random.next() & 1;
    llvm::APFloat value(random.nextReal());
    const llvm::fltSemantics &semantics =
        type == TREADLE_F64    ? llvm::APFloat::IEEEdouble()
        : type == TREADLE_F32  ? llvm::APFloat::IEEEsingle()
        : type == TREADLE_BF16 ? llvm::APFloat::BFloat()
                               : llvm::APFloat::IEEEhalf();
    bool losesInfo = false;
    value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    return value.bitcastToAPInt().getZExtValue();
  }

  const treadle_entry_info &entry;
  const InputChoices &choices;
  std::map<std::string, int64_t> extents;
  Random random;
};
} // namespace

Result<std::vector<InputTensor>>
treadle::makeInputs(const treadle_entry_info &entry,
                    const InputChoices &choices) {
  return InputMaker(entry, choices).run();
}
