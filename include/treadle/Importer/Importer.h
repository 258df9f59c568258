//===- Importer.h - Models, as they are published, to the model stage -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is read here was written by others. Everything is checked, and all that
// is wrong or not supported is reported, before a module is handed out.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_IMPORTER_IMPORTER_H
#define TREADLE_IMPORTER_IMPORTER_H

#include "treadle/Importer/Findings.h"
#include "treadle/Importer/ModelDirectory.h"
#include "treadle/Importer/ParameterSource.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace treadle {

/// What a path leads to, read off the content and never off the name.
enum class ModelKind {
  HuggingFace, ///< A folder with config.json or modules.json: `importModel`.
  Mlir,        ///< A text of MLIR, which the caller parses.
};

/// Nothing there is FileNotOpened. What is recognised and not read yet (GGUF,
/// ONNX, PyTorch, MLIR bytecode) is UnsupportedModelKind, all else is
/// UnknownModelKind.
Result<ModelKind> identifyModel(llvm::StringRef path);

/// A model at the stage `model`.
struct ImportedModel {
  /// Carries `treadle.stage`; verifies. Its parameters have the names of the
  /// checkpoint's tensors, so that its text and the directory are enough to
  /// compile it again.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Has every parameter of the module, in its shape and type.
  std::unique_ptr<ParameterSource> parameters;
  /// "huggingface": ModelDescription::sourceKind.
  std::string kind;
  /// Files of the tokenizer and of generation, to be copied into the artifact
  /// under their name.
  std::vector<ModelFile> sidecars;
  /// The files whose content makes the module and its parameters; their digests
  /// identify the model.
  std::vector<ModelFile> sources;
};

/// Imports a Hugging Face directory. The module has one entry point:
///
///   @encode(ids, lengths) -> hidden [batch, sequence, width], f32
///   @embed(ids, lengths) -> embeddings [batch, width], f32
///
/// `embed` when modules.json of sentence-transformers adds a pooling. `ids` are
/// i64 [batch, sequence]; `lengths`, i64 [batch], may be left out.
///
/// Beside the errors of the formats and of `openCheckpoint`:
/// UnknownArchitecture, MissingConfigKey, InvalidConfigValue,
/// UnsupportedConfigValue, UnsupportedSentenceModule, MissingTensor,
/// WrongTensorShape, UnsupportedTensorType, MixedTensorTypes. Keys of the
/// configuration that are not known, and tensors that are not used, are
/// warnings. Nothing when there was an error; all that were found are in
/// `findings`.
std::optional<ImportedModel> importModel(mlir::MLIRContext &context,
                                         llvm::StringRef path,
                                         Findings &findings);

} // namespace treadle

#endif // TREADLE_IMPORTER_IMPORTER_H
