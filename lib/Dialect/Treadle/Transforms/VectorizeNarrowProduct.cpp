//===- VectorizeNarrowProduct.cpp - Products of few columns -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C[m, n] += Σ_k A B where n is less than a vector has lanes, as the queries of
// decoding are: along n most lanes would be idle. Vectors lie along the
// contiguous dimension of A instead, of which each element is then used n times
// when it is loaded once, and widened if it is stored in fewer bits:
//
//  - along k, where that is contiguous in B, too: partial sums of A[m, k]
//    B[n, k], which are added up across lanes at the end;
//  - along m: sums of A[k, m] B[k, n], which are interleaved at the end.
//
//===----------------------------------------------------------------------===//

#include "Groups.h"
#include "Vectorization.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace treadle;

/// Steps of the reduction that some columns are done for before the others are:
/// what these read again then is in the first cache.
static constexpr int64_t kStepsOfPart = 32;

namespace {

/// Emits the loops of one product [rows, columns].
class NarrowProductEmitter {
public:
  NarrowProductEmitter(RewriterBase &b, linalg::GenericOp op, int64_t lanes,
                       bool startsAtZero)
      : b(b), op(op), loc(op.getLoc()), left(op.getDpsInputs()[0]),
        right(op.getDpsInputs()[1]), result(op.getDpsInits()[0]),
        columns(cast<MemRefType>(result.getType()).getShape().back()),
        lanes(lanes),
        vector(VectorType::get(lanes, getElementTypeOrSelf(result))),
        startsAtZero(startsAtZero) {}

  void emitAlongReduction();
  void emitAlongRows(int64_t registers);

private:
  using Values = SmallVector<Value>;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value base, int64_t offset) {
    return offset == 0
               ? base
               : Value(arith::AddIOp::create(b, loc, base, constant(offset)));
  }
  Value getExtent(Value buffer, int64_t dim) {
    return getValueOrCreateConstantIndexOp(
        b, loc, memref::getMixedSize(b, loc, buffer, dim));
  }
  /// Whether the left operand is stored as what it is multiplied as.
  bool isWide() {
    return getElementTypeOrSelf(left) == vector.getElementType();
  }
  /// What is stored in a narrower type is widened.
  Value loadVector(Value buffer, ValueRange at) {
    Type stored = getElementTypeOrSelf(buffer.getType());
    Value loaded =
        vector::LoadOp::create(b, loc, vector.clone(stored), buffer, at);
    if (stored == vector.getElementType())
      return loaded;
    return arith::ExtFOp::create(b, loc, vector, loaded);
  }
  /// Asks for what lies behind the left operand's end, which is no fault: of a
  /// longer one that is gone through part by part, the next part.
  void prefetch(ValueRange at) {
    memref::PrefetchOp::create(b, loc, left, at, /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }
  /// Steps of the reduction from one to another, by some at a time.
  struct Steps {
    Value first, last;
    int64_t size;
  };
  /// Sums over steps of the reduction, which `step` adds to what they begin
  /// with.
  Values sum(Values sums, const Steps &steps,
             function_ref<Values(Value, ValueRange)> step);
  Values getZeros(int64_t count) {
    return Values(count,
                  arith::ConstantOp::create(b, loc, b.getZeroAttr(vector)));
  }
  void store(Value sums, Value buffer, ValueRange at);
  void emitDots(Value row, int64_t rows);
  /// Adds what `vectors` vectors of rows from `row` on are in a step to the
  /// sums of `count` columns from `column` on: those of a vector are together.
  /// Asks for the same `ahead` steps further on.
  Values addRows(Value k, Value ahead, int64_t row, int64_t vectors,
                 Value column, int64_t count, ValueRange sums);
  void emitRows(Value rowsInLine, int64_t row, int64_t vectors);
  void emitParts(Value rowsInLine, int64_t vectors, int64_t count);

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  Value left, right, result;
  int64_t columns, lanes;
  VectorType vector;
  bool startsAtZero;
};

} // namespace

