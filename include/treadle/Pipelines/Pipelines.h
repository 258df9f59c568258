//===- Pipelines.h - From one stage to the next -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pipeline takes a module from one stage to the next (docs/Pipelines.md).
// Each is registered under its own name for mlir-opt, and every tool calls the
// functions here.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_PIPELINES_PIPELINES_H
#define TREADLE_PIPELINES_PIPELINES_H

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace treadle {

/// What the pipelines may be told.
struct PipelineOptions : public mlir::PassPipelineOptions<PipelineOptions> {
  Option<std::string> cpu{
      *this, "cpu",
      llvm::cl::desc("CPU to decide for when the module names none: "
                     "'native' or LLVM's name"),
      llvm::cl::init("native")};
  Option<int64_t> cores{
      *this, "cores",
      llvm::cl::desc("Cores to decide for when the module names no CPU; 0: "
                     "those of 'native', or one"),
      llvm::cl::init(0)};
  Option<AttentionChoice> attention{
      *this, "attention",
      llvm::cl::desc("Strategy of attention that has no plan"),
      llvm::cl::init(AttentionChoice::Automatic),
      llvm::cl::values(
          clEnumValN(AttentionChoice::Automatic, "auto",
                     "what is best by shape and target"),
          clEnumValN(AttentionChoice::Online, "online", "tiles of keys"),
          clEnumValN(AttentionChoice::Rows, "rows", "all keys at once"),
          clEnumValN(AttentionChoice::Split, "split",
                     "parts of the keys in parallel"),
          clEnumValN(AttentionChoice::Decomposed, "decomposed",
                     "products and softmax of their own"))};
  Option<Precision> precision{
      *this, "precision",
      llvm::cl::desc("What products are computed in when the module does not "
                     "say it"),
      llvm::cl::init(Precision::F32),
      llvm::cl::values(
          clEnumValN(Precision::F32, "f32", ""),
          clEnumValN(Precision::BF16, "bf16",
                     "weights and what they multiply; sums in f32"))};
  Option<bool> remarks{*this, "remarks",
                       llvm::cl::desc("Say what was decided, and why"),
                       llvm::cl::init(false)};
  Option<bool> locate{
      *this, "locate",
      llvm::cl::desc("Say in locations which piece of work code belongs to"),
      llvm::cl::init(false)};
  Option<bool> profile{
      *this, "profile",
      llvm::cl::desc("Count time and work of each operation, for a profile"),
      llvm::cl::init(false)};
};

/// model to structured: expand, fuse, prepare parameters.
void buildModelToStructuredPipeline(mlir::OpPassManager &pm,
                                    const PipelineOptions &options);
/// structured to tiled: decide and tile.
void buildStructuredToTiledPipeline(mlir::OpPassManager &pm,
                                    const PipelineOptions &options);
/// tiled to buffers: bufferise, vectorise, plan memory.
void buildTiledToBuffersPipeline(mlir::OpPassManager &pm,
                                 const PipelineOptions &options);
/// buffers to llvm: make teams, entry points and the LLVM dialect.
void buildBuffersToLlvmPipeline(mlir::OpPassManager &pm,
                                const PipelineOptions &options);

/// Adds the pipelines that take a module from stage `from` to stage `to`.
void buildPipeline(mlir::OpPassManager &pm, Stage from, Stage to,
                   const PipelineOptions &options);

/// The stage that a module says it has reached; `model` when it says nothing.
Stage getStage(mlir::ModuleOp module);

/// What a module says that its products are computed in; f32 when it says
/// nothing.
Precision getPrecision(mlir::ModuleOp module);

/// Registers `treadle-model-to-structured` and its fellows.
void registerPipelines();

/// Registers the dialects and interfaces that the pipelines need.
void registerPipelineDialects(mlir::DialectRegistry &registry);

} // namespace treadle

#endif // TREADLE_PIPELINES_PIPELINES_H
