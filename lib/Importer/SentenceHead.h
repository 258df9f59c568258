//===- SentenceHead.h - What sentence-transformers adds to a model -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_IMPORTER_SENTENCEHEAD_H
#define TREADLE_LIB_IMPORTER_SENTENCEHEAD_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Importer/Findings.h"
#include "treadle/Importer/ModelDirectory.h"

#include <optional>
#include <string>
#include <vector>

namespace treadle {

/// The modules of modules.json: a Transformer, then possibly a Pooling, then
/// possibly Normalize.
struct SentenceHead {
  /// Where config.json and the weights are: "" or a name that ends in '/'.
  std::string transformerFolder;
  /// Without it there is no head.
  std::optional<Pooling> pooling;
  bool normalize = false;
  /// The width that the pooling expects, where it says so.
  std::optional<int64_t> width;
  /// The files that were read.
  std::vector<ModelFile> sources;
};

/// Reads modules.json and the pooling's configuration. Other modules and modes
/// are UnsupportedSentenceModule, what is not as it must be InvalidConfigValue.
/// Nothing when there was an error.
std::optional<SentenceHead> readSentenceHead(const ModelDirectory &directory,
                                             Findings &findings);

} // namespace treadle

#endif // TREADLE_LIB_IMPORTER_SENTENCEHEAD_H
