//===- Digest.cpp - SHA-256 of files --------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Digest.h"

#include "treadle/Formats/MappedFile.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

using namespace treadle;

Result<std::vector<SourceFile>>
treadle::digestFiles(const std::vector<ModelFile> &files) {
  std::vector<SourceFile> digests;
  for (const ModelFile &file : files) {
    Result<MappedFile> content = MappedFile::open(file.path);
    if (!content)
      return content.takeError();
    ByteSpan bytes = content->bytes();
    auto digest =
        llvm::SHA256::hash(llvm::ArrayRef<uint8_t>(bytes.data, bytes.size));
    digests.push_back({file.name, llvm::toHex(digest, /*LowerCase=*/true)});
  }
  return digests;
}
