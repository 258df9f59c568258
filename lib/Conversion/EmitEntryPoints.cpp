//===- EmitEntryPoints.cpp - Teams and entry points -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layouts of treadle_host and treadle_operand (treadle-c/Code.h) are known
// here and nowhere else in the compiler.
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Target/Target.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

#include <cstddef>

namespace treadle {
#define GEN_PASS_DEF_EMITENTRYPOINTSPASS
#include "treadle/Conversion/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

namespace {

/// What a team's body is given: where treadle_host, inputs, outputs and arena
/// are.
enum class Argument : int64_t { Host, Inputs, Outputs, Arena, Count };

/// Reads and writes the structures of treadle-c/Code.h.
class AbiBuilder {
public:
  explicit AbiBuilder(OpBuilder &b, Location loc)
      : b(b), loc(loc), converter(b.getContext()),
        pointer(LLVM::LLVMPointerType::get(b.getContext())) {}

  Value at(Value base, int64_t bytes) {
    if (bytes == 0)
      return base;
    return LLVM::GEPOp::create(
        b, loc, pointer, b.getI8Type(), base,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
  }
  Value load(Type type, Value base, int64_t bytes) {
    return LLVM::LoadOp::create(b, loc, type, at(base, bytes));
  }
  Value loadArgument(Value arguments, Argument which) {
    return load(pointer, arguments,
                static_cast<int64_t>(which) * sizeof(void *));
  }
  Value toIndex(Value i64) {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), i64);
  }
  Value fromIndex(Value index) {
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
  }

  /// A contiguous buffer at `address`; `getExtent` gives its dynamic extents as
  /// i64.
  Value createMemRef(MemRefType type, Value address,
                     llvm::function_ref<Value(int64_t)> getExtent) {
    auto descriptor =
        MemRefDescriptor::poison(b, loc, converter.convertType(type));
    descriptor.setAllocatedPtr(b, loc, address);
    descriptor.setAlignedPtr(b, loc, address);
    descriptor.setConstantOffset(b, loc, 0);
    auto constant = [&](int64_t value) -> Value {
      return LLVM::ConstantOp::create(b, loc, b.getI64Type(),
                                      b.getI64IntegerAttr(value));
    };
    Value stride = constant(1);
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      Value extent = type.isDynamicDim(dim) ? getExtent(dim)
                                            : constant(type.getDimSize(dim));
      descriptor.setSize(b, loc, dim, extent);
      descriptor.setStride(b, loc, dim, stride);
      stride = LLVM::MulOp::create(b, loc, stride, extent);
    }
    return UnrealizedConversionCastOp::create(b, loc, type, Value(descriptor))
        .getResult(0);
  }

  /// Argument `index` of an array of treadle_operand, as a buffer.
  Value loadOperand(MemRefType type, Value operands, int64_t index) {
    int64_t base = index * sizeof(treadle_operand);
    Value address =
        load(pointer, operands, base + offsetof(treadle_operand, data));
    return createMemRef(type, address, [&](int64_t dim) {
      return load(b.getI64Type(), operands,
                  base + offsetof(treadle_operand, shape) +
                      dim * sizeof(int64_t));
    });
  }

  void callMeet(Value host) {
    Value meet = load(pointer, host, offsetof(treadle_host, meet));
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(b.getContext()), pointer);
    LLVM::CallOp::create(b, loc, type, ValueRange{meet, host});
  }

  OpBuilder &b;
  Location loc;
  LLVMTypeConverter converter;
  Type pointer;
};

