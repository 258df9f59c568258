//===- Artifact.cpp - A folder that appears when it is whole --------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Compiler/Artifact.h"

#include "treadle/Formats/Json.h"
#include "treadle/Formats/MappedFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

using namespace treadle;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace {
/// The folders that have to go when the process is interrupted.
struct UnfinishedFolders {
  std::mutex mutex;
  std::set<std::string> folders;
  bool closed = false;
};
} // namespace

static UnfinishedFolders &getUnfinished() {
  // Never destroyed: a signal may come while the process ends.
  static auto *unfinished = new UnfinishedFolders;
  return *unfinished;
}

static Error makeSystemError(llvm::StringRef file, llvm::StringRef what,
                             int code) {
  return Error(ErrorId::FileNotWritten,
               (file + ": " + what + ": ").str() +
                   std::generic_category().message(code));
}

/// Whether a folder may be replaced: it has nothing in it, or a description
/// that some version of treadle wrote.
static bool isReplaceable(const std::string &folder) {
  std::error_code code;
  fs::directory_iterator begin(folder, code), end;
  if (code)
    return false;
  if (begin == end)
    return true;
  Result<JsonValue> description = parseJsonFile(folder + "/model.json");
  if (!description)
    return false;
  const JsonValue *producer = description->find("producer");
  return producer && producer->getString() &&
         llvm::StringRef(*producer->getString()).starts_with("treadle ");
}

Result<UnfinishedArtifact> UnfinishedArtifact::create(llvm::StringRef output) {
  std::string place = output.rtrim('/').str();
  if (place.empty())
    return Error(ErrorId::NotAnArtifact,
                 quoteForMessage(output.str()) + " cannot be an artifact");
  // A link to an artifact stays a link.
  llvm::SmallString<256> real;
  if (fs::exists(place)) {
    if (!fs::real_path(place, real))
      place = real.str().str();
    if (!fs::is_directory(place) || !isReplaceable(place))
      return Error(ErrorId::NotAnArtifact,
                   output.str() + ": this is there and is not an artifact")
          .help("choose another path with -o, or remove it");
  }

  llvm::StringRef parent = path::parent_path(place);
  std::string prefix = (parent.empty() ? "" : parent.str() + "/") + "." +
                       path::filename(place).str() + ".tmp-" +
                       std::to_string(getpid()) + "-";
  UnfinishedFolders &unfinished = getUnfinished();
  std::lock_guard<std::mutex> lock(unfinished.mutex);
  // A process that was killed may have left a folder of the same name.
  for (int attempt = 0;; ++attempt) {
    std::string folder = prefix + std::to_string(attempt);
    if (!unfinished.closed && mkdir(folder.c_str(), 0777) == 0) {
      unfinished.folders.insert(folder);
      return UnfinishedArtifact(folder, place);
    }
    int code = unfinished.closed ? EINTR : errno;
    if (code != EEXIST || attempt == 100)
      return makeSystemError(output, "cannot be created", code);
  }
}

UnfinishedArtifact::UnfinishedArtifact(UnfinishedArtifact &&other) noexcept
    : folder(std::exchange(other.folder, "")), output(std::move(other.output)) {
}

UnfinishedArtifact::~UnfinishedArtifact() {
  if (folder.empty())
    return;
  UnfinishedFolders &unfinished = getUnfinished();
  std::lock_guard<std::mutex> lock(unfinished.mutex);
  unfinished.folders.erase(folder);
  fs::remove_directories(folder);
}

std::string UnfinishedArtifact::getPath(llvm::StringRef file) const {
  return folder + "/" + file.str();
}

Status UnfinishedArtifact::write(llvm::StringRef file,
                                 llvm::StringRef content) const {
  std::string target = getPath(file);
  if (std::error_code code = fs::create_directories(path::parent_path(target)))
    return makeSystemError(target, "cannot be created", code.value());
  Result<FileWriter> writer = FileWriter::create(target);
  if (!writer)
    return writer.takeError();
  if (Status status = writer->write(content.data(), content.size()); !status)
    return status;
  return writer->close();
}

/// Exchanges two folders, or moves `from` to a place where nothing is. Returns
/// an errno.
static int putInPlace(const std::string &from, const std::string &to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                RENAME_EXCHANGE) == 0)
    return 0;
  if (errno == ENOENT)
    return rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  // A file system that cannot exchange.
  std::string old = from + ".old";
  if (rename(to.c_str(), old.c_str()) != 0)
    return errno;
  if (rename(from.c_str(), to.c_str()) != 0) {
    int code = errno;
    rename(old.c_str(), to.c_str());
    return code;
  }
  // The caller removes what lies at `from`.
  return rename(old.c_str(), from.c_str()) == 0 ? 0 : errno;
}

Status UnfinishedArtifact::commit() {
  UnfinishedFolders &unfinished = getUnfinished();
  std::lock_guard<std::mutex> lock(unfinished.mutex);
  // After removeUnfinishedArtifacts nothing is left to put in place.
  int code = unfinished.closed ? EINTR : putInPlace(folder, output);
  if (code != 0)
    return makeSystemError(output, "cannot be created", code);
  // What was exchanged, if there was something.
  fs::remove_directories(folder);
  unfinished.folders.erase(folder);
  folder.clear();
  return Success();
}

void treadle::removeUnfinishedArtifacts() {
  UnfinishedFolders &unfinished = getUnfinished();
  std::lock_guard<std::mutex> lock(unfinished.mutex);
  unfinished.closed = true;
  for (const std::string &folder : unfinished.folders)
    // Another thread may still be writing into it: what it has made between the
    // look at the folder and its removal takes another turn.
    for (int turn = 0; turn < 10 && fs::exists(folder); ++turn)
      fs::remove_directories(folder);
  unfinished.folders.clear();
}
