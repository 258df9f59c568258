//===- InterpreterTest.cpp - The interpreter, called from a program -------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Reference/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace treadle;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {
class InterpreterTest : public testing::Test {
protected:
  InterpreterTest() {
    context
        .loadDialect<arith::ArithDialect, func::FuncDialect, ub::UBDialect>();
  }

  func::FuncOp parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    return *module->getOps<func::FuncOp>().begin();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST(TensorTest, CopiesShareElementsUntilOneIsWritten) {
  Tensor a({2}, std::vector<double>{1, 2});
  Tensor b = a;
  EXPECT_EQ(a.getFloats().data(), b.getFloats().data());
  b.getMutableFloats()[0] = 5;
  EXPECT_THAT(a.getFloats(), ElementsAre(1, 2));
  EXPECT_THAT(b.getFloats(), ElementsAre(5, 2));
}

TEST_F(InterpreterTest, InputsAndResults) {
  func::FuncOp function = parse(R"(
    func.func @add(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
      %c = arith.addf %a, %b : tensor<?xf32>
      return %c : tensor<?xf32>
    })");
  FailureOr<SmallVector<Tensor>> results =
      interpret(function, {Tensor({2}, std::vector<double>{1, 2}),
                           Tensor({2}, std::vector<double>{0.5, 0.25})});
  ASSERT_TRUE(succeeded(results));
  EXPECT_THAT(results->front().getFloats(), ElementsAre(1.5, 2.25));
}

TEST_F(InterpreterTest, LearnsOperations) {
  func::FuncOp function = parse(R"(
    func.func @poison() -> i32 {
      %p = ub.poison : i32
      return %p : i32
    })");
  std::string said;
  ScopedDiagnosticHandler handler(
      &context, [&](Diagnostic &diagnostic) { said = diagnostic.str(); });
  Interpreter interpreter;
  EXPECT_TRUE(failed(interpreter.run(function, {})));
  EXPECT_THAT(said,
              HasSubstr("is not an operation that the interpreter knows"));

  interpreter.add<ub::PoisonOp>([](ub::PoisonOp op, Frame &frame) {
    return frame.set(op.getResult(), Tensor(int64_t(7)));
  });
  FailureOr<SmallVector<Tensor>> results = interpreter.run(function, {});
  ASSERT_TRUE(succeeded(results));
  EXPECT_EQ(results->front().getInteger(), 7);
}

TEST_F(InterpreterTest, AResultIsOfItsType) {
  func::FuncOp function = parse(R"(
    func.func @poison() -> tensor<2xf32> {
      %p = ub.poison : tensor<2xf32>
      return %p : tensor<2xf32>
    })");
  std::string said;
  ScopedDiagnosticHandler handler(
      &context, [&](Diagnostic &diagnostic) { said = diagnostic.str(); });
  Interpreter interpreter;
  interpreter.add<ub::PoisonOp>([](ub::PoisonOp op, Frame &frame) {
    return frame.set(op.getResult(), Tensor({3}, std::vector<double>(3)));
  });
  EXPECT_TRUE(failed(interpreter.run(function, {})));
  EXPECT_THAT(said, HasSubstr("would have the shape [3]"));
}

TEST_F(InterpreterTest, MemoryIsGivenBack) {
  func::FuncOp function = parse(R"(
    func.func @copy(%a: tensor<600xf32>) -> tensor<600xf32> {
      %b = arith.negf %a : tensor<600xf32>
      return %b : tensor<600xf32>
    })");
  InterpreterOptions options;
  options.maxElements = 1000;
  Interpreter interpreter(options);
  // One after the other they fit, and at a time they would not.
  for (int i = 0; i < 3; ++i) {
    Tensor x({600}, std::vector<double>(600));
    EXPECT_TRUE(succeeded(interpreter.run(function, {x})));
  }
}
