//===- treadle-opt.cpp - mlir-opt with the dialect, its passes and pipelines -*-
// C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"
#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Reference/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  treadle::registerTreadlePasses();
  treadle::registerTreadleConversionPasses();
  treadle::registerPipelines();
  treadle::registerTreadleReferencePasses();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  treadle::registerPipelineDialects(registry);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Treadle optimizer driver\n", registry));
}
