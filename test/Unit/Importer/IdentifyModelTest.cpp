//===- IdentifyModelTest.cpp - What a path leads to -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TinyModel.h"

using namespace treadle;
using namespace treadle::test;
using std::string_literals::operator""s;

TEST(IdentifyModel, HuggingFace) {
  TempDirectory directory;
  directory.write("a/config.json", "");
  directory.write("b/modules.json", "");
  for (const char *name : {"a", "b"}) {
    Result<ModelKind> kind = identifyModel(directory.path(name));
    ASSERT_TRUE(kind) << kind.error().render();
    EXPECT_EQ(*kind, ModelKind::HuggingFace);
  }
}

TEST(IdentifyModel, Mlir) {
  TempDirectory directory;
  for (const char *text :
       {"module {\n}\n", "  // Comment.\n// Another.\n\nfunc.func @f()",
        "builtin.module @x {}", "\"builtin.module\"() ({}) : () -> ()",
        "#map = affine_map<(d0) -> (d0)>\nmodule {}", "!t = tensor<4xf32>\n",
        "{-# dialect_resources: {} #-}"}) {
    // The name says nothing.
    directory.write("model.gguf", text);
    Result<ModelKind> kind = identifyModel(directory.path("model.gguf"));
    ASSERT_TRUE(kind) << text << kind.error().render();
    EXPECT_EQ(*kind, ModelKind::Mlir);
  }
}

TEST(IdentifyModel, NotReadYet) {
  TempDirectory directory;
  for (auto [text, word] :
       {std::pair("GGUF\3\0\0\0"s, "GGUF"), std::pair("ML\xefR\6"s, "bytecode"),
        std::pair("PK\3\4\0\0"s, "PyTorch"), std::pair("\x80\2}"s, "pickle"),
        // ir_version 8, producer_name "pytorch".
        std::pair("\x08\x08\x12\x07pytorch"s, "ONNX"),
        // ir_version 10, graph of 300 bytes.
        std::pair("\x08\x0a\x3a\xac\x02"s, "ONNX")}) {
    directory.write("model.mlir", text);
    Result<ModelKind> kind = identifyModel(directory.path("model.mlir"));
    ASSERT_FALSE(kind) << word;
    EXPECT_STREQ(kind.error().getCode(), "E0302");
    EXPECT_EQ(kind.error().getExitCode(), 3);
    EXPECT_NE(kind.error().getMessage().find(word), std::string::npos)
        << kind.error().getMessage();
    EXPECT_NE(kind.error().getHelp(), "");
  }
}

TEST(IdentifyModel, Unknown) {
  TempDirectory directory;
  for (const std::string &text :
       {""s, "Hello, world"s, "{\"model_type\": \"bert\"}"s, "# A heading\n"s,
        "\x08"s, "\x08\x08\x00"s, "module \0"s, "%0 = x"s, "//"s,
        "\x10\0\0\0\0\0\0\0{\"a\": 1}"s}) {
    directory.write("x.mlir", text);
    Result<ModelKind> kind = identifyModel(directory.path("x.mlir"));
    ASSERT_FALSE(kind) << text;
    EXPECT_STREQ(kind.error().getCode(), "E0301") << text;
  }
}

TEST(IdentifyModel, FoldersThatAreNoModel) {
  TempDirectory directory;
  directory.write("artifact/model.json", "{}");
  directory.write("other/x", "");
  for (auto [name, word] :
       {std::pair("artifact", "artifact"), std::pair("other", "config.json")}) {
    Result<ModelKind> kind = identifyModel(directory.path(name));
    ASSERT_FALSE(kind);
    EXPECT_STREQ(kind.error().getCode(), "E0301");
    EXPECT_NE(kind.error().getMessage().find(word), std::string::npos);
  }
  Result<ModelKind> absent = identifyModel(directory.path("absent"));
  ASSERT_FALSE(absent);
  EXPECT_STREQ(absent.error().getCode(), "E0201");
}
