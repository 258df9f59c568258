//===- ModelDirectory.h - A folder that others wrote -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_IMPORTER_MODELDIRECTORY_H
#define TREADLE_IMPORTER_MODELDIRECTORY_H

#include "treadle/Formats/Error.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace treadle {

/// A file of a model.
struct ModelFile {
  /// Its name in the model, with '/' between folders: what messages say.
  std::string name;
  /// Where its bytes are: absolute, without symbolic links.
  std::string path;
};

/// The folder of a model. What is in it was written by others, so a name that
/// one of its files mentions, or a symbolic link in it, must not lead the
/// compiler to read (and copy into an artifact) files that are no part of the
/// model. The rule, with all paths resolved:
///
///   1. a name is relative, and none of its components is empty, "." or "..";
///   2. the file lies in the folder, or
///   3. the folder is REPO/snapshots/REVISION and the file REPO/blobs/NAME:
///      the cache of Hugging Face keeps each file once, in `blobs`, and makes
///      `snapshots` of links to it.
///
/// Links that stay inside are followed, and the folder itself, which the user
/// named, may be reached through links.
class ModelDirectory {
public:
  /// What is not there, or is no folder, is FileNotOpened.
  static Result<ModelDirectory> open(llvm::StringRef path);

  /// The file of this name. Breaks of the rule are FileOutsideModel, files that
  /// are not there FileNotOpened.
  Result<ModelFile> find(llvm::StringRef name) const;

  /// Whether something has this name; it may be something that `find` refuses.
  bool contains(llvm::StringRef name) const;

  /// Absolute, without symbolic links.
  const std::string &path() const { return root; }

private:
  explicit ModelDirectory(std::string root) : root(std::move(root)) {}
  bool isPartOfModel(llvm::StringRef realPath) const;

  std::string root;
};

} // namespace treadle

#endif // TREADLE_IMPORTER_MODELDIRECTORY_H
