//===- PlacementTest.cpp - Where a residual block normalises -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace treadle;

namespace {

/// The placement of the block whose branch is `branch`, from %u to %f, and
/// whose result %y goes where `after` takes it.
NormPlacement getPlacement(llvm::StringRef branch, llvm::StringRef after) {
  std::string program = "func.func @f(%x: tensor<4xf32>, %g: tensor<4xf32>, "
                        "%w: tensor<4x4xf32>) {\n"
                        "  %y = treadle.residual %x : tensor<4xf32> {\n"
                        "  ^branch(%u: tensor<4xf32>):\n" +
                        branch.str() +
                        "    treadle.yield %f : tensor<4xf32>\n"
                        "  }\n" +
                        after.str() + "  return\n}\n";
  mlir::DialectRegistry registry;
  registry.insert<TreadleDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(program, &context);
  if (!module) {
    ADD_FAILURE() << "does not parse:\n" << program;
    return NormPlacement::None;
  }
  NormPlacement placement = NormPlacement::None;
  module->walk([&](ResidualOp op) { placement = op.getPlacement(); });
  return placement;
}

/// %result is %operand, normalised or multiplied.
std::string norm(std::string result, std::string operand) {
  return result + " = treadle.layer_norm " + operand +
         ", %g epsilon(1.0) : tensor<4xf32>, tensor<4xf32>\n";
}
std::string linear(std::string result, std::string operand) {
  return result + " = treadle.linear " + operand +
         ", %w : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>\n";
}

TEST(Placement, IsReadOffTheStructure) {
  EXPECT_EQ(getPlacement(linear("%f", "%u"), ""), NormPlacement::None);
  EXPECT_EQ(getPlacement(norm("%n", "%u") + linear("%f", "%n"), ""),
            NormPlacement::Pre);
  EXPECT_EQ(getPlacement(linear("%f", "%u"), norm("%n", "%y")),
            NormPlacement::Post);
  EXPECT_EQ(getPlacement(
                norm("%n", "%u") + linear("%m", "%n") + norm("%f", "%m"), ""),
            NormPlacement::Sandwich);
}

TEST(Placement, CountsNoNormThatSomeUseGoesPast) {
  // A parallel branch takes the input as it is.
  EXPECT_EQ(getPlacement(
                norm("%n", "%u") + linear("%m", "%n") + linear("%f", "%u"), ""),
            NormPlacement::None);
  // The next block takes the result as it is, though a norm takes it, too.
  EXPECT_EQ(
      getPlacement(linear("%f", "%u"), norm("%n", "%y") + linear("%m", "%y")),
      NormPlacement::None);
}

} // namespace
