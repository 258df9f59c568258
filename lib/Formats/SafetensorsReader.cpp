//===- SafetensorsReader.cpp - Reading and checking safetensors -----------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Safetensors.h"

#include "treadle/Formats/Json.h"

#include <algorithm>
#include <tuple>

using namespace treadle;

/// The format's own bound.
static constexpr uint64_t kMaxHeaderSize = 100'000'000;

bool treadle::isPadding(std::string_view tensorName) {
  return tensorName.rfind("__padding__.", 0) == 0;
}

static Error makeError(const std::string &path, const std::string &rule) {
  return Error(ErrorId::MalformedSafetensors, path + ": " + rule);
}

static Error makeError(const std::string &path, std::string_view tensor,
                       const std::string &rule) {
  return makeError(path, "tensor " + quoteForMessage(tensor) + " " + rule);
}

/// The header's text, once its length has been compared with the file.
static Result<std::string_view> findHeader(const MappedFile &file) {
  std::string_view text = file.text();
  if (text.size() < 8)
    return makeError(file.path(),
                     "has " + std::to_string(text.size()) +
                         " bytes, fewer than the 8 of the header's length");
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | static_cast<uint8_t>(text[i]);
  if (length > kMaxHeaderSize)
    return makeError(file.path(), "says that its header has " +
                                      std::to_string(length) +
                                      " bytes; at most 100000000 are allowed");
  if (length > text.size() - 8)
    return makeError(file.path(),
                     "says that its header has " + std::to_string(length) +
                         " bytes, and only " + std::to_string(text.size() - 8) +
                         " follow");
  std::string_view header = text.substr(8, length);
  if (header.empty() || header.front() != '{')
    return makeError(file.path(), "header does not begin with '{'");
  return header;
}

