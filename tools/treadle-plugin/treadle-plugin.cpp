//===- treadle-plugin.cpp - Treadle for any mlir-opt ------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   mlir-opt --load-dialect-plugin=TreadlePlugin.so
//     --load-pass-plugin=TreadlePlugin.so --pass-pipeline='builtin.module(...)'
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"
#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Reference/Passes.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

// The project hides its symbols; a host looks these two up by their names.
#define TREADLE_PLUGIN_EXPORT extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT

TREADLE_PLUGIN_EXPORT mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Treadle", TREADLE_VERSION,
          [](mlir::DialectRegistry *registry) {
            treadle::registerPipelineDialects(*registry);
          }};
}

TREADLE_PLUGIN_EXPORT mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Treadle", TREADLE_VERSION, [] {
            treadle::registerTreadlePasses();
            treadle::registerTreadleConversionPasses();
            treadle::registerPipelines();
            treadle::registerTreadleReferencePasses();
          }};
}
