//===- VerifyStage.cpp - What each stage promises -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/Reshapes.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "llvm/ADT/TypeSwitch.h"

namespace treadle {
#define GEN_PASS_DEF_VERIFYSTAGEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// Whether an operation is of one of the dialects.
template <typename... Dialects> static bool isOf(Operation *op) {
  return op->getDialect() && isa<Dialects...>(op->getDialect());
}

static bool isInPreparation(Operation *op) {
  auto function = op->getParentOfType<func::FuncOp>();
  return function && function->hasAttr(kPreparedAttrName);
}

/// Whether the groups of a reshape count dimensions, which MLIR's verifiers do
/// not make sure of.
static bool isSoundReshape(Operation *op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
            memref::ExpandShapeOp, memref::CollapseShapeOp>(
          [](auto reshape) { return hasValidGroups(reshape); })
      .Default(true);
}

/// Why an operation may not be in a stage; empty when it may.
static StringRef getObjection(Stage stage, Operation *op) {
  if (!isSoundReshape(op))
    return "has an index in its reassociation that is no dimension";
  bool isShared =
      isOf<BuiltinDialect, func::FuncDialect, arith::ArithDialect,
           math::MathDialect, scf::SCFDialect, affine::AffineDialect>(op);
  switch (stage) {
  case Stage::Model:
    if (!isShared &&
        !isOf<TreadleDialect, tensor::TensorDialect, linalg::LinalgDialect>(op))
      return "is not of the model: operations of treadle, tensor, linalg and "
             "arith are";
    return "";
  case Stage::Structured:
  case Stage::Tiled:
    if (isa<CountOp, TeamSizeOp>(op))
      return "";
    if (isa<AttentionOpInterface, CacheReadOp, PackTokensOp, SequenceStartsOp,
            UnpackTokensOp>(op) &&
        stage == Stage::Tiled)
      return "is not tiled";
    // What a thread brings into its own memory.
    if (isa<bufferization::MaterializeInDestinationOp>(op) &&
        stage == Stage::Tiled)
      return "";
    // The end of a change of scores.
    if (isa<YieldOp>(op) && isa<AttentionOpInterface>(op->getParentOp()))
      return "";
    if (!isShared &&
        !isa<AttentionOpInterface, CacheAppendOp, CacheReadOp, PackTokensOp,
             ParameterOp, SequenceStartsOp, UnpackTokensOp>(op) &&
        !isOf<tensor::TensorDialect, linalg::LinalgDialect>(op))
      return "is neither linalg on tensors nor an attention, a cache's or a "
             "parameter";
    if (stage == Stage::Tiled && isa<linalg::LinalgOp>(op) &&
        !isInPreparation(op) && !op->getParentOfType<scf::ForallOp>())
      return "is not inside of a loop over parallel blocks";
    return "";
  case Stage::Buffers:
    if (!isShared && !isa<CountOp, ParameterOp, TeamSizeOp>(op) &&
        !isOf<amx::AMXDialect, memref::MemRefDialect, vector::VectorDialect,
              x86vector::X86VectorDialect>(op))
      return "is neither a buffer's nor a vector's";
    if (llvm::any_of(op->getResultTypes(),
                     [](Type t) { return isa<TensorType>(t); }))
      return "gives a tensor";
    if (isa<memref::CopyOp>(op))
      return "copies: copies are vector code";
    if (isa<memref::AllocOp>(op) && !isa<func::FuncOp>(op->getParentOp()))
      return "allocates outside of the arena";
    return "";
  case Stage::Llvm:
    if (!isOf<BuiltinDialect, LLVM::LLVMDialect>(op))
      return "is not of LLVM";
    return "";
  }
  llvm_unreachable("all stages are handled");
}

namespace {
struct VerifyStagePass
    : public treadle::impl::VerifyStagePassBase<VerifyStagePass> {
  using VerifyStagePassBase::VerifyStagePassBase;

  void runOnOperation() override {
    WalkResult result =
        getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
          StringRef objection = getObjection(stage, op);
          if (objection.empty())
            return WalkResult::advance();
          op->emitError() << "in stage '" << stringifyStage(stage) << "', '"
                          << op->getName() << "' " << objection;
          return WalkResult::interrupt();
        });
    if (result.wasInterrupted())
      return signalPassFailure();
    getOperation()->setAttr(kStageAttrName,
                            StageAttr::get(&getContext(), stage));
  }
};
} // namespace
