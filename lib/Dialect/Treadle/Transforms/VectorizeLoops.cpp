//===- VectorizeLoops.cpp - Loops over vectors -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A linalg.generic on buffers as a nest of loops: parallel ones outside,
// reductions inside, whose accumulators are carried in registers. Along one
// dimension, contiguous in all that mention it, the loop goes in steps of a
// vector, with single elements for what is left.
//
// Each operation of the body is emitted at the outermost loop that it depends
// on, and stays a scalar when it does not depend on the vectors' lane.
//
//===----------------------------------------------------------------------===//

#include "Vectorization.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace treadle;

namespace {

constexpr unsigned kNoLanes = ~0u;

/// Whether vectors of a buffer's elements lie along its last dimension. Those
/// of booleans do not: each has a byte in memory, and a bit in a vector.
bool holdsVectors(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return !type.getElementType().isInteger(1) &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         !strides.empty() && strides.back() == 1;
}

/// How the values of a body depend on the loops.
class BodyAnalysis {
public:
  /// `lanes` is the dimension along which vectors lie, or kNoLanes.
  BodyAnalysis(linalg::GenericOp op, ArrayRef<unsigned> order, unsigned lanes)
      : op(op), lanes(lanes) {
    depths.resize(op.getNumLoops());
    for (auto [depth, dim] : llvm::enumerate(order))
      depths[dim] = depth + 1;
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      int64_t depth = 0;
      for (unsigned i = 0; i < map.getNumResults(); ++i)
        depth = std::max(depth, depths[map.getDimPosition(i)]);
      // A result that is also read is at hand where it is written.
      if (op.isDpsInit(&operand))
        depth = order.size();
      valueDepths[op.getMatchingBlockArgument(&operand)] = depth;
      if (lanes != kNoLanes && map.isFunctionOfDim(lanes))
        laneValues.insert(op.getMatchingBlockArgument(&operand));
      // The accumulator of a reduction along the lanes has one for each of
      // them.
      if (lanes != kNoLanes && op.isDpsInit(&operand) &&
          op.getIteratorTypesArray()[lanes] == utils::IteratorType::reduction)
        laneValues.insert(op.getMatchingBlockArgument(&operand));
    }
    for (Operation &inner : op.getBody()->without_terminator())
      analyze(inner);
  }

  /// Number of loops around an operation or value; 0 outside of all.
  int64_t getDepth(Value value) const { return valueDepths.lookup(value); }
  bool hasLanes(Value value) const { return laneValues.contains(value); }
  /// Whether each operation can be done for several lanes at once.
  bool isVectorizable() const { return vectorizable; }
  /// Whether an index is that of the lane itself.
  bool isLaneIndex(Value value) const {
    auto index = value.getDefiningOp<linalg::IndexOp>();
    return index && index.getDim() == lanes;
  }

private:
  void analyze(Operation &inner) {
    int64_t depth = 0;
    bool any = false;
    for (Value operand : inner.getOperands()) {
      depth = std::max(depth, getDepth(operand));
      any |= hasLanes(operand);
    }
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      depth = depths[index.getDim()];
      any = index.getDim() == lanes;
    } else if (auto load = dyn_cast<memref::LoadOp>(inner)) {
      // A row of a table, or one element of it for all lanes.
      ValueRange indices = load.getIndices();
      bool outer = !indices.empty() &&
                   llvm::any_of(indices.drop_back(),
                                [&](Value index) { return hasLanes(index); });
      bool last = !indices.empty() && hasLanes(indices.back());
      if (outer || (last && (!isLaneIndex(indices.back()) ||
                             !holdsVectors(load.getMemRef()))))
        vectorizable = false;
    } else if (any && !OpTrait::hasElementwiseMappableTraits(&inner)) {
      vectorizable = false;
    }
    for (Value result : inner.getResults()) {
      valueDepths[result] = depth;
      if (any)
        laneValues.insert(result);
    }
  }

  linalg::GenericOp op;
  unsigned lanes;
  SmallVector<int64_t> depths;
  DenseMap<Value, int64_t> valueDepths;
  DenseSet<Value> laneValues;
  bool vectorizable = true;
};

