//===- VectorizeProduct.cpp - Register tiles of matrix products -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C[m, n] += Σ_k A[m, k] B[k, n] for a tile of a few rows m and a few vectors
// of columns n: its accumulators are carried by the loop over k, which loads
// the vectors of a row of B once and broadcasts an element of A for each row
// (an outer product in each step). Rows that do not fill a tile are done in
// tiles of powers of two. Each element of C is the sum over k in order
// whichever tile it is in, so a result does not depend on where a row lies.
//
//===----------------------------------------------------------------------===//

#include "Groups.h"
#include "Tiling.h"
#include "Vectorization.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

SmallVector<ReassociationIndices> treadle::getPairReassociation(Value buffer) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim + 1 < rank; ++dim)
    groups.push_back({dim});
  groups.back().push_back(rank - 1);
  return groups;
}

/// Bits of a line of the caches.
static constexpr int64_t kLineBits = 512;

/// Tiles of rows from which on a panel of narrow elements is widened before
/// them, and not by each: to store it takes as long as widening it twice.
static constexpr int64_t kTilesToWiden = 4;

/// Bytes of the longest panel that is: a quarter of the second cache of most
/// CPUs.
static constexpr int64_t kMostWideBytes = 256 << 10;

/// Steps that one accumulator of f32 adds up, about, and at most. Its error
/// grows with their number, and other libraries, which take some hundred at a
/// time for the sake of the first cache, set the measure.
static constexpr int64_t kPartOfSum = 256, kLongSum = 384;

namespace {

/// Emits the loops of one product.
class ProductEmitter {
public:
  ProductEmitter(RewriterBase &b, linalg::GenericOp op, VectorType vector,
                 unsigned rowDim, unsigned columnDim, unsigned reducedDim,
                 bool startsAtZero, DotInstruction dot)
      : b(b), op(op), loc(op.getLoc()), vector(vector), rowDim(rowDim),
        columnDim(columnDim), reducedDim(reducedDim),
        startsAtZero(startsAtZero), dot(dot),
        ranges(cast<linalg::LinalgOp>(op.getOperation())
                   .createLoopRanges(b, op.getLoc())),
        indices(op.getNumLoops()) {}

