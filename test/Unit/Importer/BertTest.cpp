//===- BertTest.cpp - Importing BERT -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TinyModel.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

#include <set>

using namespace treadle;
using namespace treadle::test;

/// The names of the module's parameters; families have their hole.
static std::set<std::string> getParameterNames(ImportedModel &model) {
  std::set<std::string> names;
  model.module->walk([&](ParameterOp op) { names.insert(op.getName().str()); });
  return names;
}

static bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

TEST(Bert, BuildsAnEncoder) {
  TempDirectory directory;
  TinyBert().write(directory);
  Import import(directory);
  ASSERT_TRUE(import.model) << import.errors();
  EXPECT_EQ(import.warnings(), "");
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*import.model->module)));
  EXPECT_EQ(import.model->kind, "huggingface");

  // 3 tables, a norm, and in a layer 6 linear maps and 2 norms.
  EXPECT_EQ(getParameterNames(*import.model).size(), 3u + 2 + 2 * 8);
  EXPECT_TRUE(getParameterNames(*import.model)
                  .count("encoder.layer.{}.attention.self.query.weight"));
  std::string text = import.text();
  for (const char *part :
       {"treadle.stage = #treadle.stage<model>", "func.func @encode",
        "<\"ids\", dims = [\"batch\", \"sequence\"]>",
        "<\"lengths\", dims = [\"batch\"], maximum = \"sequence\", optional>",
        "tensor<?x?x8xf32> {treadle.named = #treadle.named<\"hidden\", dims = "
        "[\"batch\", \"sequence\", \"\"]>}",
        "treadle.stack 2(", "heads(2)", "keys_within_lengths",
        "activation(gelu)"})
    EXPECT_TRUE(contains(text, part)) << "no \"" << part << "\" in\n" << text;
  EXPECT_FALSE(contains(text, "arith.extf"));
  EXPECT_FALSE(contains(text, "treadle.pool"));
}

TEST(Bert, ParametersAreThoseOfTheCheckpoint) {
  TempDirectory directory;
  TinyBert().write(directory);
  Import import(directory);
  ASSERT_TRUE(import.model) << import.errors();
  Findings findings;
  checkParameters(*import.model->module, *import.model->parameters, findings);
  EXPECT_TRUE(findings.errors.empty());
  EXPECT_EQ(import.model->parameters->getNames().size(), 3u + 2 + 2 * 16);
}

TEST(Bert, BuildsASentenceEncoder) {
  TempDirectory directory;
  TinyBert().write(directory);
  writeSentenceHead(directory);
  directory.write("tokenizer.json", "{}");
  Import import(directory);
  ASSERT_TRUE(import.model) << import.errors();
  std::string text = import.text();
  for (const char *part :
       {"func.func @embed", "treadle.pool mean", "treadle.unit_norm",
        "<\"embeddings\", dims = "
        "[\"batch\", \"\"]>"})
    EXPECT_TRUE(contains(text, part)) << "no \"" << part << "\" in\n" << text;

  ASSERT_EQ(import.model->sidecars.size(), 1u);
  EXPECT_EQ(import.model->sidecars[0].name, "tokenizer.json");
  std::vector<std::string> sources;
  for (const ModelFile &file : import.model->sources)
    sources.push_back(file.name);
  EXPECT_EQ(sources, (std::vector<std::string>{"config.json", "modules.json",
                                               "1_Pooling/config.json",
                                               "model.safetensors"}));
}

