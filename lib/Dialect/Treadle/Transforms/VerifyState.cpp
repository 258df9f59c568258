//===- VerifyState.cpp - Which caches are updated in place -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OneShot.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace treadle {
#define GEN_PASS_DEF_VERIFYSTATEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace mlir::bufferization;
using namespace treadle;

/// Whether `user` runs before `append` whenever both run, and not again.
static bool isBefore(Operation *user, Operation *append) {
  Block *block = append->getBlock();
  while (block) {
    if (Operation *ancestor = block->findAncestorOpInBlock(*user)) {
      Operation *own = block->findAncestorOpInBlock(*append);
      return ancestor != own && ancestor->isBeforeInBlock(own);
    }
    Operation *parent = block->getParentOp();
    block = parent ? parent->getBlock() : nullptr;
  }
  return false;
}

/// Adds to `diagnostic` what keeps `append` from writing to its cache.
static void noteReason(InFlightDiagnostic &diagnostic, CacheAppendOp append,
                       OneShotAnalysisState &state) {
  SmallVector<Value> aliases;
  state.applyOnAliases(append.getCache(),
                       [&](Value alias) { aliases.push_back(alias); });
  for (Value alias : aliases)
    if (!state.isWritable(alias)) {
      diagnostic.attachNote(alias.getLoc())
          << "the cache is this, which is not to be written to";
      return;
    }
  for (Value alias : aliases)
    for (OpOperand &use : alias.getUses()) {
      Operation *user = use.getOwner();
      if (user == append || isBefore(user, append) ||
          !state.bufferizesToMemoryRead(use))
        continue;
      diagnostic.attachNote(user->getLoc())
          << "this reads the cache as it was before";
      return;
    }
  // Nothing in the text comes after it: the append itself comes again.
  if (auto loop = append->getParentOfType<LoopLikeOpInterface>())
    diagnostic.attachNote(loop.getLoc())
        << "this loop appends to the same cache again, which it does not carry";
}

namespace {
struct VerifyStatePass
    : public treadle::impl::VerifyStatePassBase<VerifyStatePass> {
  using VerifyStatePassBase::VerifyStatePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!module.walk([](CacheAppendOp) { return WalkResult::interrupt(); })
             .wasInterrupted())
      return markAllAnalysesPreserved();
    OneShotBufferizationOptions options = getBufferizationOptions();
    OneShotAnalysisState state(module, options);
    markInputs(module);
    if (failed(analyzeModuleOp(module, state)))
      signalPassFailure();
    module.walk([&](CacheAppendOp append) {
      if (state.isInPlace(append.getCacheMutable()))
        return;
      InFlightDiagnostic diagnostic =
          strict ? append.emitError() : append.emitWarning();
      diagnostic << "copies its cache, which cannot be updated in place";
      noteReason(diagnostic, append, state);
      if (strict)
        signalPassFailure();
    });
    unmarkInputs(module);
  }
};
} // namespace
