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

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

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

} // namespace

void treadle::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TreadleDialect *) {
    ParameterOp::attachInterface<ParameterOpInterface>(*context);
  });
}
