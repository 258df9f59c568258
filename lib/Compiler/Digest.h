//===- Digest.h - SHA-256 of files ------------------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_DIGEST_H
#define TREADLE_LIB_COMPILER_DIGEST_H

#include "treadle/Formats/ModelDescription.h"
#include "treadle/Importer/ModelDirectory.h"

#include <vector>

namespace treadle {

/// The digests of files, in their order. Errors are those of MappedFile::open.
Result<std::vector<SourceFile>>
digestFiles(const std::vector<ModelFile> &files);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_DIGEST_H
