//===- Checkpoint.cpp - Weights in safetensors files -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Json.h"
#include "treadle/Importer/ParameterSource.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace treadle;
using llvm::StringRef;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace {

/// The tensors of one or several safetensors files, taken together.
class Checkpoint final : public ParameterSource {
public:
  explicit Checkpoint(std::string name) : name(std::move(name)) {}

  /// Opens a file and adds its tensors.
  void add(const ModelFile &file, Findings &findings);

  std::optional<ParameterData> find(StringRef tensorName) const override {
    auto found = byName.find(tensorName);
    if (found == byName.end())
      return std::nullopt;
    const NamedTensor &tensor = *found->second.tensor;
    return ParameterData{tensor.type, tensor.shape, tensor.bytes,
                         getFileOf(tensorName)};
  }

  /// The name of the file that has a tensor; empty when there is none.
  StringRef getFileOf(StringRef tensorName) const {
    auto found = byName.find(tensorName);
    return found == byName.end() ? StringRef()
                                 : StringRef(files[found->second.file].name);
  }

  std::vector<StringRef> getNames() const override {
    std::vector<StringRef> names;
    for (const auto &entry : byName)
      names.push_back(entry.getKey());
    llvm::sort(names);
    return names;
  }

  const std::vector<ModelFile> &getFiles() const override { return files; }
  StringRef getName() const override { return name; }

  /// Puts the index itself, which names no tensors, among the files.
  void addIndex(const ModelFile &file) { files.push_back(file); }

private:
  struct Entry {
    const NamedTensor *tensor;
    size_t file;
  };

  std::string name;
  std::vector<ModelFile> files;
  /// Behind pointers: entries point into them.
  std::vector<std::unique_ptr<SafetensorsFile>> opened;
  llvm::StringMap<Entry> byName;
};

} // namespace

void Checkpoint::add(const ModelFile &file, Findings &findings) {
  Result<SafetensorsFile> result = SafetensorsFile::open(file.path);
  if (!result)
    return findings.add(result.takeError());
  files.push_back(file);
  opened.push_back(std::make_unique<SafetensorsFile>(std::move(*result)));
  for (const NamedTensor &tensor : opened.back()->tensors()) {
    if (isPadding(tensor.name))
      continue;
    Entry entry{&tensor, files.size() - 1};
    auto [found, isNew] = byName.try_emplace(tensor.name, entry);
    if (!isNew)
      findings.add(Error(ErrorId::DuplicateTensor,
                         file.name + ": tensor " +
                             quoteForMessage(tensor.name) + " is also in " +
                             quoteForMessage(files[found->second.file].name)));
  }
}

//===----------------------------------------------------------------------===//
// The index of shards
//===----------------------------------------------------------------------===//

/// Sorted, so that messages and the order of files do not depend on the text.
using WeightMap = std::map<std::string, std::string>;

static std::optional<WeightMap> readIndex(const ModelFile &file,
                                          Findings &findings) {
  Result<JsonValue> json = parseJsonFile(file.path);
  if (!json) {
    findings.add(json.takeError());
    return std::nullopt;
  }
  auto refuse = [&](const std::string &rule) {
    findings.add(Error(ErrorId::MalformedIndex, file.name + ": " + rule));
    return std::nullopt;
  };
  const JsonValue *member = json->find("weight_map");
  const JsonValue::Object *object = member ? member->getObject() : nullptr;
  if (!object)
    return refuse("has no 'weight_map' that is an object");
  if (object->empty())
    return refuse("'weight_map' names no tensor");
  WeightMap map;
  for (const JsonValue::Member &entry : *object) {
    const std::string *shard = entry.value.getString();
    if (!shard)
      return refuse("'weight_map' gives for " + quoteForMessage(entry.key) +
                    " " + entry.value.describeKind() +
                    ", not the name of a file");
    map.emplace(entry.key, *shard);
  }
  return map;
}

/// Adds an IndexMismatch for all tensors of which the same is wrong.
static void addMismatch(Findings &findings, StringRef index, StringRef problem,
                        const std::vector<std::string> &names) {
  if (names.empty())
    return;
  findings.add(Error(ErrorId::IndexMismatch,
                     index.str() + ": " + std::to_string(names.size()) +
                         (names.size() == 1 ? " tensor " : " tensors ") +
                         problem.str() + ": " + listForMessage(names))
                   .help("fetch the index and the shards from one revision of "
                         "the model"));
}

static void checkIndex(const Checkpoint &checkpoint, const WeightMap &map,
                       StringRef folder, StringRef index, Findings &findings) {
  std::vector<std::string> absent, elsewhere, unlisted;
  for (const auto &[tensor, shard] : map) {
    StringRef file = checkpoint.getFileOf(tensor);
    if (file.empty())
      absent.push_back(tensor);
    else if (file != folder.str() + shard)
      elsewhere.push_back(tensor);
  }
  for (StringRef tensor : checkpoint.getNames())
    if (!map.count(tensor.str()))
      unlisted.push_back(tensor.str());
  addMismatch(findings, index, "of the index in no shard", absent);
  addMismatch(findings, index, "in another shard than the index says",
              elsewhere);
  addMismatch(findings, index, "of the shards not in the index", unlisted);
}

