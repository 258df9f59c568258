//===- Importer.cpp - Models, as they are published, to the model stage -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Importer/Importer.h"

#include "ModelBuilder.h"
#include "SentenceHead.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace treadle;

/// What the tokenizers and generation of transformers and sentence-transformers
/// read. The runtime copies and does not interpret them.
static constexpr llvm::StringLiteral kSidecars[] = {
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "config_sentence_transformers.json",
    "generation_config.json",
    "merges.txt",
    "sentence_bert_config.json",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt"};

static const Architecture *findArchitecture(Configuration &config) {
  std::string modelType = config.getString("model_type");
  std::string known;
  for (const Architecture *architecture : getArchitectures()) {
    if (architecture->modelType == modelType)
      return architecture;
    known += (known.empty() ? "" : ", ") + architecture->modelType.str();
  }
  // The absence of the key is in the findings already.
  if (!modelType.empty())
    config.getFindings().add(Error(ErrorId::UnknownArchitecture,
                                   config.getName() + ": 'model_type' is " +
                                       quoteForMessage(modelType) +
                                       ", which is not known")
                                 .note("known: " + known));
  else if (!config.getFindings().failed())
    config.refuse(ErrorId::InvalidConfigValue, "model_type", "is empty");
  return nullptr;
}

/// The files of the tokenizer, wherever sentence-transformers has put them:
/// beside the weights or in the root. Their names are those in the artifact.
static void findSidecars(const ModelDirectory &directory, StringRef folder,
                         ImportedModel &model, Findings &findings) {
  for (StringRef name : kSidecars) {
    std::string place = (folder + name).str();
    if (!directory.contains(place))
      place = name.str();
    if (!directory.contains(place))
      continue;
    Result<ModelFile> file = directory.find(place);
    if (file)
      model.sidecars.push_back({name.str(), file->path});
    else
      findings.add(file.takeError());
  }
}

/// Builds the module; null when something was wrong.
static OwningOpRef<ModuleOp>
buildModule(MLIRContext &context, const Architecture &architecture,
            Configuration &config, const SentenceHead *head,
            const ParameterSource &source, Findings &findings) {
  context.loadDialect<TreadleDialect, arith::ArithDialect, func::FuncDialect,
                      tensor::TensorDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(
      UnknownLoc::get(&context), StringRef(architecture.modelType));
  (*module)->setAttr(kStageAttrName, StageAttr::get(&context, Stage::Model));

  ModelBuilder model(*module, architecture, config.getName(), source, findings);
  architecture.build(model, config, head);
  config.warnOfRest();
  if (findings.failed())
    return {};
  model.warnOfUnusedTensors();
  return module;
}

std::optional<ImportedModel>
treadle::importModel(MLIRContext &context, StringRef path, Findings &findings) {
  Result<ModelDirectory> directory = ModelDirectory::open(path);
  if (!directory) {
    findings.add(directory.takeError());
    return std::nullopt;
  }
  std::optional<SentenceHead> head;
  if (directory->contains("modules.json"))
    head = readSentenceHead(*directory, findings);
  std::string folder = head ? head->transformerFolder : "";

  Result<ModelFile> configFile = directory->find(folder + "config.json");
  if (!configFile) {
    findings.add(configFile.takeError());
    return std::nullopt;
  }
  std::optional<Configuration> config =
      Configuration::open(*configFile, findings);
  if (!config)
    return std::nullopt;
  const Architecture *architecture = findArchitecture(*config);
  if (!architecture)
    return std::nullopt;
  config->setAliases(architecture->keyAliases);
  config->checkFixed(architecture->fixedKeys);
  config->ignore(getHarmlessKeys());
  config->ignore(architecture->harmlessKeys);

  // Opened even when the configuration was refused: both are checked at once.
  std::unique_ptr<ParameterSource> source =
      openCheckpoint(*directory, folder, findings);
  if (!source)
    return std::nullopt;

  ImportedModel model;
  model.kind = "huggingface";
  model.module = buildModule(context, *architecture, *config,
                             head ? &*head : nullptr, *source, findings);
  findSidecars(*directory, folder, model, findings);
  if (findings.failed())
    return std::nullopt;
  assert(succeeded(verify(*model.module)) && "made a module that is not valid");

  model.sources.push_back(*configFile);
  if (head)
    llvm::append_range(model.sources, head->sources);
  llvm::append_range(model.sources, source->getFiles());
  model.parameters = std::move(source);
  return model;
}
