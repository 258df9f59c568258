//===- VectorizeTransposedPairs.cpp - Two rows in two columns -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What makes (x, r, i) of (r, i, x) with an i of extent 2 interleaves two rows
// and transposes their pairs. A pair is one lane of 32 bits, so that squares of
// as many pairs as columns are transposed in registers, and each of their rows
// is then written at once. The last square has some pairs, or columns, that the
// one before has, too: what is left over alone would be written pair by pair.
//
//===----------------------------------------------------------------------===//

#include "Vectorization.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace treadle;

/// Bits of a pair, which are those of a lane.
static constexpr unsigned kPairBits = 32;

namespace {

/// Emits the loops of one such operation.
class TransposedPairsEmitter {
public:
  TransposedPairsEmitter(RewriterBase &b, linalg::GenericOp op, int64_t side)
      : b(b), op(op), loc(op.getLoc()), input(op.getDpsInputs()[0]),
        rows(memref::CollapseShapeOp::create(
            b, op.getLoc(), op.getDpsInits()[0],
            getPairReassociation(op.getDpsInits()[0]))),
        side(side) {}

  void emit();

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value value, int64_t offset) {
    return b.createOrFold<arith::AddIOp>(loc, value, constant(offset));
  }
  /// The end of the whole squares of an extent.
  Value getWhole(Value extent) {
    Value squares = arith::DivUIOp::create(b, loc, extent, constant(side));
    return arith::MulIOp::create(b, loc, squares, constant(side));
  }
  void forEach(Value first, Value last, int64_t step,
               llvm::function_ref<void(Value)> body);
  /// What the body makes of elements of the row (pair, half).
  Value emitRow(Value pair, int64_t half, Value column, int64_t width);
  /// The same of both rows of a pair, as lanes.
  Value emitPairs(Value pair, Value column);
  void store(Value lanes, Value pair, Value column);
  void emitSquare(Value pair, Value column);
  /// One pair of a square's columns.
  void emitPair(Value pair, Value column);
  /// All pairs of a square's columns, and of one column.
  void emitColumns(Value column);
  void emitColumn(Value column);

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  Value input, rows;
  int64_t side;
};