SmallVector<Value>
NarrowProductEmitter::sum(Values sums, const Steps &steps,
                          function_ref<Values(Value, ValueRange)> step) {
  auto loop = scf::ForOp::create(b, loc, steps.first, steps.last,
                                 constant(steps.size), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Values next = step(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next);
  return Values(loop.getResults());
}

void NarrowProductEmitter::store(Value sums, Value buffer, ValueRange at) {
  if (!startsAtZero) {
    Value before = vector::LoadOp::create(
        b, loc, cast<VectorType>(sums.getType()), buffer, at);
    sums = arith::AddFOp::create(b, loc, before, sums);
  }
  vector::StoreOp::create(b, loc, sums, buffer, at);
}

/// Sums of some rows, a vector of partial sums for each. Rows of f32 are gone
/// through one after the other, which is the order in which they are in memory:
/// the hardware sees that. Those that are stored narrower go together, as
/// loading the factors for each would take longer than memory does.
void NarrowProductEmitter::emitDots(Value row, int64_t rows) {
  Value next = arith::AddIOp::create(b, loc, row, getExtent(left, 0));
  int64_t atOnce = isWide() ? 1 : rows;
  Values partial;
  for (int64_t first = 0; first < rows; first += atOnce)
    llvm::append_range(
        partial,
        sum(getZeros(atOnce * columns),
            {constant(0), getExtent(left, 1), lanes},
            [&](Value k, ValueRange sums) {
              Values factors, added;
              for (int64_t j = 0; j < columns; ++j)
                factors.push_back(loadVector(right, {constant(j), k}));
              for (int64_t i = 0; i < atOnce; ++i) {
                prefetch({add(next, first + i), k});
                Value element = loadVector(left, {add(row, first + i), k});
                for (int64_t j = 0; j < columns; ++j)
                  added.push_back(vector::FMAOp::create(
                      b, loc, element, factors[j], sums[i * columns + j]));
              }
              return added;
            }));
  Value sums = sumVectors(b, loc, partial);
  for (int64_t i = 0; i < rows; ++i)
    store(vector::ExtractStridedSliceOp::create(b, loc, sums, {i * columns},
                                                {columns}, {1}),
          result, {add(row, i), constant(0)});
}

void NarrowProductEmitter::emitAlongReduction() {
  // As many rows as make one vector of sums, and then one by one.
  Value end = getExtent(left, 0), first = constant(0);
  for (int64_t rows : {lanes / columns, int64_t(1)}) {
    Value count = arith::DivUIOp::create(
        b, loc, arith::SubIOp::create(b, loc, end, first), constant(rows));
    Value last = arith::AddIOp::create(
        b, loc, first,
        arith::MulIOp::create(b, loc, count, constant(rows)).getResult());
    auto loop = scf::ForOp::create(b, loc, first, last, constant(rows));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitDots(loop.getInductionVar(), rows);
    first = last;
  }
}

SmallVector<Value> NarrowProductEmitter::addRows(Value k, Value ahead,
                                                 int64_t row, int64_t vectors,
                                                 Value column, int64_t count,
                                                 ValueRange sums) {
  Values elements, factors, added;
  Value next = arith::AddIOp::create(b, loc, k, ahead);
  for (int64_t i = 0; i < vectors; ++i) {
    Value at = constant(row + i * lanes);
    prefetch({next, at});
    elements.push_back(loadVector(left, {k, at}));
  }
  for (int64_t j = 0; j < count; ++j)
    factors.push_back(vector::BroadcastOp::create(
        b, loc, vector,
        memref::LoadOp::create(b, loc, right, ValueRange{k, add(column, j)})));
  for (auto [i, sum] : llvm::enumerate(sums))
    added.push_back(vector::FMAOp::create(b, loc, elements[i / count],
                                          factors[i % count], sum));
  return added;
}

/// Sums of `vectors` vectors of rows. `rowsInLine` is the result as one line.
void NarrowProductEmitter::emitRows(Value rowsInLine, int64_t row,
                                    int64_t vectors) {
  Value extent = getExtent(left, 0), zero = constant(0);
  Values sums =
      sum(getZeros(vectors * columns), {constant(0), extent, 1},
          [&](Value k, ValueRange sums) {
            return addRows(k, extent, row, vectors, zero, columns, sums);
          });
  for (int64_t i = 0; i < vectors; ++i)
    store(interleaveVectors(b, loc, ArrayRef(sums).slice(i * columns, columns)),
          rowsInLine, constant((row + i * lanes) * columns));
}

/// All rows for `count` columns at a time. The left operand is then read
/// in the order in which it is in memory, which the hardware sees, and not some
/// rows of each step.
void NarrowProductEmitter::emitParts(Value rowsInLine, int64_t vectors,
                                     int64_t count) {
  Value extent = getExtent(left, 0);
  auto type =
      MemRefType::get({columns, vectors * lanes}, vector.getElementType());
  Value own = memref::AllocOp::create(b, loc, type);
  auto getPlace = [&](int64_t column, int64_t i) {
    return Values{constant(column), constant(i * lanes)};
  };
  auto load = [&](int64_t column, int64_t i) -> Value {
    return vector::LoadOp::create(b, loc, vector, own, getPlace(column, i));
  };
  for (int64_t j = 0; j < columns; ++j)
    for (int64_t i = 0; i < vectors; ++i)
      vector::StoreOp::create(b, loc, getZeros(1)[0], own, getPlace(j, i));

  Value ahead = constant(kStepsOfPart);
  auto parts = scf::ForOp::create(b, loc, constant(0), extent, ahead);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(parts.getBody());
    Value first = parts.getInductionVar();
    Value last = arith::MinSIOp::create(
        b, loc, arith::AddIOp::create(b, loc, first, ahead), extent);
    // A loop: LLVM would see that the next part's sums begin with those of this
    // one, and carry all in registers that there are not.
    auto loop = scf::ForOp::create(b, loc, constant(0), constant(columns),
                                   constant(count));
    b.setInsertionPointToStart(loop.getBody());
    Value column = loop.getInductionVar();
    auto getPlaceOfSum = [&](int64_t i) {
      return Values{add(column, i % count), constant(i / count * lanes)};
    };
    Values before;
    for (int64_t i = 0; i < vectors * count; ++i)
      before.push_back(
          vector::LoadOp::create(b, loc, vector, own, getPlaceOfSum(i)));
    Values sums = sum(before, {first, last, 1}, [&](Value k, ValueRange sums) {
      return addRows(k, ahead, 0, vectors, column, count, sums);
    });
    for (auto [i, sum] : llvm::enumerate(sums))
      vector::StoreOp::create(b, loc, sum, own, getPlaceOfSum(i));
  }
  for (int64_t i = 0; i < vectors; ++i) {
    Values sums;
    for (int64_t j = 0; j < columns; ++j)
      sums.push_back(load(j, i));
    store(interleaveVectors(b, loc, sums), rowsInLine,
          constant(i * lanes * columns));
  }
}

