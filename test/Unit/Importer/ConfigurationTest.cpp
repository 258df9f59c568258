//===- ConfigurationTest.cpp - What configurations may say -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Configuration.h"
#include "TinyModel.h"

#include "mlir/IR/Verifier.h"

using namespace treadle;
using namespace treadle::test;

/// Imports a BERT whose configuration has one more member, or another value.
static Findings importWith(const std::string &key, const std::string &value) {
  TempDirectory directory;
  TinyBert bert;
  bert.config[key] = value;
  bert.write(directory);
  Import import(directory);
  EXPECT_EQ(import.model.has_value(), !import.findings.failed());
  return import.findings;
}

TEST(Config, ValuesThatCannotBe) {
  for (const char *key :
       {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
        "intermediate_size", "max_position_embeddings", "type_vocab_size"})
    for (const char *value : {"0", "-8", "8.5", "\"8\"", "true", "[8]",
                              "9223372036854775807", "1e300"})
      expectOneError(importWith(key, value), ErrorId::InvalidConfigValue,
                     {std::string("config.json: '") + key + "' is "});
  for (const char *value : {"0", "-1e-12", "0.0", "1.5", "1e300", "\"1e-12\""})
    expectOneError(importWith("layer_norm_eps", value),
                   ErrorId::InvalidConfigValue, {"'layer_norm_eps'"});
  for (const char *value : {"NaN", "Infinity", "-Infinity", "1e999"})
    expectOneError(importWith("layer_norm_eps", value), ErrorId::MalformedJson,
                   {"config.json"});
  expectOneError(importWith("layer_norm_eps", "-1e-12"),
                 ErrorId::InvalidConfigValue,
                 {"is -1e-12, expected a number above 0 and at most 1"});
  expectOneError(importWith("hidden_act", "1"), ErrorId::InvalidConfigValue,
                 {"'hidden_act' is 1, expected a string"});
}

TEST(Config, HeadsMustDivideTheWidth) {
  expectOneError(importWith("num_attention_heads", "3"),
                 ErrorId::InvalidConfigValue,
                 {"hidden_size", "is 8", "num_attention_heads, 3"});
}

TEST(Config, MissingKeys) {
  for (const char *key :
       {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
        "intermediate_size", "max_position_embeddings", "model_type"}) {
    TempDirectory directory;
    TinyBert bert;
    bert.config.erase(key);
    bert.write(directory);
    expectOneError(Import(directory).findings, ErrorId::MissingConfigKey,
                   {std::string("has no '") + key + "'"});
    // null is what libraries write for "not set".
    expectOneError(importWith(key, "null"), ErrorId::MissingConfigKey, {key});
  }
}

TEST(Config, KeysWithDefaults) {
  TempDirectory directory;
  TinyBert bert;
  for (const char *key : {"type_vocab_size", "layer_norm_eps", "hidden_act"})
    bert.config.erase(key);
  bert.write(directory);
  Import import(directory);
  ASSERT_TRUE(import.model) << import.errors();
  EXPECT_NE(import.text().find("activation(gelu)"), std::string::npos);
}

TEST(Config, KeysThatChangeTheMathematics) {
  for (auto [key, value] :
       {std::pair("position_embedding_type", "\"relative_key\""),
        std::pair("is_decoder", "true"),
        std::pair("add_cross_attention", "true"),
        std::pair("is_encoder_decoder", "true"),
        std::pair("pruned_heads", "{\"0\": [1]}"),
        std::pair("quantization_config", "{\"bits\": 4}"),
        std::pair("hidden_act", "\"mish\"")}) {
    Findings findings = importWith(key, value);
    expectOneError(findings, ErrorId::UnsupportedConfigValue,
                   {std::string("'") + key + "' is "});
    EXPECT_EQ(findings.getExitCode(), 3);
  }
}

TEST(Config, AllAtOnce) {
  TempDirectory directory;
  TinyBert bert;
  bert.config["is_decoder"] = "true";
  bert.config["pruned_heads"] = "{\"0\": [1]}";
  bert.config["hidden_act"] = "\"mish\"";
  bert.config["vocab_size"] = "-1";
  bert.write(directory);
  EXPECT_EQ(Import(directory).findings.errors.size(), 4u);
}

