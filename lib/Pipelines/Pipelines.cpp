//===- Pipelines.cpp - From one stage to the next -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/BufferizableOpInterfaceImpl.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace treadle;

void treadle::buildModelToStructuredPipeline(OpPassManager &pm,
                                             const PipelineOptions &options) {
  pm.addPass(createSetTargetPass({options.cpu}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createExpandPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createTreadleToLinalgPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createFuseElementwisePass());
  pm.addPass(createReuseOperandsPass());
  // Extents in terms of the arguments', so that they are known before the first layer.
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  pm.addPass(createSCFForLoopCanonicalizationPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  // After fusion: what is computed from parameters alone is then in its final form.
  pm.addPass(createCSEPass());
  pm.addPass(createPrepareParametersPass());
  pm.addPass(createCanonicalizerPass());
}

Stage treadle::getStage(ModuleOp module) {
  auto stage = module->getAttrOfType<StageAttr>(kStageAttrName);
  return stage ? stage.getValue() : Stage::Model;
}

void treadle::registerPipelines() {
  using Build = void (*)(OpPassManager &, const PipelineOptions &);
  auto add = [](StringRef name, StringRef description, Build build) {
    // A registration lives as long as the program, and takes a copy of what it is given.
    PassPipelineRegistration<PipelineOptions>(name, description, build);
  };
  add("treadle-model-to-structured", "expand, fuse and prepare parameters",
      buildModelToStructuredPipeline);
}

void treadle::registerPipelineDialects(DialectRegistry &registry) {
  registry.insert<TreadleDialect, func::FuncDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
}
