//===- CallTest.cpp - Calls with good and bad tensors ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestArtifact.h"

#include <gmock/gmock.h>

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

namespace {
class CallTest : public testing::Test {
protected:
  void SetUp() override {
    artifact.write();
    model = loadModel(artifact);
    ASSERT_TRUE(model);
    call = createCall(model, "lookup");
    ASSERT_TRUE(call);
  }

  std::string setInput(const char *name, const treadle_tensor &tensor) {
    return describe(treadle_call_set_input(call.get(), name, &tensor));
  }
  std::string setOutput(const char *name, const treadle_tensor &tensor) {
    return describe(treadle_call_set_output(call.get(), name, &tensor));
  }
  std::string run() { return describe(treadle_call_run(call.get())); }

  void setIds() {
    ASSERT_EQ(setInput("ids", makeTensor(TREADLE_I64, ids.data(), {2, 3})), "");
  }

  TestArtifact artifact;
  ModelPtr model;
  CallPtr call;
  std::vector<int64_t> ids = {0, 1, 99, 7, 8, 9};
};
} // namespace

TEST_F(CallTest, RunsAndUsesDefaults) {
  setIds();
  ASSERT_EQ(run(), "");
  treadle_tensor values;
  ASSERT_EQ(describe(treadle_call_get_output(call.get(), "values", &values)),
            "");
  ASSERT_EQ(values.rank, 3);
  EXPECT_EQ(values.shape[0], 2);
  EXPECT_EQ(values.shape[1], 3);
  EXPECT_EQ(values.shape[2], 4);
  EXPECT_EQ(values.type, TREADLE_F32);
  auto *data = static_cast<const float *>(values.data);
  for (int64_t row = 0; row < 6; ++row)
    for (int64_t column = 0; column < 4; ++column)
      EXPECT_EQ(data[row * 4 + column],
                2 * TestArtifact::tableAt(ids[row], column) + column + 1);
}

TEST_F(CallTest, LengthsAreObeyed) {
  setIds();
  std::vector<int64_t> lengths = {1, 3};
  treadle_tensor tensor = makeTensor(TREADLE_I64, lengths.data(), {2});
  ASSERT_EQ(describe(treadle_call_set_input_at(call.get(), 1, &tensor)), "");
  std::vector<float> values(24, -1);
  ASSERT_EQ(
      setOutput("values", makeTensor(TREADLE_F32, values.data(), {2, 3, 4})),
      "");
  ASSERT_EQ(run(), "");
  EXPECT_EQ(values[3], 2 * TestArtifact::tableAt(0, 3) + 4);
  EXPECT_EQ(values[4], 0);
  EXPECT_EQ(values[11], 0);
  EXPECT_EQ(values[23], 2 * TestArtifact::tableAt(9, 3) + 4);

  // Taken back, the default holds again, in the caller's own memory.
  ASSERT_EQ(describe(treadle_call_set_input(call.get(), "lengths", nullptr)),
            "");
  ASSERT_EQ(run(), "");
  EXPECT_EQ(values[4], 2 * TestArtifact::tableAt(1, 0) + 1);
}

TEST_F(CallTest, ShapesCanBeInferredBeforeTheRun) {
  treadle_tensor values;
  EXPECT_THAT(describe(treadle_call_get_output(call.get(), "values", &values)),
              StartsWith("E0710 "));
  // Elements are not looked at, so there need be none yet that are right.
  ids.assign(6, 1000);
  setIds();
  ASSERT_EQ(describe(treadle_call_infer(call.get())), "");
  ASSERT_EQ(describe(treadle_call_get_output(call.get(), "values", &values)),
            "");
  EXPECT_EQ(values.shape[1], 3);
  EXPECT_EQ(values.data, nullptr);
  EXPECT_THAT(run(), StartsWith("E0707 "));
  EXPECT_THAT(describe(treadle_call_get_output_at(call.get(), 0, &values)),
              StartsWith("E0710 "));
}

