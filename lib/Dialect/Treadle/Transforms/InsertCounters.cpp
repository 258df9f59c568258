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
#include "Groups.h"

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/StringExtras.h"

namespace treadle {
#define GEN_PASS_DEF_INSERTCOUNTERSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// The parameter that a tensor is, through changes of its shape.
static ParameterOp getParameter(Value tensor) {
  while (Operation *op = tensor.getDefiningOp()) {
    if (auto parameter = dyn_cast<ParameterOp>(op))
      return parameter;
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp,
             tensor::ExtractSliceOp>(op))
      break;
    tensor = op->getOperand(0);
  }
  return {};
}

/// "a.q.w", "a.k.w" and "a.v.w" as "a.q|k|v.w".
static std::string joinNames(ArrayRef<StringRef> names) {
  SmallVector<SmallVector<StringRef>> parts;
  size_t shortest = SIZE_MAX;
  for (StringRef name : names) {
    name.split(parts.emplace_back(), '.');
    shortest = std::min(shortest, parts.back().size());
  }
  auto agree = [&](auto getPart) {
    return llvm::all_of(
        parts, [&](auto &p) { return getPart(p) == getPart(parts.front()); });
  };
  size_t before = 0, after = 0;
  while (before + 1 < shortest &&
         agree([&](ArrayRef<StringRef> p) { return p[before]; }))
    ++before;
  while (before + after + 1 < shortest &&
         agree([&](ArrayRef<StringRef> p) { return p[p.size() - 1 - after]; }))
    ++after;
  SmallVector<std::string> middles;
  for (ArrayRef<StringRef> p : parts)
    middles.push_back(llvm::join(p.drop_front(before).drop_back(after), "."));
  ArrayRef<StringRef> first = parts.front();
  std::string name = llvm::join(first.take_front(before), ".");
  name += (before ? "." : "") + llvm::join(middles, "|");
  return name + (after ? "." : "") + llvm::join(first.take_back(after), ".");
}

/// What the checkpoint calls a parameter, or those that it is prepared of.
static std::string getPublishedName(ParameterOp parameter) {
  for (auto function :
       parameter->getParentOfType<ModuleOp>().getOps<func::FuncOp>()) {
    auto prepared = function->getAttrOfType<PreparedAttr>(kPreparedAttrName);
    if (!prepared || prepared.getName() != parameter.getNameAttr())
      continue;
    llvm::SetVector<StringRef> sources;
    function.walk(
        [&](ParameterOp source) { sources.insert(source.getName()); });
    if (!sources.empty())
      return joinNames(sources.getArrayRef());
  }
  return parameter.getName().str();
}

static bool isExternal(Group &group, Value value) {
  return !group.members.contains(value.getDefiningOp());
}

/// The tensors that a group reads but does not make, each once.
static llvm::SetVector<Value> collectReadTensors(Group &group) {
  llvm::SetVector<Value> read;
  for (Operation *op : group.members) {
    auto member = cast<linalg::LinalgOp>(op);
    for (OpOperand &operand : op->getOpOperands())
      if (isa<TensorType>(operand.get().getType()) &&
          isExternal(group, operand.get()) &&
          member.payloadUsesValueFromOperand(&operand))
        read.insert(operand.get());
  }
  return read;
}

/// The parameter that says best what a group does: the weight of its product,
/// or else the largest that it reads; null where there is none.
static ParameterOp getMainParameter(Group &group) {
  if (group.product)
    return getParameter(group.product.getDpsInputs()[1]);
  ParameterOp largest;
  auto consider = [&](Value tensor) {
    ParameterOp parameter = getParameter(tensor);
    auto getSize = [](ParameterOp op) {
      return cast<ShapedType>(op.getType()).getNumElements();
    };
    if (parameter && (!largest || getSize(parameter) > getSize(largest)))
      largest = parameter;
  };
  llvm::for_each(collectReadTensors(group), consider);
  for (Operation *op : group.members)
    op->walk([&](tensor::ExtractOp extract) { consider(extract.getTensor()); });
  return largest;
}

static std::string getName(Group &group) {
  if (ParameterOp parameter = getMainParameter(group))
    return getPublishedName(parameter);
  if (group.product)
    return "product";
  return llvm::any_of(
             group.members,
             [](Operation *op) {
               return cast<linalg::LinalgOp>(op).getNumReductionLoops() != 0;
             })
             ? "reduction"
             : "elementwise";
}

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

namespace {
/// Puts counters into one function.
class CounterInserter {
public:
  explicit CounterInserter(func::FuncOp function)
      : function(function), b(function.getContext()) {}

  void run() {
    SmallVector<Block *> blocks;
    function.walk([&](Block *block) {
      if (isa<func::FuncOp, scf::ForOp>(block->getParentOp()))
        blocks.push_back(block);
    });
    // The names of the layers' counters before those behind the layers.
    for (Block *block : blocks)
      insert(*block);
  }

private:
  void insert(Block &block);
  void count(Operation *last, StringRef name,
             llvm::function_ref<Work(WorkBuilder &)> getWork);

  func::FuncOp function;
  OpBuilder b;
  llvm::StringMap<int64_t> uses;
};
} // namespace

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

void CounterInserter::count(Operation *last, StringRef name,
                            llvm::function_ref<Work(WorkBuilder &)> getWork) {
  b.setInsertionPointAfter(last);
  WorkBuilder builder(b, last->getLoc());
  Work work = getWork(builder);
  auto [layer, members] = getLayer(last);
  // Two pieces of work with one name are two counters.
  std::string unique = name.str();
  if (int64_t use = uses[name]++)
    unique += "#" + std::to_string(use + 1);
  CountOp::create(b, last->getLoc(), b.getStringAttr(unique), layer,
                  layer ? b.getI64IntegerAttr(members) : IntegerAttr(),
                  work.operations, work.bytes);
}

void CounterInserter::insert(Block &block) {
  llvm::DenseMap<Operation *, Group> groups;
  for (Group &group : collectGroups(block))
    groups.try_emplace(group.root, group);
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto found = groups.find(&op); found != groups.end()) {
      count(&op, getName(found->second), [&](WorkBuilder &builder) {
        return builder.getWork(found->second);
      });
    } else if (auto attention = dyn_cast<AttentionOp>(op)) {
      PackTokensOp packing = getPacking(attention);
      count(packing ? packing : &op, "attention", [&](WorkBuilder &builder) {
        return builder.getWork(attention, packing);
      });
    } else if (isa<PackTokensOp, UnpackTokensOp, CacheReadOp>(op)) {
      // Attention that reads and writes packed tokens moves none of them.
      bool isRead = llvm::all_of(op.getUsers(), [](Operation *user) {
        return isa<AttentionOp>(user);
      });
      auto attention = op.getOperand(0).getDefiningOp<AttentionOp>();
      if ((isRead && isa<UnpackTokensOp>(op)) ||
          (attention && getPacking(attention) == &op))
        continue;
      Value result = op.getResult(0);
      count(&op, op.getName().stripDialect(), [&](WorkBuilder &builder) {
        return Work{
            builder.constant(0),
            builder.multiply(builder.constant(2), builder.getBytes(result))};
      });
    }
  }
}

namespace {
struct InsertCountersPass
    : public treadle::impl::InsertCountersPassBase<InsertCountersPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr(kPreparedAttrName))
        CounterInserter(function).run();
  }
};
} // namespace
