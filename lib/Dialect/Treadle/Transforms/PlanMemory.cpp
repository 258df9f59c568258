//===- PlanMemory.cpp - One arena for all that threads share -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

namespace treadle {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// A cache line, and the widest vector.
static constexpr int64_t kAlignment = 64;

/// More than an address of x86 reaches.
static constexpr int64_t kMostBytes = int64_t(1) << 48;

namespace {

/// A buffer and the operations between which it is alive.
struct Life {
  memref::AllocOp buffer;
  int64_t first, last;
};

/// Buffers that are never alive at the same time, and so may lie at the same
/// place.
struct Place {
  SmallVector<Life> lives;

  bool isFreeDuring(const Life &life) const {
    return llvm::all_of(lives, [&](const Life &other) {
      return life.last < other.first || other.last < life.first;
    });
  }
};

/// Bytes of an element in memory: a boolean has one of its own, and an index is
/// an i64.
int64_t getElementBytes(MemRefType type) {
  Type element = type.getElementType();
  return element.isIntOrFloat()
             ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
             : 8;
}

class MemoryPlanner {
public:
  explicit MemoryPlanner(func::FuncOp function)
      : function(function), aliases(function), b(function.getContext()) {
    int64_t position = 0;
    function.walk<WalkOrder::PreOrder>(
        [&](Operation *op) { positions[op] = position++; });
  }

  LogicalResult run();

private:
  FailureOr<Life> getLife(memref::AllocOp buffer);
  FailureOr<Value> getBytes(memref::AllocOp buffer);
  FailureOr<Value> hoist(Value value);
  FailureOr<Value> getBound(Value extent);
  LogicalResult planThreadMemory();
  void replace(memref::AllocOp buffer, Value arena, Value offset);

  func::FuncOp function;
  BufferViewFlowAnalysis aliases;
  OpBuilder b;
  DenseMap<Operation *, int64_t> positions;
  IRMapping hoisted;
};

/// Whether a value is known only where `block` is running: not carried to its
/// next iteration, nor given by what is around it.
bool staysIn(Block *block, Value value) {
  Block *owner = value.getParentBlock();
  return owner == block
             ? !isa<BlockArgument>(value)
             : block->findAncestorOpInBlock(*owner->getParentOp()) != nullptr;
}

/// From the first to the last operation that touches the buffer or a view of
/// it; all of a loop that it is not made in.
FailureOr<Life> MemoryPlanner::getLife(memref::AllocOp buffer) {
  Life life{buffer, positions[buffer], positions[buffer]};
  for (Value alias : aliases.resolve(buffer.getResult())) {
    if (!staysIn(buffer->getBlock(), alias))
      return buffer.emitError("it outlives the block that it is made in");
    for (Operation *user : alias.getUsers()) {
      Operation *ancestor = buffer->getBlock()->findAncestorOpInBlock(*user);
      Operation *last = ancestor;
      ancestor->walk([&](Operation *inner) {
        last = positions[inner] > positions[last] ? inner : last;
      });
      life.last = std::max(life.last, positions[last]);
    }
  }
  return life;
}

/// `value`, computed at the function's beginning.
FailureOr<Value> MemoryPlanner::hoist(Value value) {
  if (Value known = hoisted.lookupOrNull(value))
    return known;
  if (auto argument = dyn_cast<BlockArgument>(value);
      argument && argument.getOwner() == &function.front())
    return value;
  Operation *op = value.getDefiningOp();
  if (!op || !isPure(op) || op->getNumRegions() != 0)
    return failure();
  for (Value operand : op->getOperands()) {
    FailureOr<Value> known = hoist(operand);
    if (failed(known))
      return failure();
    hoisted.map(operand, *known);
  }
  Operation *copy = b.clone(*op, hoisted);
  for (auto [from, to] : llvm::zip_equal(op->getResults(), copy->getResults()))
    hoisted.map(from, to);
  return hoisted.lookup(value);
}

/// The most that an extent can be, as far as it is known at the function's
/// beginning: the lesser of two numbers is at most the one that is known.
FailureOr<Value> MemoryPlanner::getBound(Value extent) {
  FailureOr<Value> known = hoist(extent);
  if (succeeded(known))
    return known;
  Operation *op = extent.getDefiningOp();
  if (!isa_and_present<arith::MinUIOp>(op))
    return failure();
  for (Value operand : op->getOperands())
    if (FailureOr<Value> bound = getBound(operand); succeeded(bound))
      return bound;
  return failure();
}

/// Bytes of a buffer whose unknown extents are 1.
static FailureOr<int64_t> getKnownBytes(memref::AllocOp buffer) {
  MemRefType type = buffer.getType();
  int64_t bytes = getElementBytes(type);
  bool fits = true;
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent))
      fits &= !llvm::MulOverflow(bytes, extent, bytes);
  if (!fits || bytes > kMostBytes)
    return buffer.emitError("takes more memory than there are addresses for");
  return bytes;
}