  void emit(int64_t tileRows, int64_t vectorsPerRow);

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value getExtent(unsigned dim) {
    return getValueOrCreateConstantIndexOp(b, loc, ranges[dim].size);
  }
  /// Indices of an operand at row `row`, column `column` and step `k` of the
  /// reduction.
  SmallVector<Value> getIndices(OpOperand *operand, Value row, Value column,
                                Value k) {
    SmallVector<Value> result;
    AffineMap map = op.getMatchingIndexingMap(operand);
    for (unsigned i = 0; i < map.getNumResults(); ++i) {
      unsigned dim = map.getDimPosition(i);
      result.push_back(dim == rowDim       ? row
                       : dim == columnDim  ? column
                       : dim == reducedDim ? k
                                           : indices[dim]);
    }
    return result;
  }
  /// All rows, for one part of the reduction after the other.
  void emitParts(int64_t tileRows, int64_t vectorsPerRow);
  void emitRows(int64_t tileRows, int64_t vectorsPerRow);
  void emitTile(Value row, int64_t rows, int64_t vectorsPerRow);
  /// Stores a tile's sums, or with `adds` what the result holds and them: that
  /// is added last, once, and not to each product.
  void putSums(ValueRange sums, ArrayRef<Value> rows, ArrayRef<Value> columns,
               bool adds);
  /// Memory of the thread's for a panel as f32, [steps, columns]; null where it
  /// is that already, or where its size is too large or not known.
  Value allocateWidePanel(int64_t vectorsPerRow);
  void widenPanel(Value wide, int64_t vectorsPerRow);
  /// Where the vectors of a tile's row are along the columns.
  SmallVector<Value> getColumns(int64_t vectorsPerRow) {
    return llvm::map_to_vector(llvm::seq(vectorsPerRow), [&](int64_t j) {
      return constant(j * vector.getNumElements());
    });
  }
  /// Asks for the left operand at a row and a step, which may lie behind its
  /// end: that is no fault.
  void prefetch(Value row, Value k);
  /// What a tile of rows reads, as far further on as the operand is long: of a
  /// longer one that is gone through part by part, the next part. For the whole
  /// reduction at once where its steps are contiguous, and for one step where
  /// rows are.
  void prefetchRows(Value row, int64_t rows);
  void prefetchStep(Value row, int64_t rows, Value k);
  /// Asks, in step `k` of a tile of rows, for a piece of the panel that lies
  /// behind the right operand's: when all rows are done, all of it is near.
  /// `begin` says where the tile's share begins and how long a piece is, in
  /// steps of the panel and in columns. Only tiles of more than half of the
  /// most rows ask: one of fewer is done with a step before the next is there,
  /// and the hardware, which sees one stream, is ahead of it unless it is asked
  /// for other lines, too.
  std::pair<Value, Value> beginPanelAhead(Value row, int64_t rows);
  void prefetchPanel(std::pair<Value, Value> begin, Value k);
  bool areStepsContiguous();
  int64_t getLineElements();
  /// The panel's vectors of pairs at step `k`: a row of [columns, 2] is one of
  /// twice as many elements.
  SmallVector<Value> loadPairs(ArrayRef<Value> columns, Value k);
  /// The vectors of a row of the panel at step `k`.
  SmallVector<Value> loadColumns(ArrayRef<Value> columns, Value k);
  /// An element or a vector as f32, where it is stored narrower.
  Value widen(Value value);
  /// Where the pairs of a tile's rows are in the left operand.
  SmallVector<SmallVector<Value>> getPairPlaces(int64_t rows, Value k);
  /// Steps of the reduction that an accumulator adds up before it is added to
  /// the result, where those are not all.
  std::optional<int64_t> getPartOfSum();

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  VectorType vector;
  unsigned rowDim, columnDim, reducedDim;
  bool startsAtZero;
  DotInstruction dot;
  SmallVector<mlir::Range> ranges;
  SmallVector<Value> indices;
  std::pair<Value, Value> steps; ///< Of the reduction, that are added up now.
  int64_t mostRows = 0;          ///< Of a tile.
  Value isFirst;   ///< Whether these are the first, where there are others.
  Value pairs;     ///< The right operand, of pairs, without that dimension.
  Value widePanel; ///< What the panel was widened into, where it was.
};

SmallVector<Value> ProductEmitter::loadPairs(ArrayRef<Value> columns, Value k) {
  OpOperand *right = op.getDpsInputOperand(1);
  auto type = VectorType::get(2 * vector.getNumElements(),
                              getElementTypeOrSelf(right->get()));
  SmallVector<Value> vectors;
  for (Value column : columns) {
    Value place = arith::MulIOp::create(b, loc, column, constant(2));
    vectors.push_back(vector::LoadOp::create(
        b, loc, type, pairs,
        ValueRange(getIndices(right, {}, place, k)).drop_back()));
  }
  return vectors;
}

Value ProductEmitter::widen(Value value) {
  Type type = vector.getElementType();
  if (getElementTypeOrSelf(value) == type)
    return value;
  if (auto narrow = dyn_cast<VectorType>(value.getType()))
    type = narrow.clone(type);
  return arith::ExtFOp::create(b, loc, type, value);
}

SmallVector<Value> ProductEmitter::loadColumns(ArrayRef<Value> columns,
                                               Value k) {
  OpOperand *right = op.getDpsInputOperand(1);
  auto type =
      cast<VectorType>(vector.clone(getElementTypeOrSelf(right->get())));
  return llvm::map_to_vector(columns, [&](Value column) -> Value {
    if (widePanel)
      return vector::LoadOp::create(b, loc, vector, widePanel,
                                    ValueRange{k, column});
    return widen(vector::LoadOp::create(b, loc, type, right->get(),
                                        getIndices(right, {}, column, k)));
  });
}

Value ProductEmitter::allocateWidePanel(int64_t vectorsPerRow) {
  auto right = cast<MemRefType>(op.getDpsInputs()[1].getType());
  Type element = vector.getElementType();
  std::optional<int64_t> steps = getConstantIntValue(ranges[reducedDim].size);
  int64_t columns = vectorsPerRow * vector.getNumElements();
  if (pairs || right.getElementType() == element || !isProductOfPanels(op) ||
      !steps ||
      *steps * columns * element.getIntOrFloatBitWidth() / 8 > kMostWideBytes)
    return {};
  return memref::AllocOp::create(b, loc,
                                 MemRefType::get({*steps, columns}, element));
}

void ProductEmitter::widenPanel(Value wide, int64_t vectorsPerRow) {
  SmallVector<Value> columns = getColumns(vectorsPerRow);
  auto loop = scf::ForOp::create(b, loc, constant(0), getExtent(reducedDim),
                                 constant(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  for (auto [column, value] : llvm::zip_equal(columns, loadColumns(columns, k)))
    vector::StoreOp::create(b, loc, value, wide, ValueRange{k, column});
}

SmallVector<SmallVector<Value>> ProductEmitter::getPairPlaces(int64_t rows,
                                                              Value k) {
  OpOperand *left = op.getDpsInputOperand(0);
  SmallVector<SmallVector<Value>> places;
  for (int64_t i = 0; i < rows; ++i)
    places.push_back(getIndices(left, constant(i), {}, k));
  return places;
}

std::optional<int64_t> ProductEmitter::getPartOfSum() {
  // A factor of bf16 is farther from what it was than any sum of f32.
  if (pairs || !isProductOfPanels(op))
    return std::nullopt;
  std::optional<int64_t> extent = getConstantIntValue(ranges[reducedDim].size);
  // The last part of one that the decision cuts is shorter.
  int64_t most = extent.value_or(
      op->getAttrOfType<ProductAttr>(kLoweringAttrName).getReduction());
  if (most <= kLongSum)
    return std::nullopt;
  int64_t parts = llvm::divideNearest(most, kPartOfSum);
  return llvm::divideCeil(most, parts);
}

bool ProductEmitter::areStepsContiguous() {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
  return map.getDimPosition(map.getNumResults() - 1) == reducedDim;
}

int64_t ProductEmitter::getLineElements() {
  auto type = cast<MemRefType>(op.getDpsInputs()[0].getType());
  return kLineBits / type.getElementTypeBitWidth();
}

void ProductEmitter::prefetch(Value row, Value k) {
  OpOperand *left = op.getDpsInputOperand(0);
  memref::PrefetchOp::create(b, loc, left->get(), getIndices(left, row, {}, k),
                             /*isWrite=*/false,
                             /*localityHint=*/2, /*isDataCache=*/true);
}

void ProductEmitter::prefetchRows(Value row, int64_t rows) {
  if (!areStepsContiguous())
    return;
  OpBuilder::InsertionGuard guard(b);
  Value first = arith::AddIOp::create(b, loc, row, getExtent(rowDim));
  Value last = arith::AddIOp::create(b, loc, first, constant(rows));
  auto outer = scf::ForOp::create(b, loc, first, last, constant(1));
  b.setInsertionPointToStart(outer.getBody());
  auto inner = scf::ForOp::create(b, loc, steps.first, steps.second,
                                  constant(getLineElements()));
  b.setInsertionPointToStart(inner.getBody());
  prefetch(outer.getInductionVar(), inner.getInductionVar());
}

void ProductEmitter::prefetchStep(Value row, int64_t rows, Value k) {
  if (areStepsContiguous())
    return;
  Value step = arith::AddIOp::create(b, loc, k, getExtent(reducedDim));
  for (int64_t i = 0; i < rows; i += getLineElements())
    prefetch(arith::AddIOp::create(b, loc, row, constant(i)), step);
}

std::pair<Value, Value> ProductEmitter::beginPanelAhead(Value row,
                                                        int64_t rows) {
  Value all = getExtent(rowDim);
  Value share = arith::DivUIOp::create(
      b, loc, arith::MulIOp::create(b, loc, row, getExtent(reducedDim)), all);
  int64_t columns =
      cast<MemRefType>(op.getDpsInputs()[1].getType()).getDimSize(2);
  Value piece =
      arith::CeilDivUIOp::create(b, loc, constant(columns * rows), all);
  return {share, piece};
}

void ProductEmitter::prefetchPanel(std::pair<Value, Value> begin, Value k) {
  OpOperand *right = op.getDpsInputOperand(1);
  Value panel = indices[op.getMatchingIndexingMap(right).getDimPosition(0)];
  auto type = cast<MemRefType>(right->get().getType());
  // (panel, step, column), and perhaps the element of a pair.
  SmallVector<Value> at(type.getRank(), constant(0));
  at[0] = arith::AddIOp::create(b, loc, panel, constant(1));
  at[1] = begin.first;
  Value column = arith::MulIOp::create(b, loc, k, begin.second);
  // A piece is a whole row of the panel at most.
  int64_t line = kLineBits / type.getElementTypeBitWidth() / (pairs ? 2 : 1);
  for (int64_t first = 0; first < type.getDimSize(2); first += line) {
    at[2] = arith::AddIOp::create(b, loc, column, constant(first));
    memref::PrefetchOp::create(b, loc, right->get(), at, /*isWrite=*/false,
                               /*localityHint=*/3, /*isDataCache=*/true);
  }
}

void ProductEmitter::emitTile(Value row, int64_t rows, int64_t vectorsPerRow) {
  OpOperand *left = op.getDpsInputOperand(0);
  SmallVector<Value> tileRows, columns = getColumns(vectorsPerRow);
  for (int64_t i = 0; i < rows; ++i)
    tileRows.push_back(
        i == 0 ? row : Value(arith::AddIOp::create(b, loc, row, constant(i))));

  // One address for all rows of the tile: twelve would not fit into registers.
  AffineMap leftMap = op.getMatchingIndexingMap(left);
  SmallVector<OpFoldResult> offsets(leftMap.getNumResults(), b.getIndexAttr(0)),
      strides(leftMap.getNumResults(), b.getIndexAttr(1)),
      sizes = memref::getMixedSizes(b, loc, left->get());
  unsigned rowPosition =
      *leftMap.getResultPosition(getAffineDimExpr(rowDim, b.getContext()));
  offsets[rowPosition] = row;
  sizes[rowPosition] = b.getIndexAttr(rows);
  Value leftRows =
      memref::SubViewOp::create(b, loc, left->get(), offsets, sizes, strides);

  // One vector uses an element once: the loop is as fast as memory is, if that
  // is asked in time. Pairs are of activations, which are in a cache.
  bool isAhead = vectorsPerRow == 1 && !pairs;
  if (isAhead)
    prefetchRows(row, rows);
  std::optional<std::pair<Value, Value>> panelAhead;
  if (isProductOfPanels(op) && 2 * rows > mostRows)
    panelAhead = beginPanelAhead(row, rows);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(vector));
  auto loop =
      scf::ForOp::create(b, loc, steps.first, steps.second, constant(1),
                         SmallVector<Value>(rows * vectorsPerRow, zero));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    if (isAhead)
      prefetchStep(row, rows, k);
    if (panelAhead)
      prefetchPanel(*panelAhead, k);
    SmallVector<Value> rightVectors, sums;
    if (pairs)
      sums = emitPairStep(b, loc, dot, leftRows, getPairPlaces(rows, k),
                          loadPairs(columns, k),
                          llvm::map_to_vector(loop.getRegionIterArgs(),
                                              [](Value sum) { return sum; }));
    else
      rightVectors = loadColumns(columns, k);
    for (int64_t i = 0; i < rows && !pairs; ++i) {
      Value element = widen(memref::LoadOp::create(
          b, loc, leftRows, getIndices(left, constant(i), {}, k)));
      Value broadcast = vector::BroadcastOp::create(b, loc, vector, element);
      for (int64_t j = 0; j < vectorsPerRow; ++j)
        sums.push_back(vector::FMAOp::create(
            b, loc, broadcast, rightVectors[j],
            loop.getRegionIterArg(i * vectorsPerRow + j)));
    }
    scf::YieldOp::create(b, loc, sums);
  }
  if (!startsAtZero || !isFirst)
    return putSums(loop.getResults(), tileRows, columns, !startsAtZero);
  auto branch = scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  putSums(loop.getResults(), tileRows, columns, /*adds=*/false);
  b.setInsertionPointToStart(branch.elseBlock());
  putSums(loop.getResults(), tileRows, columns, /*adds=*/true);
}

void ProductEmitter::putSums(ValueRange sums, ArrayRef<Value> rows,
                             ArrayRef<Value> columns, bool adds) {
  OpOperand *result = op.getDpsInitOperand(0);
  for (auto [i, sum] : llvm::enumerate(sums)) {
    SmallVector<Value> place = getIndices(result, rows[i / columns.size()],
                                          columns[i % columns.size()], {});
    Value made = sum;
    if (adds)
      made = arith::AddFOp::create(
          b, loc, vector::LoadOp::create(b, loc, vector, result->get(), place),
          sum);
    vector::StoreOp::create(b, loc, made, result->get(), place);
  }
}

void ProductEmitter::emit(int64_t tileRows, int64_t vectorsPerRow) {
  mostRows = tileRows;
  std::optional<unsigned> pairDim = getPairDim(op);
  if (pairDim) {
    Value right = op.getDpsInputs()[1];
    pairs = memref::CollapseShapeOp::create(b, loc, right,
                                            getPairReassociation(right));
  }
  Value wide = allocateWidePanel(vectorsPerRow);
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim) {
    if (dim == rowDim || dim == columnDim || dim == reducedDim ||
        dim == pairDim)
      continue;
    auto loop =
        scf::ForOp::create(b, loc, constant(0), getExtent(dim), constant(1));
    indices[dim] = loop.getInductionVar();
    b.setInsertionPointToStart(loop.getBody());
  }
  if (!wide)
    return emitParts(tileRows, vectorsPerRow);
  Value areMany = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                        getExtent(rowDim),
                                        constant(kTilesToWiden * tileRows));
  auto branch = scf::IfOp::create(b, loc, areMany, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  widenPanel(wide, vectorsPerRow);
  widePanel = wide;
  emitParts(tileRows, vectorsPerRow);
  widePanel = {};
  b.setInsertionPointToStart(branch.elseBlock());
  emitParts(tileRows, vectorsPerRow);
}

