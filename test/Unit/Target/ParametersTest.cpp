//===- ParametersTest.cpp - The order of parameters -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModule.h"

using namespace treadle;
using namespace treadle::test;

using ParametersTest = TargetTest;

TEST_F(ParametersTest, SortedDistinctAndApart) {
  auto module = parse(R"mlir(
    func.func @encode(%i: index) {
      %0 = treadle.parameter "w.{}.prepared"[%i of 6] : tensor<4x8xf32>
      %1 = treadle.parameter "a" : memref<3xf32>
      %2 = treadle.parameter "w.{}.prepared"[%i of 6] : tensor<4x8xf32>
      return
    }
    func.func @prepare_0(%i: index)
        attributes {treadle.prepared = #treadle.prepared<"w.{}.prepared", members = 6>} {
      %0 = treadle.parameter "w.{}"[%i of 6] : tensor<8x4xbf16>
      return
    })mlir");
  auto entries = collectParameters(*module, /*prepared=*/false);
  ASSERT_EQ(entries.size(), 2u);
  mlir::Type f32 = mlir::Float32Type::get(&context);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_EQ(entries[0].members, 0);
  EXPECT_EQ(entries[0].type, mlir::RankedTensorType::get({3}, f32));
  EXPECT_EQ(entries[1].name, "w.{}.prepared");
  EXPECT_EQ(entries[1].members, 6);
  EXPECT_EQ(entries[1].type, mlir::RankedTensorType::get({4, 8}, f32));

  auto published = collectParameters(*module, /*prepared=*/true);
  ASSERT_EQ(published.size(), 1u);
  EXPECT_EQ(published[0].name, "w.{}");
}
