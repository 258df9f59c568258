//===- Artifact.h - A folder that appears when it is whole ------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_COMPILER_ARTIFACT_H
#define TREADLE_COMPILER_ARTIFACT_H

#include "treadle/Formats/Error.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace treadle {

/// A folder beside the place where an artifact will be. It takes that place at
/// once when it is whole, and is removed when this object goes before that.
class UnfinishedArtifact {
public:
  /// Makes the folder. Refuses, with NotAnArtifact, an output path at which
  /// there is something else than an artifact or an empty folder; what the
  /// system refuses is FileNotWritten.
  static Result<UnfinishedArtifact> create(llvm::StringRef output);

  UnfinishedArtifact(UnfinishedArtifact &&other) noexcept;
  UnfinishedArtifact &operator=(UnfinishedArtifact &&) = delete;
  ~UnfinishedArtifact();

  /// Where a file of the artifact is to be written.
  std::string getPath(llvm::StringRef file) const;

  /// Writes a file. `file` may have folders in it.
  Status write(llvm::StringRef file, llvm::StringRef content) const;

  /// Puts the folder in its place. An artifact that is there is exchanged for
  /// it in one step where the file system can do that, and then removed; where
  /// it cannot, there is a moment without an artifact. FileNotWritten when the
  /// system refuses; what was there is then still there.
  Status commit();

private:
  UnfinishedArtifact(std::string folder, std::string output)
      : folder(std::move(folder)), output(std::move(output)) {}

  std::string folder; ///< Empty once there is nothing to remove.
  std::string output;
};

/// Removes the folders of all unfinished artifacts of this process and keeps
/// new ones from being made or put in place: for a process that is about to
/// end. Safe to call in any thread, and not in a signal handler.
void removeUnfinishedArtifacts();

} // namespace treadle

#endif // TREADLE_COMPILER_ARTIFACT_H
