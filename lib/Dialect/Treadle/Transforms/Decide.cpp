//===- Decide.cpp - What is to be done with each operation -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The cost model, such as it is: docs/Pipelines.md gives the reasons.
//
//===----------------------------------------------------------------------===//

#include "Groups.h"
#include "Tiling.h"
#include "Work.h"

#include "treadle/Dialect/Treadle/Transforms/Decisions.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"

namespace treadle {
#define GEN_PASS_DEF_DECIDEPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// Vectors in a tile's row. Two use each broadcast element twice.
static constexpr int64_t kVectorsPerRow = 2;

/// Rows of two tile registers: two of the left operand and two of the panel
/// make four products.
static constexpr int64_t kRowsOnTiles = 2 * kTileSide;

/// Rows of a register tile of so many vectors to a row: what is left when one
/// register in sixteen stays free, the `held` vectors of the panel and a
/// broadcast element are held, and the rest are accumulators. Of two vectors
/// they are 12 for AVX-512 and 6 for AVX2.
static int64_t getTileRows(TargetAttr target, int64_t vectors, int64_t held) {
  int64_t registers = target.getRegisters();
  int64_t rows = (registers - registers / 16 - held - 1) / vectors;
  return std::max<int64_t>(1, rows / 2 * 2);
}

/// The same of a product. Where pairs of bf16 are widened, vectors of both
/// elements and a mask are held: 12 rows for AVX-512 and 4 for AVX2. A vector
/// of f16 is widened as it is loaded, and takes the register of one of f32.
static int64_t getTileRows(TargetAttr target, linalg::GenericOp product) {
  bool isWidened =
      getPairDim(product) && target.getDot() == DotInstruction::None;
  return getTileRows(target, kVectorsPerRow,
                     isWidened ? 2 * kVectorsPerRow + 1 : kVectorsPerRow);
}

static unsigned getBitWidth(Value tensor) {
  return cast<ShapedType>(tensor.getType()).getElementTypeBitWidth();
}

/// Bytes of `count` elements in memory, and no less than one: what is divided
/// among rows is.
static int64_t getRowBytes(ShapedType type, int64_t count) {
  Type element = type.getElementType();
  unsigned bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
  return std::max<int64_t>(1, count * llvm::divideCeil(bits, 8));
}

/// Bytes after which addresses meet in one set of the first cache: x86 CPUs
/// grow it by ways.
static constexpr int64_t kWayBytes = 4096;

/// Tiles of a block of rows where the reduction is done in parts.
static constexpr int64_t kTilesInParts = 10;

/// What parts of a reduction are multiples of: a line of f32.
static constexpr int64_t kReductionUnit = 16;

/// Elements of a row of `extent` elements of `type` that are brought into the
/// thread's memory at a time, or 0 where rows are read where they are. A
/// quarter of the second cache holds a part of a block's rows.
static int64_t decideReduction(ShapedType type, int64_t extent,
                               int64_t tileRows, TargetAttr target) {
  int64_t rowBytes = getRowBytes(type, extent);
  bool isAliased = rowBytes % kWayBytes == 0;
  bool isLong = 8 * tileRows * rowBytes > target.getL2();
  if (!isAliased && !isLong)
    return 0;
  int64_t part =
      target.getL2() / 4 / (kTilesInParts * tileRows) / getRowBytes(type, 1);
  int64_t parts = llvm::divideCeil(extent, std::max(part, kReductionUnit));
  return llvm::alignTo(llvm::divideCeil(extent, parts), kReductionUnit);
}

/// Panels that are done with rows in the thread's memory: bringing rows there
/// is worth it for some, of which there are to be so many blocks all the same.
static int64_t decidePanels(int64_t panels, int64_t blocks, int64_t most) {
  return ShapedType::isDynamic(panels)
             ? 1
             : std::clamp<int64_t>(panels / blocks, 1, most);
}

/// Whether the target's tile registers multiply the operands of a product.
static bool areOnTiles(linalg::GenericOp product, TargetAttr target) {
  if (target.getTile() == TileUnit::None || !isProductOfPanels(product) ||
      !getPairDim(product))
    return false;
  auto left = cast<ShapedType>(product.getDpsInputs()[0].getType());
  auto right = cast<ShapedType>(product.getDpsInputs()[1].getType());
  int64_t pairs = right.getDimSize(1), width = right.getDimSize(2);
  return left.getElementType().isBF16() && right.getElementType().isBF16() &&
         !ShapedType::isDynamic(pairs) && pairs != 0 &&
         2 * pairs % kTileDepth == 0 &&
         (width == kTileSide || width == 2 * kTileSide);
}

/// Tiles of a block whose rows are made there: as many as let rows of such a
/// block, which reads all panels, be worth it.
static constexpr int64_t kTilesToMake = 8;

/// Whether blocks of a product are to make the rows of its left operand
/// themselves, from what a norm or a rounding reads: half of the second cache
/// holds enough of them, and for all panels they are made once.
static bool makesRows(Group &group, int64_t extent, int64_t tileRows,
                      TargetAttr target) {
  auto left = cast<ShapedType>(group.product.getDpsInputs()[0].getType());
  auto right = cast<ShapedType>(group.product.getDpsInputs()[1].getType());
  if (ShapedType::isDynamic(extent) || extent == 0 || right.isDynamicDim(0) ||
      !collectPrologue(group))
    return false;
  int64_t most = kTilesToMake * tileRows;
  if (!left.isDynamicDim(0))
    most = std::min(most, left.getDimSize(0));
  return target.getL2() / 2 / getRowBytes(left, extent) >= most;
}

/// The same on tile registers. A part of a panel that is `depth` deep fills
/// half of the first cache while all rows of a block are multiplied by it; the
/// rows come from the second, of which they fill half. Their lines are read
/// whole and once for each panel, so rows that meet in one set of the first
/// cache do no harm. Rows of which too few fit are brought there in parts.
static ProductAttr decideProductOnTiles(Group &group, TargetAttr target) {
  linalg::GenericOp product = group.product;
  constexpr int64_t mostRows = 512, manyRows = 256, fewRows = 128,
                    mostPanels = 8;
  auto right = cast<ShapedType>(product.getDpsInputs()[1].getType());
  int64_t extent = 2 * right.getDimSize(1), width = right.getDimSize(2);
  int64_t bytes = getRowBytes(right, 1);
  auto countRows = [&](int64_t columns) {
    int64_t rows = target.getL2() / 2 / (bytes * columns);
    return std::clamp(rows / kRowsOnTiles * kRowsOnTiles, kRowsOnTiles,
                      mostRows);
  };
  int64_t most = std::max(target.getL1() / 2 / (bytes * width), kTileDepth);
  int64_t parts = llvm::divideCeil(extent, most);
  int64_t part = llvm::alignTo(llvm::divideCeil(extent, parts), kTileDepth);
  int64_t rows = countRows(extent),
          panels = decidePanels(right.getDimSize(0), mostPanels, mostPanels);
  // What is brought is worth it for more panels.
  bool isBrought = rows < fewRows || (rows <= manyRows && panels == mostPanels);
  int64_t depth = isBrought || parts == 1 ? 0 : part, reduction = 0;
  if (isBrought) {
    rows = std::min(countRows(part), manyRows);
    reduction = part;
  } else if (makesRows(group, extent, kRowsOnTiles, target)) {
    reduction = extent;
    panels = right.getDimSize(0);
  } else {
    panels = 1;
  }
  return ProductAttr::get(product.getContext(), rows, width * panels,
                          kRowsOnTiles, width, reduction, target.getTile(),
                          depth, target.getCores());
}

/// Columns of a panel beyond which it is certainly none.
static constexpr int64_t kMostColumns = 1 << 20;

/// Cores that there are certainly: a CPU that is named is not said to have more
/// than one.
static constexpr int64_t kLeastCores = 2;

/// Half of the second cache holds the rows of the left operand that a thread
/// goes over again for each panel; they are whole tiles.
static ProductAttr decideProduct(Group &group, TargetAttr target) {
  linalg::GenericOp product = group.product;
  if (areOnTiles(product, target))
    return decideProductOnTiles(group, target);
  auto left = cast<ShapedType>(product.getDpsInputs()[0].getType());
  auto right = cast<ShapedType>(product.getDpsInputs()[1].getType());
  auto result = cast<ShapedType>(product.getDpsInits()[0].getType());
  int64_t tileRows = getTileRows(target, product);
  int64_t extent = left.getShape().back();
  if (getPairDim(product)) {
    int64_t pairs = left.getShape().drop_back().back();
    extent = ShapedType::isDynamic(pairs) ? pairs : 2 * pairs;
  }
  int64_t rows = tileRows * 8, reduction = 0;
  int64_t columns = result.getShape().back(), panels = 1;
  // Columns that are no tile's are made by loops over vectors.
  if (ShapedType::isDynamic(columns) || columns == 0 || columns > kMostColumns)
    columns = kVectorsPerRow * target.getLanes(left.getElementTypeBitWidth());
  if (!ShapedType::isDynamic(extent)) {
    rows = std::clamp<int64_t>(target.getL2() / 2 / getRowBytes(left, extent),
                               tileRows, tileRows * 16) /
           tileRows * tileRows;
    if (isProductOfPanels(product))
      reduction = decideReduction(left, extent, tileRows, target);
  }
  if (makesRows(group, extent, tileRows, target)) {
    reduction = llvm::alignTo(extent, kReductionUnit);
    panels = right.getDimSize(0);
  } else if (reduction != 0) {
    rows = tileRows * kTilesInParts;
    // The sums take as much of the second cache as the rows, and where there is
    // one block of rows, each core has two blocks.
    int64_t bytes = getRowBytes(result, rows * columns);
    panels = decidePanels(right.getShape().front(),
                          2 * std::max(target.getCores(), kLeastCores),
                          std::max<int64_t>(target.getL2() / 4 / bytes, 1));
  }
  return ProductAttr::get(product.getContext(), rows, columns * panels,
                          tileRows, columns, reduction, TileUnit::None,
                          /*depth=*/0, target.getCores());
}

/// Rows that fill half of the first cache, so that the passes over a row find
/// it there.
static RowsAttr decideRows(linalg::LinalgOp root, TargetAttr target) {
  auto type = cast<ShapedType>(root->getResult(0).getType());
  int64_t width = type.getRank() > 0 ? type.getShape().back() : 1;
  int64_t rows = 1;
  if (!ShapedType::isDynamic(width) && width > 0)
    rows = std::clamp<int64_t>(target.getL1() / 2 / getRowBytes(type, width), 1,
                               16);
  return RowsAttr::get(root.getContext(), rows);
}

/// Parts that keys are split into, and the tasks below which that is done: more
/// of them than a machine is likely to have cores keep all busy by themselves.
static constexpr int64_t kSplits = 8, kFewTasks = 8;

/// Keys below which they are not worth splitting, in tiles.
static constexpr int64_t kTilesToSplit = 4 * kSplits;

/// Blocks of queries that share what is made of keys for products of pairs:
/// more would leave few tasks of short sequences.
static constexpr int64_t kBlocks = 2;

/// The same on tile registers: what is made of keys takes as long as their
/// products with four blocks.
static constexpr int64_t kBlocksOnTiles = 4;

/// The number of tasks over heads and blocks of queries, if it is known.
static std::optional<int64_t> countTasks(AttentionOpInterface op,
                                         int64_t queries) {
  int64_t tasks = 1;
  for (unsigned dim = 0; dim <= op.getQueryDim(); ++dim) {
    int64_t extent = op.getStaticExtent(dim);
    if (ShapedType::isDynamic(extent))
      return std::nullopt;
    tasks *=
        dim == op.getQueryDim() ? llvm::divideCeil(extent, queries) : extent;
  }
  return tasks;
}

/// Bytes that a task keeps of so many queries: themselves, in bf16 too, and
/// their results.
static int64_t getBytesOfQueries(AttentionOpInterface op, int64_t queries) {
  int64_t components = op.getStaticExtent(op.getComponentDim()),
          results = op.getStaticExtent(op.getValueDim());
  if (ShapedType::isDynamic(components) || ShapedType::isDynamic(results))
    return 1;
  return std::max<int64_t>(1, queries * (6 * components + 4 * results));
}

/// Keys of a tile: its scores stay in the first two caches.
static constexpr int64_t kKeysOfTile = 128;

/// Lanes of the narrowest vector that there are instructions for.
static constexpr int64_t kLeastLanes = 4;

/// Queries fill two vectors, or one where it holds all of them, of which no
/// more is taken than is needed. Keys of one tile or less are done at once, and
/// those that few tasks share are split.
static AttentionPlanAttr decideAttention(AttentionOp op, TargetAttr target,
                                         AttentionChoice choice,
                                         Precision precision) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  int64_t lanes = target.getLanes(getBitWidth(op.getQueries()));
  int64_t known = iface.getStaticExtent(op.getQueryDim());
  bool areFew = !ShapedType::isDynamic(known) && known <= lanes;
  int64_t vectors = areFew ? 1 : kVectorsPerRow, queries = vectors * lanes;
  while (areFew && 2 * known <= queries && queries > kLeastLanes)
    queries /= 2;
  // A vector is then read for each query, and not each element: keys come from
  // memory as fast as it is.
  int64_t keys = queries < lanes ? kKeysOfTile / 2 : kKeysOfTile;
  Strategy strategy = Strategy::Online;
  if (choice == AttentionChoice::Automatic) {
    int64_t extent = iface.getStaticExtent(op.getKeyDim());
    bool isKnown = !ShapedType::isDynamic(extent);
    std::optional<int64_t> tasks = countTasks(iface, queries);
    if (isKnown && extent <= kKeysOfTile)
      strategy = Strategy::Rows;
    else if (isKnown && extent >= kTilesToSplit * kKeysOfTile && tasks &&
             *tasks < kFewTasks)
      strategy = Strategy::Split;
  } else {
    strategy = choice == AttentionChoice::Online  ? Strategy::Online
               : choice == AttentionChoice::Rows  ? Strategy::Rows
               : choice == AttentionChoice::Split ? Strategy::Split
                                                  : Strategy::Decomposed;
  }
  // Rounding pays where there is an instruction for what it makes, and more
  // than a vector of queries for which it is done once. Tiles are so much
  // faster that it pays for one, too.
  TileUnit unit = target.getTile();
  bool pays = unit != TileUnit::None
                  ? queries >= lanes
                  : target.getDot() != DotInstruction::None && !areFew;
  // Queries of other floats were not widened yet.
  bool isWide = getElementTypeOrSelf(op.getQueries()).isF32();
  if (precision == Precision::F16 || !pays || !isWide ||
      strategy == Strategy::Decomposed)
    precision = Precision::F32;
  if (precision == Precision::F32)
    unit = TileUnit::None;
  int64_t blocks = 1, tileRows = getTileRows(target, vectors, vectors);
  if (unit != TileUnit::None)
    tileRows = kRowsOnTiles;
  if (precision == Precision::BF16)
    blocks = unit != TileUnit::None ? kBlocksOnTiles : kBlocks;
  if (!ShapedType::isDynamic(known))
    blocks = std::clamp<int64_t>(llvm::divideCeil(known, queries), 1, blocks);
  blocks = std::clamp<int64_t>(
      target.getL2() / 2 / getBytesOfQueries(iface, queries), 1, blocks);
  return AttentionPlanAttr::get(
      op.getContext(), strategy, queries, keys, tileRows,
      strategy == Strategy::Split ? kSplits : 1, precision, blocks, unit);
}

