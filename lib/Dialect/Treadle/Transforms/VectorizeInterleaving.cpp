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
// would have no vectors at all: along no dimension are both contiguous.
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

SmallVector<ReassociationIndices> treadle::getPairReassociation(Value buffer) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim + 1 < rank; ++dim)
    groups.push_back({dim});
  groups.back().push_back(rank - 1);
  return groups;
}

bool treadle::isContiguous(Value buffer) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(cast<MemRefType>(buffer.getType())
                       .getStridesAndOffset(strides, offset)) &&
         !strides.empty() && strides.back() == 1;
}

namespace {

/// Emits the loops of one interleaving.
class InterleavingEmitter {
public:
  InterleavingEmitter(RewriterBase &b, linalg::GenericOp op, int64_t lanes)
      : b(b), op(op), loc(op.getLoc()), lanes(lanes), rank(op.getNumLoops()),
        ranges(cast<linalg::LinalgOp>(op.getOperation())
                   .createLoopRanges(b, op.getLoc())) {}

  void emit();

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value getExtent(unsigned dim) {
    return getValueOrCreateConstantIndexOp(b, loc, ranges[dim].size);
  }
  /// The row of `half` at column `column`: `width` of its elements, changed as
  /// the body says.
  Value read(Value column, int64_t half, int64_t width);
  void emitColumns(Value first, Value last, int64_t width);

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  int64_t lanes;
  unsigned rank;
  SmallVector<mlir::Range> ranges;
  SmallVector<Value> outer; ///< Indices of the dimensions before x and i.
  Value rows;               ///< The result, a pair after the other.
};

Value InterleavingEmitter::read(Value column, int64_t half, int64_t width) {
  SmallVector<Value> at(outer);
  at.append({constant(half), column});
  Value source = op.getDpsInputs()[0];
  auto widen = [&](Type element) {
    return VectorType::get(width, getElementTypeOrSelf(element));
  };
  IRMapping mapping;
  mapping.map(
      op.getRegionInputArgs()[0],
      vector::LoadOp::create(b, loc, widen(source.getType()), source, at));
  for (Operation &inner : op.getBody()->without_terminator()) {
    OperationState state(loc, inner.getName().getStringRef(),
                         mapping.lookup(inner.getOperand(0)),
                         widen(inner.getResult(0).getType()), inner.getAttrs());
    mapping.map(inner.getResult(0), b.create(state)->getResult(0));
  }
  return mapping.lookup(op.getBody()->getTerminator()->getOperand(0));
}

void InterleavingEmitter::emitColumns(Value first, Value last, int64_t width) {
  auto loop = scf::ForOp::create(b, loc, first, last, constant(width));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value column = loop.getInductionVar();
  Value pairs = vector::InterleaveOp::create(b, loc, read(column, 0, width),
                                             read(column, 1, width));
  SmallVector<Value> at(outer);
  at.push_back(arith::MulIOp::create(b, loc, column, constant(2)));
  vector::StoreOp::create(b, loc, pairs, rows, at);
}

void InterleavingEmitter::emit() {
  Value result = op.getDpsInits()[0];
  rows = memref::CollapseShapeOp::create(b, loc, result,
                                         getPairReassociation(result));
  for (unsigned dim = 0; dim + 2 < rank; ++dim) {
    auto loop =
        scf::ForOp::create(b, loc, constant(0), getExtent(dim), constant(1));
    outer.push_back(loop.getInductionVar());
    b.setInsertionPointToStart(loop.getBody());
  }
  // Whole vectors, and then one pair at a time.
  Value extent = getExtent(rank - 2), width = constant(lanes);
  Value whole = arith::MulIOp::create(
      b, loc, arith::DivUIOp::create(b, loc, extent, width), width);
  emitColumns(constant(0), whole, lanes);
  if (std::optional<int64_t> known = getConstantIntValue(ranges[rank - 2].size);
      !known || *known % lanes != 0)
    emitColumns(whole, extent, 1);
}

} // namespace

LogicalResult treadle::vectorizeInterleaving(RewriterBase &rewriter,
                                             linalg::GenericOp op,
                                             TargetAttr target) {
  unsigned rank = op.getNumLoops();
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 || rank < 2 ||
      op.getNumParallelLoops() != rank ||
      op.getStaticLoopRanges()[rank - 1] != 2)
    return rewriter.notifyMatchFailure(op, "it makes no pairs of one operand");
  AffineMap swapped = rewriter.getMultiDimIdentityMap(rank);
  SmallVector<AffineExpr> results(swapped.getResults());
  std::swap(results[rank - 2], results[rank - 1]);
  Value source = op.getDpsInputs()[0], result = op.getDpsInits()[0];
  if (op.getIndexingMapsArray()[1] != swapped ||
      op.getIndexingMapsArray()[0] !=
          AffineMap::get(rank, 0, results, op.getContext()) ||
      !isa<MemRefType>(source.getType()))
    return rewriter.notifyMatchFailure(op, "it does not interleave two rows");
  if (!isContiguous(source) || !isContiguous(result) ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(
          cast<MemRefType>(result.getType()), getPairReassociation(result)))
    return rewriter.notifyMatchFailure(op, "its rows are not contiguous");
  // One operation after the other, on what the element is.
  Block *body = op.getBody();
  auto isOfBody = [&](Value value) { return value.getParentBlock() == body; };
  bool isUnary = op.getRegionOutputArgs()[0].use_empty() &&
                 isOfBody(body->getTerminator()->getOperand(0));
  for (Operation &inner : body->without_terminator())
    isUnary &= inner.getNumOperands() == 1 && inner.getNumResults() == 1 &&
               isOfBody(inner.getOperand(0)) &&
               OpTrait::hasElementwiseMappableTraits(&inner);
  if (!isUnary)
    return rewriter.notifyMatchFailure(
        op, "its body is more than conversions of an element");

  unsigned bits =
      std::max(cast<MemRefType>(source.getType()).getElementTypeBitWidth(),
               2 * cast<MemRefType>(result.getType()).getElementTypeBitWidth());
  rewriter.setInsertionPoint(op);
  InterleavingEmitter(rewriter, op, target.getLanes(bits)).emit();
  rewriter.eraseOp(op);
  return success();
}
