//===- TestArtifact.cpp - An artifact made by hand ------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestArtifact.h"

#include "treadle/Formats/CpuFeatures.h"

#include <gtest/gtest.h>

using namespace treadle;

TestArtifact::TestArtifact() : library(TREADLE_TEST_CODE) {
  description.producer = "treadle test";
  description.codeAbi = TREADLE_CODE_ABI;
  description.triple =
      std::string(getHostArchitecture()) + "-unknown-linux-gnu";
  description.cpu = "generic";
  description.dimensions = {
      {"batch", 0, std::nullopt}, {"sequence", 1, 16}, {"count", 0, {}}};
  OperandDescription ids{"ids",     ElementType::I64, {"batch", "sequence"},
                         Extent(0), Extent(99),       std::nullopt};
  OperandDescription lengths{"lengths", ElementType::I64,   {"batch"},
                             Extent(0), Extent("sequence"), Extent("sequence")};
  OperandDescription values;
  values.name = "values";
  values.shape = {"batch", "sequence", 4};
  OperandDescription threads;
  threads.name = "threads";
  threads.type = ElementType::I64;
  OperandDescription sizes;
  sizes.name = "sizes";
  sizes.type = ElementType::I64;
  sizes.shape = {"count"};
  OperandDescription addresses = sizes;
  addresses.name = "addresses";
  OperandDescription truth = sizes;
  truth.name = "truth";
  truth.type = ElementType::Bool;
  OperandDescription status;
  status.name = "status";
  status.type = ElementType::I32;
  description.entryPoints = {{"lookup", {ids, lengths}, {values, threads}},
                             {"hungry", {sizes}, {addresses}},
                             {"broken", {truth}, {status}}};
  description.parameters = {{"table", ElementType::F32, {100, 4}},
                            {"bias", ElementType::F32, {4}}};
  description.sourceKind = "test";
  description.annotations = {{"pooling", "mean"}};

  for (int64_t id = 0; id < 100; ++id)
    for (int64_t column = 0; column < 4; ++column)
      table.push_back(tableAt(id, column));
  bias = {1, 2, 3, 4};
  auto bytes = [](const std::vector<float> &data) {
    return ByteSpan{reinterpret_cast<const uint8_t *>(data.data()),
                    data.size() * sizeof(float)};
  };
  weights = {{"table", ElementType::F32, {100, 4}, bytes(table)},
             {"bias", ElementType::F32, {4}, bytes(bias)}};
}

void TestArtifact::write() {
  Status status = writeSafetensors(folder / "weights.safetensors", weights);
  ASSERT_TRUE(status) << status.error().render();
  if (description.weightsSize == 0)
    description.weightsSize = static_cast<int64_t>(
        std::filesystem::file_size(folder / "weights.safetensors"));
  folder.write("model.json", printDescription(description));
  std::filesystem::remove(folder / "model.so");
  if (!library.empty())
    std::filesystem::copy_file(library, folder / "model.so");
}

std::string describe(treadle_error *error) {
  if (!error)
    return "";
  ErrorPtr owner(error);
  std::string text = treadle_error_render(error);
  // The rendering has the code, the message and what is behind them.
  EXPECT_EQ(text.find(std::string("error[") + treadle_error_code(error) +
                      "]: " + treadle_error_message(error)),
            0u);
  return std::string(treadle_error_code(error)) + " " +
         treadle_error_message(error);
}

ModelPtr loadModel(const TestArtifact &artifact,
                   const treadle_options *options) {
  treadle_model *model = nullptr;
  EXPECT_EQ(describe(treadle_model_load(artifact.folder.path().c_str(), options,
                                        &model)),
            "");
  return ModelPtr(model);
}

std::string tryLoad(const std::string &path, const treadle_options *options) {
  treadle_model *model = nullptr;
  std::string text =
      describe(treadle_model_load(path.c_str(), options, &model));
  EXPECT_EQ(model == nullptr, !text.empty());
  treadle_model_free(model);
  return text;
}

CallPtr createCall(const ModelPtr &model, const char *entry) {
  treadle_call *call = nullptr;
  EXPECT_EQ(describe(treadle_call_create(model.get(), entry, &call)), "");
  return CallPtr(call);
}