/// A list of non-negative integers; nothing when `value` is something else.
static std::optional<std::vector<int64_t>> readSizes(const JsonValue *value) {
  const JsonValue::Array *array = value ? value->getArray() : nullptr;
  if (!array)
    return std::nullopt;
  std::vector<int64_t> sizes;
  for (const JsonValue &element : *array) {
    std::optional<int64_t> size = element.getInteger();
    if (!size || *size < 0)
      return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

/// One member of the header; its bytes lie somewhere in `data`.
static Result<NamedTensor> readTensor(const std::string &path,
                                      const std::string &name,
                                      const JsonValue &value, ByteSpan data) {
  const JsonValue::Object *object = value.getObject();
  if (!object)
    return makeError(path, name, "is not described by an object");
  for (const JsonValue::Member &member : *object)
    if (member.key != "dtype" && member.key != "shape" &&
        member.key != "data_offsets")
      return makeError(path, name,
                       "has an unknown member " + quoteForMessage(member.key));

  NamedTensor tensor;
  tensor.name = name;
  const JsonValue *dtype = value.find("dtype");
  const std::string *typeName = dtype ? dtype->getString() : nullptr;
  if (!typeName)
    return makeError(path, name, "has no 'dtype' that is a string");
  std::optional<ElementType> type = parseSafetensorsName(*typeName);
  if (!type)
    return Error(ErrorId::UnknownElementType,
                 path + ": tensor " + quoteForMessage(name) +
                     " has unknown dtype " + quoteForMessage(*typeName));
  tensor.type = *type;

  std::optional<std::vector<int64_t>> shape = readSizes(value.find("shape"));
  if (!shape)
    return makeError(path, name,
                     "has no 'shape' that is a list of non-negative integers");
  tensor.shape = std::move(*shape);
  std::optional<int64_t> size = getByteSize(*type, tensor.shape);
  if (!size)
    return makeError(path, name,
                     "has shape " + formatShape(tensor.shape) + " of " +
                         *typeName + ", which has no size in bytes");

  std::optional<std::vector<int64_t>> offsets =
      readSizes(value.find("data_offsets"));
  if (!offsets || offsets->size() != 2)
    return makeError(
        path, name, "has no 'data_offsets' that are two non-negative integers");
  int64_t begin = (*offsets)[0], end = (*offsets)[1];
  std::string range =
      "[" + std::to_string(begin) + ", " + std::to_string(end) + ")";
  if (begin > end)
    return makeError(path, name, "has data_offsets " + range + " out of order");
  if (static_cast<uint64_t>(end) > data.size)
    return makeError(path, name,
                     "has data_offsets " + range + " and the file has only " +
                         std::to_string(data.size) +
                         " bytes of data: it is cut short");
  if (end - begin != *size)
    return makeError(path, name,
                     "has " + std::to_string(end - begin) +
                         " bytes of data; shape " + formatShape(tensor.shape) +
                         " of " + *typeName + " needs " +
                         std::to_string(*size));
  tensor.bytes = {data.data + begin, static_cast<size_t>(*size)};
  return tensor;
}

static Result<Metadata> readMetadata(const std::string &path,
                                     const JsonValue &value) {
  Metadata metadata;
  const JsonValue::Object *object = value.getObject();
  if (!object)
    return makeError(path, "'__metadata__' is not an object");
  for (const JsonValue::Member &member : *object) {
    const std::string *text = member.value.getString();
    if (!text)
      return makeError(path, "'__metadata__' has a member " +
                                 quoteForMessage(member.key) +
                                 " that is not a string");
    metadata.emplace_back(member.key, *text);
  }
  return metadata;
}

/// Sorted by address, the tensors must follow one another exactly.
static Status checkCover(const std::string &path,
                         const std::vector<NamedTensor> &tensors,
                         ByteSpan data) {
  const uint8_t *next = data.data;
  for (const NamedTensor &tensor : tensors) {
    if (tensor.bytes.data < next)
      return makeError(path, tensor.name, "overlaps the tensor before it");
    if (tensor.bytes.data > next)
      return makeError(path, tensor.name,
                       "leaves a hole of " +
                           std::to_string(tensor.bytes.data - next) +
                           " bytes before its data");
    next += tensor.bytes.size;
  }
  if (next != data.data + data.size)
    return makeError(path, std::to_string(data.data + data.size - next) +
                               " bytes at the end belong to no tensor");
  return Success();
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.takeError();
  SafetensorsFile result(std::move(*mapped));

  Result<std::string_view> header = findHeader(result.file);
  if (!header)
    return header.takeError();
  JsonLimits limits;
  limits.maxDepth = 8;
  Result<JsonValue> json = parseJson(*header, path + " (header)", limits);
  if (!json)
    return json.takeError();

  ByteSpan bytes = result.file.bytes();
  size_t start = 8 + header->size();
  ByteSpan data{bytes.data + start, bytes.size - start};
  for (const JsonValue::Member &member : *json->getObject()) {
    if (member.key == "__metadata__") {
      Result<Metadata> metadata = readMetadata(path, member.value);
      if (!metadata)
        return metadata.takeError();
      result.annotations = std::move(*metadata);
      continue;
    }
    Result<NamedTensor> tensor =
        readTensor(path, member.key, member.value, data);
    if (!tensor)
      return tensor.takeError();
    result.contents.push_back(std::move(*tensor));
  }

  // Empty tensors share their address with what follows, so the end decides
  // too; the name makes the order of several empty ones definite.
  auto key = [](const NamedTensor &tensor) {
    return std::make_tuple(tensor.bytes.data,
                           tensor.bytes.data + tensor.bytes.size,
                           std::string_view(tensor.name));
  };
  std::sort(result.contents.begin(), result.contents.end(),
            [&](const NamedTensor &left, const NamedTensor &right) {
              return key(left) < key(right);
            });
  if (Status status = checkCover(path, result.contents, data); !status)
    return status.takeError();
  for (size_t i = 0; i < result.contents.size(); ++i)
    result.byName.emplace(result.contents[i].name, i);
  return result;
}

const NamedTensor *SafetensorsFile::find(std::string_view name) const {
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : &contents[found->second];
}
