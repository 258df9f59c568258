//===- SkipPadding.cpp - Work on the tokens that count -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PaddingAnalysis.h"

#include "treadle/Dialect/Treadle/IR/Reshapes.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Iterators.h"

namespace treadle {
#define GEN_PASS_DEF_SKIPPADDINGPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {

/// Makes the packed form of what an analysis found, beside the old one, which
/// nobody reads then.
class Packer {
public:
  Packer(func::FuncOp function, const PaddingAnalysis &analysis)
      : function(function), analysis(analysis), loc(function.getLoc()),
        b(function.getContext()) {}

  /// Fails, and changes nothing, where the starts cannot be made early enough.
  LogicalResult makeStarts();
  void run();

private:
  Value getIndex(Extent extent);
  RankedTensorType getPackedType(RankedTensorType type, TokenLayout layout);
  Value getPacked(Value value, TokenLayout layout);
  Value unpack(Value rows, RankedTensorType type);
  Value makePadded(Value rows, RankedTensorType type, TokenLayout layout);
  void replaceExtents();
  void convert(Block &block);
  void convert(scf::ForOp loop);
  void convert(OpResult result, ArrayRef<TokenSource> sources);
  Value convertReshape(Operation *op, Value source, RankedTensorType type,
                       TokenLayout from, TokenLayout to);

  func::FuncOp function;
  const PaddingAnalysis &analysis;
  Location loc;
  OpBuilder b;
  /// Behind which the values below are known; null for the function's begin.
  Operation *last = nullptr;
  Value starts, batch, tokens;
  DenseMap<Value, Value> packed;
};

LogicalResult Packer::makeStarts() {
  Block *entry = &function.front();
  for (Value value : {analysis.getLengths(), analysis.getBatch().base,
                      analysis.getTokens().base}) {
    if (!value ||
        (isa<BlockArgument>(value) && value.getParentBlock() == entry))
      continue;
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != entry)
      return failure();
    if (!last || last->isBeforeInBlock(op))
      last = op;
  }
  for (auto [value, layout] : analysis.getValues()) {
    Operation *op = value.getDefiningOp();
    if (!op)
      op = value.getParentBlock()->getParentOp();
    op = entry->findAncestorOpInBlock(*op);
    if (last && (!op || !last->isBeforeInBlock(op)))
      return failure();
  }
  if (last)
    b.setInsertionPointAfter(last);
  else
    b.setInsertionPointToStart(entry);
  batch = getIndex(analysis.getBatch());
  tokens = getIndex(analysis.getTokens());
  int64_t sequences =
      cast<RankedTensorType>(analysis.getLengths().getType()).getDimSize(0);
  if (!ShapedType::isDynamic(sequences))
    ++sequences;
  auto op = SequenceStartsOp::create(
      b, loc, RankedTensorType::get(sequences, b.getI64Type()),
      analysis.getLengths(), tokens, analysis.getAtLeast());
  starts = op;
  last = op;
  return success();
}

Value Packer::getIndex(Extent extent) {
  if (!extent.base)
    return arith::ConstantIndexOp::create(b, loc, extent.number);
  if (extent.number < 0)
    return extent.base;
  return tensor::DimOp::create(b, loc, extent.base, extent.number);
}

RankedTensorType Packer::getPackedType(RankedTensorType type,
                                       TokenLayout layout) {
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  llvm::append_range(shape,
                     type.getShape().drop_front(getNumTokenDims(layout)));
  return type.clone(shape);
}

/// The packed form of a value, which is made of it here where it has none: a
/// value that is not made token by token.
Value Packer::getPacked(Value value, TokenLayout layout) {
  if (Value known = packed.lookup(value))
    return known;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfterValue(value);
  if (Operation *before = value.getDefiningOp();
      value.getParentBlock() == last->getBlock() &&
      (!before || before->isBeforeInBlock(last)))
    b.setInsertionPointAfter(last);
  auto type = cast<RankedTensorType>(value.getType());
  RankedTensorType packedType = getPackedType(type, layout);
  Value whole = value;
  if (layout == TokenLayout::Rows) {
    SmallVector<int64_t> shape = {ShapedType::kDynamic, ShapedType::kDynamic};
    llvm::append_range(shape, type.getShape().drop_front());
    SmallVector<OpFoldResult> sizes = {batch, tokens};
    SmallVector<ReassociationIndices> groups = {{0, 1}};
    for (int64_t dim = 1; dim < type.getRank(); ++dim) {
      sizes.push_back(b.getIndexAttr(type.getDimSize(dim)));
      groups.push_back({dim + 1});
    }
    whole = tensor::ExpandShapeOp::create(b, loc, type.clone(shape), value,
                                          groups, sizes);
  }
  return packed[value] =
             PackTokensOp::create(b, loc, packedType, whole, starts);
}

