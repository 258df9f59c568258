//===- Bufferize.cpp - From tensors to buffers -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OneShot.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace treadle {
#define GEN_PASS_DEF_BUFFERIZEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace mlir::bufferization;
using namespace treadle;

void treadle::markInputs(ModuleOp module) {
  Builder builder(module.getContext());
  for (auto function : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (isa<TensorType>(function.getArgumentTypes()[i]))
        function.setArgAttr(i, BufferizationDialect::kWritableAttrName,
                            builder.getBoolAttr(false));
}

void treadle::unmarkInputs(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.removeArgAttr(i, BufferizationDialect::kWritableAttrName);
}

OneShotBufferizationOptions treadle::getBufferizationOptions() {
  OneShotBufferizationOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.setFunctionBoundaryTypeConversion(LayoutMapOption::IdentityLayoutMap);
  options.bufferAlignment = 64;
  return options;
}

namespace {
struct BufferizePass : public treadle::impl::BufferizePassBase<BufferizePass> {
  void runOnOperation() override {
    markInputs(getOperation());
    BufferizationState state;
    if (failed(runOneShotModuleBufferize(getOperation(),
                                         getBufferizationOptions(), state)))
      return signalPassFailure();
    unmarkInputs(getOperation());
  }
};
} // namespace
