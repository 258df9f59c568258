//===- Signature.h - What callers must know of entry points -----*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_SIGNATURE_H
#define TREADLE_LIB_COMPILER_SIGNATURE_H

#include "treadle/Formats/ModelDescription.h"
#include "treadle/Importer/Findings.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Types.h"

#include <optional>

namespace treadle {

/// The element type of files for one of the IR; nothing for types that files
/// do not have.
std::optional<ElementType> getElementType(mlir::Type type);

/// Fills in the entry points of a module at any stage from `structured` to
/// `buffers`, and their dimensions. Adds NoEntryPoint and IncompleteSignature.
void describeEntryPoints(mlir::ModuleOp module, ModelDescription &description,
                         Findings &findings);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_SIGNATURE_H
