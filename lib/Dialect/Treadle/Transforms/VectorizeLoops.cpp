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
// Where an operand's contiguous dimension is another one than the result's, two
// loops go over square tiles: as many vectors of the operand as they have lanes
// are transposed in registers.
//
//===----------------------------------------------------------------------===//

#include "BodyAnalysis.h"
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
  /// Vectors of `width` elements lie along dimension `lanes`, but in operands
  /// that are contiguous along dimension `across`: kNoLanes where there are
  /// none.
  LoopEmitter(RewriterBase &b, linalg::GenericOp op, ArrayRef<unsigned> order,
              unsigned lanes, int64_t width, unsigned across)
      : b(b), op(op), loc(op.getLoc()), order(order), lanes(lanes),
        width(width), across(across), analysis(op, order, lanes),
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

  /// Whether what a result holds already is added last, once and not to each
  /// partial sum: to a long sum small terms would be lost one by one. Sums over
  /// lanes are added up last anyway.
  bool addsLast(OpOperand &init) {
    SmallVector<Operation *> combiners;
    unsigned number = init.getOperandNumber() - op.getNumDpsInputs();
    return !isReducedOverLanes() &&
           matchReduction(op.getRegionOutputArgs(), number, combiners) &&
           combiners.size() == 1 && isa<arith::AddFOp>(combiners.front());
  }
  /// A zero for each element that `load` gives.
  Value createZero(OpOperand &init) {
    Type type = getElementTypeOrSelf(init.get());
    Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(type, -0.0));
    bool isTogether = lanes != kNoLanes &&
                      op.getMatchingIndexingMap(&init).isFunctionOfDim(lanes);
    return isTogether ? broadcast(zero) : zero;
  }

  Values emitLevel(unsigned depth, Values carried);
  Values emitLoop(unsigned depth, Value first, Value last, int64_t step,
                  Values carried);
  Values emitLanes(unsigned depth, Values carried);
  void emitTiles(unsigned depth);
  void emitTile(unsigned depth, Value row, Value column);
  void forEach(Value first, Value last, int64_t step,
               function_ref<void(Value)> body);
  Value getExtent(unsigned dim) {
    return getValueOrCreateConstantIndexOp(b, loc, ranges[dim].size);
  }
  /// The part of an extent that is done in steps of `width`, and whether that
  /// is known to be all of it.
  Value getWhole(unsigned dim);
  bool isWhole(unsigned dim);
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
  unsigned across;
  /// The vector of a transposed operand for the row that is being made.
  DenseMap<OpOperand *, Value> transposed;
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
  if (Value vector = transposed.lookup(&operand))
    return vector;
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

bool LoopEmitter::isWhole(unsigned dim) {
  std::optional<int64_t> known = getConstantIntValue(ranges[dim].size);
  return known && *known % width == 0;
}

Value LoopEmitter::getWhole(unsigned dim) {
  if (std::optional<int64_t> known = getConstantIntValue(ranges[dim].size))
    return constant(*known / width * width);
  Value steps = arith::DivUIOp::create(b, loc, getExtent(dim), constant(width));
  return arith::MulIOp::create(b, loc, steps, constant(width));
}

void LoopEmitter::forEach(Value first, Value last, int64_t step,
                          function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, first, last, constant(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// A square of the last two dimensions: rows are those of the result.
void LoopEmitter::emitTile(unsigned depth, Value row, Value column) {
  auto add = [&](Value base, int64_t i) -> Value {
    return i == 0 ? base : arith::AddIOp::create(b, loc, base, constant(i));
  };
  SmallVector<std::pair<OpOperand *, Values>> tiles;
  indices[across] = row;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isFunctionOfDim(lanes) ||
        map.getDimPosition(map.getNumResults() - 1) == lanes)
      continue;
    auto type = VectorType::get(width, getElementTypeOrSelf(input->get()));
    Values vectors;
    for (int64_t i = 0; i < width; ++i) {
      indices[lanes] = add(column, i);
      vectors.push_back(vector::LoadOp::create(b, loc, type, input->get(),
                                               getIndices(*input)));
    }
    tiles.emplace_back(input, transposeVectors(b, loc, vectors));
  }
  indices[lanes] = column;
  for (int64_t i = 0; i < width; ++i) {
    indices[across] = add(row, i);
    for (auto &[input, vectors] : tiles)
      transposed[input] = vectors[i];
    emitOperations(depth + 1);
    widthNow = width;
    emitInnermost({});
    widthNow = 1;
  }
  transposed.clear();
}

/// The last two loops in tiles, and single elements for what is left.
void LoopEmitter::emitTiles(unsigned depth) {
  auto emitRow = [&](Value row, Value first) {
    indices[across] = row;
    emitOperations(depth + 1);
    emitLoop(depth + 1, first, getExtent(lanes), 1, {});
  };
  Value rows = getWhole(across), columns = getWhole(lanes);
  forEach(constant(0), rows, width, [&](Value row) {
    forEach(constant(0), columns, width,
            [&](Value column) { emitTile(depth, row, column); });
    if (!isWhole(lanes))
      forEach(row, arith::AddIOp::create(b, loc, row, constant(width)), 1,
              [&](Value single) { emitRow(single, columns); });
  });
  if (!isWhole(across))
    forEach(rows, getExtent(across), 1,
            [&](Value row) { emitRow(row, constant(0)); });
}

/// The loop along the lanes: vectors, and then single elements.
SmallVector<Value> LoopEmitter::emitLanes(unsigned depth, Values carried) {
  unsigned dim = order[depth];
  Value whole = getWhole(dim);
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
  if (isWhole(dim))
    return carried;
  return emitLoop(depth, whole, getExtent(dim), 1, carried);
}

