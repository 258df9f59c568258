//===- ParameterOps.cpp - Named parameters -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Treadle.h"

using namespace mlir;
using namespace treadle;

LogicalResult ParameterOp::verify() {
  // (C1) the name is not empty
  if (getName().empty())
    return emitOpError("expects a name");
  // (C2) the name has at most one hole
  if (getName().count("{}") > 1)
    return emitOpError("expects at most one hole in its name");
  // (C3) an index is given exactly when the name has a hole
  if (isFamily() != static_cast<bool>(getIndex()))
    return emitOpError("expects an index exactly when its name has a hole");
  // (C4) the number of members is given only with an index
  if (getMembers() && !getIndex())
    return emitOpError("expects a number of members only with an index");
  return success();
}

std::string ParameterOp::getMemberName(StringRef name, int64_t index) {
  auto [before, after] = name.split("{}");
  if (before.size() == name.size())
    return name.str();
  return (before + Twine(index) + after).str();
}
