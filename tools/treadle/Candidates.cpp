//===- Candidates.cpp - Other ways to do pieces of work -------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Candidates.h"

#include "mlir/AsmParser/AsmParser.h"

#include <algorithm>

using namespace treadle;
using mlir::Attribute;
using Variants = std::vector<Attribute>;

/// Blocks smaller and larger, of more panels, as many as there need be, tiles
/// of fewer rows, and other parts of a reduction that is done in parts.
static Variants getVariants(ProductAttr product, bool hasPanels) {
  Variants variants;
  int64_t depth = product.getDepth();
  auto add = [&](int64_t rows, int64_t columns, int64_t tileRows,
                 int64_t reduction) {
    rows = std::max(tileRows, rows / tileRows * tileRows);
    variants.push_back(ProductAttr::get(
        product.getContext(), rows, columns, tileRows, product.getTileColumns(),
        reduction, product.getUnit(), depth, product.getThreads()));
  };
  int64_t rows = product.getBlockRows(), columns = product.getBlockColumns(),
          tileRows = product.getTileRows(), reduction = product.getReduction();
  add(rows / 2, columns, tileRows, reduction);
  add(rows / 4, columns, tileRows, reduction);
  add(2 * rows, columns, tileRows, reduction);
  if (product.getThreads() > 1)
    variants.push_back(ProductAttr::get(
        product.getContext(), rows, columns, tileRows, product.getTileColumns(),
        reduction, product.getUnit(), product.getDepth(), /*threads=*/1));
  // Registers of tiles are of one size.
  if (tileRows > 4 && product.getUnit() == TileUnit::None)
    add(rows, columns, tileRows - 4, reduction);
  if (hasPanels) {
    add(rows, 2 * columns, tileRows, reduction);
    add(rows / 2, 4 * columns, tileRows, reduction);
  }
  if (reduction != 0) {
    add(rows, columns, tileRows, 0);
    // A multiple of a cache line's elements.
    add(rows, columns, tileRows, std::max<int64_t>(32, reduction / 64 * 32));
  }
  // More of a panel for all rows, or less; one that is deeper than the panel
  // comes out as all of it.
  if (int64_t whole = depth) {
    for (int64_t other : {std::max<int64_t>(32, whole / 64 * 32), 2 * whole}) {
      depth = other;
      add(rows, columns, tileRows, reduction);
    }
  }
  return variants;
}

static Variants getVariants(RowsAttr rows) {
  Variants variants;
  for (int64_t block : {rows.getBlock() / 4, rows.getBlock() / 2,
                        2 * rows.getBlock(), 4 * rows.getBlock()})
    variants.push_back(
        RowsAttr::get(rows.getContext(), std::max<int64_t>(1, block)));
  return variants;
}

/// Other tiles of keys, one vector of queries or two, more or fewer blocks that
/// share keys, and scores as a tensor of their own. The precision stays: it is
/// no matter of speed alone.
static Variants getVariants(AttentionPlanAttr plan) {
  Variants variants;
  Precision precision = plan.getPrecision();
  auto add = [&](Strategy strategy, int64_t queries, int64_t keys,
                 int64_t tileRows, int64_t blocks) {
    // Half of the least tile of keys is none.
    if (keys == 0 || (plan.getUnit() != TileUnit::None && keys % 32 != 0))
      return;
    int64_t splits = strategy == Strategy::Split ? plan.getSplits() : 1;
    variants.push_back(AttentionPlanAttr::get(
        plan.getContext(), strategy, queries, keys, tileRows, splits, precision,
        blocks, plan.getUnit()));
  };
  Strategy strategy = plan.getStrategy();
  int64_t queries = plan.getQueries(), keys = plan.getKeys(),
          tileRows = plan.getTileRows(), blocks = plan.getBlocks();
  if (strategy != Strategy::Rows && strategy != Strategy::Decomposed) {
    add(strategy, queries, keys / 2, tileRows, blocks);
    add(strategy, queries, 2 * keys, tileRows, blocks);
  }
  if (precision == Precision::BF16) {
    add(strategy, queries, keys, tileRows, 2 * blocks);
    if (blocks > 1)
      add(strategy, queries, keys, tileRows, blocks / 2);
    return variants;
  }
  // Half of the accumulators in a row leave registers for twice the rows.
  if (queries % 32 == 0 && tileRows <= 16)
    add(strategy, queries / 2, keys, 2 * tileRows, blocks);
  if (strategy != Strategy::Decomposed)
    add(Strategy::Decomposed, queries, keys, tileRows, blocks);
  return variants;
}

static Variants getVariants(DecisionAttr decision) {
  Attribute lowering = decision.getLowering();
  if (auto plan = llvm::dyn_cast<AttentionPlanAttr>(lowering))
    return getVariants(plan);
  if (auto rows = llvm::dyn_cast<RowsAttr>(lowering))
    return getVariants(rows);
  // What multiplies no parameter has none that lie in panels.
  return getVariants(llvm::cast<ProductAttr>(lowering),
                     !decision.getWork().getValue().starts_with("product"));
}

CandidateList::CandidateList(const std::vector<std::string> &texts)
    : context(std::make_unique<mlir::MLIRContext>(
          mlir::MLIRContext::Threading::DISABLED)) {
  context->loadDialect<TreadleDialect>();
  for (const std::string &text : texts)
    standard.push_back(
        llvm::cast<DecisionAttr>(mlir::parseAttribute(text, context.get())));
}

void CandidateList::restrictTo(llvm::StringRef entryPoint) {
  llvm::erase_if(standard, [&](DecisionAttr decision) {
    return decision.getFunction().getValue() != entryPoint;
  });
  sets.clear();
  for (DecisionAttr decision : standard) {
    Variants variants = getVariants(decision);
    // Two that come out alike are one.
    llvm::erase(variants, decision.getLowering());
    Variants distinct;
    for (Attribute variant : variants)
      if (!llvm::is_contained(distinct, variant))
        distinct.push_back(variant);
    for (auto [i, variant] : llvm::enumerate(distinct)) {
      if (i == sets.size())
        sets.emplace_back();
      sets[i].push_back(DecisionAttr::get(context.get(), decision.getFunction(),
                                          decision.getWork(), variant));
    }
  }
}