TEST(Config, ImplementedAndHarmlessValuesAreSilent) {
  for (auto [key, value] :
       {std::pair("position_embedding_type", "\"absolute\""),
        std::pair("is_decoder", "false"), std::pair("pruned_heads", "{}"),
        std::pair("quantization_config", "null"),
        std::pair("chunk_size_feed_forward", "7"),
        std::pair("hidden_dropout_prob", "0.1"),
        std::pair("torch_dtype", "\"float32\"")}) {
    Findings findings = importWith(key, value);
    EXPECT_FALSE(findings.failed()) << key;
    EXPECT_TRUE(findings.warnings.empty()) << key;
  }
}

TEST(Config, UnknownKeysAreWarnings) {
  Findings findings = importWith("twisted_heads", "3");
  EXPECT_FALSE(findings.failed());
  ASSERT_EQ(findings.warnings.size(), 1u);
  EXPECT_EQ(findings.warnings[0],
            "config.json: the key 'twisted_heads' is not known and had no "
            "effect");
}

TEST(Config, UnknownArchitecture) {
  Findings findings = importWith("model_type", "\"mamba\"");
  expectOneError(findings, ErrorId::UnknownArchitecture,
                 {"'mamba'", "known: bert"});
  EXPECT_EQ(findings.getExitCode(), 3);
  expectOneError(importWith("model_type", "\"\""), ErrorId::InvalidConfigValue,
                 {"model_type"});
}

TEST(Config, NotAnObject) {
  for (const char *text : {"[]", "3", "null"}) {
    TempDirectory directory;
    directory.write("config.json", text);
    expectOneError(Import(directory).findings, ErrorId::InvalidConfigValue,
                   {"config.json: is ", "not an object"});
  }
}

TEST(Config, CutShortAtEveryByte) {
  TempDirectory directory;
  TinyBert bert;
  bert.write(directory);
  std::string text = bert.configText();
  for (size_t size = 0; size < text.size(); ++size) {
    directory.write("config.json", text.substr(0, size));
    Import import(directory);
    ASSERT_FALSE(import.model) << size;
    expectOneError(import.findings, ErrorId::MalformedJson, {"config.json"});
  }
}

/// Imports the directory with each byte of one of its files changed in turn: it
/// is refused with a reason, or gives a module that verifies.
static void changeEveryByte(const TempDirectory &directory,
                            const std::string &name, const std::string &text) {
  int imported = 0, refused = 0;
  for (size_t i = 0; i < text.size(); ++i)
    for (char replacement : {'0', '9', '-', '"', '}', '\0', '\xff'}) {
      std::string changed = text;
      changed[i] = replacement;
      directory.write(name, changed);
      Import import(directory);
      ASSERT_EQ(import.model.has_value(), !import.findings.failed()) << changed;
      ++(import.model ? imported : refused);
      if (import.model) {
        ASSERT_TRUE(mlir::succeeded(mlir::verify(*import.model->module)))
            << changed;
      }
    }
  // The loop has seen both.
  EXPECT_GT(imported, 0);
  EXPECT_GT(refused, imported);
}

TEST(Config, EveryByteChanged) {
  TempDirectory directory;
  TinyBert bert;
  bert.write(directory);
  changeEveryByte(directory, "config.json", bert.configText());
}

TEST(SentenceHead, EveryByteChanged) {
  TempDirectory directory;
  TinyBert().write(directory);
  std::string pooling =
      "{\"word_embedding_dimension\": 8, \"pooling_mode\": \"mean\"}";
  writeSentenceHead(directory, {"Transformer", "Pooling"}, pooling);
  changeEveryByte(directory, "1_Pooling/config.json", pooling);
}

//===----------------------------------------------------------------------===//
// The reader itself
//===----------------------------------------------------------------------===//

TEST(Configuration, Aliases) {
  static constexpr KeyAlias kAliases[] = {{"hidden_size", "n_embd"},
                                          {"hidden_size", "d_model"}};
  TempDirectory directory;
  auto read = [&](const std::string &text, Findings &findings) {
    directory.write("c.json", text);
    std::optional<Configuration> config =
        Configuration::open({"c.json", directory.path("c.json")}, findings);
    config->setAliases(kAliases);
    Size size = config->getSize("hidden_size", 100);
    config->warnOfRest();
    return size.value;
  };
  Findings good;
  EXPECT_EQ(read("{\"n_embd\": 5}", good), 5);
  EXPECT_EQ(read("{\"d_model\": 6, \"hidden_size\": 6}", good), 6);
  EXPECT_EQ(read("{\"d_model\": 7, \"hidden_size\": null}", good), 7);
  EXPECT_FALSE(good.failed());
  EXPECT_TRUE(good.warnings.empty());
  Findings bad;
  read("{\"d_model\": 6, \"hidden_size\": 7}", bad);
  expectOneError(bad, ErrorId::InvalidConfigValue,
                 {"'d_model' is 6 and 'hidden_size', its other name, 7"});
}

