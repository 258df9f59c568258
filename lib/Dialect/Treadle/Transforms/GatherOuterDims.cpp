//===- GatherOuterDims.cpp - Batch and heads first -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionTiling.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

using utils::IteratorType;

/// Whether an outer dimension lies behind two others. Slices that drop the
/// outer dimensions are then ambiguous, where extents are one: MLIR 22's
/// canonicalisation drops the first such dimensions, whichever they are.
static bool isScattered(AffineMap map, unsigned outer) {
  unsigned kept = 0;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    bool isOuter = map.getDimPosition(i) < outer;
    if (isOuter && kept > 1)
      return true;
    kept += !isOuter;
  }
  return false;
}

/// `map` with the outer dimensions first.
static AffineMap gather(AffineMap map, unsigned outer) {
  SmallVector<AffineExpr> results;
  for (bool wanted : {true, false})
    for (AffineExpr expr : map.getResults())
      if ((cast<AffineDimExpr>(expr).getPosition() < outer) == wanted)
        results.push_back(expr);
  return AffineMap::get(map.getNumDims(), 0, results, map.getContext());
}

/// `tensor`, whose dimensions are those of `from`, with those of `to`.
static Value transpose(OpBuilder &b, Value tensor, AffineMap from,
                       AffineMap to) {
  Location loc = tensor.getLoc();
  SmallVector<OpFoldResult> sizes;
  SmallVector<AffineExpr> read(from.getNumResults());
  for (auto [i, expr] : llvm::enumerate(to.getResults())) {
    unsigned position = *from.getResultPosition(expr);
    sizes.push_back(tensor::getMixedSize(b, loc, tensor, position));
    read[position] = b.getAffineDimExpr(i);
  }
  unsigned rank = sizes.size();
  Value empty = tensor::EmptyOp::create(b, loc, sizes,
                                        getElementTypeOrSelf(tensor.getType()));
  AffineMap maps[] = {AffineMap::get(rank, 0, read, b.getContext()),
                      b.getMultiDimIdentityMap(rank)};
  SmallVector<IteratorType> kinds(rank, IteratorType::parallel);
  auto moved = linalg::GenericOp::create(
      b, loc, empty.getType(), tensor, empty, maps, kinds,
      [](OpBuilder &b, Location loc, ValueRange args) {
        linalg::YieldOp::create(b, loc, args[0]);
      });
  moved->setAttr(kLoweringAttrName, RowsAttr::get(b.getContext(), 1));
  return moved.getResult(0);
}

SmallVector<OpOperand *> treadle::getMappedOperands(AttentionOp op) {
  SmallVector<OpOperand *> mapped = {&op.getQueriesMutable(),
                                     &op.getKeysMutable(),
                                     &op.getValuesMutable(), nullptr};
  for (MutableOperandRange given :
       {op.getScoreWeightsMutable(), op.getSelectionMutable(),
        op.getBiasMutable(), op.getSinksMutable()})
    for (OpOperand &operand : given)
      mapped.push_back(&operand);
  mapped.resize(op.getIndexingMaps().size(), nullptr);
  return mapped;
}

AttentionOp treadle::gatherOuterDims(RewriterBase &b, AttentionOp op) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  unsigned outer = iface.getNumOuterDims();
  SmallVector<AffineMap> maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  if (llvm::none_of(maps,
                    [&](AffineMap map) { return isScattered(map, outer); }))
    return op;
  SmallVector<Value> operands(op->getOperands());
  SmallVector<OpOperand *> mapped = getMappedOperands(op);
  SmallVector<AffineMap> gathered(maps);
  SmallVector<Type> types;
  SmallVector<unsigned> resultMaps;
  for (auto [i, map] : llvm::enumerate(maps)) {
    if (isScattered(map, outer))
      gathered[i] = gather(map, outer);
    if (OpOperand *operand = mapped[i]) {
      if (gathered[i] != map)
        operands[operand->getOperandNumber()] =
            transpose(b, operand->get(), map, gathered[i]);
      continue;
    }
    auto type = cast<RankedTensorType>(op->getResult(types.size()).getType());
    SmallVector<int64_t> shape;
    for (AffineExpr expr : gathered[i].getResults())
      shape.push_back(type.getDimSize(*map.getResultPosition(expr)));
    types.push_back(type.clone(shape));
    resultMaps.push_back(i);
  }
  auto moved = cast<AttentionOp>(cloneWith(b, op, types, operands));
  moved.setIndexingMapsAttr(b.getAffineMapArrayAttr(gathered));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(moved);
  SmallVector<Value> results;
  for (auto [i, result] : llvm::zip_equal(resultMaps, moved->getResults()))
    results.push_back(gathered[i] == maps[i]
                          ? Value(result)
                          : transpose(b, result, gathered[i], maps[i]));
  b.replaceOp(op, results);
  return moved;
}