/// The operation by which the one result of a reduction is accumulated, if it
/// can be applied to parts of the reduction and then to their results.
Operation *getCombiner(linalg::GenericOp op) {
  SmallVector<Operation *> combiners;
  if (op.getNumDpsInits() != 1 ||
      !matchReduction(op.getRegionOutputArgs(), 0, combiners) ||
      combiners.size() != 1 || !linalg::getCombinerOpKind(combiners.front()) ||
      !arith::getNeutralElement(combiners.front()))
    return nullptr;
  return combiners.front();
}

/// Emits the loops of one operation.
class LoopEmitter {
public:
  /// Vectors of `width` elements lie along dimension `lanes`.
  LoopEmitter(RewriterBase &b, linalg::GenericOp op, ArrayRef<unsigned> order,
              unsigned lanes, int64_t width)
      : b(b), op(op), loc(op.getLoc()), order(order), lanes(lanes),
        width(width), analysis(op, order, lanes),
        ranges(cast<linalg::LinalgOp>(op.getOperation())
                   .createLoopRanges(b, op.getLoc())),
        indices(op.getNumLoops()) {
    for (OpOperand &init : op.getDpsInitsMutable())
      if (isCarried(init))
        carriedInits.push_back(&init);
    firstReduction = op.getNumParallelLoops();
  }

  void emit() { emitLevel(0, {}); }

private:
  using Values = SmallVector<Value>;

  /// Whether a reduction carries this result from one iteration to the next.
  bool isCarried(OpOperand &init) {
    AffineMap map = op.getMatchingIndexingMap(&init);
    for (auto [dim, type] : llvm::enumerate(op.getIteratorTypesArray()))
      if (type == utils::IteratorType::reduction && !map.isFunctionOfDim(dim))
        return true;
    return false;
  }
  bool isReducedOverLanes() {
    return lanes != kNoLanes &&
           op.getIteratorTypesArray()[lanes] == utils::IteratorType::reduction;
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  /// `type`, or a vector of it where the lanes are done together.
  Type widen(Type type) {
    return widthNow > 1 ? Type(VectorType::get(widthNow, type)) : type;
  }
  Value broadcast(Value value) {
    if (widthNow == 1 || isa<VectorType>(value.getType()))
      return value;
    return vector::BroadcastOp::create(b, loc, widen(value.getType()), value);
  }
  Value getYielded(OpOperand &init) {
    return op.getMatchingYieldValue(&init)->get();
  }

  Values emitLevel(unsigned depth, Values carried);
  Values emitLoop(unsigned depth, Value first, Value last, int64_t step,
                  Values carried);
  Values emitLanes(unsigned depth, Values carried);
  Values emitInnermost(Values carried);
  void emitOperations(int64_t depth);
  Value emitOperation(Operation &inner);
  Value load(OpOperand &operand);
  void store(OpOperand &init, Value value);
  Values getIndices(OpOperand &operand);

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  ArrayRef<unsigned> order;
  unsigned lanes;
  int64_t width;        ///< Elements of a vector along the lanes,
  int64_t widthNow = 1; ///< and how many are done together at this point.
  BodyAnalysis analysis;
  SmallVector<mlir::Range> ranges;
  Values indices;
  SmallVector<OpOperand *> carriedInits;
  unsigned firstReduction;
  IRMapping mapping;
};

SmallVector<Value> LoopEmitter::getIndices(OpOperand &operand) {
  Values result;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    result.push_back(indices[map.getDimPosition(i)]);
  return result;
}

Value LoopEmitter::load(OpOperand &operand) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type)
    return operand.get();
  bool together = lanes != kNoLanes && widthNow > 1 &&
                  op.getMatchingIndexingMap(&operand).isFunctionOfDim(lanes);
  if (together)
    return vector::LoadOp::create(
        b, loc, cast<VectorType>(widen(type.getElementType())), operand.get(),
        getIndices(operand));
  return memref::LoadOp::create(b, loc, operand.get(), getIndices(operand));
}

void LoopEmitter::store(OpOperand &init, Value value) {
  if (lanes != kNoLanes &&
      op.getMatchingIndexingMap(&init).isFunctionOfDim(lanes))
    value = broadcast(value);
  if (isa<VectorType>(value.getType()))
    vector::StoreOp::create(b, loc, value, init.get(), getIndices(init));
  else
    memref::StoreOp::create(b, loc, value, init.get(), getIndices(init));
}