/// Whether a loop over parallel blocks is `op` or inside of it.
bool hasParallelLoop(Operation *op) {
  return op->walk([](scf::ForallOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

bool writes(Operation &op) {
  auto effects = getEffectsRecursively(&op);
  if (!effects)
    return true;
  return llvm::any_of(*effects,
                      [](const MemoryEffects::EffectInstance &effect) {
                        return isa<MemoryEffects::Write>(effect.getEffect());
                      });
}

/// Makes a function on buffers into a body for one thread of a team, and its
/// entry point.
class EntryPointEmitter {
public:
  EntryPointEmitter(func::FuncOp function, ArrayRef<ParameterUse> parameters)
      : function(function), loc(function.getLoc()), b(function.getContext()) {
    int64_t index = 0;
    for (const ParameterUse &use : parameters) {
      firstPointers[use.name] = index;
      index += std::max<int64_t>(1, use.members);
    }
  }

  LogicalResult run();

private:
  /// The function's arguments as buffers, in the order of its inputs and
  /// outputs.
  void mapArguments(AbiBuilder &abi, IRMapping &mapping, Value inputs,
                    Value outputs);
  bool isOutput(unsigned argument);
  void emitEntry(func::FuncOp body);
  func::FuncOp emitBody();
  void distribute(Block &block);
  void replaceForall(scf::ForallOp loop);
  void replaceParameter(ParameterOp parameter);
  void numberCounters(func::FuncOp body);
  void replaceCount(CountOp count);

  func::FuncOp function;
  Location loc;
  OpBuilder b;
  llvm::StringMap<int64_t> firstPointers, firstCounters;
  CountersAttr counters; ///< Null where nothing is counted.
  memref::AllocOp arena;
  Value host, thread, threads;
};

bool EntryPointEmitter::isOutput(unsigned argument) {
  if (auto named =
          function.getArgAttrOfType<NamedAttr>(argument, kNamedAttrName))
    return named.getOutput();
  return false;
}

void EntryPointEmitter::mapArguments(AbiBuilder &abi, IRMapping &mapping,
                                     Value inputs, Value outputs) {
  int64_t numInputs = 0, numOutputs = 0;
  for (BlockArgument argument : function.getArguments()) {
    bool output = isOutput(argument.getArgNumber());
    mapping.map(argument, abi.loadOperand(cast<MemRefType>(argument.getType()),
                                          output ? outputs : inputs,
                                          output ? numOutputs++ : numInputs++));
  }
}

/// int32_t treadle_entry_NAME(treadle_host *, const treadle_operand *, const
/// treadle_operand *): asks for the arena, whose size is computed from the
/// inputs' extents, and runs the body.
void EntryPointEmitter::emitEntry(func::FuncOp body) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(body);
  Type pointer = LLVM::LLVMPointerType::get(b.getContext()),
       i32 = b.getI32Type();
  auto entry =
      func::FuncOp::create(b, loc, "treadle_entry_" + function.getName().str(),
                           b.getFunctionType({pointer, pointer, pointer}, i32));
  if (Attribute prepared = function->getAttr(kPreparedAttrName))
    entry->setAttr(kPreparedAttrName, prepared);
  if (counters)
    entry->setAttr(kCountersAttrName, counters);
  b.setInsertionPointToStart(entry.addEntryBlock());
  AbiBuilder abi(b, loc);
  Value host = entry.getArgument(0), inputs = entry.getArgument(1),
        outputs = entry.getArgument(2);
  Value ok = arith::ConstantIntOp::create(b, loc, TREADLE_CODE_OK, 32);
  Value memory;
  Value failed;
  if (arena) {
    IRMapping mapping;
    mapArguments(abi, mapping, inputs, outputs);
    for (Operation &op : function.front()) {
      if (&op == arena)
        break;
      if (!isa<memref::AllocaOp, CountOp>(op))
        b.clone(op, mapping);
    }
    Value bytes =
        arena.getDynamicSizes().empty()
            ? Value(arith::ConstantIntOp::create(
                  b, loc, arena.getType().getNumElements(), 64))
            : abi.fromIndex(mapping.lookup(arena.getDynamicSizes()[0]));
    Value reserve = abi.load(pointer, host, offsetof(treadle_host, reserve));
    auto type = LLVM::LLVMFunctionType::get(pointer, {pointer, b.getI64Type()});
    memory =
        LLVM::CallOp::create(b, loc, type, ValueRange{reserve, host, bytes})
            .getResult();
    Value null = LLVM::ZeroOp::create(b, loc, pointer);
    failed =
        LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, memory, null);
  } else {
    memory = LLVM::ZeroOp::create(b, loc, pointer);
    failed = arith::ConstantIntOp::create(b, loc, 0, 1);
  }
  Value outOfMemory =
      arith::ConstantIntOp::create(b, loc, TREADLE_CODE_OUT_OF_MEMORY, 32);
  auto branch = scf::IfOp::create(
      b, loc, failed,
      [&](OpBuilder &b, Location loc) {
        scf::YieldOp::create(b, loc, outOfMemory);
      },
      [&](OpBuilder &b, Location loc) {
        AbiBuilder abi(b, loc);
        Value count = LLVM::ConstantOp::create(
            b, loc, b.getI64Type(),
            b.getI64IntegerAttr(static_cast<int64_t>(Argument::Count)));
        Value arguments =
            LLVM::AllocaOp::create(b, loc, pointer, pointer, count);
        Value values[] = {host, inputs, outputs, memory};
        for (auto [i, value] : llvm::enumerate(values))
          LLVM::StoreOp::create(b, loc, value,
                                abi.at(arguments, i * sizeof(void *)));
        if (function->hasAttr(kPreparedAttrName)) {
          Value zero = arith::ConstantIntOp::create(b, loc, 0, 64);
          Value one = arith::ConstantIntOp::create(b, loc, 1, 64);
          func::CallOp::create(b, loc, body, ValueRange{arguments, zero, one});
        } else {
          Value code = func::ConstantOp::create(b, loc, body.getFunctionType(),
                                                body.getName());
          Value address =
              UnrealizedConversionCastOp::create(b, loc, pointer, code)
                  .getResult(0);
          Value run = abi.load(pointer, host, offsetof(treadle_host, run));
          auto type = LLVM::LLVMFunctionType::get(
              LLVM::LLVMVoidType::get(b.getContext()),
              {pointer, pointer, pointer});
          LLVM::CallOp::create(b, loc, type,
                               ValueRange{run, host, address, arguments});
        }
        scf::YieldOp::create(b, loc, ok);
      });
  func::ReturnOp::create(b, loc, branch.getResult(0));
}

/// void NAME_body(void *arguments, int64_t thread, int64_t threads): all of the
/// function, with the thread's share of each parallel loop.
func::FuncOp EntryPointEmitter::emitBody() {
  b.setInsertionPoint(function);
  Type pointer = LLVM::LLVMPointerType::get(b.getContext()),
       i64 = b.getI64Type();
  auto body = func::FuncOp::create(b, loc, function.getName().str() + "_body",
                                   b.getFunctionType({pointer, i64, i64}, {}));
  body.setPrivate();
  if (Attribute prepared = function->getAttr(kPreparedAttrName))
    body->setAttr(kPreparedAttrName, prepared);
  b.setInsertionPointToStart(body.addEntryBlock());
  AbiBuilder abi(b, loc);
  Value arguments = body.getArgument(0);
  host = abi.loadArgument(arguments, Argument::Host);
  thread = abi.toIndex(body.getArgument(1));
  threads = abi.toIndex(body.getArgument(2));
  IRMapping mapping;
  mapArguments(abi, mapping, abi.loadArgument(arguments, Argument::Inputs),
               abi.loadArgument(arguments, Argument::Outputs));
  Value memory = abi.loadArgument(arguments, Argument::Arena);
  for (Operation &op : function.front()) {
    if (&op == arena) {
      mapping.map(arena.getResult(),
                  abi.createMemRef(arena.getType(), memory, [&](int64_t) {
                    return abi.fromIndex(
                        mapping.lookup(arena.getDynamicSizes()[0]));
                  }));
      continue;
    }
    b.clone(op, mapping);
  }
  if (!function->hasAttr(kPreparedAttrName))
    distribute(body.front());
  body.walk([&](TeamSizeOp op) {
    op.replaceAllUsesWith(threads);
    op.erase();
  });
  SmallVector<ParameterOp> parameters;
  body.walk([&](ParameterOp op) { parameters.push_back(op); });
  for (ParameterOp op : parameters)
    replaceParameter(op);
  numberCounters(body);
  return body;
}

/// Divides the work of a block that all threads run: blocks of parallel loops
/// among them all, what else writes to the first.
void EntryPointEmitter::distribute(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isa<CountOp>(op)) {
      // Every thread has its own stopwatch.
    } else if (auto loop = dyn_cast<scf::ForallOp>(op)) {
      replaceForall(loop);
    } else if (hasParallelLoop(&op)) {
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          distribute(inner);
    } else if (!op.hasTrait<OpTrait::IsTerminator>() && writes(op)) {
      b.setInsertionPoint(&op);
      Value zero = arith::ConstantIndexOp::create(b, loc, 0);
      Value first =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread, zero);
      auto branch = scf::IfOp::create(b, loc, first, /*withElseRegion=*/false);
      op.moveBefore(branch.thenBlock()->getTerminator());
      b.setInsertionPointAfter(branch);
      AbiBuilder(b, loc).callMeet(host);
    }
  }
}

