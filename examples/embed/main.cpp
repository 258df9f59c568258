//===- main.cpp - A compiler of one's own, with Treadle inside -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   embed FILE [CPU]
//
// reads a program in the dialect, takes it to linalg on tensors, and counts
// what a compiler of one's own would now go on with. The program is printed.
//
//===----------------------------------------------------------------------===//

#include <treadle/Pipelines/Pipelines.h>

#include <mlir/Dialect/Linalg/IR/Linalg.h>
#include <mlir/IR/MLIRContext.h>
#include <mlir/IR/OwningOpRef.h>
#include <mlir/Parser/Parser.h>
#include <mlir/Pass/PassManager.h>

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    llvm::errs() << "usage: embed FILE [CPU]\n";
    return 2;
  }

  // The registry says what a context may load; a compiler adds its own
  // dialects.
  mlir::DialectRegistry registry;
  treadle::registerPipelineDialects(registry);
  registry.insert<mlir::linalg::LinalgDialect>();
  mlir::MLIRContext context(registry);

  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!module)
    return 1; // The context has said why.

  // A program may have been taken further before: its stage is in its text.
  if (treadle::getStage(*module) != treadle::Stage::Model) {
    module->emitError("expects a program at stage model");
    return 1;
  }

  treadle::PipelineOptions options;
  if (argc == 3)
    options.cpu = argv[2];
  mlir::PassManager manager(&context);
  treadle::buildModelToStructuredPipeline(manager, options);
  // Passes of one's own go here, or between the passes of the pipeline.
  if (mlir::failed(manager.run(*module)))
    return 1;

  unsigned structured = 0, attentions = 0;
  module->walk([&](mlir::Operation *op) {
    structured += mlir::isa<mlir::linalg::LinalgOp>(op);
    attentions += mlir::isa<treadle::AttentionOp>(op);
  });
  module->print(llvm::outs());
  llvm::outs() << "// " << structured << " linalg operations, " << attentions
               << " attentions\n";
}
