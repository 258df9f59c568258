//===- DeriveLimits.cpp - What inputs a program can take -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/DeriveLimits.h"
#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Tracing
//===----------------------------------------------------------------------===//

/// The value outside that an argument of a region of the dialect begins as;
/// null for every other block argument.
static Value getRegionInput(BlockArgument argument) {
  unsigned i = argument.getArgNumber();
  return llvm::TypeSwitch<Operation *, Value>(
             argument.getOwner()->getParentOp())
      .Case([](ResidualOp op) { return op.getInput(); })
      .Case([&](StackOp op) {
        return i < op.getInitial().size() ? op.getInitial()[i] : Value();
      })
      .Default(Value());
}

/// An operand whose dimension `dim` is as large as that of `result`; null when
/// none is known to be. Regions of the dialect keep shapes, so their operations
/// are looked through and not into.
static Value getSameExtent(OpResult result, int64_t dim) {
  Operation *op = result.getOwner();
  if (isa<LearnedPositionOp, SinusoidalPositionOp, LayerNormOp, RMSNormOp,
          UnitNormOp, SoftmaxOp, ActivateOp, ResidualOp, FeedForwardOp,
          GatedFeedForwardOp, CacheReadOp, tensor::CastOp>(op))
    return op->getOperand(0);
  if (auto stack = dyn_cast<StackOp>(op))
    return stack.getInitial()[result.getResultNumber()];
  if (auto append = dyn_cast<CacheAppendOp>(op))
    return append.getCache();
  // The last dimension of these is a width, which the weights give.
  bool isLast = dim + 1 == cast<RankedTensorType>(result.getType()).getRank();
  if (isa<EmbeddingOp, LinearOp, MultiHeadAttentionOp>(op) && !isLast)
    return op->getOperand(0);
  return {};
}

namespace {

/// One dimension of a value.
using ValueDim = std::pair<Value, int64_t>;

} // namespace

/// The dimensions that are as large as that of `result`, as far as they are
/// known, the likeliest last.
static void pushSameExtents(OpResult result, int64_t dim,
                            SmallVectorImpl<ValueDim> &worklist) {
  Operation *op = result.getOwner();
  if (auto splat = dyn_cast<tensor::SplatOp>(op)) {
    // The extent is a number of its own, perhaps that of another tensor.
    auto size = splat.getDynamicSizes()[splat.getType().getDynamicDimIndex(dim)]
                    .getDefiningOp<tensor::DimOp>();
    if (size && size.getConstantIndex())
      worklist.push_back({size.getSource(), *size.getConstantIndex()});
    return;
  }
  if (OpTrait::hasElementwiseMappableTraits(op)) {
    for (Value operand : llvm::reverse(op->getOperands()))
      if (isa<RankedTensorType>(operand.getType()))
        worklist.push_back({operand, dim});
    return;
  }
  if (Value operand = getSameExtent(result, dim))
    worklist.push_back({operand, dim});
}

/// The argument of a function whose dimension says how large a dimension of
/// a value is; nothing when that is not known.
static std::optional<std::pair<BlockArgument, int64_t>>
traceDim(Value start, int64_t startDim) {
  SmallVector<ValueDim> worklist = {{start, startDim}};
  // A value that two operands share is followed once: sums of sums would take
  // exponential time.
  llvm::DenseSet<ValueDim> seen;
  while (!worklist.empty()) {
    auto [value, dim] = worklist.pop_back_val();
    if (!seen.insert({value, dim}).second)
      continue;
    // A cast may have hidden the rank, and a program may ask for the extent of
    // a dimension that there is not.
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || dim < 0 || dim >= type.getRank())
      continue;
    auto argument = dyn_cast<BlockArgument>(value);
    if (!argument) {
      if (type.isDynamicDim(dim))
        pushSameExtents(cast<OpResult>(value), dim, worklist);
      continue;
    }
    if (isa<FunctionOpInterface>(argument.getOwner()->getParentOp()))
      return std::make_pair(argument, dim);
    if (Value input = getRegionInput(argument))
      worklist.push_back({input, dim});
  }
  return std::nullopt;
}

