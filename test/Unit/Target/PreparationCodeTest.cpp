//===- PreparationCodeTest.cpp - Running code while compiling -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModule.h"

using namespace treadle;
using namespace treadle::test;

using PreparationCodeTest = TargetTest;

TEST_F(PreparationCodeTest, Runs) {
  PreparationCode created =
      llvm::cantFail(PreparationCode::create(*parse(kTwoParts)));
  PreparationCode code = std::move(created);
  treadle_entry_point prepare = llvm::cantFail(code.lookup("prepare_0"));
  float published = 21, prepared = 0;
  const void *parameters[] = {&published};
  treadle_host host = {};
  host.parameters = parameters;
  treadle_operand output = {&prepared, {}};
  EXPECT_EQ(prepare(&host, nullptr, &output), TREADLE_CODE_OK);
  EXPECT_EQ(prepared, 42.0f);
}

TEST_F(PreparationCodeTest, HasNoEntryPoints) {
  PreparationCode code =
      llvm::cantFail(PreparationCode::create(*parse(kTwoParts)));
  for (const char *name : {"answer", "prepare_1"}) {
    auto found = code.lookup(name);
    EXPECT_FALSE(found);
    std::string error = llvm::toString(found.takeError());
    EXPECT_NE(error.find(name), std::string::npos) << error;
  }
}

TEST_F(PreparationCodeTest, NothingToPrepare) {
  EXPECT_TRUE(llvm::errorToBool(PreparationCode::create(*parse("module {}"))
                                    ->lookup("prepare_0")
                                    .takeError()));
}

TEST_F(PreparationCodeTest, FindsWhatCompilersAssume) {
  auto module = parse(R"mlir(
    llvm.func @treadle_entry_prepare_0(%host: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr) -> i32
        attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>} {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %zero = llvm.mlir.constant(0 : i8) : i8
      %to = llvm.load %out : !llvm.ptr -> !llvm.ptr
      %n = llvm.mlir.constant(4000 : i64) : i64
      "llvm.intr.memset"(%to, %zero, %n) <{isVolatile = false}> : (!llvm.ptr, i8, i64) -> ()
      llvm.return %ok : i32
    })mlir");
  PreparationCode code = llvm::cantFail(PreparationCode::create(*module));
  std::vector<char> bytes(4001, 1);
  treadle_operand output = {bytes.data(), {}};
  EXPECT_EQ(llvm::cantFail(code.lookup("prepare_0"))(nullptr, nullptr, &output),
            0);
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), 0), 4000);
  EXPECT_EQ(bytes.back(), 1);
}
