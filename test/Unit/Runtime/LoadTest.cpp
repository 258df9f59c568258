//===- LoadTest.cpp - Loading good and bad artifacts ----------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestArtifact.h"
#include "treadle/Formats/CpuFeatures.h"

#include <cstdlib>
#include <gmock/gmock.h>

using namespace treadle;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Load, TellsWhatTheModelHas) {
  TestArtifact artifact;
  artifact.write();
  ModelPtr model = loadModel(artifact);
  ASSERT_TRUE(model);
  EXPECT_STREQ(treadle_model_annotation(model.get(), "pooling"), "mean");
  EXPECT_EQ(treadle_model_annotation(model.get(), "other"), nullptr);
  ASSERT_EQ(treadle_model_num_entries(model.get()), 3);
  EXPECT_EQ(treadle_model_entry(model.get(), 3), nullptr);
  EXPECT_EQ(treadle_model_entry(model.get(), -1), nullptr);

  const treadle_entry_info *entry = treadle_model_entry(model.get(), 0);
  EXPECT_STREQ(entry->name, "lookup");
  ASSERT_EQ(entry->num_inputs, 2);
  const treadle_operand_info &ids = entry->inputs[0];
  EXPECT_STREQ(ids.name, "ids");
  EXPECT_EQ(ids.type, TREADLE_I64);
  ASSERT_EQ(ids.rank, 2);
  EXPECT_EQ(ids.shape[1], -1);
  EXPECT_STREQ(ids.dimensions[1], "sequence");
  EXPECT_EQ(ids.minimum_extents[1], 1);
  EXPECT_EQ(ids.maximum_extents[1], 16);
  EXPECT_EQ(ids.maximum_extents[0], -1);
  EXPECT_TRUE(ids.maximum.present);
  EXPECT_EQ(ids.maximum.dimension, nullptr);
  EXPECT_EQ(ids.maximum.value, 99);
  EXPECT_FALSE(ids.default_value.present);
  EXPECT_STREQ(entry->inputs[1].default_value.dimension, "sequence");
  ASSERT_EQ(entry->num_outputs, 2);
  EXPECT_EQ(entry->outputs[0].shape[2], 4);
  EXPECT_EQ(entry->outputs[0].dimensions[2], nullptr);
  EXPECT_EQ(entry->outputs[1].rank, 0);
}

TEST(Load, VersionAndTypes) {
  EXPECT_STREQ(treadle_runtime_version(), "0.1.0");
  EXPECT_EQ(treadle_type_size(TREADLE_BF16), 2u);
  EXPECT_STREQ(treadle_type_name(TREADLE_BOOL), "bool");
  EXPECT_EQ(treadle_type_size(static_cast<treadle_type>(10)), 0u);
  EXPECT_EQ(treadle_type_name(static_cast<treadle_type>(-1)), nullptr);
}

TEST(Load, RefusesWhatIsNoArtifact) {
  TestArtifact artifact;
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0201 "), HasSubstr("model.json")));
  artifact.folder.write("model.json", "{");
  EXPECT_THAT(tryLoad(artifact.folder.path()), StartsWith("E0204 "));
  artifact.folder.write("model.json", "{\"schema\": 7}");
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0602 "), HasSubstr("schema 7")));
}

TEST(Load, RefusesAnotherAbi) {
  TestArtifact artifact;
  artifact.library = TREADLE_TEST_CODE_WRONG_ABI;
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0603 "), HasSubstr("model.so"),
                    HasSubstr("code ABI 1000")));
  artifact.description.codeAbi = 999;
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0603 "), HasSubstr("model.json"),
                    HasSubstr("code ABI 999")));
  // Code that counts says so in both places.
  artifact.library = TREADLE_TEST_CODE;
  artifact.description.entryPoints[0].counters = {{"all", 0}};
  artifact.description.codeAbi = TREADLE_CODE_ABI_COUNTERS;
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0603 "), HasSubstr("model.so")));
}

TEST(Load, RefusesAnotherCpuBeforeItLoadsCode) {
  TestArtifact artifact;
  // Were model.so opened first, its absence would be the error.
  artifact.library.clear();
  artifact.description.features = {"avx9000"};
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0604 "), HasSubstr("'avx9000'")));

  // A feature that exists and that this machine lacks; some old or new one
  // always is.
  std::string missing;
  for (std::string_view feature : getKnownCpuFeatures())
    if (!hostHasCpuFeature(feature))
      missing = feature;
  ASSERT_FALSE(missing.empty());
  artifact.description.features = {missing};
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0604 "), HasSubstr("'" + missing + "'")));

  artifact.description.features.clear();
  artifact.description.triple = "vax-dec-ultrix";
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0604 "), HasSubstr("'vax'")));
}

