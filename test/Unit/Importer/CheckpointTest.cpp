//===- CheckpointTest.cpp - Weights, shards and links -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TinyModel.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

using namespace treadle;
using namespace treadle::test;
namespace fs = std::filesystem;

static const TensorSpecs kA = {{"a", {ElementType::F32, {2, 3}}}};
static const TensorSpecs kB = {{"b", {ElementType::F16, {4}}},
                               {"c", {ElementType::F32, {1}}}};

/// Opens the weights of a directory.
struct Opened {
  Findings findings;
  std::unique_ptr<ParameterSource> source;
  explicit Opened(const std::string &path) {
    Result<ModelDirectory> directory = ModelDirectory::open(path);
    if (directory)
      source = openCheckpoint(*directory, "", findings);
  }
};

/// Shards 1 (a) and 2 (b, c), with this weight map.
static void writeShards(const TempDirectory &directory,
                        const std::string &map =
                            "{\"a\": \"1.safetensors\", \"b\": "
                            "\"2.safetensors\", \"c\": \"2.safetensors\"}") {
  writeTensors(directory.path("1.safetensors"), kA);
  writeTensors(directory.path("2.safetensors"), kB);
  directory.write("model.safetensors.index.json",
                  "{\"metadata\": {}, \"weight_map\": " + map + "}");
}

static void expectShardError(const std::string &map, ErrorId id,
                             const std::vector<std::string> &words) {
  TempDirectory directory;
  writeShards(directory, map);
  Opened opened(directory.path());
  EXPECT_FALSE(opened.source);
  expectOneError(opened.findings, id, words);
}

TEST(Checkpoint, OneFile) {
  TempDirectory directory;
  writeTensors(directory.path("model.safetensors"), kB);
  Opened opened(directory.path());
  ASSERT_TRUE(opened.source);
  std::optional<ParameterData> b = opened.source->find("b");
  ASSERT_TRUE(b);
  EXPECT_EQ(b->type, ElementType::F16);
  EXPECT_EQ(b->shape, std::vector<int64_t>{4});
  EXPECT_EQ(b->bytes.size, 8u);
  EXPECT_EQ(b->file, "model.safetensors");
  EXPECT_FALSE(opened.source->find("a"));
  // Padding of the writer is no tensor of the model.
  EXPECT_EQ(opened.source->getNames().size(), 2u);
}

TEST(Checkpoint, Shards) {
  TempDirectory directory;
  writeShards(directory);
  Opened opened(directory.path());
  ASSERT_TRUE(opened.source);
  EXPECT_EQ(opened.source->find("a")->file, "1.safetensors");
  EXPECT_EQ(opened.source->find("c")->file, "2.safetensors");
  EXPECT_EQ(opened.source->getFiles().size(), 3u);
  EXPECT_EQ(opened.source->getName(), "model.safetensors.index.json");
}

TEST(Checkpoint, NoWeights) {
  TempDirectory directory;
  directory.write("pytorch_model.bin", "x");
  Opened opened(directory.path());
  expectOneError(opened.findings, ErrorId::NoWeights, {"pickle", "help:"});
}

TEST(Checkpoint, MalformedIndex) {
  expectShardError("[]", ErrorId::MalformedIndex, {"'weight_map'"});
  expectShardError("{}", ErrorId::MalformedIndex, {"names no tensor"});
  expectShardError("{\"a\": 1}", ErrorId::MalformedIndex,
                   {"'a'", "an integer"});
}

TEST(Checkpoint, MissingShard) {
  expectShardError("{\"a\": \"1.safetensors\", \"b\": \"3.safetensors\", "
                   "\"c\": \"3.safetensors\"}",
                   ErrorId::MissingShard, {"'3.safetensors'", "2 tensors"});
}

TEST(Checkpoint, TensorInNoShard) {
  expectShardError(
      "{\"a\": \"1.safetensors\", \"b\": \"2.safetensors\", \"c\": "
      "\"2.safetensors\", \"d\": \"1.safetensors\"}",
      ErrorId::IndexMismatch, {"1 tensor", "in no shard", "'d'"});
}

TEST(Checkpoint, TensorInAnotherShard) {
  expectShardError(
      "{\"a\": \"2.safetensors\", \"b\": \"2.safetensors\", \"c\": "
      "\"1.safetensors\"}",
      ErrorId::IndexMismatch, {"2 tensors", "another shard", "'a' and 'c'"});
}

TEST(Checkpoint, TensorNotInTheIndex) {
  expectShardError("{\"a\": \"1.safetensors\", \"b\": \"2.safetensors\"}",
                   ErrorId::IndexMismatch, {"not in the index", "'c'"});
}

