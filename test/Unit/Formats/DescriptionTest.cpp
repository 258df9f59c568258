//===- DescriptionTest.cpp - model.json -----------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/ModelDescription.h"

#include <gmock/gmock.h>

using namespace treadle;
using testing::HasSubstr;

static ModelDescription makeDescription() {
  ModelDescription model;
  model.producer = "treadle 0.1.0";
  model.codeAbi = 1;
  model.triple = "x86_64-unknown-linux-gnu";
  model.cpu = "sapphirerapids";
  model.features = {"avx512f", "avx2"};
  model.dimensions = {{"batch", 1, std::nullopt}, {"sequence", 0, 512}};
  OperandDescription ids{"ids",     ElementType::I64, {"batch", "sequence"},
                         Extent(0), Extent(30521),    std::nullopt};
  OperandDescription lengths{"lengths", ElementType::I64,   {"batch"},
                             Extent(0), Extent("sequence"), Extent("sequence")};
  OperandDescription output{"embeddings", ElementType::F32, {"batch", 384},
                            std::nullopt, std::nullopt,     std::nullopt};
  model.entryPoints = {{"encode", {ids, lengths}, {output}}};
  model.parameters = {{"w", ElementType::F32, {384, 384}},
                      {"b", ElementType::BF16, {384}}};
  model.weightsSize = 4096;
  model.sourceKind = "huggingface";
  model.sourceFiles = {{"config.json", std::string(64, 'a')}};
  model.annotations = {{"pooling", "mean"}};
  return model;
}

TEST(Description, ComesBackFromItsText) {
  std::string text = printDescription(makeDescription());
  EXPECT_EQ(text.back(), '\n');
  Result<ModelDescription> model = parseDescription(text, "model.json");
  ASSERT_TRUE(model) << model.error().render();
  // Features are sorted, everything else keeps its order: a fixed point.
  EXPECT_EQ(printDescription(*model), text);
  EXPECT_EQ(model->features, (std::vector<std::string>{"avx2", "avx512f"}));
  ASSERT_EQ(model->entryPoints.size(), 1u);
  const OperandDescription &lengths = model->entryPoints[0].inputs[1];
  EXPECT_EQ(lengths.name, "lengths");
  EXPECT_EQ(lengths.type, ElementType::I64);
  EXPECT_EQ(lengths.maximum, std::optional<Extent>("sequence"));
  EXPECT_EQ(lengths.defaultValue, std::optional<Extent>("sequence"));
  EXPECT_EQ(lengths.minimum, std::optional<Extent>(0));
  EXPECT_EQ(model->findDimension("sequence")->maximum, 512);
  EXPECT_EQ(model->findDimension("batch")->minimum, 1);
  EXPECT_EQ(model->parameters[1].type, ElementType::BF16);
  EXPECT_EQ(model->weightsSize, 4096);
  EXPECT_EQ(model->sourceFiles[0].sha256, std::string(64, 'a'));
  EXPECT_EQ(model->annotations[0].second, "mean");
}

TEST(Description, HasASchemaOfItsOwnWithCounters) {
  ModelDescription counting = makeDescription();
  counting.entryPoints[0].counters = {{"layer.{}.up", 6}, {"pool", 0}};
  std::string text = printDescription(counting);
  EXPECT_THAT(text, HasSubstr("\"schema\": 2"));
  Result<ModelDescription> model = parseDescription(text, "model.json");
  ASSERT_TRUE(model) << model.error().render();
  EXPECT_EQ(printDescription(*model), text);
  EXPECT_TRUE(model->hasCounters());
  EXPECT_EQ(model->entryPoints[0].counters[0].members, 6);

  // Whoever knows the first schema alone must not read it.
  size_t place = text.find("\"schema\": 2");
  Result<ModelDescription> older =
      parseDescription(text.replace(place, 11, "\"schema\": 1"), "model.json");
  ASSERT_FALSE(older);
  EXPECT_THAT(older.error().getMessage(),
              HasSubstr("unknown member 'counters'"));

  counting.entryPoints[0].counters[1].name = "layer.{}.up";
  EXPECT_THAT(verifyDescription(counting, "model.json").error().getMessage(),
              HasSubstr("counter 'layer.{}.up' has no name or occurs twice"));
}

TEST(Description, RefusesAnotherSchemaBeforeAnythingElse) {
  Result<ModelDescription> model =
      parseDescription(R"({"schema": 3, "new": true})", "model.json");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().getId(), ErrorId::UnsupportedSchema);
  EXPECT_THAT(model.error().getMessage(), HasSubstr("schema 3"));
}

/// The text of the description with one part replaced, which must be there.
static std::string replace(const std::string &from, const std::string &to) {
  std::string text = printDescription(makeDescription());
  size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return place == std::string::npos ? text
                                    : text.replace(place, from.size(), to);
}