Value Packer::unpack(Value rows, RankedTensorType type) {
  return UnpackTokensOp::create(b, loc, type, rows, starts, tokens);
}

/// What is packed, in the type that it had before.
Value Packer::makePadded(Value rows, RankedTensorType type,
                         TokenLayout layout) {
  if (layout == TokenLayout::Batch)
    return unpack(rows, type);
  SmallVector<int64_t> shape = {ShapedType::kDynamic, ShapedType::kDynamic};
  llvm::append_range(shape, type.getShape().drop_front());
  SmallVector<ReassociationIndices> groups = {{0, 1}};
  for (int64_t dim = 1; dim < type.getRank(); ++dim)
    groups.push_back({dim + 1});
  Value whole = unpack(rows, type.clone(shape));
  return tensor::CollapseShapeOp::create(b, loc, type, whole, groups);
}

/// Extents are known at the beginning: to ask for them keeps nothing alive.
void Packer::replaceExtents() {
  Value all;
  for (auto [value, layout] : analysis.getValues())
    for (Operation *user : llvm::make_early_inc_range(value.getUsers())) {
      auto dim = dyn_cast<tensor::DimOp>(user);
      std::optional<int64_t> index =
          dim ? dim.getConstantIndex() : std::nullopt;
      if (!index || *index >= getNumTokenDims(layout))
        continue;
      Value known = *index == 0 ? batch : tokens;
      if (layout == TokenLayout::Rows) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointAfter(last);
        if (!all)
          all = arith::MulIOp::create(b, loc, batch, tokens);
        known = all;
      }
      dim.replaceAllUsesWith(known);
      dim.erase();
    }
}

/// A reshape of what tokens consist of; one of tokens alone is none any more.
Value Packer::convertReshape(Operation *op, Value source, RankedTensorType type,
                             TokenLayout from, TokenLayout to) {
  if (source.getType() == type)
    return source;
  bool isExpand = isa<tensor::ExpandShapeOp>(op);
  auto given = isExpand ? getGroups(cast<tensor::ExpandShapeOp>(op))
                        : getGroups(cast<tensor::CollapseShapeOp>(op));
  // Groups count the dimensions of the side that has more of them.
  int64_t shift = getNumTokenDims(isExpand ? to : from) - 1;
  SmallVector<ReassociationIndices> groups = {{0}};
  int64_t kept = getNumTokenDims(isExpand ? from : to);
  for (auto &group : ArrayRef(given).drop_front(kept)) {
    groups.emplace_back();
    for (int64_t dim : group)
      groups.back().push_back(dim - shift);
  }
  if (!isExpand)
    return tensor::CollapseShapeOp::create(b, loc, type, source, groups);
  SmallVector<OpFoldResult> sizes = {tensor::getMixedSize(b, loc, source, 0)};
  for (int64_t extent : type.getShape().drop_front())
    sizes.push_back(b.getIndexAttr(extent));
  return tensor::ExpandShapeOp::create(b, loc, type, source, groups, sizes);
}

void Packer::convert(OpResult result, ArrayRef<TokenSource> sources) {
  Operation *op = result.getOwner();
  loc = op->getLoc();
  TokenLayout layout = analysis.getLayout(result);
  auto type = getPackedType(cast<RankedTensorType>(result.getType()), layout);
  IRMapping mapping;
  for (TokenSource source : sources)
    mapping.map(source.operand->get(),
                getPacked(source.operand->get(), source.layout));
  b.setInsertionPoint(op);
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
    packed[result] = convertReshape(op, mapping.lookup(op->getOperand(0)), type,
                                    sources.front().layout, layout);
    return;
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    Value source = mapping.lookup(slice.getSource());
    // One dimension of all rows in place of batch and tokens.
    auto drop = [](SmallVector<OpFoldResult> values) {
      values.erase(values.begin());
      return values;
    };
    SmallVector<OpFoldResult> sizes = drop(slice.getMixedSizes());
    sizes[0] = tensor::getMixedSize(b, loc, source, 0);
    packed[result] = tensor::ExtractSliceOp::create(
        b, loc, type, source, drop(slice.getMixedOffsets()), sizes,
        drop(slice.getMixedStrides()));
    return;
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    Value like = mapping.lookup(sources.front().operand->get());
    mapping.map(generic.getDpsInits()[0],
                Value(tensor::EmptyOp::create(
                    b, loc, tensor::getMixedSizes(b, loc, like),
                    type.getElementType())));
  }
  Operation *copy = b.clone(*op, mapping);
  copy->getResult(0).setType(type);
  packed[result] = copy->getResult(0);
}

