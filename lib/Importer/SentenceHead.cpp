//===- SentenceHead.cpp - What sentence-transformers adds to a model -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SentenceHead.h"

#include "Configuration.h"

#include "llvm/ADT/StringSwitch.h"

using namespace treadle;
using llvm::StringRef;

namespace {

/// One entry of modules.json.
struct SentenceModule {
  std::string type;   ///< "Pooling": without its Python package.
  std::string folder; ///< "" or a name that ends in '/'.
};

} // namespace

static std::optional<std::vector<SentenceModule>>
readModules(const ModelFile &file, Findings &findings) {
  auto refuse = [&](ErrorId id, const std::string &text) {
    findings.add(Error(id, file.name + ": " + text));
    return std::nullopt;
  };
  Result<JsonValue> json = parseJsonFile(file.path);
  if (!json) {
    findings.add(json.takeError());
    return std::nullopt;
  }
  const JsonValue::Array *array = json->getArray();
  if (!array)
    return refuse(ErrorId::InvalidConfigValue, std::string("is ") +
                                                   json->describeKind() +
                                                   ", not a list of modules");
  std::vector<SentenceModule> modules;
  for (const JsonValue &entry : *array) {
    const JsonValue *type = entry.find("type"), *path = entry.find("path");
    if (!type || !type->getString() || !path || !path->getString())
      return refuse(ErrorId::InvalidConfigValue,
                    "module " + std::to_string(modules.size()) +
                        " has no 'type' and 'path' that are strings");
    // Another package's class of the same name may do anything.
    StringRef name = *type->getString();
    if (!name.starts_with("sentence_transformers."))
      return refuse(ErrorId::UnsupportedSentenceModule,
                    "module " + quoteForMessage(name.str()) +
                        " is not one of sentence-transformers");
    std::string folder = *path->getString();
    if (!folder.empty() && folder.back() != '/')
      folder += '/';
    modules.push_back({name.rsplit('.').second.str(), folder});
  }
  return modules;
}

/// The one mode of a pooling's configuration.
static std::optional<Pooling> readMode(Configuration &config) {
  static constexpr struct {
    llvm::StringLiteral key;
    llvm::StringLiteral mode;
    bool byDefault;
  } kModes[] = {
      {"pooling_mode_cls_token", "cls", false},
      {"pooling_mode_max_tokens", "max", false},
      // What Pooling() takes when nothing else is said.
      {"pooling_mode_mean_tokens", "mean", true},
      {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", false},
      {"pooling_mode_weightedmean_tokens", "weightedmean", false},
      {"pooling_mode_lasttoken", "lasttoken", false}};
  std::vector<std::string> modes;
  // The newest versions write the mode itself; booleans still count before it.
  bool named = config.has("pooling_mode");
  if (named)
    modes.push_back(config.getString("pooling_mode"));
  for (const auto &entry : kModes)
    if (config.getBoolean(entry.key, entry.byDefault && !named) &&
        !(named && modes.front() == entry.mode))
      modes.push_back(entry.mode.str());
  if (config.getFindings().failed())
    return std::nullopt;

  auto refuse = [&](const std::string &text) -> std::optional<Pooling> {
    config.getFindings().add(Error(ErrorId::UnsupportedSentenceModule,
                                   config.getName() + ": " + text)
                                 .note("one of 'mean', 'cls' and 'max' is "
                                       "implemented"));
    return std::nullopt;
  };
  if (modes.size() != 1)
    return refuse(modes.empty() ? "no mode of pooling is chosen"
                                : "several modes of pooling are chosen: " +
                                      listForMessage(modes));
  auto pooling = llvm::StringSwitch<std::optional<Pooling>>(modes.front())
                     .Case("mean", Pooling::Mean)
                     .Case("cls", Pooling::First)
                     .Case("max", Pooling::Max)
                     .Default(std::nullopt);
  if (!pooling)
    return refuse("the mode of pooling " + quoteForMessage(modes.front()) +
                  " is not implemented");
  return pooling;
}

static void readPooling(const ModelDirectory &directory, StringRef folder,
                        SentenceHead &head, Findings &findings) {
  Result<ModelFile> file = directory.find((folder + "config.json").str());
  if (!file)
    return findings.add(file.takeError());
  std::optional<Configuration> config = Configuration::open(*file, findings);
  if (!config)
    return;
  static constexpr KeyAlias kAliases[] = {
      {"word_embedding_dimension", "embedding_dimension"}};
  static constexpr FixedKey kFixed[] = {
      {"include_prompt", "true",
       "leaves the tokens of the prompt out of the pooling"}};
  config->setAliases(kAliases);
  config->checkFixed(kFixed);
  if (config->has("word_embedding_dimension"))
    head.width =
        config->getSize("word_embedding_dimension", int64_t(1) << 24).value;
  head.pooling = readMode(*config);
  config->warnOfRest();
  head.sources.push_back(*file);
}

std::optional<SentenceHead>
treadle::readSentenceHead(const ModelDirectory &directory, Findings &findings) {
  Result<ModelFile> file = directory.find("modules.json");
  if (!file) {
    findings.add(file.takeError());
    return std::nullopt;
  }
  std::optional<std::vector<SentenceModule>> modules =
      readModules(*file, findings);
  if (!modules)
    return std::nullopt;

  static constexpr llvm::StringLiteral kOrder[] = {"Transformer", "Pooling",
                                                   "Normalize"};
  SentenceHead head;
  head.sources.push_back(*file);
  bool supported = !modules->empty() && modules->size() <= std::size(kOrder);
  std::vector<std::string> types;
  for (size_t i = 0; i < modules->size(); ++i) {
    types.push_back((*modules)[i].type);
    supported = supported && types[i] == kOrder[i];
  }
  if (!supported) {
    findings.add(Error(ErrorId::UnsupportedSentenceModule,
                       file->name + ": has the modules " +
                           (types.empty() ? "[]" : listForMessage(types)) +
                           "; 'Transformer', 'Pooling' and 'Normalize' in this "
                           "order are implemented"));
    return std::nullopt;
  }
  head.transformerFolder = modules->front().folder;
  if (modules->size() > 1)
    readPooling(directory, (*modules)[1].folder, head, findings);
  head.normalize = modules->size() > 2;
  if (findings.failed())
    return std::nullopt;
  return head;
}