TEST_F(CallTest, AnEmptyBatchIsNoError) {
  ASSERT_EQ(setInput("ids", makeTensor(TREADLE_I64, nullptr, {0, 3})), "");
  ASSERT_EQ(run(), "");
  treadle_tensor values;
  ASSERT_EQ(describe(treadle_call_get_output(call.get(), "values", &values)),
            "");
  EXPECT_EQ(values.shape[0], 0);
}

TEST_F(CallTest, RefusesUnknownNames) {
  treadle_call *other = nullptr;
  ErrorPtr error(treadle_call_create(model.get(), "encode", &other));
  ASSERT_TRUE(error);
  EXPECT_EQ(other, nullptr);
  EXPECT_STREQ(treadle_error_code(error.get()), "E0701");
  EXPECT_THAT(treadle_error_render(error.get()),
              HasSubstr("'lookup', 'hungry', 'broken'"));
  EXPECT_EQ(treadle_error_exit_code(error.get()), 1);

  treadle_tensor tensor = makeTensor(TREADLE_I64, ids.data(), {2, 3});
  error.reset(treadle_call_set_input(call.get(), "tokens", &tensor));
  ASSERT_TRUE(error);
  EXPECT_THAT(treadle_error_render(error.get()),
              AllOf(HasSubstr("error[E0702]"), HasSubstr("'tokens'"),
                    HasSubstr("'ids', 'lengths'")));
  for (int32_t index : {-1, 2})
    EXPECT_THAT(describe(treadle_call_set_input_at(call.get(), index, &tensor)),
                StartsWith("E0702 "));
  EXPECT_THAT(describe(treadle_call_get_output_at(call.get(), 2, &tensor)),
              StartsWith("E0702 "));
  EXPECT_THAT(describe(treadle_call_get_output(call.get(), "ids", &tensor)),
              StartsWith("E0702 "));
}

TEST_F(CallTest, RefusesWrongTensors) {
  EXPECT_THAT(run(), AllOf(StartsWith("E0703 "), HasSubstr("'ids'")));
  EXPECT_THAT(setInput("ids", makeTensor(TREADLE_I32, ids.data(), {2, 3})),
              AllOf(StartsWith("E0704 "), HasSubstr("is i32, expected i64")));
  EXPECT_THAT(setInput("ids", makeTensor(static_cast<treadle_type>(77),
                                         ids.data(), {2, 3})),
              StartsWith("E0704 "));
  EXPECT_THAT(setInput("ids", makeTensor(TREADLE_I64, ids.data(), {6})),
              AllOf(StartsWith("E0705 "), HasSubstr("[6]"),
                    HasSubstr("['batch', 'sequence']")));
  treadle_tensor tensor = makeTensor(TREADLE_I64, ids.data(), {2, 3});
  for (int32_t rank : {-1, 9, 1000000}) {
    tensor.rank = rank;
    EXPECT_THAT(setInput("ids", tensor), StartsWith("E0705 "));
  }
  EXPECT_THAT(setInput("ids", makeTensor(TREADLE_I64, ids.data(), {-2, 3})),
              StartsWith("E0705 "));
  EXPECT_THAT(setInput("ids", makeTensor(TREADLE_I64, ids.data(),
                                         {int64_t(1) << 31, int64_t(1) << 31})),
              StartsWith("E0705 "));
  EXPECT_THAT(setInput("ids", makeTensor(TREADLE_I64, nullptr, {2, 3})),
              AllOf(StartsWith("E0708 "), HasSubstr("no data")));
  char *odd = reinterpret_cast<char *>(ids.data()) + 1;
  EXPECT_THAT(setInput("ids", makeTensor(TREADLE_I64, odd, {1, 3})),
              AllOf(StartsWith("E0708 "), HasSubstr("aligned")));
}

