//===- Parameters.cpp - Which parameters functions read -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Target/Target.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

#include <algorithm>
#include <map>

using namespace mlir;
using namespace treadle;

llvm::SmallVector<ParameterUse> treadle::collectParameters(ModuleOp module,
                                                           bool prepared) {
  std::map<std::string, ParameterUse> uses;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (function->hasAttr(kPreparedAttrName) != prepared)
      continue;
    function->walk([&](ParameterOp op) {
      auto type = cast<ShapedType>(op.getResult().getType());
      std::string name = op.getName().str();
      auto members = static_cast<int64_t>(op.getMembers().value_or(0));
      ParameterUse &use =
          uses.try_emplace(name, ParameterUse{name,
                                              RankedTensorType::get(
                                                  type.getShape(),
                                                  type.getElementType()),
                                              members})
              .first->second;
      // Stacks of fewer layers use the first members of a larger one's family.
      use.members = std::max(use.members, members);
    });
  }
  llvm::SmallVector<ParameterUse> sorted;
  for (auto &use : uses)
    sorted.push_back(std::move(use.second));
  return sorted;
}
