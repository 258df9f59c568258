//===- VectorizeTiles.cpp - Matrix products on tile registers -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step multiplies two tiles of the left operand, 16 rows by 16 pairs each, by
// two of the panel, 16 pairs by 16 columns, and adds to four tiles of sums,
// which the loop over the reduction carries. All tiles have 16 rows of 64
// bytes: tile registers are configured once a function, and a register of
// another shape would be one less for these.
//
// So rows that do not fill a tile are copied into one in the thread's memory,
// unless there is room for those that are missing behind them. What lies there
// is whatever it is: a row of sums is made of one row of factors.
//
// A right operand has panels, or, in attention, is one: then neither it nor the
// sums have that dimension.
//
//===----------------------------------------------------------------------===//

#include "Groups.h"
#include "Tiling.h"
#include "Vectorization.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace treadle;

/// What the extent of a buffer's dimension is known to be a multiple of:
/// itself, if it is known.
static int64_t getFactor(Value buffer, int64_t dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  auto part = buffer.getDefiningOp<memref::SubViewOp>();
  if (!part || part.getSourceType().getRank() != type.getRank())
    return 1;
  auto size = dyn_cast<Value>(part.getMixedSizes()[dim]);
  auto product = size ? size.getDefiningOp<arith::MulIOp>() : arith::MulIOp();
  if (!product)
    return 1;
  for (Value factor : product->getOperands())
    if (std::optional<int64_t> known = getConstantIntValue(factor))
      return *known;
  return 1;
}

/// Whether a buffer is the first rows of one in which they fill tiles.
static bool hasRoomForTiles(Value buffer) {
  auto part = buffer.getDefiningOp<memref::SubViewOp>();
  if (!part || part.getSourceType().getRank() != part.getType().getRank() ||
      !llvm::all_of(part.getMixedOffsets(), isZeroInteger))
    return false;
  int64_t rows = part.getType().getDimSize(0),
          all = part.getSourceType().getDimSize(0);
  return !ShapedType::isDynamic(rows) && !ShapedType::isDynamic(all) &&
         all % kTileSide == 0 && all >= rows;
}

namespace {

/// Emits the loops of one product of panels: left [rows, k], right [panels,
/// pairs of k, pairs of columns], sums [rows, panels, columns].
class TileEmitter {
public:
  TileEmitter(OpBuilder &b, linalg::GenericOp op, int64_t mostPairs)
      : b(b), loc(op.getLoc()), left(join(op.getDpsInputs()[0])),
        right(join(op.getDpsInputs()[1])), sums(op.getDpsInits()[0]),
        mostPairs(mostPairs), rowFactor(getFactor(sums, 0)),
        columns(cast<MemRefType>(sums.getType()).getShape().back()),
        hasPanels(cast<MemRefType>(sums.getType()).getRank() == 3),
        hasRoom(hasRoomForTiles(op.getDpsInputs()[0])),
        pairs(getExtent(op.getDpsInputs()[1], hasPanels ? 1 : 0)),
        factorType(
            amx::TileType::get({kTileSide, kTileDepth}, b.getBF16Type())),
        sumType(amx::TileType::get({kTileSide, kTileSide}, b.getF32Type())) {}

  /// A tile is so many registers high. All rows are multiplied by `depth`
  /// elements of the reduction before the next.
  void emit(int64_t registers, int64_t depth, bool startsAtZero);

private:
  /// Rows of factors from `row` on, and the first of the places of their sums.
  struct Rows {
    Value factors, row, sums;
    SmallVector<Value> place;
  };