TEST_F(CallTest, RefusesShapesThatDoNotAgree) {
  setIds();
  std::vector<int64_t> lengths = {1, 1, 1};
  ASSERT_EQ(setInput("lengths", makeTensor(TREADLE_I64, lengths.data(), {3})),
            "");
  EXPECT_THAT(run(), AllOf(StartsWith("E0705 "), HasSubstr("'lengths'"),
                           HasSubstr("'batch'"), HasSubstr("expected 2")));
  ASSERT_EQ(setInput("lengths", makeTensor(TREADLE_I64, lengths.data(), {2})),
            "");
  std::vector<float> values(24);
  EXPECT_THAT(
      setOutput("values", makeTensor(TREADLE_F32, values.data(), {2, 3, 5})),
      StartsWith("E0705 "));
  ASSERT_EQ(
      setOutput("values", makeTensor(TREADLE_F32, values.data(), {3, 2, 4})),
      "");
  EXPECT_THAT(run(), AllOf(StartsWith("E0705 "), HasSubstr("[3, 2, 4]"),
                           HasSubstr("expected [2, 3, 4]")));
}

TEST_F(CallTest, RefusesDimensionsOutOfRange) {
  std::vector<int64_t> many(17);
  ASSERT_EQ(setInput("ids", makeTensor(TREADLE_I64, many.data(), {1, 16})), "");
  EXPECT_EQ(run(), "");
  ASSERT_EQ(setInput("ids", makeTensor(TREADLE_I64, many.data(), {1, 17})), "");
  EXPECT_THAT(run(), AllOf(StartsWith("E0706 "), HasSubstr("'sequence'"),
                           HasSubstr("is 17"), HasSubstr("most 16")));
  ASSERT_EQ(setInput("ids", makeTensor(TREADLE_I64, many.data(), {1, 0})), "");
  EXPECT_THAT(run(), AllOf(StartsWith("E0706 "), HasSubstr("least 1")));
}

TEST_F(CallTest, RefusesElementsOutOfRange) {
  ids = {0, 1, 2, 3, 100, -1};
  setIds();
  EXPECT_THAT(run(),
              AllOf(StartsWith("E0707 "), HasSubstr("'ids' has 100 at [1, 1]"),
                    HasSubstr("largest value is 99")));
  ids[4] = 99;
  EXPECT_THAT(run(), AllOf(HasSubstr("-1 at [1, 2]"), HasSubstr("least")));
  ids[5] = 0;
  EXPECT_EQ(run(), "");
  std::vector<int64_t> lengths = {3, 4};
  ASSERT_EQ(setInput("lengths", makeTensor(TREADLE_I64, lengths.data(), {2})),
            "");
  ErrorPtr error(treadle_call_run(call.get()));
  ASSERT_TRUE(error);
  EXPECT_THAT(treadle_error_render(error.get()),
              AllOf(HasSubstr("'lengths' has 4 at [1]"),
                    HasSubstr("note: that is the extent of dimension "
                              "'sequence'")));
}

TEST_F(CallTest, RefusesBooleansThatAreNone) {
  call = createCall(model, "broken");
  std::vector<uint8_t> truth = {0, 1, 2};
  ASSERT_EQ(setInput("truth", makeTensor(TREADLE_BOOL, truth.data(), {3})), "");
  EXPECT_THAT(run(), AllOf(StartsWith("E0707 "), HasSubstr("2 at [2]")));
  truth[2] = 1;
  EXPECT_THAT(run(), AllOf(StartsWith("E0901 "), HasSubstr("status 42")));
}

TEST_F(CallTest, RefusesOutputsThatOverlap) {
  setIds();
  std::vector<double> memory(12); // 96 bytes: [2, 3, 4] of f32.
  ASSERT_EQ(
      setOutput("values", makeTensor(TREADLE_F32, memory.data(), {2, 3, 4})),
      "");
  ASSERT_EQ(
      setOutput("threads", makeTensor(TREADLE_I64, memory.data() + 11, {})),
      "");
  EXPECT_THAT(run(), AllOf(StartsWith("E0708 "), HasSubstr("'threads'"),
                           HasSubstr("'values'")));
  ASSERT_EQ(setOutput("threads", makeTensor(TREADLE_I64, ids.data() + 5, {})),
            "");
  EXPECT_THAT(run(), AllOf(StartsWith("E0708 "), HasSubstr("'ids'")));
  int64_t threads = 0;
  ASSERT_EQ(setOutput("threads", makeTensor(TREADLE_I64, &threads, {})), "");
  EXPECT_EQ(run(), "");
  EXPECT_GE(threads, 1);
}