void NarrowProductEmitter::emitAlongRows(int64_t registers) {
  Value rowsInLine = memref::CollapseShapeOp::create(
      b, loc, result, ArrayRef<ReassociationIndices>{{0, 1}});
  int64_t rows = cast<MemRefType>(result.getType()).getDimSize(0);
  int64_t vectors = rows / lanes, most = registers - registers / 16 - 1;
  // Accumulators of all rows, factors, and a vector of a step. A column alone
  // would have its vectors loaded for one use each, and to widen what is stored
  // narrower once more takes longer than it comes sooner.
  int64_t atOnce = (most - 1) / (vectors + 1);
  if (isWide() && atOnce > 1 && atOnce < columns)
    return emitParts(rowsInLine, vectors, llvm::bit_floor(uint64_t(atOnce)));
  // Accumulators, and the vectors and one factor of a step, in equal parts.
  int64_t parts =
      llvm::divideCeil(vectors, std::max<int64_t>(1, most / (columns + 1)));
  for (int64_t i = 0; i < parts; ++i) {
    int64_t first = i * vectors / parts, last = (i + 1) * vectors / parts;
    emitRows(rowsInLine, first * lanes, last - first);
  }
}

LogicalResult treadle::vectorizeNarrowProduct(RewriterBase &rewriter,
                                              linalg::GenericOp product,
                                              TargetAttr target) {
  if (!product->getAttrOfType<ProductAttr>(kLoweringAttrName) ||
      !isProduct(product) || product.getNumLoops() != 3)
    return rewriter.notifyMatchFailure(product,
                                       "it is no product with a decision");
  auto leftType = cast<MemRefType>(product.getDpsInputs()[0].getType()),
       rightType = cast<MemRefType>(product.getDpsInputs()[1].getType()),
       type = cast<MemRefType>(product.getDpsInits()[0].getType());
  int64_t lanes = target.getLanes(32), columns = type.getShape().back();
  if (ShapedType::isDynamic(columns) || columns >= lanes ||
      lanes > kMostRegisters || !llvm::isPowerOf2_64(columns))
    return rewriter.notifyMatchFailure(product, "its columns are not few");
  for (MemRefType operand : {leftType, rightType, type})
    if (!operand.isLastDimUnitStride())
      return rewriter.notifyMatchFailure(product, "it is not contiguous");
  if (!isa<Float32Type, Float16Type, BFloat16Type>(leftType.getElementType()) ||
      !rightType.getElementType().isF32() || !type.getElementType().isF32())
    return rewriter.notifyMatchFailure(
        product, "it is not of f32, nor is its left operand stored narrower");

  SmallVector<AffineMap> maps = product.getIndexingMapsArray();
  SmallVector<unsigned> reduced;
  product.getReductionDims(reduced);
  MLIRContext *context = product.getContext();
  AffineExpr m = maps[2].getResult(0), n = maps[2].getResult(1),
             k = getAffineDimExpr(reduced[0], context);
  auto areMaps = [&](ArrayRef<AffineExpr> left, ArrayRef<AffineExpr> right) {
    return maps[0].getResults() == left && maps[1].getResults() == right;
  };
  auto isWhole = [&](int64_t extent) {
    return !ShapedType::isDynamic(extent) && extent % lanes == 0;
  };
  bool isAlongReduction =
      areMaps({m, k}, {n, k}) && isWhole(leftType.getDimSize(1));
  bool isAlongRows = areMaps({k, m}, {k, n}) && isWhole(type.getDimSize(0)) &&
                     type.getDimSize(0) / lanes <= kMostRegisters &&
                     memref::CollapseShapeOp::isGuaranteedCollapsible(
                         type, ArrayRef<ReassociationIndices>{{0, 1}});
  if (!isAlongReduction && !isAlongRows)
    return rewriter.notifyMatchFailure(
        product, "its left operand has no whole vectors to be read along");

  linalg::FillOp fill = getZeroFill(product);
  rewriter.setInsertionPoint(product);
  NarrowProductEmitter emitter(rewriter, product, lanes, fill != nullptr);
  if (isAlongReduction)
    emitter.emitAlongReduction();
  else
    emitter.emitAlongRows(target.getRegisters());
  rewriter.eraseOp(product);
  if (fill)
    rewriter.eraseOp(fill);
  return success();
}
