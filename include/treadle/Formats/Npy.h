//===- Npy.h - The .npy files of NumPy -------------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html,
// versions 1 and 2: dense, C order, little endian.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_NPY_H
#define TREADLE_FORMATS_NPY_H

#include "treadle/Formats/ElementType.h"
#include "treadle/Formats/Error.h"
#include "treadle/Formats/MappedFile.h"

#include <string>
#include <vector>

namespace treadle {

/// One array in a mapped file. NumPy has no bf16, so it never has that type.
class NpyFile {
public:
  /// What breaks the format is MalformedNpy; Fortran order, big endian, objects
  /// and types that Treadle does not have are UnsupportedNpy.
  static Result<NpyFile> open(const std::string &path);

  ElementType type() const { return elementType; }
  const std::vector<int64_t> &shape() const { return extents; }
  /// Aligned to 16 bytes at least, which suits every element type.
  ByteSpan bytes() const { return content; }

private:
  explicit NpyFile(MappedFile file) : file(std::move(file)) {}

  MappedFile file;
  ElementType elementType = ElementType::F32;
  std::vector<int64_t> extents;
  ByteSpan content;
  /// Holds the data of a file whose header leaves it at an odd address.
  std::vector<uint64_t> realigned;
};

/// Writes version 1, or 2 when the header is long, as NumPy does. A type that
/// NumPy does not have (bf16) is UnsupportedNpy; bytes that do not fit the
/// shape are MalformedNpy; the system's refusals FileNotWritten.
Status writeNpy(const std::string &path, ElementType type,
                const std::vector<int64_t> &shape, ByteSpan bytes);

} // namespace treadle

#endif // TREADLE_FORMATS_NPY_H
