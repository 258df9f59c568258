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
#include "mlir/Dialect/Tensor/IR/Tensor.h"

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

  /// What a result is a reshape of, and its destination in that shape. What
  /// makes a result does so in a shape of its own, as a product in [rows,
  /// panels, columns], and would be copied out of it otherwise.
  static std::pair<Value, Value> lookThroughReshapes(func::FuncOp function,
                                                     Value value, Value place) {
    Location loc = value.getLoc();
    OpBuilder b = OpBuilder::atBlockBegin(&function.front());
    // What has no element is not copied, and collapsing ? x 0 infers a type
    // that its verifier refuses.
    if (llvm::is_contained(cast<RankedTensorType>(value.getType()).getShape(),
                           0))
      return {value, place};
    while (Operation *reshape = value.getDefiningOp()) {
      if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape)) {
        place = memref::CollapseShapeOp::create(
            b, loc, place, expand.getReassociationIndices());
        value = expand.getSrc();
        continue;
      }
      auto collapse = dyn_cast<tensor::CollapseShapeOp>(reshape);
      if (!collapse)
        break;
      auto type = cast<RankedTensorType>(collapse.getSrcType());
      auto buffer = MemRefType::get(type.getShape(), type.getElementType());
      // Two unknown extents are not in their product.
      FailureOr<SmallVector<OpFoldResult>> sizes =
          memref::ExpandShapeOp::inferOutputShape(
              b, loc, buffer, collapse.getReassociationIndices(),
              memref::getMixedSizes(b, loc, place));
      if (failed(sizes))
        break;
      place = memref::ExpandShapeOp::create(
          b, loc, buffer, place, collapse.getReassociationIndices(), *sizes);
      value = collapse.getSrc();
    }
    return {value, place};
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
      auto [made, place] =
          lookThroughReshapes(function, value, function.getArgument(first + i));
      bufferization::MaterializeInDestinationOp::create(
          builder, value.getLoc(), /*result=*/Type(), made, place,
          /*restrict=*/true, /*writable=*/true);
    }
    terminator->setOperands({});
    llvm::BitVector all(function.getNumResults(), true);
    return function.eraseResults(all);
  }
};
} // namespace