TEST(Checkpoint, DuplicateTensor) {
  TempDirectory directory;
  writeShards(directory);
  writeTensors(directory.path("1.safetensors"),
               {{"a", kA.at("a")}, {"b", kB.at("b")}});
  Opened opened(directory.path());
  expectOneError(opened.findings, ErrorId::DuplicateTensor,
                 {"2.safetensors: tensor 'b' is also in '1.safetensors'"});
}

TEST(Checkpoint, ShardNamesStayInside) {
  for (const char *name :
       {"../1.safetensors", "/etc/passwd", "sub/1.safetensors", "..", ".", "",
        "./1.safetensors", "1.safetensors\\u0000x"})
    expectShardError(std::string("{\"a\": \"") + name + "\"}",
                     ErrorId::FileOutsideModel, {});
}

//===----------------------------------------------------------------------===//
// Links
//===----------------------------------------------------------------------===//

TEST(Links, InsideIsFollowed) {
  TempDirectory directory;
  writeTensors(directory.path("m/data/x"), kA);
  directory.link("m/model.safetensors", "data/x");
  EXPECT_TRUE(Opened(directory.path("m")).source);
}

TEST(Links, TheFolderItselfMayBeALink) {
  TempDirectory directory;
  writeTensors(directory.path("m/model.safetensors"), kA);
  directory.link("link", "m");
  EXPECT_TRUE(Opened(directory.path("link")).source);
}

TEST(Links, OutsideIsRefused) {
  TempDirectory directory;
  writeTensors(directory.path("x"), kA);
  // A folder whose path begins like the model's is not inside of it.
  writeTensors(directory.path("m2/x"), kA);
  for (const char *target : {"../x", "../m2/x"}) {
    fs::remove_all(directory.path("m"));
    directory.link("m/model.safetensors", target);
    Opened opened(directory.path("m"));
    EXPECT_FALSE(opened.source);
    expectOneError(opened.findings, ErrorId::FileOutsideModel,
                   {"model.safetensors", "link", "help:"});
  }
}

TEST(Links, AFolderThatLeadsOutIsRefused) {
  TempDirectory directory;
  TinyBert().write(directory, "m/");
  directory.write("elsewhere/config.json", "{}");
  directory.write("m/modules.json",
                  "[{\"path\": \"\", \"type\": "
                  "\"sentence_transformers.models.Transformer\"}, {\"path\": "
                  "\"1_Pooling\", \"type\": "
                  "\"sentence_transformers.models.Pooling\"}]");
  directory.link("m/1_Pooling", "../elsewhere");
  Import import(directory.path("m"));
  EXPECT_FALSE(import.model);
  expectOneError(import.findings, ErrorId::FileOutsideModel, {"1_Pooling"});
}

TEST(Links, SidecarsThatLeadOutAreRefused) {
  TempDirectory directory;
  TinyBert().write(directory, "m/");
  directory.link("m/tokenizer.json", "/etc/passwd");
  Import import(directory.path("m"));
  EXPECT_FALSE(import.model);
  expectOneError(import.findings, ErrorId::FileOutsideModel,
                 {"tokenizer.json"});
}

TEST(Links, TheCacheOfHuggingFace) {
  TempDirectory directory;
  std::string snapshot = "models--x/snapshots/0123/";
  writeTensors(directory.path("models--x/blobs/abc"), kA);
  directory.link(snapshot + "model.safetensors", "../../blobs/abc");
  Opened opened(directory.path(snapshot));
  ASSERT_TRUE(opened.source);
  EXPECT_EQ(opened.source->getFiles()[0].name, "model.safetensors");
  EXPECT_EQ(opened.source->getFiles()[0].path,
            directory.path("models--x/blobs/abc"));
}

TEST(Links, OnlyTheBlobsOfThisRepository) {
  for (const char *target : {"../../refs/x", "../../../models--y/blobs/abc",
                             "../../blobs/sub/abc", "../other/x"}) {
    TempDirectory directory;
    for (const char *place :
         {"models--x/refs/x", "models--y/blobs/abc", "models--x/blobs/sub/abc",
          "models--x/snapshots/other/x"})
      writeTensors(directory.path(place), kA);
    directory.link("models--x/snapshots/0123/model.safetensors", target);
    Opened opened(directory.path("models--x/snapshots/0123"));
    expectOneError(opened.findings, ErrorId::FileOutsideModel, {});
  }
}

TEST(Links, BlobsWithoutSnapshotsAreOutside) {
  TempDirectory directory;
  writeTensors(directory.path("x/blobs/abc"), kA);
  directory.link("x/models/0123/model.safetensors", "../../blobs/abc");
  Opened opened(directory.path("x/models/0123"));
  expectOneError(opened.findings, ErrorId::FileOutsideModel, {});
}