TEST(Description, RefusesTextsThatBreakTheSchema) {
  const struct {
    const char *from, *to, *rule;
  } cases[] = {
      {"\"schema\": 1", "\"schema\": \"1\"", "schema is a string"},
      {"\"schema\": 1,", "", "schema is missing"},
      {"\"code_abi\": 1", "\"code_abi\": 1.5", "code_abi is a number"},
      {"\"producer\"", "\"producers\"", "unknown member 'producers'"},
      {"\"cpu\": \"sapphirerapids\"", "\"cpu\": null", "target.cpu is null"},
      {"\"type\": \"i64\"", "\"type\": \"i65\"",
       "entry_points[0].inputs[0].type is 'i65'"},
      {"\"type\": \"i64\"", "\"type\": \"u32\"", "type is 'u32'"},
      {"[\"batch\", \"sequence\"]", "[\"batch\", \"\"]", "shape[1]"},
      {"[\"batch\", \"sequence\"]", "[\"batch\", true]", "shape[1]"},
      {"[384, 384]", "[384, \"batch\"]", "parameters[0].shape[1]"},
      {"{\"maximum\": 512}", "{\"maximal\": 512}", "unknown member"},
      {"\"weights_size\": 4096", "\"weights_size\": []", "weights_size"},
  };
  for (const auto &[from, to, rule] : cases) {
    Result<ModelDescription> model =
        parseDescription(replace(from, to), "model.json");
    ASSERT_FALSE(model) << to;
    EXPECT_EQ(model.error().getId(), ErrorId::MalformedDescription) << to;
    EXPECT_THAT(model.error().getMessage(), HasSubstr("model.json: ")) << to;
    EXPECT_THAT(model.error().getMessage(), HasSubstr(rule));
  }
  for (const char *text : {"[]", "1", "{"})
    EXPECT_FALSE(parseDescription(text, "model.json")) << text;
}

TEST(Description, RefusesEveryTruncation) {
  std::string text = printDescription(makeDescription());
  // Without its last newline it is still whole.
  for (size_t size = 0; size + 1 < text.size(); ++size)
    EXPECT_FALSE(parseDescription(text.substr(0, size), "model.json")) << size;
}

TEST(Description, RefusesWhatItsRulesForbid) {
  const struct {
    const char *rule;
    void (*spoil)(ModelDescription &);
  } cases[] = {
      {"'producer'", [](ModelDescription &m) { m.producer.clear(); }},
      {"'code_abi'", [](ModelDescription &m) { m.codeAbi = -1; }},
      {"'avx2'", [](ModelDescription &m) { m.features.push_back("avx2"); }},
      {"'1st'", [](ModelDescription &m) { m.dimensions[0].name = "1st"; }},
      {"occurs twice",
       [](ModelDescription &m) { m.dimensions.push_back({"batch", 0, {}}); }},
      {"nothing satisfies",
       [](ModelDescription &m) { m.dimensions[1].minimum = 513; }},
      {"no entry point", [](ModelDescription &m) { m.entryPoints.clear(); }},
      {"identifier",
       [](ModelDescription &m) { m.entryPoints[0].name = "a b"; }},
      {"occurs twice",
       [](ModelDescription &m) { m.entryPoints.push_back(m.entryPoints[0]); }},
      {"no output",
       [](ModelDescription &m) { m.entryPoints[0].outputs.clear(); }},
      {"input 'ids' has no name of its own",
       [](ModelDescription &m) { m.entryPoints[0].inputs[1].name = "ids"; }},
      {"'width', which is not declared",
       [](ModelDescription &m) {
         m.entryPoints[0].outputs[0].shape[1] = "width";
       }},
      {"'free', which no input",
       [](ModelDescription &m) {
         m.dimensions.push_back({"free", 0, {}});
         m.entryPoints[0].outputs[0].shape[1] = "free";
       }},
      // 'lengths' may be left out, so it binds nothing.
      {"'only', which no input",
       [](ModelDescription &m) {
         m.dimensions.push_back({"only", 0, {}});
         m.entryPoints[0].inputs[1].shape[0] = "only";
       }},
      {"more than 8",
       [](ModelDescription &m) {
         m.entryPoints[0].outputs[0].shape.assign(9, Extent(1));
       }},
      {"negative or too large",
       [](ModelDescription &m) {
         m.entryPoints[0].outputs[0].shape.assign(2, Extent(int64_t(1) << 40));
       }},
      {"only inputs of integers",
       [](ModelDescription &m) {
         m.entryPoints[0].outputs[0].minimum = Extent(0);
       }},
      {"type cannot hold",
       [](ModelDescription &m) {
         m.entryPoints[0].inputs[0].type = ElementType::I8;
       }},
      {"parameter 'w' has no name of its own",
       [](ModelDescription &m) { m.parameters[1].name = "w"; }},
      {"'__padding__.0'",
       [](ModelDescription &m) { m.parameters[1].name = "__padding__.0"; }},
      {"empty or too large",
       [](ModelDescription &m) { m.parameters[1].shape = {0}; }},
      {"size of the weights", [](ModelDescription &m) { m.weightsSize = -1; }},
      {"name of a file",
       [](ModelDescription &m) { m.sourceFiles[0].name = "../x"; }},
      {"hexadecimal",
       [](ModelDescription &m) { m.sourceFiles[0].sha256[0] = 'G'; }},
      {"'pooling' occurs twice",
       [](ModelDescription &m) { m.annotations.push_back(m.annotations[0]); }},
  };
  EXPECT_TRUE(verifyDescription(makeDescription(), "model.json"));
  for (const auto &[rule, spoil] : cases) {
    ModelDescription model = makeDescription();
    spoil(model);
    Status status = verifyDescription(model, "model.json");
    ASSERT_FALSE(status) << rule;
    EXPECT_THAT(status.error().getMessage(), HasSubstr(rule));
    // The reader refuses the same text.
    EXPECT_FALSE(parseDescription(printDescription(model), "model.json"))
        << rule;
  }
}
