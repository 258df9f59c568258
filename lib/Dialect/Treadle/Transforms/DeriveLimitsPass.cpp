//===- DeriveLimitsPass.cpp - Limits of inputs, as a pass -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/DeriveLimits.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

namespace treadle {
#define GEN_PASS_DEF_DERIVELIMITSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

namespace {
struct DeriveLimitsPass
    : public treadle::impl::DeriveLimitsPassBase<DeriveLimitsPass> {
  void runOnOperation() override {
    if (mlir::failed(treadle::deriveLimits(getOperation())))
      signalPassFailure();
  }
};
} // namespace