/// Blocks [thread * count / threads, (thread + 1) * count / threads), the last
/// dimension fastest: neighbouring blocks, which share operands, stay on one
/// thread.
void EntryPointEmitter::replaceForall(scf::ForallOp loop) {
  b.setInsertionPoint(loop);
  SmallVector<Value> extents;
  for (OpFoldResult bound : loop.getMixedUpperBound())
    extents.push_back(getValueOrCreateConstantIndexOp(b, loc, bound));
  Value one = arith::ConstantIndexOp::create(b, loc, 1), count = one;
  for (Value extent : extents)
    count = arith::MulIOp::create(b, loc, count, extent);
  auto share = [&](Value index) -> Value {
    return arith::DivUIOp::create(
        b, loc, arith::MulIOp::create(b, loc, index, count), threads);
  };
  Value first = share(thread),
        last = share(arith::AddIOp::create(b, loc, thread, one));
  auto blocks = scf::ForOp::create(b, loc, first, last, one);
  b.setInsertionPointToStart(blocks.getBody());
  Value rest = blocks.getInductionVar();
  SmallVector<Value> indices(extents.size());
  for (int64_t dim = extents.size() - 1; dim > 0; --dim) {
    indices[dim] = arith::RemUIOp::create(b, loc, rest, extents[dim]);
    rest = arith::DivUIOp::create(b, loc, rest, extents[dim]);
  }
  indices[0] = rest;
  IRMapping mapping;
  mapping.map(loop.getInductionVars(), indices);
  for (Operation &op : loop.getBody()->without_terminator())
    b.clone(op, mapping);
  b.setInsertionPointAfter(blocks);
  AbiBuilder(b, loc).callMeet(host);
  loop.erase();
}