Value LoopEmitter::emitOperation(Operation &inner) {
  if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
    Value value = indices[index.getDim()];
    if (index.getDim() != lanes || widthNow == 1)
      return value;
    Value steps = vector::StepOp::create(
        b, loc, VectorType::get(widthNow, b.getIndexType()));
    return arith::AddIOp::create(b, loc, broadcast(value), steps);
  }
  if (auto access = dyn_cast<memref::LoadOp>(inner)) {
    Values at;
    bool together = false;
    for (Value index : access.getIndices()) {
      bool isLane = widthNow > 1 && analysis.isLaneIndex(index);
      together |= isLane;
      at.push_back(isLane ? indices[lanes] : mapping.lookupOrDefault(index));
    }
    if (!together)
      return memref::LoadOp::create(b, loc, access.getMemRef(), at);
    Type element = access.getMemRefType().getElementType();
    return vector::LoadOp::create(b, loc, cast<VectorType>(widen(element)),
                                  access.getMemRef(), at);
  }
  Values operands;
  for (Value operand : inner.getOperands())
    operands.push_back(mapping.lookupOrDefault(operand));
  bool together = llvm::any_of(
      operands, [](Value v) { return isa<VectorType>(v.getType()); });
  if (together)
    for (Value &operand : operands)
      operand = broadcast(operand);
  Type type = inner.getResult(0).getType();
  OperationState state(loc, inner.getName().getStringRef(), operands,
                       together ? widen(type) : type, inner.getAttrs());
  return b.create(state)->getResult(0);
}

void LoopEmitter::emitOperations(int64_t depth) {
  for (OpOperand *input : op.getDpsInputOperands())
    if (BlockArgument argument = op.getMatchingBlockArgument(input);
        analysis.getDepth(argument) == depth && !argument.use_empty())
      mapping.map(argument, load(*input));
  for (Operation &inner : op.getBody()->without_terminator())
    if (analysis.getDepth(inner.getResult(0)) == depth)
      mapping.map(inner.getResult(0), emitOperation(inner));
}

SmallVector<Value> LoopEmitter::emitInnermost(Values carried) {
  for (auto [init, value] : llvm::zip_equal(carriedInits, carried))
    mapping.map(op.getMatchingBlockArgument(init), value);
  for (OpOperand &init : op.getDpsInitsMutable())
    if (BlockArgument argument = op.getMatchingBlockArgument(&init);
        !isCarried(init) && !argument.use_empty())
      mapping.map(argument, load(init));
  emitOperations(order.size());
  Values next;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    Value value = mapping.lookupOrDefault(getYielded(init));
    if (!isCarried(init))
      store(init, value);
    else
      next.push_back(isa<VectorType>(carried[next.size()].getType())
                         ? broadcast(value)
                         : value);
  }
  return next;
}

SmallVector<Value> LoopEmitter::emitLoop(unsigned depth, Value first,
                                         Value last, int64_t step,
                                         Values carried) {
  auto loop = scf::ForOp::create(b, loc, first, last, constant(step), carried);
  OpBuilder::InsertionGuard guard(b);
  Block *body = loop.getBody();
  if (!body->empty())
    b.eraseOp(&body->back());
  b.setInsertionPointToStart(body);
  indices[order[depth]] = loop.getInductionVar();
  Values next = emitLevel(depth + 1, Values(loop.getRegionIterArgs()));
  b.setInsertionPointToEnd(body);
  scf::YieldOp::create(b, loc, next);
  return Values(loop.getResults());
}

/// The loop along the lanes: vectors, and then single elements.
SmallVector<Value> LoopEmitter::emitLanes(unsigned depth, Values carried) {
  unsigned dim = order[depth];
  Value extent = getValueOrCreateConstantIndexOp(b, loc, ranges[dim].size);
  std::optional<int64_t> known = getConstantIntValue(ranges[dim].size);
  Value whole =
      known
          ? constant(*known / width * width)
          : Value(arith::MulIOp::create(
                b, loc, arith::DivUIOp::create(b, loc, extent, constant(width)),
                constant(width)));
  widthNow = width;
  if (isReducedOverLanes()) {
    Operation *combiner = getCombiner(op);
    Value neutral =
        arith::ConstantOp::create(b, loc, *arith::getNeutralElement(combiner));
    Values partial =
        emitLoop(depth, constant(0), whole, width, {broadcast(neutral)});
    widthNow = 1;
    // Any order of the lanes will do that is always the same.
    vector::CombiningKind kind = *linalg::getCombinerOpKind(combiner);
    Value sum = vector::ReductionOp::create(b, loc, kind, partial.front(),
                                            arith::FastMathFlags::reassoc);
    carried = {vector::makeArithReduction(b, loc, kind, sum, carried.front())};
  } else {
    carried = emitLoop(depth, constant(0), whole, width, carried);
    widthNow = 1;
  }
  if (known && *known % width == 0)
    return carried;
  return emitLoop(depth, whole, extent, 1, carried);
}

