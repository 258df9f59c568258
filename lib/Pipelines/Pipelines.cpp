//===- Pipelines.cpp - From one stage to the next -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/BufferizableOpInterfaceImpl.h"
#include "treadle/Dialect/Treadle/Transforms/OnlineAttention.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/AMX/Transforms.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/AllocationOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace treadle;

void treadle::buildModelToStructuredPipeline(OpPassManager &pm,
                                             const PipelineOptions &options) {
  pm.addPass(createVerifyStagePass({Stage::Model}));
  pm.addPass(createSetTargetPass({options.cpu, options.cores}));
  pm.addPass(createDeriveLimitsPass());
  pm.addPass(createWidenPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createExpandPass());
  pm.addPass(createCanonicalizerPass());
  // While work on tokens is an operation of the dialect each.
  pm.addPass(createSkipPaddingPass({options.remarks}));
  pm.addPass(createTreadleToLinalgPass({options.precision}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createFuseElementwisePass());
  pm.addPass(createReuseOperandsPass());
  // Extents in terms of the arguments', so that they are known before the first
  // layer.
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  pm.addPass(createSCFForLoopCanonicalizationPass());
  pm.addPass(createCanonicalizerPass());
  // After fusion: what is computed from parameters alone is then in its final
  // form.
  pm.addPass(createCSEPass());
  pm.addPass(createPrepareParametersPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createVerifyStagePass({Stage::Structured}));
}

void treadle::buildStructuredToTiledPipeline(OpPassManager &pm,
                                             const PipelineOptions &options) {
  pm.addPass(createSetTargetPass({options.cpu, options.cores}));
  pm.addPass(createMergeQueryHeadsPass());
  pm.addPass(createDecidePass({options.attention, options.remarks}));
  if (options.profile) {
    // Decisions say which operations are one piece of work. Extents must not
    // keep alive what tiling replaces.
    pm.addPass(createInsertCountersPass());
    pm.addPass(memref::createResolveShapedTypeResultDimsPass());
    pm.addPass(createSCFForLoopCanonicalizationPass());
    pm.addPass(createCanonicalizerPass());
  }
  if (options.locate)
    pm.addPass(createLocateWorkPass());
  pm.addPass(createDecomposeAttentionPass());
  pm.addPass(createTilePass());
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  // No CSE from here to buffers: two new tensors are two buffers.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createVerifyStagePass({Stage::Tiled}));
}

void treadle::buildTiledToBuffersPipeline(OpPassManager &pm,
                                          const PipelineOptions &options) {
  pm.addPass(createPassDestinationsPass());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  // As late as can be, when everything that reads a cache is known.
  pm.addPass(createVerifyStatePass());
  pm.addPass(createBufferizePass());
  pm.addPass(createCanonicalizerPass());
  // Copies of a part onto itself, which is how a loop's part is put back, go
  // away.
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(memref::createResolveShapedTypeResultDimsPass());
  pm.addPass(createVectorizePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createPlanMemoryPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createVerifyStagePass({Stage::Buffers}));
}

void treadle::buildBuffersToLlvmPipeline(OpPassManager &pm,
                                         const PipelineOptions &options) {
  // First: the parameters that it finds are those that the module has at stage
  // buffers.
  pm.addPass(createEmitEntryPointsPass());
  pm.addPass(createEmulateTilesPass());
  pm.addPass(createExpandMathPass());
  pm.addPass(createLowerReshapesPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createSCFToControlFlowPass());
  ConvertVectorToLLVMPassOptions vectors;
  vectors.x86Vector = true;
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  // Tiles that loops carry are arguments of blocks, whose types are converted
  // with the operations on tiles or not at all.
  ConvertToLLVMPassOptions tiles;
  tiles.filterDialects = {"amx", "cf"};
  pm.addPass(createConvertToLLVMPass(tiles));
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // Line tables want to know which function a line is of.
  if (options.locate)
    pm.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
  pm.addPass(createVerifyStagePass({Stage::Llvm}));
}

void treadle::buildPipeline(OpPassManager &pm, Stage from, Stage to,
                            const PipelineOptions &options) {
  using Build = void (*)(OpPassManager &, const PipelineOptions &);
  constexpr Build steps[] = {
      buildModelToStructuredPipeline, buildStructuredToTiledPipeline,
      buildTiledToBuffersPipeline, buildBuffersToLlvmPipeline};
  for (unsigned stage = static_cast<unsigned>(from);
       stage < static_cast<unsigned>(to); ++stage)
    steps[stage](pm, options);
}

Stage treadle::getStage(ModuleOp module) {
  auto stage = module->getAttrOfType<StageAttr>(kStageAttrName);
  return stage ? stage.getValue() : Stage::Model;
}

Precision treadle::getPrecision(ModuleOp module) {
  auto precision = module->getAttrOfType<PrecisionAttr>(kPrecisionAttrName);
  return precision ? precision.getValue() : Precision::F32;
}

void treadle::registerPipelines() {
  using Build = void (*)(OpPassManager &, const PipelineOptions &);
  auto add = [](StringRef name, StringRef description, Build build) {
    // A registration lives as long as the program, and takes a copy of what it
    // is given.
    PassPipelineRegistration<PipelineOptions>(name, description, build);
  };
  add("treadle-model-to-structured", "expand, fuse and prepare parameters",
      buildModelToStructuredPipeline);
  add("treadle-structured-to-tiled", "decide and tile",
      buildStructuredToTiledPipeline);
  add("treadle-tiled-to-buffers", "bufferise, vectorise and plan memory",
      buildTiledToBuffersPipeline);
  add("treadle-buffers-to-llvm",
      "make teams, entry points and the LLVM dialect",
      buildBuffersToLlvmPipeline);
  add("treadle-model-to-llvm", "all stages",
      [](OpPassManager &pm, const PipelineOptions &options) {
        buildPipeline(pm, Stage::Model, Stage::Llvm, options);
      });
}

void treadle::registerPipelineDialects(DialectRegistry &registry) {
  registry.insert<TreadleDialect, affine::AffineDialect, amx::AMXDialect,
                  arith::ArithDialect, bufferization::BufferizationDialect,
                  func::FuncDialect, linalg::LinalgDialect, LLVM::LLVMDialect,
                  math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect,
                  x86vector::X86VectorDialect>();
  // Code.
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertAMXToLLVMInterface(registry);
  registerConvertToLLVMDependentDialectLoading(registry);
  // Extents in terms of operands.
  memref::registerAllocationOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  // Buffers.
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  registerBufferizableOpInterfaceExternalModels(registry);
  // Attention's parts.
  registerAttentionInterfaceExternalModels(registry);
  // Destinations that are made in place.
  linalg::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
}
