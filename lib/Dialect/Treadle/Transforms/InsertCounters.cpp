//===- InsertCounters.cpp - Count after each piece of work -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Work is known while operations are: a few passes later it is loops. What its
// extents are is known when the program runs, so work is computed beside it.
//
//===----------------------------------------------------------------------===//

#include "AttentionTask.h"
#include "AttentionTiling.h"
#include "Work.h"

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace treadle {
#define GEN_PASS_DEF_INSERTCOUNTERSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

namespace {
struct Work {
  Value operations, bytes;
};

/// Emits the arithmetic of extents.
class WorkBuilder {
public:
  WorkBuilder(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value l, Value r) {
    return b.createOrFold<arith::AddIOp>(loc, l, r);
  }
  Value multiply(Value l, Value r) {
    return b.createOrFold<arith::MulIOp>(loc, l, r);
  }
  Value getExtent(Value tensor, int64_t dim) {
    return b.createOrFold<tensor::DimOp>(loc, tensor, dim);
  }

  Value getBytes(Value tensor) {
    // Padding is in no memory.
    if (auto unpack = tensor.getDefiningOp<UnpackTokensOp>())
      tensor = unpack.getRows();
    auto type = cast<RankedTensorType>(tensor.getType());
    Value bytes = constant(getElementBytes(type));
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      bytes = multiply(bytes, getExtent(tensor, dim));
    return bytes;
  }
  Value getBytes(ValueRange tensors) {
    Value sum = constant(0);
    for (Value tensor : tensors)
      sum = add(sum, getBytes(tensor));
    return sum;
  }

  Work getWork(Group &group);
  Work getWork(AttentionOp op, PackTokensOp packing);

private:
  static int64_t getElementBytes(Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isIntOrFloat()
               ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
               : sizeof(int64_t);
  }
  Value getIterations(linalg::LinalgOp op);
  Value countVisiblePairs(AttentionOp op, bool isPacked);

  OpBuilder &b;
  Location loc;
};
} // namespace

Value WorkBuilder::getIterations(linalg::LinalgOp op) {
  Value count = constant(1);
  for (auto [dim, extent] : llvm::enumerate(op.getStaticLoopRanges())) {
    Value value;
    if (ShapedType::isDynamic(extent)) {
      Value tensor;
      unsigned place = 0;
      if (failed(op.mapIterationSpaceDimToOperandDim(dim, tensor, place)))
        continue;
      value = getExtent(tensor, place);
    } else {
      value = constant(extent);
    }
    count = multiply(count, value);
  }
  return count;
}

/// Operations on floats of one iteration; those that only choose or convert are
/// none.
static int64_t countOperations(Block &body) {
  return llvm::count_if(body, [](Operation &op) {
    return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
               arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
               arith::MinNumFOp, arith::NegFOp>(op) ||
           isa_and_present<math::MathDialect>(op.getDialect());
  });
}

Work WorkBuilder::getWork(Group &group) {
  Work work = {constant(0), getBytes(collectReadTensors(group).getArrayRef())};
  work.bytes = add(work.bytes, getBytes(group.root.getDpsInits()[0]));
  for (Operation *op : group.members) {
    auto member = cast<linalg::LinalgOp>(op);
    int64_t each = countOperations(op->getRegion(0).front());
    SmallVector<tensor::ExtractOp> extracts(
        op->getRegion(0).getOps<tensor::ExtractOp>());
    if (each == 0 && extracts.empty())
      continue;
    Value iterations = getIterations(member);
    work.operations =
        add(work.operations, multiply(iterations, constant(each)));
    // What is looked up is a part of a table.
    for (tensor::ExtractOp extract : extracts)
      work.bytes = add(
          work.bytes,
          multiply(iterations,
                   constant(getElementBytes(extract.getTensor().getType()))));
  }
  return work;
}

/// Σ over batch and queries of the keys that a query sees: a loop over numbers,
/// which is nothing beside the attention itself.
Value WorkBuilder::countVisiblePairs(AttentionOp op, bool isPacked) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  auto getDim = [&](unsigned dim) {
    return getValueOrCreateConstantIndexOp(b, loc,
                                           getMixedExtent(b, iface, dim));
  };
  Value queries = getDim(op.getQueryDim()), keys = getDim(op.getKeyDim());
  MaskAttr mask = op.getMaskAttr();
  bool isPositional = mask && mask.isPositional();
  bool hasBatch = op.getNumOuterDims() != 0 &&
                  (op.getLengths() || op.getOffsets() || op.getPrefixes());
  Value heads = constant(1), zero = constant(0), one = constant(1);
  for (unsigned dim = hasBatch; dim < op.getNumOuterDims(); ++dim)
    heads = multiply(heads, getDim(dim));
  if (!isPositional && !hasBatch)
    return multiply(heads, multiply(queries, keys));

  auto loop = scf::ForOp::create(b, loc, zero, hasBatch ? getDim(0) : one, one,
                                 ValueRange{zero});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  auto getNumber = [&](Value tensor) -> Value {
    Value number =
        tensor::ExtractOp::create(b, loc, tensor, loop.getInductionVar());
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
  };
  ValueArithmetic a(b, loc);
  Value seen = keys, rows = queries;
  if (mask && mask.getKeysWithinLengths())
    seen = a.max(zero, a.min(keys, getNumber(op.getLengths())));
  // Rows of padding are not there.
  if (isPacked)
    rows = seen;
  Value sum;
  if (!isPositional) {
    sum = multiply(rows, seen);
  } else {
    Value offset = zero;
    if (mask.getAlign() == Alignment::BottomRight)
      offset = a.sub(keys, queries);
    else if (mask.getAlign() == Alignment::Lengths)
      offset = a.sub(getNumber(op.getLengths()), queries);
    else if (mask.getAlign() == Alignment::Offsets)
      offset = getNumber(op.getOffsets());
    Value prefix = op.getPrefixes() ? getNumber(op.getPrefixes()) : zero;
    auto each = scf::ForOp::create(b, loc, zero, rows, one, ValueRange{zero});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(each.getBody());
    Value position = a.add(each.getInductionVar(), offset);
    KeyRanges<Value> ranges =
        getKeyRanges(a, mask, position, position, seen, prefix);
    Value visible = a.add(ranges.prefix, a.sub(ranges.end, ranges.begin));
    scf::YieldOp::create(b, loc, a.add(each.getRegionIterArg(0), visible));
    sum = each.getResult(0);
  }
  b.setInsertionPointToEnd(loop.getBody());
  scf::YieldOp::create(b, loc, add(loop.getRegionIterArg(0), sum));
  b.setInsertionPointAfter(loop);
  return multiply(heads, loop.getResult(0));
}

