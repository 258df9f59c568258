//===- Archive.h - A dialect that searches archives -------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <mlir/Bytecode/BytecodeOpInterface.h>
#include <mlir/IR/BuiltinTypes.h>
#include <mlir/IR/Dialect.h>
#include <mlir/IR/OpDefinition.h>
#include <mlir/IR/OpImplementation.h>
#include <mlir/IR/PatternMatch.h>
#include <mlir/Interfaces/SideEffectInterfaces.h>
#include <mlir/Pass/Pass.h>

#include "ArchiveDialect.h.inc"

#define GET_OP_CLASSES
#include "ArchiveOps.h.inc"

namespace archive {

/// Turns `archive.search` into `treadle.attention`.
void populateLowerSearchPatterns(mlir::RewritePatternSet &patterns);
/// The pass of these patterns, `archive-lower-search`.
std::unique_ptr<mlir::Pass> createLowerSearchPass();

} // namespace archive

#endif // ARCHIVE_H