/// Where integers come from, past operations that only move or widen them.
static Value traceElements(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CastOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             tensor::ExtractSliceOp, tensor::SplatOp, arith::ExtSIOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

namespace {

/// What the functions of a module need of their arguments.
class LimitCollector {
public:
  LogicalResult collect(EmbeddingOp op);
  LogicalResult collect(LearnedPositionOp op);
  /// Writes what was collected into the arguments' attributes.
  void apply();

private:
  /// The attribute of an argument that callers fill; an error on `op` when it
  /// has none.
  FailureOr<treadle::NamedAttr> getNamed(Operation *op, BlockArgument argument);

  /// Whether callers may be held to limits of an argument, which are then
  /// written.
  bool hasCallersLimits(BlockArgument argument);

  llvm::DenseMap<BlockArgument, int64_t> below;
  /// Of each function: the largest extent of dimensions by their name.
  llvm::MapVector<Operation *, llvm::DenseMap<StringAttr, int64_t>> limits;
};

} // namespace

/// Lowers `entry` to `value`, 0 standing for no limit.
static void lower(int64_t &entry, int64_t value) {
  if (value != 0)
    entry = entry == 0 ? value : std::min(entry, value);
}

bool LimitCollector::hasCallersLimits(BlockArgument argument) {
  auto function =
      dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
  if (!function || !function.isPublic() ||
      !function.getArgAttrOfType<treadle::NamedAttr>(argument.getArgNumber(),
                                                     kNamedAttrName))
    return false;
  limits[function];
  return true;
}

FailureOr<treadle::NamedAttr> LimitCollector::getNamed(Operation *op,
                                                       BlockArgument argument) {
  auto function = cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
  // The arguments of other functions come from calls, which are not checked.
  if (!function.isPublic())
    return op->emitOpError("depends on an argument of a function that is not "
                           "an entry point, so that nothing keeps it from "
                           "reading past its table");
  auto named = function.getArgAttrOfType<treadle::NamedAttr>(
      argument.getArgNumber(), kNamedAttrName);
  if (!named)
    return op->emitOpError("depends on argument ")
           << argument.getArgNumber() << ", which has no '" << kNamedAttrName
           << "' to put its limits into";
  // Functions are visited once they need something.
  limits[function];
  return named;
}

LogicalResult LimitCollector::collect(EmbeddingOp op) {
  int64_t rows = cast<RankedTensorType>(op.getTable().getType()).getDimSize(0);
  if (ShapedType::isDynamic(rows))
    return op.emitOpError("expects a table with a static number of rows");
  Value ids = traceElements(op.getIds());
  auto argument = dyn_cast<BlockArgument>(ids);
  if (argument &&
      isa<FunctionOpInterface>(argument.getOwner()->getParentOp())) {
    if (failed(getNamed(op, argument)))
      return failure();
    lower(below[argument], rows);
    return success();
  }

  auto checkId = [&](const APInt &id) -> LogicalResult {
    if (id.isNegative() || id.sge(rows))
      return op.emitOpError("takes the id ")
             << id.getSExtValue() << ", which is not in its table of " << rows
             << " rows";
    return success();
  };
  APInt single;
  if (matchPattern(ids, m_ConstantInt(&single)))
    return checkId(single);
  DenseIntElementsAttr several;
  if (matchPattern(ids, m_Constant(&several))) {
    for (const APInt &id : several.getValues<APInt>())
      if (failed(checkId(id)))
        return failure();
    return success();
  }
  return op.emitOpError("takes ids that are neither an argument of an entry "
                        "point nor constant, so that nothing keeps them inside "
                        "of the table");
}

LogicalResult LimitCollector::collect(LearnedPositionOp op) {
  int64_t rows = cast<RankedTensorType>(op.getTable().getType()).getDimSize(0);
  if (ShapedType::isDynamic(rows))
    return op.emitOpError("expects a table with a static number of rows");
  auto input = cast<RankedTensorType>(op.getInput().getType());
  int64_t most = rows - static_cast<int64_t>(op.getOffset());
  // Where the tokens are not all at the front, offsets that leave no row for
  // the least number of them are refused. Their sum with a number of tokens
  // that is not known is not bounded, and what is past the table reads the last
  // row.
  if (auto offsets = dyn_cast_if_present<BlockArgument>(
          op.getOffsets() ? traceElements(op.getOffsets()) : Value());
      offsets && hasCallersLimits(offsets))
    lower(below[offsets],
          most - (input.isDynamicDim(1) ? 1 : input.getDimSize(1)) + 1);
  // The verifier has compared a known number of tokens with the rows.
  if (!input.isDynamicDim(1))
    return success();
  if (most <= 0)
    return op.emitOpError("has no position left in its table");
  auto source = traceDim(op.getInput(), 1);
  if (!source)
    return op.emitOpError("takes a number of tokens that no argument of an "
                          "entry point gives, so that nothing keeps it inside "
                          "of the table");
  auto [argument, dim] = *source;
  int64_t extent = cast<RankedTensorType>(argument.getType()).getDimSize(dim);
  // A cast has hidden an extent that is known.
  if (!ShapedType::isDynamic(extent)) {
    if (extent > most)
      return op.emitOpError("takes ")
             << extent << " tokens and has positions for " << most;
    return success();
  }
  FailureOr<treadle::NamedAttr> named = getNamed(op, argument);
  if (failed(named))
    return failure();
  Operation *function = argument.getOwner()->getParentOp();
  lower(limits[function][named->getDims()[dim]], most);
  return success();
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void LimitCollector::apply() {
  for (auto &[op, byName] : limits) {
    auto function = cast<FunctionOpInterface>(op);
    for (BlockArgument argument : function.getArguments()) {
      unsigned number = argument.getArgNumber();
      auto named =
          function.getArgAttrOfType<treadle::NamedAttr>(number, kNamedAttrName);
      if (!named)
        continue;
      SmallVector<int64_t> extents(named.getLimits());
      extents.resize(named.getDims().size(), 0);
      for (auto [extent, name] : llvm::zip_equal(extents, named.getDims()))
        lower(extent, byName.lookup(name));
      // No limit at all is written as none.
      if (llvm::all_of(extents, [](int64_t extent) { return extent == 0; }))
        extents.clear();
      int64_t bound = named.getBelow();
      lower(bound, below.lookup(argument));
      function.setArgAttr(number, kNamedAttrName,
                          named.withLimits(extents, bound));
    }
  }
}

LogicalResult treadle::deriveLimits(ModuleOp module) {
  LimitCollector collector;
  // All that cannot be bounded is reported, and then nothing is written.
  bool ok = true;
  module.walk([&](Operation *op) {
    if (auto embedding = dyn_cast<EmbeddingOp>(op))
      ok &= succeeded(collector.collect(embedding));
    else if (auto position = dyn_cast<LearnedPositionOp>(op))
      ok &= succeeded(collector.collect(position));
  });
  if (ok)
    collector.apply();
  return success(ok);
}
