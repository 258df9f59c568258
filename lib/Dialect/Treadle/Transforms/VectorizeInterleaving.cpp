//===- VectorizeInterleaving.cpp - Two rows as a row of pairs -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What makes (…, x, i) of (…, i, x) with an i of extent 2 reads a vector from
// each of two rows, and writes both as one of pairs. As a loop over elements it
// would have no vectors at all: along no dimension are both contiguous. Beside
// the pairs it may have sums over all rows, one for each x.
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

bool treadle::isContiguous(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return !type.getElementType().isInteger(1) &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         !strides.empty() && strides.back() == 1;
}

namespace {

/// Emits the loops of one interleaving. The last two dimensions of its loops
/// are called x and i here; those before them are rows.
class InterleavingEmitter {
public:
  InterleavingEmitter(RewriterBase &b, linalg::GenericOp op, unsigned column,
                      unsigned half, int64_t lanes)
      : b(b), op(op), loc(op.getLoc()), column(column), half(half),
        lanes(lanes), ranges(cast<linalg::LinalgOp>(op.getOperation())
                                 .createLoopRanges(b, op.getLoc())),
        indices(op.getNumLoops()) {}

  void emit();

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value getExtent(unsigned dim) {
    return getValueOrCreateConstantIndexOp(b, loc, ranges[dim].size);
  }
  VectorType widen(Type type, int64_t width) {
    return VectorType::get(width, getElementTypeOrSelf(type));
  }
  SmallVector<Value> getIndices(OpOperand &operand) {
    SmallVector<Value> result;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      result.push_back(indices[map.getDimPosition(i)]);
    return result;
  }
  Value load(OpOperand &operand, int64_t width) {
    return vector::LoadOp::create(b, loc, widen(operand.get().getType(), width),
                                  operand.get(), getIndices(operand));
  }
  /// Whether an input is the same for all rows.
  bool isOfColumns(OpOperand &input) {
    AffineMap map = op.getMatchingIndexingMap(&input);
    return map.getNumResults() <= 1;
  }
  Value emitOperation(Operation &inner, int64_t width,
                      const IRMapping &mapping);
  /// Puts what is the same for all rows into `shared`.
  void emitShared(int64_t width);
  /// What the body makes of `width` elements of one of the two rows: the pairs'
  /// elements, and the next sums.
  SmallVector<Value> emitBody(int64_t row, int64_t width, ValueRange sums);
  void emitPairs(int64_t width, SmallVector<Value> &sums);
  /// A loop over each dimension but x and i, around what `emit` makes.
  void emitRows(unsigned dim, SmallVector<Value> &sums,
                llvm::function_ref<void(SmallVector<Value> &)> emit);
  /// A loop over the columns in whole vectors, and then one by one.
  void emitColumns(llvm::function_ref<void(int64_t)> emit);

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  unsigned column, half;
  int64_t lanes;
  SmallVector<mlir::Range> ranges;
  SmallVector<Value> indices;
  Value rows; ///< The pairs, one after the other.
  IRMapping shared;
};

Value InterleavingEmitter::emitOperation(Operation &inner, int64_t width,
                                         const IRMapping &mapping) {
  SmallVector<Value> operands;
  for (Value operand : inner.getOperands()) {
    Value value = mapping.lookupOrDefault(operand);
    if (!isa<VectorType>(value.getType()))
      value = vector::BroadcastOp::create(b, loc, widen(value.getType(), width),
                                          value);
    operands.push_back(value);
  }
  OperationState state(loc, inner.getName().getStringRef(), operands,
                       widen(inner.getResult(0).getType(), width),
                       inner.getAttrs());
  return b.create(state)->getResult(0);
}

void InterleavingEmitter::emitShared(int64_t width) {
  shared.clear();
  for (OpOperand *input : op.getDpsInputOperands()) {
    bool isNumber = !isa<MemRefType>(input->get().getType());
    if (isNumber || isOfColumns(*input))
      shared.map(op.getMatchingBlockArgument(input),
                 isNumber ? input->get() : load(*input, width));
  }
  Block *body = op.getBody();
  for (Operation &inner : body->without_terminator())
    if (llvm::all_of(inner.getOperands(), [&](Value operand) {
          return operand.getParentBlock() != body || shared.contains(operand);
        }))
      shared.map(inner.getResult(0), emitOperation(inner, width, shared));
}

SmallVector<Value> InterleavingEmitter::emitBody(int64_t row, int64_t width,
                                                 ValueRange sums) {
  indices[half] = constant(row);
  IRMapping mapping = shared;
  for (OpOperand *input : op.getDpsInputOperands())
    if (BlockArgument argument = op.getMatchingBlockArgument(input);
        !mapping.contains(argument))
      mapping.map(argument, load(*input, width));
  for (auto [argument, sum] :
       llvm::zip_equal(op.getRegionOutputArgs().drop_front(), sums))
    mapping.map(argument, sum);
  for (Operation &inner : op.getBody()->without_terminator())
    if (!mapping.contains(inner.getResult(0)))
      mapping.map(inner.getResult(0), emitOperation(inner, width, mapping));
  SmallVector<Value> results;
  for (Value value : op.getBody()->getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(value));
  return results;
}

void InterleavingEmitter::emitPairs(int64_t width, SmallVector<Value> &sums) {
  SmallVector<Value> first = emitBody(0, width, sums),
                     second = emitBody(1, width, ArrayRef(first).drop_front());
  Value pairs =
      vector::InterleaveOp::create(b, loc, first.front(), second.front());
  // Without the dimension within a pair, and with x twice as far.
  SmallVector<Value> at = getIndices(*op.getDpsInitOperand(0));
  at.pop_back();
  at.back() = arith::MulIOp::create(b, loc, at.back(), constant(2));
  vector::StoreOp::create(b, loc, pairs, rows, at);
  sums.assign(second.begin() + 1, second.end());
}

void InterleavingEmitter::emitRows(
    unsigned dim, SmallVector<Value> &sums,
    llvm::function_ref<void(SmallVector<Value> &)> emit) {
  if (dim == op.getNumLoops())
    return emit(sums);
  if (dim == column || dim == half)
    return emitRows(dim + 1, sums, emit);
  auto loop = scf::ForOp::create(b, loc, constant(0), getExtent(dim),
                                 constant(1), sums);
  OpBuilder::InsertionGuard guard(b);
  Block *body = loop.getBody();
  if (!body->empty())
    b.eraseOp(&body->back());
  b.setInsertionPointToStart(body);
  indices[dim] = loop.getInductionVar();
  SmallVector<Value> next(loop.getRegionIterArgs());
  emitRows(dim + 1, next, emit);
  b.setInsertionPointToEnd(body);
  scf::YieldOp::create(b, loc, next);
  sums = SmallVector<Value>(loop.getResults());
}

void InterleavingEmitter::emitColumns(llvm::function_ref<void(int64_t)> emit) {
  Value extent = getExtent(column), width = constant(lanes), one = constant(1);
  Value whole = arith::MulIOp::create(
      b, loc, arith::DivUIOp::create(b, loc, extent, width), width);
  auto emitLoop = [&](Value first, Value last, Value step, int64_t count) {
    auto loop = scf::ForOp::create(b, loc, first, last, step);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    indices[column] = loop.getInductionVar();
    emit(count);
  };
  emitLoop(constant(0), whole, width, lanes);
  if (std::optional<int64_t> known = getConstantIntValue(ranges[column].size);
      !known || *known % lanes != 0)
    emitLoop(whole, extent, one, 1);
}

void InterleavingEmitter::emit() {
  Value result = op.getDpsInits()[0];
  rows = memref::CollapseShapeOp::create(b, loc, result,
                                         getPairReassociation(result));
  auto inits = llvm::drop_begin(op.getDpsInitsMutable());
  if (inits.empty()) {
    // Row after row, as they lie.
    SmallVector<Value> none;
    emitRows(0, none, [&](SmallVector<Value> &sums) {
      emitColumns([&](int64_t width) {
        emitShared(width);
        emitPairs(width, sums);
      });
    });
    return;
  }
  // Sums stay in registers over all rows.
  emitColumns([&](int64_t width) {
    emitShared(width);
    SmallVector<Value> sums;
    for (OpOperand &init : inits)
      sums.push_back(load(init, width));
    emitRows(0, sums,
             [&](SmallVector<Value> &sums) { emitPairs(width, sums); });
    for (auto [init, sum] : llvm::zip_equal(inits, sums))
      vector::StoreOp::create(b, loc, sum, init.get(), getIndices(init));
  });
}

/// Whether vectors of x lie in a tensor: last, behind i where it has that; or
/// it is no tensor.
bool holdsColumns(linalg::GenericOp op, OpOperand &operand, unsigned column,
                  unsigned half) {
  if (!isa<MemRefType>(operand.get().getType()))
    return true;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  unsigned count = map.getNumResults();
  if (count == 0 || map.getDimPosition(count - 1) != column ||
      !isContiguous(operand.get()))
    return false;
  return !map.isFunctionOfDim(half) ||
         (count >= 2 && map.getDimPosition(count - 2) == half);
}

} // namespace