void ProductEmitter::emitParts(int64_t tileRows, int64_t vectorsPerRow) {
  Value extent = getExtent(reducedDim);
  std::optional<int64_t> part = getPartOfSum();
  steps = {constant(0), extent};
  if (!part)
    return emitRows(tileRows, vectorsPerRow);
  // All rows for a part, and not all parts for a tile of them: LLVM would hold
  // a tile's sums in registers from part to part, twice as many as there are.
  auto loop = scf::ForOp::create(b, loc, constant(0), extent, constant(*part));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  Value last = arith::AddIOp::create(b, loc, first, constant(*part));
  if (std::optional<int64_t> known = getConstantIntValue(extent);
      !known || *known % *part != 0)
    last = arith::MinSIOp::create(b, loc, last, extent);
  steps = {first, last};
  isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, first,
                                  constant(0));
  emitRows(tileRows, vectorsPerRow);
}

void ProductEmitter::emitRows(int64_t tileRows, int64_t vectorsPerRow) {
  // Whole tiles, then what is left in ever smaller ones.
  Value end = getExtent(rowDim), first = constant(0);
  for (int64_t rows = tileRows; rows >= 1;
       rows = rows == 1
                  ? 0
                  : static_cast<int64_t>(llvm::bit_floor(uint64_t(rows - 1)))) {
    Value left = arith::SubIOp::create(b, loc, end, first);
    Value whole = arith::MulIOp::create(
        b, loc, arith::DivUIOp::create(b, loc, left, constant(rows)),
        constant(rows));
    Value last = arith::AddIOp::create(b, loc, first, whole);
    auto loop = scf::ForOp::create(b, loc, first, last, constant(rows));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitTile(loop.getInductionVar(), rows, vectorsPerRow);
    first = last;
  }
}

} // namespace

