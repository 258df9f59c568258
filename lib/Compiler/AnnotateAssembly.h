//===- AnnotateAssembly.h - Work by its name in assembly --------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_COMPILER_ANNOTATEASSEMBLY_H
#define TREADLE_LIB_COMPILER_ANNOTATEASSEMBLY_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace treadle {

/// The names of the pieces of work that `treadle-locate-work` wrote into the
/// locations of a module, by their numbers; empty for those without code.
std::vector<std::string> collectLocatedWork(mlir::ModuleOp module);

/// LLVM's assembly text with a comment where the code of a piece of work
/// begins, and without the tables of lines that say so. If `only` is not empty,
/// what is left is the code of that piece.
std::string annotateAssembly(llvm::StringRef assembly,
                             const std::vector<std::string> &names,
                             llvm::StringRef only);

} // namespace treadle

#endif // TREADLE_LIB_COMPILER_ANNOTATEASSEMBLY_H