//===----------------------------------------------------------------------===//
// sentence-transformers
//===----------------------------------------------------------------------===//

static Findings importHead(const std::vector<std::string> &types,
                           const std::string &pooling = "{}") {
  TempDirectory directory;
  TinyBert().write(directory);
  writeSentenceHead(directory, types, pooling);
  return Import(directory).findings;
}

TEST(SentenceHead, UnsupportedModules) {
  for (const std::vector<std::string> &types :
       std::vector<std::vector<std::string>>{
           {"Transformer", "Pooling", "Dense"},
           {"Transformer", "Pooling", "Normalize", "Dense"},
           {"Transformer", "Normalize"},
           {"Pooling"},
           {"Transformer", "WordWeights", "Pooling"},
           {}}) {
    Findings findings = importHead(types);
    expectOneError(findings, ErrorId::UnsupportedSentenceModule,
                   {"modules.json: has the modules"});
    EXPECT_EQ(findings.getExitCode(), 3);
  }
}

TEST(SentenceHead, ModulesOfOthers) {
  TempDirectory directory;
  TinyBert().write(directory);
  directory.write("modules.json",
                  "[{\"path\": \"\", \"type\": \"mine.Transformer\"}]");
  expectOneError(Import(directory).findings, ErrorId::UnsupportedSentenceModule,
                 {"'mine.Transformer'"});
}

TEST(SentenceHead, UnsupportedPooling) {
  for (auto [config, word] :
       {std::pair("{\"pooling_mode_cls_token\": true}",
                  "several modes of pooling are chosen: 'cls' and 'mean'"),
        std::pair("{\"pooling_mode_mean_tokens\": false}", "no mode"),
        std::pair("{\"pooling_mode_mean_tokens\": false, "
                  "\"pooling_mode_lasttoken\": true}",
                  "'lasttoken'"),
        std::pair("{\"pooling_mode_mean_tokens\": false, "
                  "\"pooling_mode_weightedmean_tokens\": true}",
                  "'weightedmean'"),
        std::pair("{\"pooling_mode\": \"lasttoken\"}", "'lasttoken'")})
    expectOneError(importHead({"Transformer", "Pooling"}, config),
                   ErrorId::UnsupportedSentenceModule,
                   {"1_Pooling/config.json", word});
  expectOneError(
      importHead({"Transformer", "Pooling"}, "{\"include_prompt\": false}"),
      ErrorId::UnsupportedConfigValue, {"'include_prompt'"});
}

TEST(SentenceHead, InvalidValues) {
  expectOneError(
      importHead({"Transformer", "Pooling"},
                 "{\"word_embedding_dimension\": 9}"),
      ErrorId::InvalidConfigValue,
      {"'word_embedding_dimension' is 9, expected 8", "hidden_size is 8"});
  expectOneError(
      importHead({"Transformer", "Pooling"}, "{\"pooling_mode_cls_token\": 1}"),
      ErrorId::InvalidConfigValue,
      {"'pooling_mode_cls_token' is 1, expected true or false"});
  for (const char *text :
       {"{}", "[1]", "[{\"type\": 1, \"path\": \"\"}]",
        "[{\"type\": \"sentence_transformers.models.X\"}]"}) {
    TempDirectory directory;
    TinyBert().write(directory);
    directory.write("modules.json", text);
    expectOneError(Import(directory).findings, ErrorId::InvalidConfigValue,
                   {"modules.json"});
  }
}

TEST(SentenceHead, FoldersStayInside) {
  TempDirectory directory;
  TinyBert().write(directory, "m/");
  directory.write("1_Pooling/config.json", "{}");
  directory.write("m/modules.json",
                  "[{\"path\": \"\", \"type\": "
                  "\"sentence_transformers.models.Transformer\"}, {\"path\": "
                  "\"../1_Pooling\", \"type\": "
                  "\"sentence_transformers.models.Pooling\"}]");
  expectOneError(Import(directory.path("m")).findings,
                 ErrorId::FileOutsideModel, {"'../1_Pooling/config.json'"});
}