void TransposedPairsEmitter::forEach(Value first, Value last, int64_t step,
                                     llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, first, last, constant(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value TransposedPairsEmitter::emitRow(Value pair, int64_t half, Value column,
                                      int64_t width) {
  auto widen = [&](Type type) {
    return VectorType::get(width, getElementTypeOrSelf(type));
  };
  IRMapping mapping;
  mapping.map(op.getRegionInputArgs()[0],
              vector::LoadOp::create(b, loc, widen(input.getType()), input,
                                     ValueRange{pair, constant(half), column}));
  for (Operation &inner : op.getBody()->without_terminator()) {
    OperationState state(loc, inner.getName().getStringRef(),
                         mapping.lookup(inner.getOperand(0)),
                         widen(inner.getResult(0).getType()), inner.getAttrs());
    mapping.map(inner.getResult(0), b.create(state)->getResult(0));
  }
  return mapping.lookup(op.getBody()->getTerminator()->getOperand(0));
}

Value TransposedPairsEmitter::emitPairs(Value pair, Value column) {
  Value both = vector::InterleaveOp::create(
      b, loc, emitRow(pair, 0, column, side), emitRow(pair, 1, column, side));
  return vector::BitCastOp::create(
      b, loc, VectorType::get(side, b.getIntegerType(kPairBits)), both);
}

void TransposedPairsEmitter::store(Value lanes, Value pair, Value column) {
  auto type =
      VectorType::get(2 * cast<VectorType>(lanes.getType()).getNumElements(),
                      cast<MemRefType>(rows.getType()).getElementType());
  Value element = arith::MulIOp::create(b, loc, pair, constant(2));
  vector::StoreOp::create(b, loc,
                          vector::BitCastOp::create(b, loc, type, lanes), rows,
                          ValueRange{column, element});
}

void TransposedPairsEmitter::emitSquare(Value pair, Value column) {
  SmallVector<Value> square;
  for (int64_t i = 0; i < side; ++i)
    square.push_back(emitPairs(add(pair, i), column));
  for (auto [i, lanes] : llvm::enumerate(transposeVectors(b, loc, square)))
    store(lanes, pair, add(column, i));
}

void TransposedPairsEmitter::emitPair(Value pair, Value column) {
  Value pairs = emitPairs(pair, column);
  for (int64_t i = 0; i < side; ++i)
    store(vector::ExtractStridedSliceOp::create(b, loc, pairs, {i}, {1}, {1}),
          pair, add(column, i));
}

void TransposedPairsEmitter::emitColumns(Value column) {
  OpFoldResult extent = memref::getMixedSize(b, loc, input, 0);
  Value end = getValueOrCreateConstantIndexOp(b, loc, extent),
        whole = getWhole(end);
  forEach(constant(0), whole, side,
          [&](Value pair) { emitSquare(pair, column); });
  std::optional<int64_t> known = getConstantIntValue(extent);
  if (known && *known % side == 0)
    return;
  // Once or not at all.
  forEach(whole, end, side, [&](Value) {
    Value last = arith::SubIOp::create(b, loc, end, constant(side));
    Value isLarge = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                          last, constant(0));
    auto branch = scf::IfOp::create(b, loc, isLarge, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emitSquare(last, column);
    b.setInsertionPointToStart(branch.elseBlock());
    forEach(constant(0), end, 1, [&](Value pair) { emitPair(pair, column); });
  });
}

void TransposedPairsEmitter::emitColumn(Value column) {
  Value end = getValueOrCreateConstantIndexOp(
      b, loc, memref::getMixedSize(b, loc, input, 0));
  forEach(constant(0), end, 1, [&](Value pair) {
    Value element = arith::MulIOp::create(b, loc, pair, constant(2));
    for (int64_t half : {0, 1})
      vector::StoreOp::create(b, loc, emitRow(pair, half, column, 1), rows,
                              ValueRange{column, add(element, half)});
  });
}

void TransposedPairsEmitter::emit() {
  OpFoldResult extent = memref::getMixedSize(b, loc, input, 2);
  Value end = getValueOrCreateConstantIndexOp(b, loc, extent),
        whole = getWhole(end);
  forEach(constant(0), whole, side, [&](Value column) { emitColumns(column); });
  std::optional<int64_t> known = getConstantIntValue(extent);
  if (known && *known % side == 0)
    return;
  if (known && *known > side)
    return emitColumns(constant(*known - side));
  forEach(whole, end, 1, [&](Value column) { emitColumn(column); });
}

} // namespace

LogicalResult treadle::vectorizeTransposedPairs(RewriterBase &rewriter,
                                                linalg::GenericOp op,
                                                TargetAttr target) {
  if (op.getNumLoops() != 3 || op.getNumDpsInputs() != 1 ||
      op.getNumDpsInits() != 1 || op.getStaticLoopRanges()[2] != 2)
    return rewriter.notifyMatchFailure(op, "it makes no rows of pairs");
  // (column, row, half)
  MLIRContext *context = op.getContext();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  Value input = op.getDpsInputs()[0], result = op.getDpsInits()[0];
  if (!maps[1].isIdentity() ||
      maps[0] != AffineMap::getMultiDimMapWithTargets(3, {1, 2, 0}, context) ||
      !isa<MemRefType>(input.getType()) || !isContiguous(input))
    return rewriter.notifyMatchFailure(op, "it does not read rows");
  auto type = cast<MemRefType>(result.getType());
  if (!isContiguous(result) || 2 * type.getElementTypeBitWidth() != kPairBits ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(
          type, getPairReassociation(result)) ||
      !op.getRegionOutputArgs()[0].use_empty())
    return rewriter.notifyMatchFailure(op, "its pairs are not written in rows");
  if (!llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
        return inner.getNumResults() == 1 && inner.getNumOperands() == 1 &&
               OpTrait::hasElementwiseMappableTraits(&inner);
      }))
    return rewriter.notifyMatchFailure(op, "its body is no conversion");
  rewriter.setInsertionPoint(op);
  TransposedPairsEmitter(rewriter, op, target.getLanes(kPairBits)).emit();
  rewriter.eraseOp(op);
  return success();
}