namespace {
struct DecidePass : public treadle::impl::DecidePassBase<DecidePass> {
  using DecidePassBase::DecidePassBase;

  void runOnOperation() override {
    auto target = getOperation()->getAttrOfType<TargetAttr>(kTargetAttrName);
    if (!target) {
      getOperation().emitError(
          "expects a 'treadle.target'; treadle-set-target gives one");
      return signalPassFailure();
    }
    auto said =
        getOperation()->getAttrOfType<PrecisionAttr>(kPrecisionAttrName);
    Precision precision = said ? said.getValue() : Precision::F32;
    if (failed(verifyDecisions(getOperation())))
      return signalPassFailure();
    applyDecisions(getOperation());
    llvm::DenseSet<Operation *> given;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function->hasAttr(kPreparedAttrName))
        continue;
      if (remarks)
        for (PieceOfWork &piece : collectWork(function))
          if (hasDecision(piece))
            given.insert(piece.getCarrier());
      function.walk([&](AttentionOp op) {
        if (!op.getPlanAttr())
          op.setPlanAttr(decideAttention(op, target, attention, precision));
      });
      // Products first: whether they make rows themselves decides what is left
      // for groups of rows.
      function.walk([&](Block *block) {
        for (Group &group : collectGroups(*block))
          if (group.product && !group.product->hasAttr(kLoweringAttrName))
            group.product->setAttr(kLoweringAttrName,
                                   decideProduct(group, target));
      });
      function.walk([&](Block *block) {
        for (Group &group : collectGroups(*block)) {
          if (!group.product && !group.root->hasAttr(kLoweringAttrName))
            group.root->setAttr(kLoweringAttrName,
                                decideRows(group.root, target));
        }
      });
      if (remarks)
        for (PieceOfWork &piece : collectWork(function))
          if (hasDecision(piece))
            piece.last->emitRemark()
                << function.getName() << ": "
                << explainDecision(piece, target,
                                   given.contains(piece.getCarrier()));
    }
  }
};
} // namespace
