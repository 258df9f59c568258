//===- Diagnostics.h - MLIR's diagnostics as errors -------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_DIAGNOSTICS_H
#define TREADLE_LIB_COMPILER_DIAGNOSTICS_H

#include "treadle/Compiler/Compiler.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace treadle {

/// While it lives, collects the errors that are emitted in a context and hands
/// warnings and remarks on to an observer.
class DiagnosticCollector {
public:
  DiagnosticCollector(mlir::MLIRContext *context, ErrorId id,
                      CompileObserver &observer);

  /// One error for each diagnostic, "file:line:column: " before its text.
  std::vector<Error> takeErrors() { return std::move(errors); }

private:
  std::vector<Error> errors;
  mlir::ScopedDiagnosticHandler handler;
};

/// An error of LLVM's as one of ours.
Error makeError(ErrorId id, llvm::StringRef context, llvm::Error error);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_DIAGNOSTICS_H