TEST(Bert, PoolingModes) {
  for (auto [config, mode] :
       {std::pair("{\"pooling_mode_cls_token\": true, "
                  "\"pooling_mode_mean_tokens\": false}",
                  "treadle.pool first"),
        std::pair("{\"pooling_mode_max_tokens\": true, "
                  "\"pooling_mode_mean_tokens\": false}",
                  "treadle.pool max"),
        std::pair("{}", "treadle.pool mean"),
        std::pair("{\"pooling_mode\": \"cls\"}", "treadle.pool first")}) {
    TempDirectory directory;
    TinyBert().write(directory);
    writeSentenceHead(directory, {"Transformer", "Pooling"}, config);
    Import import(directory);
    ASSERT_TRUE(import.model) << import.errors();
    EXPECT_TRUE(contains(import.text(), mode)) << config;
    EXPECT_FALSE(contains(import.text(), "unit_norm"));
  }
}

TEST(Bert, TransformerInAFolder) {
  TempDirectory directory;
  TinyBert().write(directory, "0_Transformer/");
  directory.write("0_Transformer/vocab.txt", "a");
  directory.write("modules.json",
                  "[{\"path\": \"0_Transformer\", \"type\": "
                  "\"sentence_transformers.models.Transformer\"}]");
  Import import(directory);
  ASSERT_TRUE(import.model) << import.errors();
  EXPECT_TRUE(contains(import.text(), "@encode"));
  ASSERT_EQ(import.model->sidecars.size(), 1u);
  EXPECT_EQ(import.model->sidecars[0].name, "vocab.txt");
}

TEST(Bert, PrefixAndOldNames) {
  TempDirectory directory;
  TinyBert bert("bert.", "gamma", "beta");
  bert.tensors["bert.embeddings.position_ids"] = {ElementType::I64, {1, 6}};
  bert.tensors["bert.pooler.dense.weight"] = {ElementType::F32, {8, 8}};
  bert.tensors["cls.predictions.bias"] = {ElementType::F32, {10}};
  bert.write(directory);
  Import import(directory);
  ASSERT_TRUE(import.model) << import.errors();
  std::set<std::string> names = getParameterNames(*import.model);
  EXPECT_TRUE(names.count("bert.encoder.layer.{}.output.LayerNorm.gamma"));
  EXPECT_TRUE(names.count("bert.embeddings.LayerNorm.beta"));
  // The head of another task is told of, buffers and the pooler are not.
  EXPECT_EQ(
      import.warnings(),
      "model.safetensors: 1 tensor is not used: 'cls.predictions.bias'\n");
}

TEST(Bert, HalfPrecisionIsWidened) {
  for (auto [type, spelling] : {std::pair(ElementType::F16, "f16"),
                                std::pair(ElementType::BF16, "bf16")}) {
    TempDirectory directory;
    TinyBert("", "weight", "bias", type).write(directory);
    Import import(directory);
    ASSERT_TRUE(import.model) << import.errors();
    EXPECT_TRUE(mlir::succeeded(mlir::verify(*import.model->module)));
    EXPECT_TRUE(contains(import.text(), std::string("arith.extf %0 : "
                                                    "tensor<10x8x") +
                                            spelling + "> to tensor<10x8xf32>"))
        << import.text();
  }
}

TEST(Bert, Activations) {
  for (auto [name, activation] :
       {std::pair("gelu_new", "gelu_tanh"),
        std::pair("gelu_pytorch_tanh", "gelu_tanh"), std::pair("relu", "relu"),
        std::pair("silu", "silu"), std::pair("swish", "silu")}) {
    TempDirectory directory;
    TinyBert bert;
    bert.config["hidden_act"] = std::string("\"") + name + "\"";
    bert.write(directory);
    Import import(directory);
    ASSERT_TRUE(import.model) << import.errors();
    EXPECT_TRUE(
        contains(import.text(), std::string("activation(") + activation + ")"));
  }
}

TEST(Bert, SameTextInEveryFolder) {
  TempDirectory one, other;
  TinyBert().write(one);
  TinyBert().write(other);
  Import first(one), second(other);
  ASSERT_TRUE(first.model && second.model);
  EXPECT_EQ(first.text(), second.text());
}

//===----------------------------------------------------------------------===//
// Tensors that do not fit
//===----------------------------------------------------------------------===//