TEST(Load, AcceptsTheFeaturesOfThisCpu) {
  TestArtifact artifact;
  for (std::string_view feature : getKnownCpuFeatures())
    if (hostHasCpuFeature(feature))
      artifact.description.features.emplace_back(feature);
  artifact.write();
  EXPECT_EQ(tryLoad(artifact.folder.path()), "");
}

TEST(Load, RefusesEveryShortWeightsFile) {
  TestArtifact artifact;
  artifact.write();
  std::string whole = artifact.folder.read("weights.safetensors");
  for (size_t size = 0; size < whole.size(); size += 61) {
    artifact.folder.write("weights.safetensors", whole.substr(0, size));
    EXPECT_THAT(tryLoad(artifact.folder.path()),
                AllOf(StartsWith("E0605 "), HasSubstr("weights.safetensors"),
                      HasSubstr(std::to_string(size))));
  }
  std::filesystem::remove(artifact.folder / "weights.safetensors");
  EXPECT_THAT(tryLoad(artifact.folder.path()), StartsWith("E0201 "));
}

TEST(Load, RefusesWeightsOfAnotherModel) {
  const struct {
    const char *rule;
    void (*spoil)(std::vector<NamedTensor> &);
  } cases[] = {
      {"'tables' stands where 'table' is expected",
       [](std::vector<NamedTensor> &w) { w[0].name = "tables"; }},
      {"'bias' stands where 'table' is expected",
       [](std::vector<NamedTensor> &w) { std::swap(w[0], w[1]); }},
      {"'table' is [4, 100] of f32, expected [100, 4] of f32",
       [](std::vector<NamedTensor> &w) { w[0].shape = {4, 100}; }},
      {"'bias' is [4] of i32",
       [](std::vector<NamedTensor> &w) { w[1].type = ElementType::I32; }},
      {"'bias' is missing", [](std::vector<NamedTensor> &w) { w.pop_back(); }},
      {"'more' is none of",
       [](std::vector<NamedTensor> &w) {
         w.push_back(w[1]);
         w.back().name = "more";
       }},
  };
  for (const auto &[rule, spoil] : cases) {
    TestArtifact artifact;
    spoil(artifact.weights);
    artifact.write();
    EXPECT_THAT(tryLoad(artifact.folder.path()),
                AllOf(StartsWith("E0605 "), HasSubstr(rule)));
  }
}

TEST(Load, RefusesUnalignedWeights) {
  TestArtifact artifact;
  artifact.description.parameters = {{"t", ElementType::U8, {1}}};
  std::string header =
      R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  artifact.description.weightsSize = static_cast<int64_t>(header.size()) + 9;
  artifact.write();
  artifact.folder.write("weights.safetensors",
                        std::string(1, static_cast<char>(header.size())) +
                            std::string(7, '\0') + header + "x");
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0605 "), HasSubstr("multiple of 64")));
}

TEST(Load, RefusesCodeThatIsNotThere) {
  TestArtifact artifact;
  artifact.library.clear();
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0201 "), HasSubstr("model.so")));
  artifact.folder.write("model.so", "not a library");
  EXPECT_THAT(tryLoad(artifact.folder.path()), StartsWith("E0606 "));
  artifact.library = TREADLE_TEST_CODE_PARTIAL;
  artifact.write();
  EXPECT_THAT(tryLoad(artifact.folder.path()),
              AllOf(StartsWith("E0606 "), HasSubstr("treadle_entry_broken")));
}

TEST(Load, NumberOfThreads) {
  TestArtifact artifact;
  artifact.write();
  treadle_options options = {};
  options.size = sizeof(options);
  options.threads = 3;
  ASSERT_EQ(setenv("TREADLE_NUM_THREADS", "2", 1), 0);
  EXPECT_EQ(treadle_model_threads(loadModel(artifact, &options).get()), 3);
  EXPECT_EQ(treadle_model_threads(loadModel(artifact).get()), 2);
  // Members behind the size of an older header are not read.
  options.size = offsetof(treadle_options, threads);
  EXPECT_EQ(treadle_model_threads(loadModel(artifact, &options).get()), 2);
  for (const char *text :
       {"0", "-1", "1025", "two", "2x", "99999999999999999999"}) {
    ASSERT_EQ(setenv("TREADLE_NUM_THREADS", text, 1), 0);
    EXPECT_THAT(tryLoad(artifact.folder.path()),
                AllOf(StartsWith("E0709 "), HasSubstr(text)));
  }
  ASSERT_EQ(unsetenv("TREADLE_NUM_THREADS"), 0);
  EXPECT_GE(treadle_model_threads(loadModel(artifact).get()), 1);
  options.size = sizeof(options);
  for (int64_t threads : {int64_t(-1), int64_t(1025)}) {
    options.threads = threads;
    EXPECT_THAT(tryLoad(artifact.folder.path(), &options),
                StartsWith("E0709 "));
  }
}