TEST(Links, DanglingIsNotAbsent) {
  TempDirectory directory;
  directory.link("model.safetensors", "nothing");
  Opened opened(directory.path());
  expectOneError(opened.findings, ErrorId::FileNotOpened,
                 {"model.safetensors"});
}

//===----------------------------------------------------------------------===//
// Parameters of a program
//===----------------------------------------------------------------------===//

TEST(OpenParameters, AnyFilesOfAFolder) {
  TempDirectory directory;
  writeTensors(directory.path("one.safetensors"), kA);
  writeTensors(directory.path("two.safetensors"), kB);
  directory.write("notes.txt", "");
  Findings findings;
  auto source = openParameters(directory.path(), findings);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->getNames().size(), 3u);

  writeTensors(directory.path("three.safetensors"), kA);
  EXPECT_FALSE(openParameters(directory.path(), findings));
  expectOneError(findings, ErrorId::DuplicateTensor, {"'a'"});
}

TEST(OpenParameters, AFileAndNothing) {
  TempDirectory directory;
  writeTensors(directory.path("one.safetensors"), kA);
  fs::create_directory(directory.path("empty"));
  Findings findings;
  EXPECT_TRUE(openParameters(directory.path("one.safetensors"), findings));
  EXPECT_FALSE(openParameters(directory.path("empty"), findings));
  expectOneError(findings, ErrorId::NoWeights, {});
  findings = {};
  EXPECT_FALSE(openParameters(directory.path("absent"), findings));
  expectOneError(findings, ErrorId::FileNotOpened, {"absent"});
}

/// Checks the parameters of a program against a (2x3 f32), l.0 and l.1 (4,
/// f32).
static Findings checkProgram(const std::string &body) {
  TempDirectory directory;
  writeTensors(directory.path("w.safetensors"),
               {{"a", {ElementType::F32, {2, 3}}},
                {"l.0", {ElementType::F32, {4}}},
                {"l.1", {ElementType::F32, {4}}}});
  Findings findings;
  auto source = openParameters(directory.path(), findings);
  mlir::MLIRContext context;
  context.loadDialect<TreadleDialect, mlir::func::FuncDialect,
                      mlir::arith::ArithDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "func.func @f(%x: tensor<4xf32>, %i: index) {\n" + body + "\nreturn }",
      &context);
  EXPECT_TRUE(module);
  if (module)
    checkParameters(*module, *source, findings);
  return findings;
}

/// A stack of `count` layers over the family l.
static std::string makeStack(int count) {
  return "%y = treadle.stack " + std::to_string(count) +
         " (%x) : tensor<4xf32> {\n^l(%h: tensor<4xf32>, %j: index):\n"
         "%w = treadle.parameter \"l.{}\"[%j] : tensor<4xf32>\n"
         "%s = arith.addf %h, %w : tensor<4xf32>\n"
         "treadle.yield %s : tensor<4xf32> }";
}

TEST(CheckParameters, Good) {
  EXPECT_FALSE(checkProgram("%0 = treadle.parameter \"a\" : tensor<2x3xf32>\n"
                            "%1 = treadle.parameter \"l.{}\"[%i of 2] : "
                            "tensor<4xf32>\n"
                            "%c1 = arith.constant 1 : index\n"
                            "%2 = treadle.parameter \"l.{}\"[%c1] : "
                            "tensor<4xf32>\n" +
                            makeStack(2))
                   .failed());
}

TEST(CheckParameters, Refused) {
  expectOneError(checkProgram("%0 = treadle.parameter \"b\" : tensor<2x3xf32>"),
                 ErrorId::MissingTensor, {"'b'"});
  expectOneError(checkProgram("%0 = treadle.parameter \"a\" : tensor<3x2xf32>"),
                 ErrorId::WrongTensorShape,
                 {"w.safetensors: tensor 'a' is [2, 3], expected [3, 2]"});
  expectOneError(checkProgram("%0 = treadle.parameter \"a\" : tensor<2x3xf16>"),
                 ErrorId::WrongTensorType, {"'a' is of f32, expected f16"});
  expectOneError(
      checkProgram("%0 = treadle.parameter \"l.{}\"[%i] : tensor<4xf32>"),
      ErrorId::UncountedFamily, {"'l.{}'"});
  expectOneError(checkProgram(makeStack(4)), ErrorId::MissingTensor,
                 {"'l.2'", "1 more of the family 'l.{}'"});
  expectOneError(checkProgram("%0 = treadle.parameter \"l.{}\"[%i of 3] : "
                              "tensor<4xf32>"),
                 ErrorId::MissingTensor, {"'l.2'"});
}
