//===- Archive.cpp - A dialect that searches archives ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Archive.h"

#include <mlir/IR/Builders.h>
#include <mlir/IR/TypeUtilities.h>

#include "ArchiveDialect.cpp.inc"

#define GET_OP_CLASSES
#include "ArchiveOps.cpp.inc"

void archive::ArchiveDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "ArchiveOps.cpp.inc"
      >();
}

llvm::LogicalResult archive::SearchOp::verify() {
  // Extents agree when they are equal or one of them is known at run time only.
  auto agree = [](mlir::TypedValue<mlir::RankedTensorType> a, int64_t i,
                  mlir::TypedValue<mlir::RankedTensorType> b, int64_t j) {
    return mlir::succeeded(mlir::verifyCompatibleShape(
        {a.getType().getDimSize(i)}, {b.getType().getDimSize(j)}));
  };
  if (!agree(getQuestions(), 2, getSections(), 2))
    return emitOpError("expects questions and sections of one width");
  if (!agree(getSections(), 1, getNotes(), 1))
    return emitOpError("expects a note for each section");
  if (!agree(getResult(), 2, getNotes(), 2))
    return emitOpError("expects results as wide as notes");
  return mlir::success();
}