/// Lets a loop carry packed rows.
void Packer::convert(scf::ForOp loop) {
  SmallVector<unsigned> carried;
  for (unsigned i = 0; i < loop.getNumResults(); ++i)
    if (analysis.contains(loop.getResult(i)))
      carried.push_back(i);
  for (unsigned i : carried) {
    BlockArgument argument = loop.getRegionIterArg(i);
    Value result = loop.getResult(i);
    auto type = cast<RankedTensorType>(argument.getType());
    loop.getInitArgsMutable()[i].set(
        getPacked(loop.getInitArgs()[i], TokenLayout::Rows));
    for (Value value : {Value(argument), result}) {
      value.setType(loop.getInitArgs()[i].getType());
      loc = loop.getLoc();
      if (value == argument)
        b.setInsertionPointToStart(loop.getBody());
      else
        b.setInsertionPointAfter(loop);
      Value padded = makePadded(value, type, TokenLayout::Rows);
      Operation *unpack = padded.getDefiningOp()->getOperand(0).getDefiningOp();
      value.replaceAllUsesExcept(padded, unpack);
      packed[padded] = value;
    }
  }
  convert(*loop.getBody());
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  for (unsigned i : carried)
    yield.setOperand(i, getPacked(yield.getOperand(i), TokenLayout::Rows));
}

void Packer::convert(Block &block) {
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  for (Operation *op : ops) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      convert(loop);
      continue;
    }
    if (op->getNumResults() == 0 || !analysis.contains(op->getResult(0)))
      continue;
    // Attention and rotary positions know where tokens are: theirs are packed
    // afterwards.
    OpResult result = op->getResult(0);
    TokenLayout layout = analysis.getLayout(result);
    if (auto sources = getTokenSources(result, layout))
      convert(result, *sources);
    else
      getPacked(result, layout);
  }
}

void Packer::run() {
  replaceExtents();
  convert(function.front());
  // Whoever goes by sequences gets them back.
  for (auto [value, layout] : analysis.getValues()) {
    if (getCarrier(value).first)
      continue;
    for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
      if (!isa<PoolOp, AttentionOp, RotaryOp>(use.getOwner()))
        continue;
      b.setInsertionPoint(use.getOwner());
      loc = use.getOwner()->getLoc();
      use.set(unpack(packed.lookup(value),
                     cast<RankedTensorType>(value.getType())));
    }
  }
  function.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });
}

struct SkipPaddingPass
    : public treadle::impl::SkipPaddingPassBase<SkipPaddingPass> {
  using SkipPaddingPassBase::SkipPaddingPassBase;

  void runOnOperation() override {
    SmallVector<PoolOp> pools;
    getOperation()->walk([&](PoolOp op) { pools.push_back(op); });
    for (PoolOp pool : pools) {
      auto function = pool->getParentOfType<func::FuncOp>();
      if (!function || pool.getInput().getDefiningOp<UnpackTokensOp>())
        continue;
      PaddingAnalysis analysis(pool);
      if (!analysis.canPack()) {
        explain(pool, analysis.getReason(), analysis.getWhere());
        continue;
      }
      Packer packer(function, analysis);
      if (failed(packer.makeStarts())) {
        explain(pool, "its lengths and extents are not known early enough",
                pool);
        continue;
      }
      packer.run();
    }
  }

  void explain(PoolOp pool, StringRef reason, Operation *where) {
    if (!remarks)
      return;
    InFlightDiagnostic remark =
        pool.emitRemark("the padding before this pooling is not skipped");
    remark.attachNote(where->getLoc()) << reason;
  }
};

} // namespace
