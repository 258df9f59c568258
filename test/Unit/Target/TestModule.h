//===- TestModule.h - A module at the stage llvm -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TEST_UNIT_TARGET_TESTMODULE_H
#define TREADLE_TEST_UNIT_TARGET_TESTMODULE_H

#include "treadle/Target/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

namespace treadle::test {

/// `answer` stores what its body loads from a constant; `prepare_0` doubles the
/// first number of its first parameter, through a body of its own, into its
/// output. Both outputs are the first member of a treadle_operand, which is the
/// data's address.
inline constexpr const char *kTwoParts = R"mlir(
  llvm.mlir.global private constant @forty_two(42.0 : f32) : f32
  llvm.func internal @answer() -> f32 {
    %address = llvm.mlir.addressof @forty_two : !llvm.ptr
    %0 = llvm.load %address : !llvm.ptr -> f32
    llvm.return %0 : f32
  }
  llvm.func @treadle_entry_answer(%host: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr) -> i32 {
    %ok = llvm.mlir.constant(0 : i32) : i32
    %0 = llvm.call @answer() : () -> f32
    %data = llvm.load %out : !llvm.ptr -> !llvm.ptr
    llvm.store %0, %data : f32, !llvm.ptr
    llvm.return %ok : i32
  }

  llvm.func internal @prepare_0(%from: !llvm.ptr, %to: !llvm.ptr)
      attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>} {
    %0 = llvm.load %from : !llvm.ptr -> f32
    %1 = llvm.fadd %0, %0 : f32
    llvm.store %1, %to : f32, !llvm.ptr
    llvm.return
  }
  llvm.func @treadle_entry_prepare_0(%host: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr) -> i32
      attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>} {
    %ok = llvm.mlir.constant(0 : i32) : i32
    // run, meet, reserve and threads come before the parameters.
    %member = llvm.getelementptr %host[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %parameters = llvm.load %member : !llvm.ptr -> !llvm.ptr
    %from = llvm.load %parameters : !llvm.ptr -> !llvm.ptr
    %to = llvm.load %out : !llvm.ptr -> !llvm.ptr
    llvm.call @prepare_0(%from, %to) : (!llvm.ptr, !llvm.ptr) -> ()
    llvm.return %ok : i32
  }
)mlir";

/// A test with a context of the dialects that modules are written in.
class TargetTest : public ::testing::Test {
protected:
  TargetTest() {
    context.loadDialect<TreadleDialect, mlir::LLVM::LLVMDialect,
                        mlir::func::FuncDialect>();
  }

  mlir::OwningOpRef<mlir::ModuleOp> parse(llvm::StringRef text) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return module;
  }

  mlir::MLIRContext context;
};

} // namespace treadle::test

#endif // TREADLE_TEST_UNIT_TARGET_TESTMODULE_H
