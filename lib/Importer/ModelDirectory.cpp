//===- ModelDirectory.cpp - A folder that others wrote -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Importer/ModelDirectory.h"
#include "treadle/Importer/Findings.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace treadle;
using llvm::StringRef;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

std::string treadle::listForMessage(const std::vector<std::string> &names) {
  constexpr size_t kShown = 8;
  std::string text;
  size_t shown = std::min(names.size(), kShown);
  for (size_t i = 0; i < shown; ++i) {
    bool last = i + 1 == names.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + quoteForMessage(names[i]);
  }
  if (names.size() > shown)
    text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

Result<ModelDirectory> ModelDirectory::open(StringRef path) {
  llvm::SmallString<256> root;
  if (std::error_code code = fs::real_path(path, root))
    return Error(ErrorId::FileNotOpened,
                 path.str() + ": cannot be opened: " + code.message());
  if (!fs::is_directory(root))
    return Error(ErrorId::FileNotOpened, path.str() + ": is not a folder");
  return ModelDirectory(root.str().str());
}

/// Rule 1: a name that stays inside as far as it says itself. A null character
/// would end the name early when the system reads it.
static bool isInnerName(StringRef name) {
  if (name.contains('\0'))
    return false;
  llvm::SmallVector<StringRef> components;
  name.split(components, '/');
  return llvm::none_of(components, [](StringRef component) {
    return component.empty() || component == "." || component == "..";
  });
}

/// Rules 2 and 3, for a path without links.
bool ModelDirectory::isPartOfModel(StringRef realPath) const {
  if (realPath.starts_with(root) &&
      realPath.drop_front(root.size()).starts_with("/"))
    return true;
  StringRef snapshots = path::parent_path(root);
  if (path::filename(snapshots) != "snapshots")
    return false;
  llvm::SmallString<256> blobs(path::parent_path(snapshots));
  path::append(blobs, "blobs");
  return path::parent_path(realPath) == blobs;
}

Result<ModelFile> ModelDirectory::find(StringRef name) const {
  if (!isInnerName(name))
    return Error(ErrorId::FileOutsideModel,
                 root + ": the name " + quoteForMessage(name.str()) +
                     " does not name a file inside this folder");
  std::string full = root + "/" + name.str();
  llvm::SmallString<256> real;
  if (std::error_code code = fs::real_path(full, real))
    return Error(ErrorId::FileNotOpened,
                 full + ": cannot be opened: " + code.message());
  if (!isPartOfModel(real))
    return Error(ErrorId::FileOutsideModel, full +
                                                ": is a link out of its "
                                                "folder, to " +
                                                quoteForMessage(real.c_str()))
        .note("files of a model are inside its folder, or in 'blobs' of the "
              "Hugging Face cache when the folder is one of its 'snapshots'")
        .help("replace the link by a copy of the file");
  return ModelFile{name.str(), real.str().str()};
}

bool ModelDirectory::contains(StringRef name) const {
  // A link counts even when it leads nowhere: it is refused when it is opened,
  // and not taken for an absent file.
  fs::file_status status;
  return isInnerName(name) &&
         !fs::status(root + "/" + name, status, /*follow=*/false) &&
         fs::exists(status);
}