  Value join(Value buffer) {
    return memref::CollapseShapeOp::create(b, loc, buffer,
                                           getPairReassociation(buffer));
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value value, int64_t offset) {
    return b.createOrFold<arith::AddIOp>(loc, value, constant(offset));
  }
  Value getExtent(Value buffer, int64_t dim) {
    return getValueOrCreateConstantIndexOp(
        b, loc, memref::getMixedSize(b, loc, buffer, dim));
  }
  /// Indices with that of the panel, if there are panels, at `position`.
  SmallVector<Value> addPanel(ArrayRef<Value> indices, unsigned position) {
    SmallVector<Value> all(indices);
    if (hasPanels)
      all.insert(all.begin() + position, panel);
    return all;
  }
  /// Makes a loop and goes into it, until its guard ends.
  Value enterLoop(Value first, Value last, int64_t step) {
    auto loop = scf::ForOp::create(b, loc, first, last, constant(step));
    b.setInsertionPointToStart(loop.getBody());
    return loop.getInductionVar();
  }
  /// The end of the whole tiles of `size` rows in [first, last).
  Value getEndOfTiles(Value first, Value last, int64_t size) {
    Value count = arith::DivUIOp::create(
        b, loc, arith::SubIOp::create(b, loc, last, first), constant(size));
    return arith::AddIOp::create(
        b, loc, first, arith::MulIOp::create(b, loc, count, constant(size)));
  }
  /// Copies rows of `extent` elements of the last dimension.
  void copyRows(Value from, ValueRange fromPlace, Value to, ValueRange toPlace,
                Value count, Value extent, int64_t lanes);
  void emitTile(const Rows &rows, int64_t registers, Value first, Value last,
                bool startsAtZero);
  /// Asks for some of what lies `length` pairs further on: the next part of the
  /// panel, or the next panel. Each tile of rows has lines of its own, and with
  /// as many tiles as a register has rows, all are asked for. Behind the last
  /// panel that is no fault.
  void prefetch(Value tile, Value pair, Value length);
  /// Copies what fills no tile, for all panels.
  void copyRestOfRows();
  /// All rows, for the pairs from `first` to `last`.
  void emitPart(int64_t registers, Value first, Value last, bool startsAtZero);

  OpBuilder &b;
  Location loc;
  Value left, right, sums;
  int64_t mostPairs;
  int64_t rowFactor; ///< The number of rows is a multiple of it.
  int64_t columns;
  bool hasPanels;
  bool hasRoom; ///< Whether all rows of factors may be read as tiles.
  Value pairs;  ///< Their number.
  amx::TileType factorType, sumType;
  Value panel;                 ///< Its index.
  Value restFactors, restSums; ///< A tile for rows that do not fill one.
};

} // namespace

void TileEmitter::emitTile(const Rows &rows, int64_t registers, Value first,
                           Value last, bool startsAtZero) {
  // Its rows are those of the first dimension, and not of the last but one.
  Value stride = getValueOrCreateConstantIndexOp(
      b, loc,
      memref::ExtractStridedMetadataOp::create(b, loc, rows.sums)
          .getConstifiedMixedStrides()
          .front());
  int64_t perRow = columns / kTileSide;
  auto getPlace = [&](int64_t i) {
    SmallVector<Value> place(rows.place);
    place.front() = add(place.front(), i / perRow * kTileSide);
    place.back() = add(place.back(), i % perRow * kTileSide);
    return place;
  };
  // Each has a zero of its own: one register would be copied to the others
  // through memory.
  SmallVector<Value> accumulators;
  for (int64_t i = 0; i < registers * perRow; ++i)
    accumulators.push_back(
        startsAtZero ? Value(amx::TileZeroOp::create(b, loc, sumType))
                     : Value(amx::TileLoadOp::create(b, loc, sumType, rows.sums,
                                                     getPlace(i), stride)));
  // Rows of panels in memory, and not those of an operand that was just made.
  Value tile, length;
  if (hasPanels && rows.factors == left) {
    tile = arith::DivUIOp::create(b, loc, rows.row,
                                  constant(registers * kTileSide));
    length = arith::SubIOp::create(b, loc, last, first);
  }
  auto loop = scf::ForOp::create(b, loc, first, last, constant(kTileSide),
                                 accumulators);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value pair = loop.getInductionVar();
    Value k = arith::MulIOp::create(b, loc, pair, constant(2));
    if (tile)
      prefetch(tile, pair, length);
    SmallVector<Value> lefts, rights, next;
    for (int64_t i = 0; i < registers; ++i)
      lefts.push_back(
          amx::TileLoadOp::create(b, loc, factorType, rows.factors,
                                  ValueRange{add(rows.row, i * kTileSide), k}));
    for (int64_t j = 0; j < perRow; ++j)
      rights.push_back(amx::TileLoadOp::create(
          b, loc, factorType, right,
          addPanel({pair, constant(j * kTileDepth)}, 0)));
    for (auto [i, sum] : llvm::enumerate(loop.getRegionIterArgs()))
      next.push_back(amx::TileMulFOp::create(b, loc, sumType, lefts[i / perRow],
                                             rights[i % perRow], sum));
    scf::YieldOp::create(b, loc, next);
  }
  for (auto [i, sum] : llvm::enumerate(loop.getResults()))
    amx::TileStoreOp::create(b, loc, rows.sums, getPlace(i), sum, stride);
}

