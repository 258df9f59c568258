//===- AttentionInterface.td - What scores keys -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_ATTENTION_INTERFACE
#define TREADLE_ATTENTION_INTERFACE

include "mlir/IR/OpBase.td"

def Treadle_AttentionInterface : OpInterface<"AttentionOpInterface"> {
  let cppNamespace = "::treadle";
  let description = [{
    Queries that score keys, over an iteration space (outer…, m, n, d, e): m counts
    queries, n keys and their values, d the components of queries and keys, e those of
    values; the outer dimensions are the batch, which comes first, and heads.
  }];
  let methods = [
    InterfaceMethod<"", "::treadle::Score", "getScore">,
    InterfaceMethod<"", "::mlir::Value", "getQueries">,
    InterfaceMethod<"", "::mlir::Value", "getKeys">,
    InterfaceMethod<"", "::mlir::Value", "getValues">,
    InterfaceMethod<"", "::mlir::Value", "getScoreWeights">,
    InterfaceMethod<"", "::mlir::Value", "getLengths">,
    InterfaceMethod<"", "::mlir::Value", "getOffsets">,
    InterfaceMethod<"", "::mlir::Value", "getPrefixes">,
    InterfaceMethod<"", "::mlir::Value", "getSelection">,
    InterfaceMethod<"", "::mlir::Value", "getBias">,
    InterfaceMethod<"The visible keys, or a null attribute for all.",
                    "::treadle::MaskAttr", "getMaskAttr">,
    InterfaceMethod<"", "::mlir::FloatAttr", "getScaleAttr">,
    InterfaceMethod<"", "::mlir::ArrayAttr", "getIndexingMaps">,
    InterfaceMethod<"The change of a score, or an empty region.",
                    "::mlir::Region &", "getChange">
  ];
  let extraSharedClassDeclaration = [{
    /// The maps of queries, keys, values and of the result or the accumulator.
    ::mlir::AffineMap getQueriesMap() { return getMap(0); }
    ::mlir::AffineMap getKeysMap() { return getMap(1); }
    ::mlir::AffineMap getValuesMap() { return getMap(2); }
    ::mlir::AffineMap getResultMap() { return getMap(3); }
    /// Those of the optional tensors; null maps where these are not given.
    ::mlir::AffineMap getScoreWeightsMap() {
      return $_op.getScoreWeights() ? getMap(4) : ::mlir::AffineMap();
    }
    ::mlir::AffineMap getSelectionMap() {
      return $_op.getSelection() ? getMap(4 + !!$_op.getScoreWeights())
                                 : ::mlir::AffineMap();
    }
    ::mlir::AffineMap getBiasMap() {
      return $_op.getBias() ? getMap(4 + !!$_op.getScoreWeights() + !!$_op.getSelection())
                            : ::mlir::AffineMap();
    }
    /// The number of maps of all tensors above.
    unsigned getNumScoringMaps() {
      return 4 + !!$_op.getScoreWeights() + !!$_op.getSelection() + !!$_op.getBias();
    }
    ::mlir::AffineMap getMap(unsigned i) {
      return ::llvm::cast<::mlir::AffineMapAttr>($_op.getIndexingMaps()[i]).getValue();
    }
    /// Dimensions of the iteration space, and of it before m, n, d, e.
    unsigned getNumDims() { return getQueriesMap().getNumDims(); }
    unsigned getNumOuterDims() { return getNumDims() - 4; }
    unsigned getQueryDim() { return getNumDims() - 4; }
    unsigned getKeyDim() { return getNumDims() - 3; }
    unsigned getComponentDim() { return getNumDims() - 2; }
    unsigned getValueDim() { return getNumDims() - 1; }
    /// The static extent of a dimension of the space, or ShapedType::kDynamic.
    int64_t getStaticExtent(unsigned dim) {
      return ::treadle::getStaticExtent($_op, dim);
    }
    /// What a dot product of a query and a key is multiplied by.
    double getEffectiveScale() { return ::treadle::getEffectiveScale($_op); }
  }];
}

#endif // TREADLE_ATTENTION_INTERFACE
