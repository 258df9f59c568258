//===- MappedFile.cpp - Files, mapped and written -------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/MappedFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace treadle;

/// "PATH: what: the system's reason".
static Error makeSystemError(ErrorId id, const std::string &path,
                             const char *what, int code) {
  return Error(id, path + ": " + what + ": " + std::strerror(code));
}

//===----------------------------------------------------------------------===//
// MappedFile
//===----------------------------------------------------------------------===//

Result<MappedFile> MappedFile::open(const std::string &path) {
  // Without O_NONBLOCK, opening a pipe that nobody writes to never returns.
  int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0)
    return makeSystemError(ErrorId::FileNotOpened, path, "cannot be opened",
                           errno);

  struct stat status;
  if (fstat(descriptor, &status) != 0) {
    int code = errno;
    ::close(descriptor);
    return makeSystemError(ErrorId::FileNotOpened, path, "cannot be examined",
                           code);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return Error(ErrorId::NotARegularFile,
                 path + (S_ISDIR(status.st_mode) ? ": is a folder, not a file"
                                                 : ": is not a regular file"));
  }

  ByteSpan content;
  content.size = static_cast<size_t>(status.st_size);
  void *address = nullptr;
  int code = 0;
  // The system refuses to map nothing.
  if (content.size != 0) {
    address = mmap(nullptr, content.size, PROT_READ, MAP_SHARED, descriptor, 0);
    code = errno;
  }
  ::close(descriptor);
  if (address == MAP_FAILED)
    return makeSystemError(ErrorId::FileNotOpened, path, "cannot be mapped",
                           code);
  content.data = static_cast<const uint8_t *>(address);
  return MappedFile(path, content);
}

static void unmap(ByteSpan content) {
  if (content.data)
    munmap(const_cast<uint8_t *>(content.data), content.size);
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : filePath(std::move(other.filePath)),
      content(std::exchange(other.content, {})) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(filePath, other.filePath);
  std::swap(content, other.content);
  return *this;
}

MappedFile::~MappedFile() { unmap(content); }

//===----------------------------------------------------------------------===//
// FileWriter
//===----------------------------------------------------------------------===//

Result<FileWriter> FileWriter::create(const std::string &path) {
  int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return makeSystemError(ErrorId::FileNotWritten, path, "cannot be created",
                           errno);
  return FileWriter(path, descriptor);
}

FileWriter::FileWriter(FileWriter &&other) noexcept
    : filePath(std::move(other.filePath)),
      descriptor(std::exchange(other.descriptor, -1)) {}

FileWriter::~FileWriter() {
  if (descriptor >= 0)
    ::close(descriptor);
}

Status FileWriter::write(const void *data, size_t size) {
  const char *next = static_cast<const char *>(data);
  // One call writes 2 GiB at most, and less when a signal comes in between.
  while (size != 0) {
    ssize_t written = ::write(descriptor, next, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return makeSystemError(ErrorId::FileNotWritten, filePath,
                             "cannot be written", written < 0 ? errno : ENOSPC);
    next += written;
    size -= static_cast<size_t>(written);
  }
  return Success();
}

Status FileWriter::close() {
  if (::close(std::exchange(descriptor, -1)) != 0)
    return makeSystemError(ErrorId::FileNotWritten, filePath,
                           "cannot be written", errno);
  return Success();
}
