//===- Architecture.h - What there is to say about a family of models -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An architecture is a table and a builder: the table says what its
// configurations and checkpoints look like, the builder what it computes. The
// next one is a file like Bert.cpp and a line in Architectures.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_IMPORTER_ARCHITECTURE_H
#define TREADLE_LIB_IMPORTER_ARCHITECTURE_H

#include "Configuration.h"

#include "mlir/Support/LLVM.h"

namespace treadle {

class ModelBuilder;
struct SentenceHead;

/// Another spelling of the end of a tensor's name.
struct SuffixAlias {
  llvm::StringLiteral suffix;
  llvm::StringLiteral alias;
};

struct Architecture {
  /// `model_type` of config.json.
  llvm::StringLiteral modelType;

  llvm::ArrayRef<KeyAlias> keyAliases;
  llvm::ArrayRef<FixedKey> fixedKeys;
  /// Keys that do not change what is computed, beside those that every
  /// configuration of transformers may have.
  llvm::ArrayRef<llvm::StringLiteral> harmlessKeys;

  /// A tensor that every checkpoint has: where it is tells the prefix.
  llvm::StringLiteral anchorTensor;
  /// What names may begin with: a model saved as a part of a task's model has
  /// its own name before its tensors. "" among them.
  llvm::ArrayRef<llvm::StringLiteral> prefixes;
  llvm::ArrayRef<SuffixAlias> suffixAliases;
  /// Tensors, without prefix, that a checkpoint may have and nothing needs.
  llvm::ArrayRef<llvm::StringLiteral> harmlessTensors;

  /// Reads the configuration and, when that was possible, builds the entry
  /// points. `head` is null without sentence-transformers.
  void (*build)(ModelBuilder &model, Configuration &config,
                const SentenceHead *head);
};

/// All architectures, sorted by name.
llvm::ArrayRef<const Architecture *> getArchitectures();

/// Keys that any configuration of transformers may have, and that change
/// nothing of what is imported: training, generation, labels of other tasks.
llvm::ArrayRef<llvm::StringLiteral> getHarmlessKeys();

// One for each file of an architecture.
extern const Architecture kBert;

} // namespace treadle

#endif // TREADLE_LIB_IMPORTER_ARCHITECTURE_H
