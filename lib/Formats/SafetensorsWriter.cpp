//===- SafetensorsWriter.cpp - Writing safetensors, aligned ---------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Safetensors.h"

#include "treadle/Formats/Json.h"

#include <unordered_set>

using namespace treadle;

/// A cache line, and the width of the widest vector.
static constexpr int64_t kAlignment = 64;
static const uint8_t kZeros[kAlignment] = {};

static int64_t getPadding(int64_t size) {
  return (kAlignment - size % kAlignment) % kAlignment;
}

/// Appends `"name":{...}` to the header and moves `offset` behind the data.
static void appendEntry(std::string &header, const std::string &name,
                        ElementType type, const std::vector<int64_t> &shape,
                        int64_t size, int64_t &offset) {
  if (header.size() > 1)
    header += ',';
  header += quoteJson(name) + ":{\"dtype\":\"" + getSafetensorsName(type) +
            "\",\"shape\":[";
  for (size_t i = 0; i < shape.size(); ++i)
    header += (i ? "," : "") + std::to_string(shape[i]);
  header += "],\"data_offsets\":[" + std::to_string(offset) + "," +
            std::to_string(offset + size) + "]}";
  offset += size;
}

static Status checkTensors(const std::string &path,
                           const std::vector<NamedTensor> &tensors) {
  std::unordered_set<std::string_view> names;
  for (const NamedTensor &tensor : tensors) {
    auto refuse = [&](const std::string &rule) {
      return Error(ErrorId::MalformedSafetensors,
                   path + ": tensor " + quoteForMessage(tensor.name) + " " +
                       rule);
    };
    if (!names.insert(tensor.name).second)
      return refuse("occurs twice");
    if (tensor.name == "__metadata__" || isPadding(tensor.name))
      return refuse("has a name that the format keeps for itself");
    std::optional<int64_t> size = getByteSize(tensor.type, tensor.shape);
    if (!size || static_cast<uint64_t>(*size) != tensor.bytes.size)
      return refuse("has " + std::to_string(tensor.bytes.size) +
                    " bytes, which do not fit shape " +
                    formatShape(tensor.shape) + " of " +
                    getSafetensorsName(tensor.type));
  }
  return Success();
}

Status treadle::writeSafetensors(const std::string &path,
                                 const std::vector<NamedTensor> &tensors,
                                 const Metadata &metadata) {
  if (Status status = checkTensors(path, tensors); !status)
    return status;

  std::string header = "{";
  if (!metadata.empty()) {
    header += "\"__metadata__\":{";
    for (size_t i = 0; i < metadata.size(); ++i)
      header += (i ? "," : "") + quoteJson(metadata[i].first) + ":" +
                quoteJson(metadata[i].second);
    header += "}";
  }
  int64_t offset = 0;
  int paddings = 0;
  for (const NamedTensor &tensor : tensors) {
    int64_t size = static_cast<int64_t>(tensor.bytes.size);
    appendEntry(header, tensor.name, tensor.type, tensor.shape, size, offset);
    if (int64_t padding = getPadding(size))
      appendEntry(header, "__padding__." + std::to_string(paddings++),
                  ElementType::U8, {padding}, padding, offset);
  }
  header += "}";
  header.append(getPadding(8 + static_cast<int64_t>(header.size())), ' ');

  Result<FileWriter> file = FileWriter::create(path);
  if (!file)
    return file.takeError();
  uint8_t length[8];
  for (int i = 0; i < 8; ++i)
    length[i] = static_cast<uint8_t>(header.size() >> (8 * i));
  Status status = file->write(length, sizeof(length));
  if (status)
    status = file->write(header);
  for (const NamedTensor &tensor : tensors) {
    if (status)
      status = file->write(tensor.bytes.data, tensor.bytes.size);
    if (status)
      status = file->write(kZeros, getPadding(tensor.bytes.size));
  }
  return status ? file->close() : std::move(status);
}
