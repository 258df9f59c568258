//===- Lowering.cpp - From stage to stage ---------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "Diagnostics.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;

/// Writes the module to a new file in the folder for temporary files; "" when
/// that cannot be done.
static std::string writeReproducer(mlir::ModuleOp module) {
  int descriptor = 0;
  llvm::SmallString<128> path;
  if (llvm::sys::fs::createTemporaryFile("treadle-reproducer", "mlir",
                                         descriptor, path))
    return "";
  llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
  module.print(os);
  os.close();
  if (!os.has_error())
    return path.str().str();
  os.clear_error();
  return "";
}

/// The one error that tells of a bug, whatever the passes had to say.
static Error makeBug(Stage stage, Stage next, std::vector<Error> errors,
                     mlir::ModuleOp before) {
  Error bug(ErrorId::PipelineFailed,
            ("the passes from '" + stringifyStage(stage) + "' to '" +
             stringifyStage(next) + "' failed")
                .str());
  for (const Error &error : errors)
    (void)std::move(bug).note(error.getMessage());
  std::string reproducer = writeReproducer(before);
  if (!reproducer.empty())
    (void)std::move(bug).note("the module as it was before is in " +
                              reproducer);
  return std::move(bug).help("this is a bug; please report it with that file "
                             "and the output of 'treadle version'");
}

bool treadle::lowerByOneStage(mlir::ModuleOp module, Stage stage, bool isOurs,
                              const PipelineOptions &options,
                              CompileObserver &observer, Findings &findings) {
  auto next = static_cast<Stage>(static_cast<uint32_t>(stage) + 1);
  mlir::OwningOpRef<mlir::ModuleOp> before = module.clone();
  mlir::PassManager pm(module.getContext());
  buildPipeline(pm, stage, next, options);

  DiagnosticCollector collector(module.getContext(), ErrorId::RefusedIr,
                                observer);
  if (mlir::succeeded(pm.run(module)))
    return true;
  std::vector<Error> errors = collector.takeErrors();
  // A pass that fails without a word is no better than one that crashes.
  if (isOurs || errors.empty())
    findings.add(makeBug(stage, next, std::move(errors), *before));
  else
    for (Error &error : errors)
      findings.add(std::move(error));
  return false;
}