void EntryPointEmitter::replaceParameter(ParameterOp parameter) {
  b.setInsertionPoint(parameter);
  AbiBuilder abi(b, loc);
  Value table = abi.load(abi.pointer, host, offsetof(treadle_host, parameters));
  Value index = arith::ConstantIntOp::create(
      b, loc, firstPointers.lookup(parameter.getName()), 64);
  if (Value member = parameter.getIndex())
    index = arith::AddIOp::create(b, loc, index, abi.fromIndex(member));
  Value slot = LLVM::GEPOp::create(b, loc, abi.pointer, abi.pointer, table,
                                   ArrayRef<LLVM::GEPArg>{index});
  Value address = LLVM::LoadOp::create(b, loc, abi.pointer, slot);
  parameter.replaceAllUsesWith(abi.createMemRef(
      cast<MemRefType>(parameter.getType()), address, nullptr));
  parameter.erase();
}

/// Numbers the counters by name, in the order of the text; a name with members
/// has a number for each.
void EntryPointEmitter::numberCounters(func::FuncOp body) {
  SmallVector<CountOp> counts;
  body.walk([&](CountOp op) { counts.push_back(op); });
  if (counts.empty())
    return;
  SmallVector<StringAttr> names;
  llvm::StringMap<int64_t> members;
  for (CountOp op : counts) {
    auto [entry, isNew] = members.try_emplace(op.getName(), 0);
    if (isNew)
      names.push_back(op.getNameAttr());
    entry->second =
        std::max<int64_t>(entry->second, op.getMembers().value_or(0));
  }
  SmallVector<int64_t> sizes;
  int64_t next = 0;
  for (StringAttr name : names) {
    sizes.push_back(members.lookup(name));
    firstCounters[name] = next;
    next += std::max<int64_t>(1, sizes.back());
  }
  counters = CountersAttr::get(b.getContext(), names, sizes);
  for (CountOp op : counts)
    replaceCount(op);
}

void EntryPointEmitter::replaceCount(CountOp count) {
  b.setInsertionPoint(count);
  AbiBuilder abi(b, loc);
  Value number = arith::ConstantIntOp::create(
      b, loc, firstCounters.lookup(count.getName()), 64);
  if (Value member = count.getIndex())
    number = arith::AddIOp::create(b, loc, number, abi.fromIndex(member));
  Value function = abi.load(abi.pointer, host, offsetof(treadle_host, count));
  Type i64 = b.getI64Type();
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  {abi.pointer, i64, i64, i64, i64});
  LLVM::CallOp::create(b, loc, type,
                       ValueRange{function, host, abi.fromIndex(thread), number,
                                  abi.fromIndex(count.getOperations()),
                                  abi.fromIndex(count.getBytes())});
  count.erase();
}

LogicalResult EntryPointEmitter::run() {
  if (function.getNumResults() != 0 ||
      !llvm::hasSingleElement(function.getBody()))
    return function.emitError(
        "expects a function of one block without results");
  for (Type type : function.getArgumentTypes())
    if (auto buffer = dyn_cast<MemRefType>(type);
        !buffer || !buffer.getLayout().isIdentity() ||
        buffer.getRank() > TREADLE_MAX_RANK)
      return function.emitError()
             << "expects contiguous buffers of rank at most "
             << TREADLE_MAX_RANK << ", found " << type;
  for (auto alloc : function.front().getOps<memref::AllocOp>()) {
    if (arena)
      return alloc.emitError("expects one arena; treadle-plan-memory makes it");
    arena = alloc;
  }
  emitEntry(emitBody());
  function.erase();
  return success();
}

struct EmitEntryPointsPass
    : public treadle::impl::EmitEntryPointsPassBase<EmitEntryPointsPass> {
  void runOnOperation() override {
    SmallVector<ParameterUse> read = collectParameters(getOperation(),
                                                       /*prepared=*/false),
                              prepared = collectParameters(getOperation(),
                                                           /*prepared=*/true);
    for (auto function :
         llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (function.isExternal())
        continue;
      bool isPreparation = function->hasAttr(kPreparedAttrName);
      if (failed(EntryPointEmitter(function, isPreparation ? prepared : read)
                     .run()))
        return signalPassFailure();
    }
  }
};

} // namespace