LogicalResult treadle::vectorizeInterleaving(RewriterBase &rewriter,
                                             linalg::GenericOp op,
                                             TargetAttr target) {
  // The pairs have all dimensions of the loops, x and i last.
  AffineMap map = op.getIndexingMapsArray()[op.getNumDpsInputs()];
  unsigned rank = op.getNumLoops();
  if (rank < 2 || map.getNumResults() != rank || !map.isPermutation() ||
      op.getStaticLoopRanges()[map.getDimPosition(rank - 1)] != 2)
    return rewriter.notifyMatchFailure(op, "it makes no pairs");
  unsigned column = map.getDimPosition(rank - 2),
           half = map.getDimPosition(rank - 1);
  Value result = op.getDpsInits()[0];
  if (!isContiguous(result) ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(
          cast<MemRefType>(result.getType()), getPairReassociation(result)) ||
      !op.getRegionOutputArgs()[0].use_empty())
    return rewriter.notifyMatchFailure(op,
                                       "its pairs are not written in a row");
  bool readsRows = false;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!holdsColumns(op, *input, column, half))
      return rewriter.notifyMatchFailure(op, "it does not read two rows");
    readsRows |= op.getMatchingIndexingMap(input).isFunctionOfDim(half);
  }
  // Sums have no dimension but x, along which the outermost loop goes.
  for (OpOperand &init : llvm::drop_begin(op.getDpsInitsMutable()))
    if (!isContiguous(init.get()) ||
        op.getMatchingIndexingMap(&init) !=
            AffineMap::get(rank, 0, rewriter.getAffineDimExpr(column)))
      return rewriter.notifyMatchFailure(op,
                                         "its sums are not those of columns");
  if (!readsRows ||
      !llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
        return inner.getNumResults() == 1 && inner.getNumOperands() > 0 &&
               OpTrait::hasElementwiseMappableTraits(&inner);
      }))
    return rewriter.notifyMatchFailure(op, "its body is not elementwise");

  // A register of pairs, or one of what is read.
  unsigned bits =
      2 * cast<MemRefType>(result.getType()).getElementTypeBitWidth();
  for (Value input : op.getDpsInputs())
    bits = std::max(
        bits, getElementTypeOrSelf(input.getType()).getIntOrFloatBitWidth());
  rewriter.setInsertionPoint(op);
  InterleavingEmitter(rewriter, op, column, half, target.getLanes(bits)).emit();
  rewriter.eraseOp(op);
  return success();
}
