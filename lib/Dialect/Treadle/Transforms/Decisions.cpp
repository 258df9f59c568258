//===- Decisions.cpp - Decisions by the names of work -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Decisions.h"

#include "Tiling.h"
#include "Work.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace treadle;

/// The entry point of a name; null when there is none.
static func::FuncOp findEntryPoint(ModuleOp module, StringRef name) {
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function || function.isExternal() ||
      function->hasAttr(kPreparedAttrName))
    return {};
  return function;
}

static Attribute getDecision(PieceOfWork &piece) {
  if (piece.attention)
    return piece.attention.getPlanAttr();
  Operation *carrier = piece.getCarrier();
  return carrier ? carrier->getAttr(kLoweringAttrName) : Attribute();
}

bool treadle::hasDecision(PieceOfWork &piece) {
  return static_cast<bool>(getDecision(piece));
}

static std::string formatShape(Value tensor) {
  std::string text;
  for (int64_t extent : cast<ShapedType>(tensor.getType()).getShape())
    text += (text.empty() ? "" : " x ") +
            (ShapedType::isDynamic(extent) ? "?" : std::to_string(extent));
  return text;
}

static std::string formatBytes(int64_t bytes) {
  return bytes % 1024 ? std::to_string(bytes) + " bytes"
                      : std::to_string(bytes / 1024) + " KiB";
}

/// Bytes of a row of a tensor; nothing when they are not known.
static std::optional<int64_t> getRowBytes(Value tensor) {
  auto type = cast<ShapedType>(tensor.getType());
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  for (int64_t extent : type.getShape().drop_front()) {
    if (ShapedType::isDynamic(extent))
      return std::nullopt;
    bytes *= extent;
  }
  return bytes;
}

static std::string explain(Group &group, ProductAttr decision,
                           TargetAttr target) {
  Value left = group.product.getDpsInputs()[0];
  bool isOnTiles = decision.getUnit() != TileUnit::None;
  std::string text =
      isOnTiles
          ? "sums are in tile registers; "
          : std::to_string(decision.getTileRows()) + " x " +
                std::to_string(decision.getTileColumns()) +
                " accumulators are " +
                std::to_string(llvm::divideCeil(decision.getTileRows() *
                                                    decision.getTileColumns(),
                                                target.getLanes(32))) +
                " of " + std::to_string(target.getRegisters()) + " registers; ";
  std::optional<int64_t> bytes = getRowBytes(left);
  if (!bytes)
    text += "rows of unknown length";
  else if (group.prologue)
    text += std::to_string(decision.getBlockRows()) + " rows, which are " +
            formatBytes(decision.getBlockRows() * *bytes) + ", of " +
            formatBytes(target.getL2()) +
            " of L2, are made in a block for all of its panels";
  else if (int64_t part = decision.getReduction())
    text += "rows are copied in parts of " + std::to_string(part) +
            ", as they are " + formatBytes(*bytes) + " long" +
            (*bytes % 4096 == 0 ? ", which meet in one set of the first cache"
                                : "");
  else
    text += std::to_string(decision.getBlockRows()) + " rows are " +
            formatBytes(decision.getBlockRows() * *bytes) + ", of " +
            formatBytes(target.getL2()) + " of L2";
  if (decision.getThreads() > 1)
    text += "; rows are shared by " + std::to_string(decision.getThreads()) +
            " threads";
  return text;
}

static std::string explain(Group &group, RowsAttr decision, TargetAttr target) {
  auto type = cast<ShapedType>(group.root.getDpsInits()[0].getType());
  int64_t width = type.getRank() ? type.getShape().back() : 1;
  if (ShapedType::isDynamic(width))
    return "rows of unknown length";
  int64_t bytes = width * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  return std::to_string(decision.getBlock()) + " rows are " +
         formatBytes(decision.getBlock() * bytes) + ", of " +
         formatBytes(target.getL1()) + " of L1";
}

