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

static mlir::FileLineColLoc getPlace(mlir::Diagnostic &diagnostic) {
  return diagnostic.getLocation()->findInstanceOf<mlir::FileLineColLoc>();
}

/// The text of a diagnostic, with its place where that is a place in a file. An
/// operation that is part of the text may be a whole function: what begins it
/// says enough.
static std::string format(mlir::Diagnostic &diagnostic) {
  std::string text =
      llvm::StringRef(diagnostic.str()).split('\n').first.substr(0, 500).str();
  mlir::FileLineColLoc place = getPlace(diagnostic);
  if (!place)
    return text;
  return place.getFilename().str() + ":" + std::to_string(place.getLine()) +
         ":" + std::to_string(place.getColumn()) + ": " + text;
}

/// Whether a note shows an operation that its error has a place for.
static bool isRedundant(mlir::Diagnostic &error, mlir::Diagnostic &note) {
  return getPlace(error) &&
         llvm::StringRef(note.str()).starts_with("see current operation: ");
}

DiagnosticCollector::DiagnosticCollector(mlir::MLIRContext *context, ErrorId id,
                                         CompileObserver &observer)
    : handler(context, [this, id, &observer](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning)
          observer.warn(format(diagnostic));
        if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Remark)
          observer.remark(format(diagnostic));
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
          return;
        Error error(id, format(diagnostic));
        for (mlir::Diagnostic &note : diagnostic.getNotes())
          if (!isRedundant(diagnostic, note))
            (void)std::move(error).note(format(note));
        errors.push_back(std::move(error));
      }) {}

Error treadle::makeError(ErrorId id, llvm::StringRef context,
                         llvm::Error error) {
  return Error(id, (context.empty() ? "" : context.str() + ": ") +
                       llvm::toString(std::move(error)));
}