FailureOr<Value> MemoryPlanner::getBytes(memref::AllocOp buffer) {
  Location loc = buffer.getLoc();
  FailureOr<int64_t> known = getKnownBytes(buffer);
  if (failed(known))
    return failure();
  Value bytes = arith::ConstantIndexOp::create(b, loc, *known);
  for (Value extent : buffer.getDynamicSizes()) {
    FailureOr<Value> early = getBound(extent);
    if (failed(early))
      return buffer.emitError("its size is not known when the function begins");
    bytes = arith::MulIOp::create(b, loc, bytes, *early);
  }
  Value mask = arith::ConstantIndexOp::create(b, loc, -kAlignment);
  Value rest = arith::ConstantIndexOp::create(b, loc, kAlignment - 1);
  return Value(arith::AndIOp::create(
      b, loc, arith::AddIOp::create(b, loc, bytes, rest), mask));
}

void MemoryPlanner::replace(memref::AllocOp buffer, Value arena, Value offset) {
  OpBuilder at(buffer);
  Value view = memref::ViewOp::create(at, buffer.getLoc(), buffer.getType(),
                                      arena, offset, buffer.getDynamicSizes());
  buffer.getResult().replaceAllUsesWith(view);
  buffer.erase();
}

/// Buffers made inside a parallel loop belong to one thread. They are few and
/// of known size, and lie on its stack, at one place for all loops.
LogicalResult MemoryPlanner::planThreadMemory() {
  SmallVector<std::pair<memref::AllocOp, int64_t>> offsets;
  int64_t bytes = 0;
  WalkResult result = function.walk([&](scf::ForallOp loop) {
    int64_t end = 0;
    return loop.walk([&](memref::AllocOp buffer) {
      if (!buffer.getType().hasStaticShape()) {
        buffer.emitError("a thread's buffer is not of known size");
        return WalkResult::interrupt();
      }
      FailureOr<int64_t> known = getKnownBytes(buffer);
      if (failed(known))
        return WalkResult::interrupt();
      offsets.push_back({buffer, end});
      end += llvm::alignTo(*known, kAlignment);
      bytes = std::max(bytes, end);
      return WalkResult::advance();
    });
  });
  if (result.wasInterrupted())
    return failure();
  if (offsets.empty())
    return success();
  Location loc = function.getLoc();
  Value stack =
      memref::AllocaOp::create(b, loc, MemRefType::get(bytes, b.getI8Type()),
                               b.getI64IntegerAttr(kAlignment));
  for (auto [buffer, offset] : offsets) {
    OpBuilder at(buffer);
    replace(buffer, stack, arith::ConstantIndexOp::create(at, loc, offset));
  }
  return success();
}

LogicalResult MemoryPlanner::run() {
  Location loc = function.getLoc();
  SmallVector<Life> lives;
  WalkResult result = function.walk([&](memref::AllocOp buffer) {
    if (buffer->getParentOfType<scf::ForallOp>())
      return WalkResult::advance();
    FailureOr<Life> life = getLife(buffer);
    if (failed(life))
      return WalkResult::interrupt();
    lives.push_back(*life);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  b.setInsertionPointToStart(&function.front());
  if (failed(planThreadMemory()))
    return failure();
  if (lives.empty())
    return success();

  // First fit, in the order in which buffers are made.
  SmallVector<Place> places;
  for (Life &life : lives) {
    Place *free =
        llvm::find_if(places, [&](Place &p) { return p.isFreeDuring(life); });
    if (free == places.end())
      free = &places.emplace_back();
    free->lives.push_back(life);
  }
  SmallVector<Value> offsets;
  Value end = arith::ConstantIndexOp::create(b, loc, 0);
  for (Place &place : places) {
    Value size;
    for (Life &life : place.lives) {
      FailureOr<Value> bytes = getBytes(life.buffer);
      if (failed(bytes))
        return failure();
      size =
          size ? Value(arith::MaxUIOp::create(b, loc, size, *bytes)) : *bytes;
    }
    offsets.push_back(end);
    end = arith::AddIOp::create(b, loc, end, size);
  }
  Value arena = memref::AllocOp::create(
      b, loc, MemRefType::get(ShapedType::kDynamic, b.getI8Type()), end,
      b.getI64IntegerAttr(kAlignment));
  for (auto [place, offset] : llvm::zip_equal(places, offsets))
    for (Life &life : place.lives)
      replace(life.buffer, arena, offset);
  return success();
}

struct PlanMemoryPass
    : public treadle::impl::PlanMemoryPassBase<PlanMemoryPass> {
  void runOnOperation() override {
    getOperation()->walk([&](func::FuncOp function) {
      if (!function.isExternal() && failed(MemoryPlanner(function).run()))
        signalPassFailure();
    });
  }
};

} // namespace