/// Of both products; what makes weights of scores is not counted.
Work WorkBuilder::getWork(AttentionOp op, PackTokensOp packing) {
  auto getDim = [&](unsigned dim) {
    auto iface = cast<AttentionOpInterface>(op.getOperation());
    return getValueOrCreateConstantIndexOp(b, loc,
                                           getMixedExtent(b, iface, dim));
  };
  Value components =
      add(getDim(op.getComponentDim()), getDim(op.getValueDim()));
  Value pairs = countVisiblePairs(op, packing != nullptr);
  SmallVector<Value> read = {op.getQueries(), op.getKeys(), op.getValues()};
  for (Value optional : {op.getScoreWeights(), op.getSelection(), op.getBias()})
    if (optional)
      read.push_back(optional);
  Value bytes = getBytes(read);
  // The result has the queries' extents, but for its components. Asking the
  // result itself would be a use more, and only what packing alone reads is
  // made packed.
  Value rows = getBytes(op.getQueries());
  Value made = b.createOrFold<arith::DivUIOp>(
      loc, multiply(rows, getDim(op.getValueDim())),
      getDim(op.getComponentDim()));
  return {multiply(constant(2), multiply(pairs, components)), add(bytes, made)};
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The index of the layer that an operation belongs to, and how many there are.
static std::pair<Value, int64_t> getLayer(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op->getParentOp());
  if (!loop)
    return {};
  std::optional<int64_t> first = getConstantIntValue(loop.getLowerBound()),
                         last = getConstantIntValue(loop.getUpperBound()),
                         step = getConstantIntValue(loop.getStep());
  if (first != 0 || step != 1 || !last || *last < 1)
    return {};
  return {loop.getInductionVar(), *last};
}

static void insertCounter(PieceOfWork &piece) {
  OpBuilder b(piece.last->getContext());
  b.setInsertionPointAfter(piece.last);
  Location loc = piece.last->getLoc();
  WorkBuilder builder(b, loc);
  Work work;
  if (piece.group)
    work = builder.getWork(*piece.group);
  else if (piece.attention)
    work = builder.getWork(piece.attention, getPacking(piece.attention));
  else
    work = {builder.constant(0),
            builder.multiply(builder.constant(2),
                             builder.getBytes(piece.last->getResult(0)))};
  auto [layer, members] = getLayer(piece.last);
  CountOp::create(b, loc, b.getStringAttr(piece.name), layer,
                  layer ? b.getI64IntegerAttr(members) : IntegerAttr(),
                  work.operations, work.bytes);
}

namespace {
struct InsertCountersPass
    : public treadle::impl::InsertCountersPassBase<InsertCountersPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr(kPreparedAttrName))
        for (PieceOfWork &piece : collectWork(function))
          insertCounter(piece);
  }
};
} // namespace
