//===- main.cpp - A compiler with a dialect of its own --------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   archivec FILE -o NAME.treadle [STAGE]
//
// compiles a text in the dialects archive and treadle. The artifact is one like
// any other: `treadle run` and the runtime's C interface take it. With a stage
// ("structured") it prints the program there instead.
//
//===----------------------------------------------------------------------===//

#include "Archive.h"

#include <treadle/Compiler/Compiler.h>

#include <llvm/Support/raw_ostream.h>

namespace {
/// What comes before Treadle's own passes.
class ArchiveFrontEnd : public treadle::FrontEnd {
public:
  void registerDialects(mlir::DialectRegistry &registry) const override {
    registry.insert<archive::ArchiveDialect>();
  }
  void buildPasses(mlir::OpPassManager &manager) const override {
    manager.addPass(archive::createLowerSearchPass());
  }
};
} // namespace

int main(int argc, char **argv) {
  if (argc < 4 || argc > 5 || llvm::StringRef(argv[2]) != "-o") {
    llvm::errs() << "usage: archivec FILE -o NAME.treadle [STAGE]\n";
    return 2;
  }
  ArchiveFrontEnd frontEnd;
  treadle::CompileRequest request;
  request.model = argv[1];
  request.output = argv[3];
  request.frontEnd = &frontEnd;
  if (argc == 5 && !(request.stopAt = treadle::symbolizeStage(argv[4]))) {
    llvm::errs() << "archivec: there is no stage '" << argv[4] << "'\n";
    return 2;
  }

  treadle::CompileObserver observer; // Tells nothing.
  treadle::Findings findings;
  auto result = treadle::compile(request, observer, findings);
  for (const treadle::Error &error : findings.errors)
    llvm::errs() << error.render() << "\n";
  if (!result)
    return findings.getExitCode();
  llvm::outs() << result->text;
}
