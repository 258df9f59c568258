//===- BufferizableOpInterfaceImpl.cpp - How the dialect bufferises -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/BufferizableOpInterfaceImpl.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace {

/// A parameter lies where the weights are mapped: nothing may write to it.
struct ParameterOpInterface
    : public BufferizableOpInterface::ExternalModel<ParameterOpInterface,
                                                    treadle::ParameterOp> {
  AliasingOpOperandList getAliasingOpOperands(Operation *, Value,
                                              const AnalysisState &) const {
    return {};
  }

  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return false;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  bool isWritable(Operation *, Value, const AnalysisState &) const {
    return false;
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &,
                          BufferizationState &) const {
    auto parameter = cast<treadle::ParameterOp>(op);
    auto type = dyn_cast<RankedTensorType>(parameter.getType());
    if (!type)
      return success();
    replaceOpWithNewBufferizedOp<treadle::ParameterOp>(
        rewriter, op, MemRefType::get(type.getShape(), type.getElementType()),
        parameter.getNameAttr(), parameter.getIndex(),
        parameter.getMembersAttr());
    return success();
  }
};

/// An append writes into the cache's buffer, a token at a time: threads share
/// sequences and tokens.
struct CacheAppendOpInterface
    : public DstBufferizableOpInterfaceExternalModel<CacheAppendOpInterface,
                                                     treadle::CacheAppendOp> {
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto append = cast<treadle::CacheAppendOp>(op);
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    Value tokens = buffers[0], cache = buffers[1], lengths = buffers[2];
    Location loc = op->getLoc();
    OpFoldResult counts[] = {memref::getMixedSize(rewriter, loc, tokens, 0),
                             memref::getMixedSize(rewriter, loc, tokens, 1)};
    auto loop = scf::ForallOp::create(
        rewriter, loc, counts, /*outputs=*/ValueRange(),
        treadle::TeamAttr::getMapping(rewriter.getContext(), 2));
    {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(loop.getBody());
      appendToken(rewriter, append, tokens, cache, lengths,
                  loop.getInductionVar(0), loop.getInductionVar(1));
    }
    replaceOpWithBufferizedValues(rewriter, op, cache);
    return success();
  }

private:
  static void appendToken(RewriterBase &b, treadle::CacheAppendOp op,
                          Value tokens, Value cache, Value lengths, Value batch,
                          Value token) {
    Location loc = op.getLoc();
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value count = memref::DimOp::create(b, loc, tokens, 1),
          capacity = memref::DimOp::create(b, loc, cache, 1);
    Value length = memref::LoadOp::create(b, loc, lengths, batch);
    length = arith::IndexCastOp::create(b, loc, b.getIndexType(), length);
    length = arith::MaxSIOp::create(b, loc, length, zero);
    Value place = arith::AddIOp::create(b, loc, length, token);
    // Of a ring's tokens the last ones count, as many as there are places.
    Value isKept =
        op.getRing()
            ? arith::CmpIOp::create(
                  b, loc, arith::CmpIPredicate::sge,
                  arith::AddIOp::create(b, loc, token, capacity), count)
            : arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place,
                                    capacity);
    auto branch = scf::IfOp::create(b, loc, isKept, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    if (op.getRing())
      place = arith::RemUIOp::create(b, loc, place, capacity);
    auto getVector = [&](Value buffer, Value row) -> Value {
      SmallVector<OpFoldResult> sizes = memref::getMixedSizes(b, loc, buffer);
      SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)),
          strides(sizes.size(), b.getIndexAttr(1));
      offsets[0] = batch;
      offsets[1] = row;
      sizes[0] = sizes[1] = b.getIndexAttr(1);
      return memref::SubViewOp::create(b, loc, buffer, offsets, sizes, strides);
    };
    memref::CopyOp::create(b, loc, getVector(tokens, token),
                           getVector(cache, place));
  }
};

} // namespace

void treadle::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TreadleDialect *) {
    ParameterOp::attachInterface<ParameterOpInterface>(*context);
    CacheAppendOp::attachInterface<CacheAppendOpInterface>(*context);
    // What bufferisation makes of them.
    context->loadDialect<arith::ArithDialect, memref::MemRefDialect,
                         scf::SCFDialect>();
  });
}