static std::string explain(AttentionOp op, AttentionPlanAttr plan,
                           TargetAttr target) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  auto count = [&](unsigned dim, StringRef what) {
    int64_t extent = iface.getStaticExtent(dim);
    return (ShapedType::isDynamic(extent) ? "an unknown number of "
                                          : std::to_string(extent) + " ") +
           what.str();
  };
  bool isOnTiles = plan.getUnit() != TileUnit::None;
  return (isOnTiles ? "products are in tile registers; " : "") +
         count(iface.getQueryDim(), "queries") + " are lanes of " +
         std::to_string(plan.getQueries() / target.getLanes(32)) +
         " vectors; " + count(iface.getKeyDim(), "keys") +
         (plan.getStrategy() == Strategy::Rows    ? " at once"
          : plan.getStrategy() == Strategy::Split ? ", and few tasks"
          : plan.getStrategy() == Strategy::Decomposed
              ? ", as was asked for"
              : " in tiles of " + std::to_string(plan.getKeys()));
}

std::string treadle::explainDecision(PieceOfWork &piece, TargetAttr target,
                                     bool given) {
  Attribute decision = getDecision(piece);
  std::string text = piece.name;
  if (piece.group && piece.group->product)
    text += ", " + formatShape(piece.group->product.getDpsInputs()[0]) +
            " by " + formatShape(piece.group->product.getDpsInputs()[1]);
  llvm::raw_string_ostream(text) << ": " << decision << ": ";
  if (given)
    return text + "given";
  if (piece.attention)
    return text +
           explain(piece.attention, piece.attention.getPlanAttr(), target);
  if (auto product = dyn_cast<ProductAttr>(decision))
    return text + explain(*piece.group, product, target);
  return text + explain(*piece.group, cast<RowsAttr>(decision), target);
}

SmallVector<DecisionAttr> treadle::collectDecisions(ModuleOp module) {
  SmallVector<DecisionAttr> decisions;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!findEntryPoint(module, function.getName()))
      continue;
    for (PieceOfWork &piece : collectWork(function))
      if (Attribute decision = getDecision(piece))
        decisions.push_back(DecisionAttr::get(
            module.getContext(), function.getNameAttr(),
            StringAttr::get(module.getContext(), piece.name), decision));
  }
  return decisions;
}

static constexpr StringLiteral kNoUnit =
    "the target has no such tile registers";

/// Why a piece cannot be done as a product's attribute says; empty when it can.
static StringRef getObjection(Group &group, ProductAttr decision,
                              TargetAttr target) {
  auto type = cast<ShapedType>(group.product.getDpsInits()[0].getType());
  int64_t columns = type.getShape().back();
  if (!ShapedType::isDynamic(columns) && columns != decision.getTileColumns())
    return "a tile's columns are not those of a panel";
  if (decision.getBlockColumns() % decision.getTileColumns() != 0)
    return "a block's columns are no whole panels";
  bool inParts = decision.getReduction() != 0 ||
                 decision.getBlockColumns() > decision.getTileColumns();
  if (inParts && !isProductOfPanels(group.product))
    return "a product that has no panels takes one at a time";
  if (decision.getUnit() != TileUnit::None &&
      (!getElementTypeOrSelf(group.product.getDpsInputs()[0]).isBF16() ||
       !getPairDim(group.product)))
    return "tile registers multiply pairs of bf16";
  if (decision.getUnit() != TileUnit::None &&
      decision.getUnit() != target.getTile())
    return kNoUnit;
  if (getPairDim(group.product) && decision.getReduction() % 2 != 0)
    return "the part of a reduction cuts a pair in two";
  return "";
}

static StringRef getObjection(AttentionOp attention, AttentionPlanAttr plan,
                              TargetAttr target) {
  if (plan.getQueries() % target.getLanes(32) != 0)
    return "queries are no whole vectors";
  if (plan.getUnit() != TileUnit::None && plan.getUnit() != target.getTile())
    return kNoUnit;
  return getStrategyObjection(attention, plan.getStrategy());
}