SmallVector<Value> LoopEmitter::emitLevel(unsigned depth, Values carried) {
  if (depth == order.size())
    return emitInnermost(carried);
  emitOperations(depth);
  if (order[depth] == across) {
    emitTiles(depth);
    return carried;
  }
  bool begins = depth == firstReduction && !carriedInits.empty();
  if (begins)
    for (OpOperand *init : carriedInits)
      carried.push_back(addsLast(*init) ? createZero(*init) : load(*init));
  unsigned dim = order[depth];
  carried = dim == lanes && width > 1
                ? emitLanes(depth, carried)
                : emitLoop(depth, constant(0), getExtent(dim), 1, carried);
  if (!begins)
    return carried;
  for (auto [init, value] : llvm::zip_equal(carriedInits, carried)) {
    if (addsLast(*init))
      value = arith::AddFOp::create(b, loc, load(*init), value);
    store(*init, value);
  }
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
        !isContiguous(operand.get()))
      return false;
  }
  if (op.getIteratorTypesArray()[dim] == utils::IteratorType::reduction &&
      !getCombiner(op))
    return false;
  return BodyAnalysis(op, getLoopOrder(op, dim), dim).isVectorizable();
}

/// Operations of a body that is repeated for each row of a tile.
constexpr unsigned kFewOperations = 8;

/// The dimension along which operands are contiguous that would have to be
/// along `lanes`, as the results are; kNoLanes if there is none, or more than
/// one, or another reason not to go by tiles.
unsigned findAcross(linalg::GenericOp op, unsigned lanes) {
  if (op.getNumReductionLoops() > 0 ||
      op.getBody()->getOperations().size() > kFewOperations ||
      llvm::any_of(op.getIndexingMapsArray(),
                   [](AffineMap map) { return !map.isProjectedPermutation(); }))
    return kNoLanes;
  unsigned across = kNoLanes;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isFunctionOfDim(lanes))
      continue;
    if (!isa<MemRefType>(operand.get().getType()) ||
        !isContiguous(operand.get()))
      return kNoLanes;
    unsigned last = map.getDimPosition(map.getNumResults() - 1);
    if (last == lanes)
      continue;
    if (op.isDpsInit(&operand) || (across != kNoLanes && last != across))
      return kNoLanes;
    across = last;
  }
  if (across == kNoLanes)
    return kNoLanes;
  bool isVectorizable =
      BodyAnalysis(op, getLoopOrder(op, lanes), lanes).isVectorizable();
  return isVectorizable ? across : kNoLanes;
}

/// Elements of one vector of the widest type that a body computes in.
int64_t getVectorElements(linalg::GenericOp op, TargetAttr target) {
  Type element =
      cast<MemRefType>(op.getDpsInits()[0].getType()).getElementType();
  unsigned bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
  // What is rounded at the end was computed in a wider type.
  for (Value operand : op.getDpsInputs())
    if (auto type = dyn_cast<FloatType>(getElementTypeOrSelf(operand));
        type && isa<FloatType>(element))
      bits = std::max(bits, type.getWidth());
  return std::max<int64_t>(1, target.getLanes(std::max(8u, bits)));
}

/// At most `count`, and a power of two that fits into an extent.
int64_t fitInto(int64_t count, int64_t extent) {
  if (ShapedType::isDynamic(extent))
    return count;
  return std::min<int64_t>(
      count, llvm::bit_floor(uint64_t(std::max<int64_t>(1, extent))));
}

/// Where vectors lie, how long they are, and what lies across them.
struct Direction {
  unsigned lanes = kNoLanes, across = kNoLanes;
  int64_t width = 1;
};

/// A smaller tile is no faster than single elements.
constexpr int64_t kLeastTile = 4;

Direction chooseDirection(linalg::GenericOp op, TargetAttr target) {
  SmallVector<unsigned> candidates;
  for (OpOperand *operand : {op.getDpsInitOperand(0), &op->getOpOperand(0)})
    if (AffineMap map = op.getMatchingIndexingMap(operand);
        map.getNumResults() > 0)
      candidates.push_back(map.getDimPosition(map.getNumResults() - 1));
  int64_t vector = getVectorElements(op, target);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (unsigned lanes : candidates) {
    if (!canHaveLanes(op, lanes))
      continue;
    // Two vectors at a time hide the latency of one.
    bool isEven = !ShapedType::isDynamic(extents[lanes]) &&
                  extents[lanes] % (2 * vector) == 0;
    int64_t width = isEven ? 2 * vector : fitInto(vector, extents[lanes]);
    return width == 1 ? Direction() : Direction{lanes, kNoLanes, width};
  }
  for (unsigned lanes : candidates) {
    unsigned across = findAcross(op, lanes);
    if (across == kNoLanes)
      continue;
    int64_t width =
        fitInto(fitInto(std::min(vector, kMostRegisters), extents[lanes]),
                extents[across]);
    if (width >= kLeastTile)
      return {lanes, across, width};
  }
  return {};
}

} // namespace

void treadle::vectorizeLoops(RewriterBase &rewriter, linalg::GenericOp op,
                             TargetAttr target) {
  Direction direction = chooseDirection(op, target);
  SmallVector<unsigned> order = getLoopOrder(op, direction.lanes);
  // What lies across vectors is the loop around them.
  if (direction.across != kNoLanes) {
    llvm::erase(order, direction.across);
    order.insert(std::prev(order.end()), direction.across);
  }
  rewriter.setInsertionPoint(op);
  LoopEmitter(rewriter, op, order, direction.lanes, direction.width,
              direction.across)
      .emit();
  rewriter.eraseOp(op);
}
