//===- JsonTest.cpp - JSON from outside -----------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/Json.h"

#include <gmock/gmock.h>

using namespace treadle;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Json, KeepsKindsAndOrder) {
  Result<JsonValue> json =
      parseJson(R"({"b": [1, -2, 2.5, true, null, "é\n"], "a": {}})", "t");
  ASSERT_TRUE(json);
  ASSERT_EQ(json->getObject()->size(), 2u);
  EXPECT_EQ((*json->getObject())[0].key, "b");
  const JsonValue::Array &b = *json->find("b")->getArray();
  EXPECT_EQ(b[0].getInteger(), 1);
  EXPECT_EQ(b[1].getInteger(), -2);
  EXPECT_EQ(b[2].getInteger(), std::nullopt);
  EXPECT_EQ(b[2].getNumber(), 2.5);
  EXPECT_EQ(b[3].getBoolean(), true);
  EXPECT_TRUE(b[4].isNull());
  EXPECT_EQ(*b[5].getString(), "\xc3\xa9\n");
  EXPECT_FALSE(json->find("c"));
}

TEST(Json, LargeIntegersAreReals) {
  Result<JsonValue> json =
      parseJson("[9223372036854775807, 9223372036854775808, "
                "1000000000000000019884624838656]",
                "t");
  ASSERT_TRUE(json);
  const JsonValue::Array &values = *json->getArray();
  EXPECT_EQ(values[0].getInteger(), INT64_MAX);
  EXPECT_EQ(values[1].getInteger(), std::nullopt);
  EXPECT_EQ(values[1].getNumber(), 9223372036854775808.0);
  EXPECT_EQ(values[2].getNumber(), 1e30);
}

TEST(Json, RefusesWhatReadersDisagreeAbout) {
  for (const char *text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "NaN", "[Infinity]", "-Infinity",
        "1e999", "// c\n1", "/* c */ 1", "'a'", "01", "1 2", "\"\x80\"",
        "\"\\ud800\"", "\"a\nb\"", "{a: 1}", "nul"}) {
    Result<JsonValue> json = parseJson(text, "t");
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().getId(), ErrorId::MalformedJson) << text;
    EXPECT_THAT(json.error().getMessage(), StartsWith("t:")) << text;
  }
}

TEST(Json, RefusesDuplicateKeysAndTellsWhere) {
  Result<JsonValue> json = parseJson("{\n  \"a\": 1,\n  \"a\": 2}", "t");
  ASSERT_FALSE(json);
  // The place is that of the key's last byte.
  EXPECT_THAT(json.error().getMessage(),
              HasSubstr("t:3:5: key 'a' occurs twice"));
  EXPECT_TRUE(parseJson(R"({"a": {"a": 1}, "b": {"a": 1}})", "t"));
}

TEST(Json, SyntaxErrorsTellWhere) {
  Result<JsonValue> json = parseJson("{\n  \"a\": NaN}", "file.json");
  ASSERT_FALSE(json);
  EXPECT_THAT(json.error().getMessage(), StartsWith("file.json:2:8: "));
}

TEST(Json, DepthIsLimitedLongBeforeTheStackIs) {
  auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parseJson(nested(64), "t"));
  for (size_t depth : {size_t(65), size_t(1000000)}) {
    Result<JsonValue> json = parseJson(nested(depth), "t");
    ASSERT_FALSE(json);
    EXPECT_EQ(json.error().getId(), ErrorId::JsonTooLarge);
    EXPECT_THAT(json.error().getMessage(), HasSubstr("t:1:65: "));
  }
}

TEST(Json, SizeAndNumberOfValuesAreLimited) {
  JsonLimits limits;
  limits.maxBytes = 8;
  EXPECT_TRUE(parseJson("[1,2,3]", "t", limits));
  EXPECT_FALSE(parseJson("[1,2,3,4]", "t", limits));
  limits = JsonLimits();
  limits.maxValues = 4;
  EXPECT_TRUE(parseJson("[1,2,3]", "t", limits));
  Result<JsonValue> json = parseJson("[1,2,3,4]", "t", limits);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().getId(), ErrorId::JsonTooLarge);
}

TEST(Json, QuotesEveryByte) {
  std::string text;
  for (int byte = 0; byte < 128; ++byte)
    text += static_cast<char>(byte);
  Result<JsonValue> json = parseJson(quoteJson(text), "t");
  ASSERT_TRUE(json);
  EXPECT_EQ(*json->getString(), text);
  EXPECT_EQ(quoteJson("\xff"), "\"\xef\xbf\xbd\"");
}