linalg::FillOp treadle::getZeroFill(linalg::GenericOp product) {
  Value result = product.getDpsInits()[0];
  for (Operation *op = product->getPrevNode(); op; op = op->getPrevNode()) {
    if (auto fill = dyn_cast<linalg::FillOp>(op);
        fill && fill.getDpsInits()[0] == result)
      return matchPattern(fill.getInputs()[0], m_AnyZeroFloat())
                 ? fill
                 : linalg::FillOp();
    if (!isMemoryEffectFree(op) && !isa<memref::AllocOp>(op))
      return {};
  }
  return {};
}

LogicalResult treadle::vectorizeProduct(RewriterBase &rewriter,
                                        linalg::GenericOp product,
                                        TargetAttr target) {
  auto decision = product->getAttrOfType<ProductAttr>(kLoweringAttrName);
  if (!decision || !isProduct(product))
    return rewriter.notifyMatchFailure(product,
                                       "it is no product with a decision");
  if (succeeded(
          vectorizeProductOnTiles(rewriter, product, getZeroFill(product))))
    return success();
  Value right = product.getDpsInputs()[1], result = product.getDpsInits()[0];
  Type element = cast<MemRefType>(result.getType()).getElementType();
  if (!element.isF32() || !isContiguous(right) || !isContiguous(result))
    return rewriter.notifyMatchFailure(product,
                                       "its columns are not contiguous f32");
  if (!llvm::all_of(product.getDpsInputs(), [](Value factor) {
        return isa<Float32Type, Float16Type, BFloat16Type>(
            getElementTypeOrSelf(factor));
      }))
    return rewriter.notifyMatchFailure(product, "a factor is not widened to "
                                                "f32");

  SmallVector<AffineMap> maps = product.getIndexingMapsArray();
  unsigned columnDim = maps[2].getDimPosition(maps[2].getNumResults() - 1);
  std::optional<unsigned> pairDim = getPairDim(product);
  if (maps[1].getDimPosition(maps[1].getNumResults() - (pairDim ? 2 : 1)) !=
      columnDim)
    return rewriter.notifyMatchFailure(
        product, "columns are not last in the right operand");
  SmallVector<unsigned> reduced;
  product.getReductionDims(reduced);
  std::optional<unsigned> rowDim;
  for (unsigned dim = 0; dim < product.getNumLoops(); ++dim)
    if (maps[0].isFunctionOfDim(dim) && maps[2].isFunctionOfDim(dim) &&
        !maps[1].isFunctionOfDim(dim))
      rowDim = dim;
  if (!rowDim)
    return rewriter.notifyMatchFailure(product, "it has no rows");
  if (pairDim) {
    auto leftType = cast<MemRefType>(product.getDpsInputs()[0].getType()),
         rightType = cast<MemRefType>(right.getType());
    MLIRContext *context = product.getContext();
    // Rows of pairs, or pairs of rows.
    auto getMap = [&](ArrayRef<unsigned> dims) {
      return AffineMap::getMultiDimMapWithTargets(product.getNumLoops(), dims,
                                                  context);
    };
    bool isLeft = maps[0] == getMap({*rowDim, reduced[0], *pairDim}) ||
                  maps[0] == getMap({reduced[0], *rowDim, *pairDim});
    if (!isLeft || !isContiguous(product.getDpsInputs()[0]) ||
        !isa<Float32Type, BFloat16Type>(leftType.getElementType()) ||
        !rightType.getElementType().isBF16() ||
        !memref::CollapseShapeOp::isGuaranteedCollapsible(
            rightType, getPairReassociation(right)))
      return rewriter.notifyMatchFailure(
          product, "its pairs are not contiguous rows of bf16");
  }

  int64_t columns = cast<MemRefType>(result.getType()).getShape().back();
  int64_t lanes = target.getLanes(element.getIntOrFloatBitWidth());
  if (ShapedType::isDynamic(columns) || columns != decision.getTileColumns())
    return rewriter.notifyMatchFailure(product, "its columns are not one tile");
  if (columns % lanes != 0)
    lanes = columns;
  if (columns / lanes > kMostRegisters)
    return rewriter.notifyMatchFailure(product,
                                       "a row of its tile fits no registers");

  linalg::FillOp fill = getZeroFill(product);
  rewriter.setInsertionPoint(product);
  ProductEmitter emitter(rewriter, product, VectorType::get(lanes, element),
                         *rowDim, columnDim, reduced[0], fill != nullptr,
                         target.getDot());
  emitter.emit(std::min(decision.getTileRows(), kMostRegisters),
               columns / lanes);
  rewriter.eraseOp(product);
  if (fill)
    rewriter.eraseOp(fill);
  return success();
}