SmallVector<Value> LoopEmitter::emitLevel(unsigned depth, Values carried) {
  if (depth == order.size())
    return emitInnermost(carried);
  emitOperations(depth);
  bool begins = depth == firstReduction && !carriedInits.empty();
  if (begins)
    for (OpOperand *init : carriedInits)
      carried.push_back(load(*init));
  unsigned dim = order[depth];
  carried =
      dim == lanes && width > 1
          ? emitLanes(depth, carried)
          : emitLoop(depth, constant(0),
                     getValueOrCreateConstantIndexOp(b, loc, ranges[dim].size),
                     1, carried);
  if (!begins)
    return carried;
  for (auto [init, value] : llvm::zip_equal(carriedInits, carried))
    store(*init, value);
  return {};
}

/// Loops with vectors along `lanes` as far inside as its kind of loop is.
SmallVector<unsigned> getLoopOrder(linalg::GenericOp op, unsigned lanes) {
  SmallVector<unsigned> order;
  for (auto kind :
       {utils::IteratorType::parallel, utils::IteratorType::reduction}) {
    bool hasLanes = false;
    for (auto [dim, type] : llvm::enumerate(op.getIteratorTypesArray())) {
      if (type != kind)
        continue;
      if (dim == lanes)
        hasLanes = true;
      else
        order.push_back(dim);
    }
    if (hasLanes)
      order.push_back(lanes);
  }
  return order;
}

/// Whether vectors can lie along dimension `dim`.
bool canHaveLanes(linalg::GenericOp op, unsigned dim) {
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isFunctionOfDim(dim))
      continue;
    if (map.getDimPosition(map.getNumResults() - 1) != dim ||
        !isa<MemRefType>(operand.get().getType()) ||
        !holdsVectors(operand.get()))
      return false;
  }
  if (op.getIteratorTypesArray()[dim] == utils::IteratorType::reduction &&
      !getCombiner(op))
    return false;
  return BodyAnalysis(op, getLoopOrder(op, dim), dim).isVectorizable();
}

} // namespace

void treadle::vectorizeLoops(RewriterBase &rewriter, linalg::GenericOp op,
                             TargetAttr target) {
  unsigned lanes = kNoLanes;
  SmallVector<unsigned> candidates;
  for (Value tensor : {op.getDpsInits().front(), op->getOperand(0)}) {
    AffineMap map = tensor == op.getDpsInits().front()
                        ? op.getMatchingIndexingMap(op.getDpsInitOperand(0))
                        : op.getIndexingMapsArray().front();
    if (map.getNumResults() > 0)
      candidates.push_back(map.getDimPosition(map.getNumResults() - 1));
  }
  for (unsigned dim : candidates)
    if (canHaveLanes(op, dim)) {
      lanes = dim;
      break;
    }
  int64_t width = 1;
  if (lanes != kNoLanes) {
    Type element =
        cast<MemRefType>(op.getDpsInits()[0].getType()).getElementType();
    unsigned bits =
        element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
    // What is rounded at the end was computed in a wider type.
    for (Value operand : op.getDpsInputs())
      if (auto type = dyn_cast<FloatType>(getElementTypeOrSelf(operand));
          type && isa<FloatType>(element))
        bits = std::max(bits, type.getWidth());
    int64_t vector = std::max<int64_t>(1, target.getLanes(std::max(8u, bits)));
    int64_t extent = op.getStaticLoopRanges()[lanes];
    // Two vectors at a time hide the latency of one.
    if (ShapedType::isDynamic(extent))
      width = vector;
    else if (extent % (2 * vector) == 0)
      width = 2 * vector;
    else
      width = std::min<int64_t>(
          vector, llvm::bit_floor(uint64_t(std::max<int64_t>(1, extent))));
  }
  SmallVector<unsigned> order = getLoopOrder(op, lanes);
  rewriter.setInsertionPoint(op);
  LoopEmitter(rewriter, op, order, width > 1 ? lanes : kNoLanes, width).emit();
  rewriter.eraseOp(op);
}