void TileEmitter::prefetch(Value tile, Value pair, Value length) {
  Value ahead = arith::AddIOp::create(b, loc, pair, length);
  ahead = arith::AddIOp::create(b, loc, ahead, tile);
  for (int64_t i = 0; i < columns / kTileSide; ++i)
    memref::PrefetchOp::create(
        b, loc, right, addPanel({ahead, constant(i * kTileDepth)}, 0),
        /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
}

void TileEmitter::copyRows(Value from, ValueRange fromPlace, Value to,
                           ValueRange toPlace, Value count, Value extent,
                           int64_t lanes) {
  OpBuilder::InsertionGuard guard(b);
  Value row = enterLoop(constant(0), count, 1);
  Value element = enterLoop(constant(0), extent, lanes);
  auto getPlace = [&](ValueRange origin) {
    SmallVector<Value> place(origin);
    place.front() = arith::AddIOp::create(b, loc, place.front(), row);
    place.back() = arith::AddIOp::create(b, loc, place.back(), element);
    return place;
  };
  auto type =
      VectorType::get(lanes, cast<MemRefType>(from.getType()).getElementType());
  Value vector =
      vector::LoadOp::create(b, loc, type, from, getPlace(fromPlace));
  vector::StoreOp::create(b, loc, vector, to, getPlace(toPlace));
}

void TileEmitter::emitPart(int64_t registers, Value first, Value last,
                           bool startsAtZero) {
  Value zero = constant(0), end = getExtent(sums, 0), row = zero;
  for (; registers >= 1; --registers) {
    int64_t size = registers * kTileSide;
    bool isLast = rowFactor % size == 0;
    Value next = isLast ? end : getEndOfTiles(row, end, size);
    OpBuilder::InsertionGuard guard(b);
    Value at = enterLoop(row, next, size);
    emitTile({left, at, sums, addPanel({at, zero}, 1)}, registers, first, last,
             startsAtZero);
    if (isLast)
      return;
    row = next;
  }
  // Once or not at all.
  OpBuilder::InsertionGuard guard(b);
  row = enterLoop(row, end, kTileSide);
  Value count = arith::SubIOp::create(b, loc, end, row);
  SmallVector<Value> place = addPanel({row, zero}, 1),
                     origin(place.size(), zero);
  if (!startsAtZero)
    copyRows(sums, place, restSums, origin, count, constant(columns),
             kTileSide);
  emitTile(
      {hasRoom ? left : restFactors, hasRoom ? row : zero, restSums, origin}, 1,
      first, last, startsAtZero);
  copyRows(restSums, origin, sums, place, count, constant(columns), kTileSide);
}

void TileEmitter::copyRestOfRows() {
  SmallVector<int64_t> shape = {kTileSide, columns};
  if (hasPanels)
    shape.insert(shape.begin() + 1, 1);
  restSums =
      memref::AllocOp::create(b, loc, MemRefType::get(shape, b.getF32Type()));
  if (hasRoom)
    return;
  // A line more than the rows are long: no two begin in one set of a cache.
  restFactors = memref::AllocOp::create(
      b, loc,
      MemRefType::get({kTileSide, 2 * mostPairs + kTileDepth},
                      b.getBF16Type()));
  Value zero = constant(0), end = getExtent(sums, 0);
  Value whole = getEndOfTiles(zero, end, kTileSide);
  copyRows(left, {whole, zero}, restFactors, {zero, zero},
           arith::SubIOp::create(b, loc, end, whole), getExtent(left, 1),
           kTileDepth);
}

void TileEmitter::emit(int64_t registers, int64_t depth, bool startsAtZero) {
  if (rowFactor % kTileSide != 0)
    copyRestOfRows();
  Value zero = constant(0);
  if (hasPanels)
    panel = enterLoop(zero, getExtent(right, 0), 1);
  if (depth == 0)
    return emitPart(registers, zero, pairs, startsAtZero);
  Value first = enterLoop(zero, pairs, depth / 2);
  Value last = arith::MinSIOp::create(b, loc, add(first, depth / 2), pairs);
  emitPart(registers, first, last, startsAtZero);
}

/// The most pairs that there are to a panel's column, if they fill tiles.
static std::optional<int64_t> getTilesOfPairs(Value right, int64_t dim,
                                              ProductAttr decision) {
  auto type = cast<MemRefType>(right.getType());
  if (getFactor(right, dim) % kTileSide == 0) {
    int64_t most = type.getDimSize(dim);
    if (type.isDynamicDim(dim))
      most =
          right.getDefiningOp<memref::SubViewOp>().getSourceType().getDimSize(
              dim);
    return ShapedType::isDynamic(most) ? std::nullopt : std::optional(most);
  }
  // A part of a reduction, of which the last may be shorter.
  auto part = right.getDefiningOp<memref::SubViewOp>();
  int64_t most = decision.getReduction() / 2;
  if (!part || !type.isDynamicDim(dim) || most == 0 || most % kTileSide != 0)
    return std::nullopt;
  int64_t pairs = part.getSourceType().getDimSize(dim);
  if (ShapedType::isDynamic(pairs) || pairs % kTileSide != 0)
    return std::nullopt;
  return most;
}

/// Whether a product is of rows [m, k, 2] and one panel [k, n, 2], made as
/// [m, n].
static bool isProductOfOnePanel(linalg::GenericOp product) {
  MLIRContext *context = product.getContext();
  auto getMap = [&](ArrayRef<unsigned> dims) {
    return AffineMap::getMultiDimMapWithTargets(4, dims, context);
  };
  // (row, pair, column, half)
  return isProduct(product) &&
         llvm::equal(product.getIndexingMapsArray(),
                     ArrayRef<AffineMap>{getMap({0, 1, 3}), getMap({1, 2, 3}),
                                         getMap({0, 2})});
}

LogicalResult treadle::vectorizeProductOnTiles(RewriterBase &rewriter,
                                               linalg::GenericOp product,
                                               linalg::FillOp zeros) {
  auto decision = product->getAttrOfType<ProductAttr>(kLoweringAttrName);
  if (!decision || decision.getUnit() != TileUnit::AmxBF16)
    return rewriter.notifyMatchFailure(product,
                                       "its decision names no tile unit");
  bool hasPanels = isProductOfPanels(product);
  if ((!hasPanels && !isProductOfOnePanel(product)) || !getPairDim(product))
    return rewriter.notifyMatchFailure(product,
                                       "it is no product of panels of pairs");
  auto hasRows = [](Value buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    return type.getElementType().isBF16() &&
           memref::CollapseShapeOp::isGuaranteedCollapsible(
               type, getPairReassociation(buffer));
  };
  Value right = product.getDpsInputs()[1];
  auto sums = cast<MemRefType>(product.getDpsInits()[0].getType());
  if (!hasRows(product.getDpsInputs()[0]) || !hasRows(right) ||
      !sums.getElementType().isF32() || !sums.areTrailingDimsContiguous(1))
    return rewriter.notifyMatchFailure(
        product, "its factors are no contiguous rows of bf16, or its sums none "
                 "of f32");
  std::optional<int64_t> pairs =
      getTilesOfPairs(right, hasPanels ? 1 : 0, decision);
  if (!pairs || sums.getShape().back() != decision.getTileColumns())
    return rewriter.notifyMatchFailure(product, "its extents are not of tiles");

  // What is added in parts is added to what is there.
  int64_t depth = decision.getDepth() < 2 * *pairs ? decision.getDepth() : 0;
  bool startsAtZero = zeros && depth == 0;
  rewriter.setInsertionPoint(product);
  TileEmitter(rewriter, product, *pairs)
      .emit(decision.getTileRows() / kTileSide, depth, startsAtZero);
  rewriter.eraseOp(product);
  if (startsAtZero)
    rewriter.eraseOp(zeros);
  return success();
}
