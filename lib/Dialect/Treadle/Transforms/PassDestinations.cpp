//===- PassDestinations.cpp - Results go where the caller says -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace treadle {
#define GEN_PASS_DEF_PASSDESTINATIONSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {
struct PassDestinationsPass
    : public treadle::impl::PassDestinationsPassBase<PassDestinationsPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal() || function.getNumResults() == 0)
        continue;
      if (!llvm::hasSingleElement(function.getBody())) {
        function.emitOpError("expects one block");
        return signalPassFailure();
      }
      if (failed(passDestinations(function)))
        return signalPassFailure();
    }
  }

  /// A name for a result that was given none.
  static NamedAttr getDefaultName(unsigned index, RankedTensorType type) {
    Builder builder(type.getContext());
    std::string name = "result" + std::to_string(index);
    SmallVector<StringAttr> dims;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      dims.push_back(builder.getStringAttr(
          type.isDynamicDim(dim) ? name + "." + std::to_string(dim)
                                 : std::string()));
    return NamedAttr::get(type.getContext(), builder.getStringAttr(name), dims,
                          {}, 0, StringAttr(), false, false);
  }

  LogicalResult passDestinations(func::FuncOp function) {
    auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
    OpBuilder builder(terminator);
    unsigned first = function.getNumArguments();
    for (auto [i, value] : llvm::enumerate(terminator.getOperands())) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type)
        return function.emitOpError()
               << "expects its result " << i << " to be a tensor";
      auto buffer = MemRefType::get(type.getShape(), type.getElementType());
      auto named = function.getResultAttrOfType<NamedAttr>(i, kNamedAttrName);
      if (!named)
        named = getDefaultName(i, type);
      auto attributes = builder.getDictionaryAttr(
          builder.getNamedAttr(kNamedAttrName, named.asOutput()));
      if (failed(function.insertArgument(first + i, buffer, attributes,
                                         value.getLoc())))
        return function.emitOpError("cannot take a destination");
      bufferization::MaterializeInDestinationOp::create(
          builder, value.getLoc(), /*result=*/Type(), value,
          function.getArgument(first + i),
          /*restrict=*/true, /*writable=*/true);
    }
    terminator->setOperands({});
    llvm::BitVector all(function.getNumResults(), true);
    return function.eraseResults(all);
  }
};
} // namespace
