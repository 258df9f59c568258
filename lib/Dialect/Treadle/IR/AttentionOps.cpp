//===- AttentionOps.cpp - Attention -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineMap.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

/// Whether the map's results mention dimension `dim`.
static bool mentions(AffineMap map, unsigned dim) {
  return map.isFunctionOfDim(dim);
}

/// Fails unless the map mentions the dimensions `in` and not `out`.
static LogicalResult checkDims(AttentionOp op, AffineMap map, StringRef what,
                               std::initializer_list<unsigned> in,
                               std::initializer_list<unsigned> out) {
  auto has = [&](unsigned dim) { return mentions(map, dim); };
  if (llvm::all_of(in, has) && llvm::none_of(out, has))
    return success();
  return op.emitOpError() << "expects the map of " << what
                          << " to have the dimensions of " << what
                          << " and no other of the last four, found "
                          << AffineMapAttr::get(map);
}

LogicalResult AttentionOp::verify() {
  SmallVector<AffineMap> maps =
      llvm::to_vector(getIndexingMaps().getAsValueRange<AffineMapAttr>());
  SmallVector<Value> tensors = {getQueries(), getKeys(), getValues(),
                                getResult()};
  if (getSelection())
    tensors.push_back(getSelection());
  // (C1) one map for each of queries, keys, values, result and selection
  if (maps.size() != tensors.size())
    return emitOpError() << "expects " << tensors.size()
                         << " indexing maps, found " << maps.size();
  // (C2) maps are projected permutations of one space of at least four
  // dimensions
  for (AffineMap map : maps)
    if (map.getNumDims() < 4 || map.getNumDims() != maps[0].getNumDims() ||
        map.getNumSymbols() != 0 || !map.isProjectedPermutation())
      return emitOpError()
             << "expects maps that are projected permutations of one "
                "space, found "
             << AffineMapAttr::get(map);
  // (C3) a map has a result for each dimension of its tensor
  for (auto [map, tensor] : llvm::zip_equal(maps, tensors))
    if (static_cast<int64_t>(map.getNumResults()) !=
        cast<RankedTensorType>(tensor.getType()).getRank())
      return emitOpError() << "expects " << AffineMapAttr::get(map)
                           << " to have a result for each dimension of "
                           << tensor.getType();
  // (C4) each map has its own of the dimensions m, n, d, e
  unsigned m = getQueryDim(), n = getKeyDim(), d = getComponentDim(),
           e = getValueDim();
  if (failed(checkDims(*this, maps[0], "queries", {m, d}, {n, e})) ||
      failed(checkDims(*this, maps[1], "keys", {n, d}, {m, e})) ||
      failed(checkDims(*this, maps[2], "values", {n, e}, {m, d})) ||
      failed(checkDims(*this, maps[3], "result", {m, e}, {n, d})) ||
      (getSelection() &&
       failed(checkDims(*this, maps[4], "selection", {}, {d, e}))))
    return failure();
  // (C5) queries and result have every outer dimension
  for (unsigned dim = 0; dim < getNumOuterDims(); ++dim)
    if (!mentions(maps[0], dim) || !mentions(maps[3], dim))
      return emitOpError()
             << "expects queries and result to have outer dimension " << dim;
  // (C6) the tensors agree on the extent of each dimension
  SmallVector<int64_t> extents(maps[0].getNumDims(), ShapedType::kDynamic);
  for (auto [map, tensor] : llvm::zip_equal(maps, tensors))
    for (unsigned i = 0; i < map.getNumResults(); ++i) {
      int64_t &extent = extents[map.getDimPosition(i)];
      int64_t found = getExtent(tensor, i);
      if (failed(checkExtents(*this, found, extent,
                              "dimension " + Twine(i) + " of a tensor")))
        return failure();
      if (!ShapedType::isDynamic(found))
        extent = found;
    }
  // (C7) the result has the components of the values and all else of the
  // queries
  for (unsigned i = 0; i < maps[3].getNumResults(); ++i) {
    AffineExpr expr = maps[3].getResult(i);
    bool isComponent = maps[3].getDimPosition(i) == e;
    Value source = isComponent ? getValues() : getQueries();
    int64_t expected =
        getExtent(source, *maps[isComponent ? 2 : 0].getResultPosition(expr));
    if (failed(checkResultExtent(*this, getExtent(getResult(), i), expected,
                                 "dimension " + Twine(i) + " of the result")))
      return failure();
  }
  // (C8) lengths are given exactly when the mask asks for them
  if (failed(checkLengthsWithMask(*this, getMask(), getLengths())))
    return failure();
  // (C9) there is a length for each element of the first outer dimension
  if (getLengths()) {
    if (getNumOuterDims() == 0)
      return emitOpError("expects an outer dimension that lengths belong to");
    if (failed(checkExtents(*this, getExtent(getLengths(), 0), extents[0],
                            "the number of lengths")))
      return failure();
  }
  // (C10) the scale is finite, and given only for a scaled score
  if (failed(checkFinite(*this, getScale(), "scale")))
    return failure();
  if (getScale() && getScore() != Score::ScaledDot)
    return emitOpError("expects no scale with an unscaled score");
  // (C11) the number of components of a scaled score is static and positive, or
  // the scale is given
  if (getScore() == Score::ScaledDot && !getScale() && extents[d] <= 0)
    return emitOpError(
        "expects a scale where the number of components is zero or dynamic");
  // (C12) queries, keys, values and result have one element type
  return checkElementTypes(*this,
                           {getQueries(), getKeys(), getValues(), getResult()});
}

double AttentionOp::getEffectiveScale() {
  if (getScore() == Score::Dot)
    return 1.0;
  if (getScale())
    return getScale()->convertToDouble();
  AffineMap map = getQueriesMap();
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    if (map.getDimPosition(i) == getComponentDim())
      return 1.0 / std::sqrt(static_cast<double>(getExtent(getQueries(), i)));
  llvm_unreachable("the verifier asks queries to have components");
}

LogicalResult
AttentionOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  // Rows are the queries', components the values'.
  std::pair<Value, AffineMap> sources[] = {{getQueries(), getQueriesMap()},
                                           {getValues(), getValuesMap()}};
  SmallVector<OpFoldResult> sizes;
  for (AffineExpr expr : getResultMap().getResults()) {
    bool isComponent = cast<AffineDimExpr>(expr).getPosition() == getValueDim();
    auto [source, map] = sources[isComponent];
    sizes.push_back(tensor::getMixedSize(builder, getLoc(), source,
                                         *map.getResultPosition(expr)));
  }
  shapes.push_back(std::move(sizes));
  return success();
}
