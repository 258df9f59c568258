//===- Safetensors.h - The safetensors file format -------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// https://github.com/huggingface/safetensors#format: eight bytes with the
// length of a JSON header, the header, and the tensors' bytes without a hole.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_SAFETENSORS_H
#define TREADLE_FORMATS_SAFETENSORS_H

#include "treadle/Formats/ElementType.h"
#include "treadle/Formats/Error.h"
#include "treadle/Formats/MappedFile.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace treadle {

/// A dense, row-major, little-endian tensor with a name. The bytes are somebody
/// else's; in a file that others wrote they may lie at any address.
struct NamedTensor {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  ByteSpan bytes;
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

/// An open file, every rule of the format checked. What is wrong is
/// MalformedSafetensors and names the file, the tensor and the rule; an element
/// type outside the format is UnknownElementType. Types that the format has and
/// Treadle does not (see isSupported) are read: who uses the tensor refuses it.
class SafetensorsFile {
public:
  static Result<SafetensorsFile> open(const std::string &path);

  /// In the order in which their bytes lie in the file; the names of padding
  /// (see isPadding) are among them.
  const std::vector<NamedTensor> &tensors() const { return contents; }

  /// Null when there is none of this name. Valid as long as this object.
  const NamedTensor *find(std::string_view name) const;

  /// `__metadata__`, in the order of the file.
  const Metadata &metadata() const { return annotations; }
  const std::string &path() const { return file.path(); }

private:
  explicit SafetensorsFile(MappedFile file) : file(std::move(file)) {}

  MappedFile file;
  std::vector<NamedTensor> contents;
  Metadata annotations;
  /// Index by name. Keys point into `contents`, whose elements stay in place
  /// when the vector is moved.
  std::unordered_map<std::string_view, size_t> byName;
};

/// True for the tensors that `writeSafetensors` puts between others to align
/// them: U8, named "__padding__.N".
bool isPadding(std::string_view tensorName);

/// Writes `tensors` in their order. Each tensor's data begins at a multiple of
/// 64 bytes from the file's start: the header is padded with spaces, and
/// because the format has no holes, a tensor whose size is no multiple of 64 is
/// followed by a padding tensor. The same arguments make the same bytes.
/// A name used twice, a name kept for padding, or bytes that do not fit the
/// shape are MalformedSafetensors; the system's refusals FileNotWritten.
Status writeSafetensors(const std::string &path,
                        const std::vector<NamedTensor> &tensors,
                        const Metadata &metadata = {});

} // namespace treadle

#endif // TREADLE_FORMATS_SAFETENSORS_H
