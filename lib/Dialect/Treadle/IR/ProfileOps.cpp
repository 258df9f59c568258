//===- ProfileOps.cpp - Counting what a program does -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Treadle.h"

using namespace mlir;
using namespace treadle;

LogicalResult CountOp::verify() {
  // (C1) the name is not empty
  if (getName().empty())
    return emitOpError("expects a name");
  // (C2) a number of members is given exactly when an index is
  if (static_cast<bool>(getIndex()) != getMembers().has_value())
    return emitOpError("expects a number of members exactly with an index");
  return success();
}

LogicalResult CountersAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<StringAttr> names,
                                   ArrayRef<int64_t> members) {
  // (counters C2) there is a number of members for each name
  if (names.size() != members.size())
    return emitError() << "expects a number of members for each name";
  // (counters C3) numbers of members are not negative
  if (llvm::any_of(members, [](int64_t count) { return count < 0; }))
    return emitError() << "expects no negative number of members";
  return success();
}