TEST(BertTensors, WrongShape) {
  TempDirectory directory;
  TinyBert bert;
  bert.tensors["encoder.layer.1.output.dense.weight"].shape = {8, 15};
  bert.write(directory);
  Import import(directory);
  EXPECT_FALSE(import.model);
  expectOneError(import.findings, ErrorId::WrongTensorShape,
                 {"error[E0412]: model.safetensors: tensor "
                  "'encoder.layer.1.output.dense.weight' is [8, 15], expected "
                  "[8, 16]",
                  "note: config.json: hidden_size is 8, intermediate_size is "
                  "16",
                  "help: "});
  EXPECT_EQ(import.findings.getExitCode(), 1);
}

TEST(BertTensors, AllProblemsAtOnceAndFamiliesOnce) {
  TempDirectory directory;
  TinyBert bert;
  bert.config["intermediate_size"] = "17";
  bert.tensors.erase("embeddings.LayerNorm.bias");
  bert.write(directory);
  Import import(directory);
  EXPECT_FALSE(import.model);
  // The bias, and the three parameters of inner width, in two layers each.
  ASSERT_EQ(import.findings.errors.size(), 4u) << import.errors();
  EXPECT_STREQ(import.findings.errors[0].getCode(), "E0411");
  EXPECT_TRUE(contains(import.errors(), "'embeddings.LayerNorm.bias'"));
  EXPECT_TRUE(contains(import.errors(),
                       "1 more tensor of the family "
                       "'encoder.layer.{}.intermediate.dense.weight'"));
}

TEST(BertTensors, TooFewLayers) {
  TempDirectory directory;
  TinyBert bert;
  bert.config["num_hidden_layers"] = "3";
  bert.write(directory);
  Import import(directory);
  ASSERT_EQ(import.findings.errors.size(), 16u) << import.errors();
  EXPECT_TRUE(contains(import.errors(),
                       "has no tensor 'encoder.layer.2.output.dense.weight'"));
}

TEST(BertTensors, TooManyLayersAreNotUsed) {
  TempDirectory directory;
  TinyBert bert;
  bert.config["num_hidden_layers"] = "1";
  bert.write(directory);
  Import import(directory);
  ASSERT_TRUE(import.model) << import.errors();
  EXPECT_TRUE(contains(import.warnings(), "16 tensors are not used"));
}

TEST(BertTensors, UnsupportedType) {
  TempDirectory directory;
  TinyBert bert;
  bert.tensors["embeddings.word_embeddings.weight"].type = ElementType::F64;
  bert.write(directory);
  Import import(directory);
  expectOneError(import.findings, ErrorId::UnsupportedTensorType,
                 {"'embeddings.word_embeddings.weight' is of F64"});
  EXPECT_EQ(import.findings.getExitCode(), 3);
}

TEST(BertTensors, MixedTypes) {
  TempDirectory directory;
  TinyBert bert;
  bert.tensors["encoder.layer.1.output.dense.bias"].type = ElementType::F16;
  bert.write(directory);
  Import import(directory);
  expectOneError(import.findings, ErrorId::MixedTensorTypes,
                 {"'encoder.layer.1.output.dense.bias' is of F16", "F32"});
}

//===----------------------------------------------------------------------===//
// A published model
//===----------------------------------------------------------------------===//

TEST(PublishedModel, MiniLm) {
  std::string path = TREADLE_MODELS_DIR "/all-MiniLM-L6-v2";
  if (!std::filesystem::exists(path + "/model.safetensors"))
    GTEST_SKIP() << "no model in " << path;
  Import import(path);
  ASSERT_TRUE(import.model) << import.errors();
  EXPECT_EQ(import.warnings(), "");
  EXPECT_TRUE(contains(import.text(), "treadle.stack 6("));
  EXPECT_TRUE(contains(import.text(), "-> (tensor<?x384xf32>"));
}
