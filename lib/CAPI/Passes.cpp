//===- Passes.cpp - Passes and pipelines for MLIR's C API -----------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle-c/Passes.h"

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"
#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Reference/Passes.h"

#include "mlir/CAPI/Pass.h"
#include "mlir/CAPI/Support.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace treadle;

#include "treadle/Conversion/Passes.capi.cpp.inc"
#include "treadle/Dialect/Treadle/Transforms/Passes.capi.cpp.inc"
#include "treadle/Reference/Passes.capi.cpp.inc"

void treadleRegisterPasses(void) {
  registerTreadlePasses();
  registerTreadleConversionPasses();
  registerTreadleReferencePasses();
  registerPipelines();
  registerTransformsPasses();
}

MlirLogicalResult treadleAddPipeline(MlirOpPassManager manager,
                                     MlirStringRef from, MlirStringRef to,
                                     MlirStringRef cpu) {
  std::optional<Stage> first = symbolizeStage(unwrap(from));
  std::optional<Stage> last = symbolizeStage(unwrap(to));
  if (!first || !last || *last < *first)
    return mlirLogicalResultFailure();
  PipelineOptions options;
  if (cpu.length)
    options.cpu = unwrap(cpu).str();
  buildPipeline(*unwrap(manager), *first, *last, options);
  return mlirLogicalResultSuccess();
}
