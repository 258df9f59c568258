//===- MappedFile.h - A file, read only, in memory -------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_FORMATS_MAPPEDFILE_H
#define TREADLE_FORMATS_MAPPEDFILE_H

#include "treadle/Formats/ElementType.h"
#include "treadle/Formats/Error.h"

#include <string>

namespace treadle {

/// A regular file mapped read only and shared, so that processes that load the
/// same file share its memory. Movable; unmaps when it goes. Truncating the
/// file behind its back is not defended against: it raises SIGBUS.
class MappedFile {
public:
  /// Refuses what is not a regular file (symbolic links are followed) with
  /// NotARegularFile, and what the system refuses with FileNotOpened.
  static Result<MappedFile> open(const std::string &path);

  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  /// Page aligned; empty for an empty file.
  ByteSpan bytes() const { return content; }
  std::string_view text() const {
    return {reinterpret_cast<const char *>(content.data), content.size};
  }
  const std::string &path() const { return filePath; }

private:
  MappedFile(std::string path, ByteSpan content)
      : filePath(std::move(path)), content(content) {}

  std::string filePath;
  ByteSpan content;
};

/// Writes a file from pieces, and reports what the system reports: a short
/// write and a full disk are FileNotWritten. The file is created or emptied by
/// `create`; it is complete only when `close` has succeeded.
class FileWriter {
public:
  static Result<FileWriter> create(const std::string &path);

  FileWriter(FileWriter &&other) noexcept;
  FileWriter &operator=(FileWriter &&) = delete;
  ~FileWriter();

  Status write(const void *data, size_t size);
  Status write(std::string_view text) {
    return write(text.data(), text.size());
  }
  /// Closes the file; errors that the system delayed until now are reported.
  Status close();

private:
  FileWriter(std::string path, int descriptor)
      : filePath(std::move(path)), descriptor(descriptor) {}

  std::string filePath;
  int descriptor;
};

} // namespace treadle

#endif // TREADLE_FORMATS_MAPPEDFILE_H
