//===- Work.cpp - Pieces of work, and what they are called -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Work.h"

#include "AttentionTask.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace treadle;

/// The parameter that a tensor is, through changes of its shape.
static ParameterOp getParameter(Value tensor) {
  return getWhole(tensor).getDefiningOp<ParameterOp>();
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

llvm::SetVector<Value> treadle::collectReadTensors(Group &group) {
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

/// The pieces of one block, without names that are unique.
static void collectWork(Block &block, SmallVectorImpl<PieceOfWork> &pieces) {
  llvm::DenseMap<Operation *, Group> groups;
  for (Group &group : collectGroups(block))
    groups.try_emplace(group.getLast(), group);
  for (Operation &op : block) {
    if (auto found = groups.find(&op); found != groups.end()) {
      pieces.push_back({getName(found->second), found->second, {}, &op});
    } else if (auto attention = dyn_cast<AttentionOp>(op)) {
      Operation *packing = getPacking(attention);
      pieces.push_back({"attention", {}, attention, packing ? packing : &op});
    } else if (isa<PackTokensOp, UnpackTokensOp, CacheReadOp>(op)) {
      // Attention that reads and writes packed tokens moves none of them.
      bool isRead = llvm::all_of(op.getUsers(), [](Operation *user) {
        return isa<AttentionOp>(user);
      });
      auto attention = op.getOperand(0).getDefiningOp<AttentionOp>();
      if ((isRead && isa<UnpackTokensOp>(op)) ||
          (attention && getPacking(attention) == &op))
        continue;
      pieces.push_back({op.getName().stripDialect().str(), {}, {}, &op});
    }
  }
}

SmallVector<PieceOfWork> treadle::collectWork(func::FuncOp function) {
  SmallVector<PieceOfWork> pieces;
  function.walk<WalkOrder::PreOrder>([&](Block *block) {
    if (isa<func::FuncOp, scf::ForOp>(block->getParentOp()))
      ::collectWork(*block, pieces);
  });
  llvm::StringMap<int64_t> uses;
  for (PieceOfWork &piece : pieces)
    if (int64_t use = uses[piece.name]++)
      piece.name += "#" + std::to_string(use + 1);
  return pieces;
}