static std::unique_ptr<ParameterSource>
openShards(const ModelDirectory &directory, StringRef folder,
           const ModelFile &index, Findings &findings) {
  size_t errorsBefore = findings.errors.size();
  std::optional<WeightMap> map = readIndex(index, findings);
  if (!map)
    return nullptr;

  // Every shard once, with the number of its tensors.
  std::map<std::string, size_t> shards;
  for (const auto &entry : *map)
    ++shards[entry.second];
  auto checkpoint = std::make_unique<Checkpoint>(index.name);
  checkpoint->addIndex(index);
  for (const auto &[shard, count] : shards) {
    // Shards lie beside the index; the format knows no folders.
    if (StringRef(shard).contains('/')) {
      findings.add(Error(ErrorId::FileOutsideModel,
                         index.name + ": the shard " + quoteForMessage(shard) +
                             " is not a plain file name"));
      continue;
    }
    std::string name = folder.str() + shard;
    if (!shard.empty() && shard != "." && shard != ".." &&
        shard.find('\0') == std::string::npos && !directory.contains(name)) {
      findings.add(Error(ErrorId::MissingShard,
                         index.name + ": the shard " + quoteForMessage(shard) +
                             " is not there; " + std::to_string(count) +
                             (count == 1 ? " tensor is" : " tensors are") +
                             " in it")
                       .help("fetch the directory again"));
      continue;
    }
    Result<ModelFile> file = directory.find(name);
    if (file)
      checkpoint->add(*file, findings);
    else
      findings.add(file.takeError());
  }
  // What an unread shard would have is no news.
  if (findings.errors.size() == errorsBefore)
    checkIndex(*checkpoint, *map, folder, index.name, findings);
  if (findings.errors.size() != errorsBefore)
    return nullptr;
  return checkpoint;
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

/// A checkpoint of these files.
static std::unique_ptr<ParameterSource>
openFiles(StringRef name, llvm::ArrayRef<ModelFile> files, Findings &findings) {
  size_t errorsBefore = findings.errors.size();
  auto checkpoint = std::make_unique<Checkpoint>(name.str());
  for (const ModelFile &file : files)
    checkpoint->add(file, findings);
  if (findings.errors.size() != errorsBefore)
    return nullptr;
  return checkpoint;
}

static std::string getWeightsName(StringRef folder) {
  return folder.str() + "model.safetensors";
}
static std::string getIndexName(StringRef folder) {
  return folder.str() + "model.safetensors.index.json";
}

std::unique_ptr<ParameterSource>
treadle::openCheckpoint(const ModelDirectory &directory, StringRef folder,
                        Findings &findings) {
  // As transformers does: the whole file comes before the shards.
  std::string whole = getWeightsName(folder), index = getIndexName(folder);
  bool hasWhole = directory.contains(whole);
  if (!hasWhole && !directory.contains(index)) {
    Error error(ErrorId::NoWeights, directory.path() + ": has neither " +
                                        quoteForMessage(whole) + " nor " +
                                        quoteForMessage(index));
    if (directory.contains(folder.str() + "pytorch_model.bin"))
      // Changes the error in place.
      (void)std::move(error).note("'pytorch_model.bin' is a pickle, which can "
                                  "run code when it is read");
    findings.add(std::move(error).help(
        "save the model with transformers' save_pretrained, which writes "
        "safetensors"));
    return nullptr;
  }
  Result<ModelFile> file = directory.find(hasWhole ? whole : index);
  if (!file) {
    findings.add(file.takeError());
    return nullptr;
  }
  return hasWhole ? openFiles(file->name, *file, findings)
                  : openShards(directory, folder, *file, findings);
}

std::unique_ptr<ParameterSource> treadle::openParameters(StringRef path,
                                                         Findings &findings) {
  if (fs::is_regular_file(path))
    return openFiles(path::filename(path),
                     ModelFile{path::filename(path).str(), path.str()},
                     findings);
  Result<ModelDirectory> directory = ModelDirectory::open(path);
  if (!directory) {
    findings.add(directory.takeError());
    return nullptr;
  }
  if (directory->contains(getWeightsName("")) ||
      directory->contains(getIndexName("")))
    return openCheckpoint(*directory, "", findings);

  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(directory->path(), code), end;
       entry != end && !code; entry.increment(code))
    if (path::extension(entry->path()) == ".safetensors")
      names.push_back(path::filename(entry->path()).str());
  if (code)
    findings.add(Error(ErrorId::FileNotOpened,
                       path.str() + ": cannot be listed: " + code.message()));
  else if (names.empty())
    findings.add(Error(ErrorId::NoWeights,
                       path.str() + ": has no file that ends in .safetensors"));
  llvm::sort(names);
  std::vector<ModelFile> files;
  for (const std::string &name : names) {
    Result<ModelFile> file = directory->find(name);
    if (file)
      files.push_back(*file);
    else
      findings.add(file.takeError());
  }
  if (files.size() != names.size() || files.empty())
    return nullptr;
  return openFiles(path::filename(directory->path()), files, findings);
}
