//===- SetTarget.cpp - The CPU that decisions are made for -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Target/Target.h"

namespace treadle {
#define GEN_PASS_DEF_SETTARGETPASS
#include "treadle/Conversion/Passes.h.inc"
} // namespace treadle

using namespace mlir;

namespace {
struct SetTargetPass : public treadle::impl::SetTargetPassBase<SetTargetPass> {
  using SetTargetPassBase::SetTargetPassBase;

  void runOnOperation() override {
    if (getOperation()->hasAttr(treadle::kTargetAttrName))
      return;
    llvm::Expected<treadle::TargetAttr> target =
        treadle::getTarget(&getContext(), cpu);
    if (!target) {
      getOperation().emitError(llvm::toString(target.takeError()));
      return signalPassFailure();
    }
    getOperation()->setAttr(treadle::kTargetAttrName,
                            cores == 0 ? *target : target->withCores(cores));
  }
};
} // namespace
