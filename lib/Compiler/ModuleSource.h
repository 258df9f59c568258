//===- ModuleSource.h - Where a module and its parameters come from -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_MODULESOURCE_H
#define TREADLE_LIB_COMPILER_MODULESOURCE_H

#include "treadle/Compiler/Compiler.h"
#include "treadle/Importer/Importer.h"

#include <optional>

namespace treadle {

/// Reads what `request.model` names: imports it, or parses it and opens
/// `request.weights`. A parsed module has the kind "mlir"; its parameters are
/// null when the request makes no artifact. Nothing when there was an error.
std::optional<ImportedModel> readModule(mlir::MLIRContext &context,
                                        const CompileRequest &request,
                                        CompileObserver &observer,
                                        Findings &findings);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_MODULESOURCE_H
