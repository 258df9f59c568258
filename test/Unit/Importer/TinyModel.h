//===- TinyModel.h - Directories of small models, for tests -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TEST_UNIT_IMPORTER_TINYMODEL_H
#define TREADLE_TEST_UNIT_IMPORTER_TINYMODEL_H

#include "treadle/Formats/Safetensors.h"
#include "treadle/Importer/Importer.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <fstream>
#include <map>

namespace treadle::test {

/// A folder that goes with the test.
class TempDirectory {
public:
  TempDirectory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "treadle-XXXXXX").string();
    root = std::filesystem::canonical(mkdtemp(pattern.data()));
  }
  ~TempDirectory() { std::filesystem::remove_all(root); }
  TempDirectory(const TempDirectory &) = delete;

  std::string path(const std::string &name = "") const {
    return name.empty() ? root.string() : (root / name).string();
  }
  void write(const std::string &name, const std::string &text) const {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream(root / name, std::ios::binary) << text;
  }
  void link(const std::string &name, const std::string &target) const {
    std::filesystem::create_directories((root / name).parent_path());
    std::filesystem::create_symlink(target, root / name);
  }

private:
  std::filesystem::path root;
};

struct TensorSpec {
  ElementType type;
  std::vector<int64_t> shape;
};
using TensorSpecs = std::map<std::string, TensorSpec>;

/// Writes tensors of zeros.
inline void writeTensors(const std::string &path, const TensorSpecs &specs) {
  std::filesystem::create_directories(
      std::filesystem::path(path).parent_path());
  std::vector<uint8_t> zeros(1 << 16);
  std::vector<NamedTensor> tensors;
  for (const auto &[name, spec] : specs) {
    auto size = static_cast<size_t>(*getByteSize(spec.type, spec.shape));
    ASSERT_LE(size, zeros.size());
    tensors.push_back({name, spec.type, spec.shape, {zeros.data(), size}});
  }
  Status status = writeSafetensors(path, tensors);
  ASSERT_TRUE(status) << status.error().render();
}

/// A BERT of two layers: width 8, two heads, inner width 16, ten words, six
/// positions.
struct TinyBert {
  /// Members of config.json, as JSON.
  std::map<std::string, std::string> config = {{"model_type", "\"bert\""},
                                               {"vocab_size", "10"},
                                               {"hidden_size", "8"},
                                               {"num_hidden_layers", "2"},
                                               {"num_attention_heads", "2"},
                                               {"intermediate_size", "16"},
                                               {"max_position_embeddings", "6"},
                                               {"type_vocab_size", "2"},
                                               {"layer_norm_eps", "1e-12"},
                                               {"hidden_act", "\"gelu\""}};
  TensorSpecs tensors;

  explicit TinyBert(const std::string &prefix = "",
                    const std::string &gain = "weight",
                    const std::string &bias = "bias",
                    ElementType type = ElementType::F32) {
    auto add = [&](const std::string &name, std::vector<int64_t> shape) {
      tensors[prefix + name] = {type, std::move(shape)};
    };
    auto addNorm = [&](const std::string &name) {
      add(name + "." + gain, {8});
      add(name + "." + bias, {8});
    };
    auto addLinear = [&](const std::string &name, int64_t out, int64_t in) {
      add(name + ".weight", {out, in});
      add(name + ".bias", {out});
    };
    add("embeddings.word_embeddings.weight", {10, 8});
    add("embeddings.token_type_embeddings.weight", {2, 8});
    add("embeddings.position_embeddings.weight", {6, 8});
    addNorm("embeddings.LayerNorm");
    for (int layer = 0; layer < 2; ++layer) {
      std::string name = "encoder.layer." + std::to_string(layer) + ".";
      addLinear(name + "attention.self.query", 8, 8);
      addLinear(name + "attention.self.key", 8, 8);
      addLinear(name + "attention.self.value", 8, 8);
      addLinear(name + "attention.output.dense", 8, 8);
      addNorm(name + "attention.output.LayerNorm");
      addLinear(name + "intermediate.dense", 16, 8);
      addLinear(name + "output.dense", 8, 16);
      addNorm(name + "output.LayerNorm");
    }
  }

  std::string configText() const {
    std::string text;
    for (const auto &[key, value] : config)
      text += (text.empty() ? "{" : ", ") + ("\"" + key + "\": ") + value;
    return text + "}";
  }
  void write(const TempDirectory &directory,
             const std::string &folder = "") const {
    directory.write(folder + "config.json", configText());
    writeTensors(directory.path(folder + "model.safetensors"), tensors);
  }
};

/// Makes a directory a sentence encoder.
inline void writeSentenceHead(
    const TempDirectory &directory,
    const std::vector<std::string> &types = {"Transformer", "Pooling",
                                             "Normalize"},
    const std::string &pooling = "{\"word_embedding_dimension\": 8, "
                                 "\"pooling_mode_mean_tokens\": true}") {
  std::string modules;
  for (size_t i = 0; i < types.size(); ++i)
    modules += (i ? ", " : "") + ("{\"idx\": " + std::to_string(i)) +
               ", \"name\": \"x\", \"path\": \"" +
               (i ? std::to_string(i) + "_" + types[i] : "") +
               "\", \"type\": \"sentence_transformers.models." + types[i] +
               "\"}";
  directory.write("modules.json", "[" + modules + "]");
  directory.write("1_Pooling/config.json", pooling);
}

/// What importing a directory gave.
struct Import {
  mlir::MLIRContext context;
  Findings findings;
  std::optional<ImportedModel> model;

  explicit Import(const std::string &path)
      : model(importModel(context, path, findings)) {}
  explicit Import(const TempDirectory &directory) : Import(directory.path()) {}

  /// All errors, rendered; for messages of failed tests too.
  std::string errors() const {
    std::string text;
    for (const Error &error : findings.errors)
      text += error.render() + "\n";
    return text;
  }
  std::string warnings() const {
    std::string text;
    for (const std::string &warning : findings.warnings)
      text += warning + "\n";
    return text;
  }
  std::string text() {
    std::string result;
    llvm::raw_string_ostream stream(result);
    model->module->print(stream);
    return result;
  }
};

/// Expects that exactly one error was found, with this number and these words.
inline void expectOneError(const Findings &findings, ErrorId id,
                           const std::vector<std::string> &words) {
  std::string all;
  for (const Error &error : findings.errors)
    all += error.render() + "\n";
  ASSERT_EQ(findings.errors.size(), 1u) << all;
  EXPECT_STREQ(findings.errors[0].getCode(), getErrorInfo(id).code) << all;
  for (const std::string &word : words)
    EXPECT_NE(all.find(word), std::string::npos)
        << "no \"" << word << "\" in:\n"
        << all;
}

} // namespace treadle::test

#endif // TREADLE_TEST_UNIT_IMPORTER_TINYMODEL_H