static StringRef getObjection(PieceOfWork &piece, Attribute decision,
                              TargetAttr target) {
  if (piece.attention) {
    auto plan = dyn_cast<AttentionPlanAttr>(decision);
    return plan ? getObjection(piece.attention, plan, target)
                : "attention takes a #treadle.attention_plan";
  }
  if (!piece.group)
    return "nothing is decided of what moves tokens";
  if (!piece.group->product)
    return isa<RowsAttr>(decision) ? "" : "it takes #treadle.rows";
  auto product = dyn_cast<ProductAttr>(decision);
  return product ? getObjection(*piece.group, product, target)
                 : "a product takes a #treadle.product";
}

/// Calls `visit` with each decision and the piece that it names, or with null.
static LogicalResult forEachDecision(
    ModuleOp module,
    function_ref<LogicalResult(DecisionAttr, PieceOfWork *)> visit) {
  auto decisions = module->getAttrOfType<ArrayAttr>(kDecisionsAttrName);
  if (!decisions)
    return success();
  llvm::StringMap<SmallVector<PieceOfWork>> pieces;
  for (auto decision : decisions.getAsRange<DecisionAttr>()) {
    StringRef name = decision.getFunction().getValue();
    auto [found, isNew] = pieces.try_emplace(name);
    if (auto function = findEntryPoint(module, name); function && isNew)
      found->second = collectWork(function);
    auto *piece = llvm::find_if(found->second, [&](PieceOfWork &piece) {
      return piece.name == decision.getWork().getValue();
    });
    if (failed(visit(decision, piece == found->second.end() ? nullptr : piece)))
      return failure();
  }
  return success();
}

LogicalResult treadle::verifyDecisions(ModuleOp module) {
  auto target = module->getAttrOfType<TargetAttr>(kTargetAttrName);
  return forEachDecision(
      module, [&](DecisionAttr decision, PieceOfWork *piece) -> LogicalResult {
        if (!piece)
          return module.emitError()
                 << "a decision is about " << decision.getWork() << " of "
                 << decision.getFunction() << ", which the model does not have";
        StringRef objection =
            getObjection(*piece, decision.getLowering(), target);
        if (objection.empty())
          return success();
        return module.emitError()
               << "the decision " << decision.getLowering() << " does not fit "
               << decision.getWork() << " of " << decision.getFunction() << ": "
               << objection;
      });
}

LogicalResult treadle::verifyStrategy(ModuleOp module, Strategy strategy) {
  llvm::StringSet<> given;
  auto getKey = [](StringRef function, StringRef work) {
    return (function + "\n" + work).str();
  };
  (void)forEachDecision(module, [&](DecisionAttr decision, PieceOfWork *) {
    given.insert(getKey(decision.getFunction(), decision.getWork()));
    return success();
  });
  bool fits = true;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function->hasAttr(kPreparedAttrName))
      continue;
    for (PieceOfWork &piece : collectWork(function)) {
      if (!piece.attention || hasDecision(piece) ||
          given.contains(getKey(function.getName(), piece.name)))
        continue;
      StringRef objection = getStrategyObjection(piece.attention, strategy);
      if (objection.empty())
        continue;
      emitError(piece.attention.getLoc(), "the strategy '")
          << stringifyStrategy(strategy) << "' does not fit \"" << piece.name
          << "\" of \"" << function.getName() << "\": " << objection;
      fits = false;
    }
  }
  return success(fits);
}

void treadle::applyDecisions(ModuleOp module) {
  (void)forEachDecision(module, [](DecisionAttr decision, PieceOfWork *piece) {
    if (getDecision(*piece))
      return success();
    if (piece->attention)
      piece->attention.setPlanAttr(
          cast<AttentionPlanAttr>(decision.getLowering()));
    else
      piece->getCarrier()->setAttr(kLoweringAttrName, decision.getLowering());
    return success();
  });
  module->removeAttr(kDecisionsAttrName);
}
