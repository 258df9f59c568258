//===- Diagnostics.cpp - MLIR's diagnostics as errors ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"

#include "mlir/IR/Location.h"

using namespace treadle;

/// The text of a diagnostic, with its place where that is a place in a file.
static std::string format(mlir::Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  auto place = diagnostic.getLocation()->findInstanceOf<mlir::FileLineColLoc>();
  if (!place)
    return text;
  return place.getFilename().str() + ":" + std::to_string(place.getLine()) +
         ":" + std::to_string(place.getColumn()) + ": " + text;
}

DiagnosticCollector::DiagnosticCollector(mlir::MLIRContext *context, ErrorId id,
                                         CompileObserver &observer)
    : handler(context, [this, id, &observer](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning)
          observer.warn(format(diagnostic));
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
          return;
        Error error(id, format(diagnostic));
        for (mlir::Diagnostic &note : diagnostic.getNotes())
          (void)std::move(error).note(format(note));
        errors.push_back(std::move(error));
      }) {}

Error treadle::makeError(ErrorId id, llvm::StringRef context,
                         llvm::Error error) {
  return Error(id, (context.empty() ? "" : context.str() + ": ") +
                       llvm::toString(std::move(error)));
}
