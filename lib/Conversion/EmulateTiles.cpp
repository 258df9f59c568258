//===- EmulateTiles.cpp - Tile registers as vectors -----------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The code for tile registers is run on CPUs without them, to see whether its
// numbers are right: so this is written to be read, not to be fast.
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace treadle {
#define GEN_PASS_DEF_EMULATETILESPASS
#include "treadle/Conversion/Passes.h.inc"
} // namespace treadle

using namespace mlir;

static Value createIndex(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

/// The memory that a load or a store of a tile is about, as [rows, elements]:
/// its rows are the operation's stride apart, or a row of the buffer where it
/// has none.
template <typename OpTy>
static Value getTileMemory(OpBuilder &b, OpTy op,
                           typename OpTy::Adaptor adaptor) {
  Location loc = op.getLoc();
  Value buffer = adaptor.getBase(), stride = adaptor.getStride();
  ArrayRef<int64_t> shape = op.getTileType().getShape();
  auto base = memref::ExtractStridedMetadataOp::create(b, loc, buffer);
  SmallVector<OpFoldResult> strides = base.getConstifiedMixedStrides();
  Value offset =
      getValueOrCreateConstantIndexOp(b, loc, base.getConstifiedMixedOffset());
  for (auto [index, step] : llvm::zip_equal(adaptor.getIndices(), strides)) {
    Value distance = arith::MulIOp::create(
        b, loc, index, getValueOrCreateConstantIndexOp(b, loc, step));
    offset = arith::AddIOp::create(b, loc, offset, distance);
  }
  OpFoldResult rowStride =
      stride ? OpFoldResult(stride) : strides[strides.size() - 2];
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  int64_t knownStride =
      getConstantIntValue(rowStride).value_or(ShapedType::kDynamic);
  if (knownStride != ShapedType::kDynamic)
    rowStride = b.getIndexAttr(knownStride);
  auto type = MemRefType::get(shape, element,
                              StridedLayoutAttr::get(b.getContext(),
                                                     ShapedType::kDynamic,
                                                     {knownStride, 1}));
  return memref::ReinterpretCastOp::create(
      b, loc, type, base.getBaseBuffer(), offset,
      getAsIndexOpFoldResult(b.getContext(), shape),
      {rowStride, b.getIndexAttr(1)});
}

/// [rows, elements] of memory as a vector, of `type`'s bits.
static Value loadRows(OpBuilder &b, Location loc, Value memory,
                      VectorType type) {
  auto elements = cast<MemRefType>(memory.getType());
  auto row = VectorType::get(elements.getDimSize(1), elements.getElementType());
  Value zero = createIndex(b, loc, 0);
  Value rows = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  for (int64_t i = 0; i < type.getDimSize(0); ++i) {
    Value vector = vector::LoadOp::create(
        b, loc, row, memory, ValueRange{createIndex(b, loc, i), zero});
    vector = b.createOrFold<vector::BitCastOp>(
        loc, VectorType::get(type.getDimSize(1), type.getElementType()),
        vector);
    rows = vector::InsertOp::create(b, loc, vector, rows, i);
  }
  return rows;
}

/// Rows of a vector, to memory of its elements.
static void storeRows(OpBuilder &b, Location loc, Value rows, Value memory) {
  Value zero = createIndex(b, loc, 0);
  for (int64_t i = 0; i < cast<VectorType>(rows.getType()).getDimSize(0); ++i)
    vector::StoreOp::create(b, loc, vector::ExtractOp::create(b, loc, rows, i),
                            memory, ValueRange{createIndex(b, loc, i), zero});
}

/// One half of the bits of each lane as f32: bf16 is the upper half of it. The
/// first of a pair is the lower.
static Value widenHalf(OpBuilder &b, Location loc, VectorType type, Value pairs,
                       int64_t half) {
  auto splat = [&](uint32_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(cast<VectorType>(pairs.getType()),
                               APInt(32, value)));
  };
  Value bits = half == 0
                   ? Value(arith::ShLIOp::create(b, loc, pairs, splat(16)))
                   : arith::AndIOp::create(b, loc, pairs, splat(0xffff0000));
  return vector::BitCastOp::create(b, loc, type, bits);
}

namespace {

struct EmulateZero : OpConversionPattern<amx::TileZeroOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileZeroOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, cast<TypedAttr>(rewriter.getZeroAttr(type)));
    return success();
  }
};

struct EmulateLoad : OpConversionPattern<amx::TileLoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileLoadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value memory = getTileMemory(rewriter, op, adaptor);
    auto type = cast<VectorType>(getTypeConverter()->convertType(op.getType()));
    rewriter.replaceOp(op, loadRows(rewriter, op.getLoc(), memory, type));
    return success();
  }
};

struct EmulateStore : OpConversionPattern<amx::TileStoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileStoreOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value memory = getTileMemory(rewriter, op, adaptor);
    storeRows(rewriter, op.getLoc(), adaptor.getVal(), memory);
    rewriter.eraseOp(op);
    return success();
  }
};

/// sums(m, n) + (Σ_k left(m, 2k) right(k, 2n) + Σ_k left(m, 2k+1) right(k,
/// 2n+1)).
struct EmulateProduct : OpConversionPattern<amx::TileMulFOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileMulFOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.getLhsTileType().getElementType().isBF16())
      return rewriter.notifyMatchFailure(op, "its factors are not bf16");
    Location loc = op.getLoc();
    OpBuilder &b = rewriter;
    Value left = keep(b, op, adaptor.getLhs()),
          right = keep(b, op, adaptor.getRhs()),
          sums = keep(b, op, adaptor.getAcc());
    auto type = cast<VectorType>(adaptor.getAcc().getType());
    auto sumType = VectorType::get(type.getDimSize(1), type.getElementType());
    auto pairType = sumType.clone(b.getI32Type());
    Value zero = createIndex(b, loc, 0), one = createIndex(b, loc, 1);
    int64_t pairs = op.getRhsTileType().getShape()[0];
    auto rows = scf::ForOp::create(
        b, loc, zero, createIndex(b, loc, type.getDimSize(0)), one);
    b.setInsertionPointToStart(rows.getBody());
    Value row = rows.getInductionVar();
    Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(sumType));
    auto steps = scf::ForOp::create(b, loc, zero, createIndex(b, loc, pairs),
                                    one, ValueRange{none, none});
    b.setInsertionPointToStart(steps.getBody());
    Value k = steps.getInductionVar();
    Value columns =
        vector::LoadOp::create(b, loc, pairType, right, ValueRange{k, zero});
    Value pair = memref::LoadOp::create(b, loc, left, ValueRange{row, k});
    pair = vector::BroadcastOp::create(b, loc, pairType, pair);
    SmallVector<Value> next;
    for (int64_t half : {0, 1})
      next.push_back(
          vector::FMAOp::create(b, loc, widenHalf(b, loc, sumType, pair, half),
                                widenHalf(b, loc, sumType, columns, half),
                                steps.getRegionIterArg(half)));
    scf::YieldOp::create(b, loc, next);
    b.setInsertionPointAfter(steps);
    Value sum =
        vector::LoadOp::create(b, loc, sumType, sums, ValueRange{row, zero});
    Value both =
        arith::AddFOp::create(b, loc, steps.getResult(0), steps.getResult(1));
    sum = arith::AddFOp::create(b, loc, sum, both);
    vector::StoreOp::create(b, loc, sum, sums, ValueRange{row, zero});
    b.setInsertionPointAfter(rows);
    rewriter.replaceOp(op, loadRows(b, loc, sums, type));
    return success();
  }

private:
  /// Memory with a tile in it, whose rows and elements can be chosen at run
  /// time. Made where the function begins: in a loop it would grow the stack.
  static Value keep(OpBuilder &b, Operation *op, Value tile) {
    auto type = cast<VectorType>(tile.getType());
    Value memory;
    {
      OpBuilder::InsertionGuard guard(b);
      auto function = op->getParentOfType<FunctionOpInterface>();
      b.setInsertionPointToStart(&function.getFunctionBody().front());
      memory = memref::AllocaOp::create(
          b, op->getLoc(),
          MemRefType::get(type.getShape(), type.getElementType()));
    }
    storeRows(b, op->getLoc(), tile, memory);
    return memory;
  }
};

struct EmulateTilesPass
    : public treadle::impl::EmulateTilesPassBase<EmulateTilesPass> {
  void runOnOperation() override {
    auto target = getOperation()->getAttrOfType<treadle::TargetAttr>(
        treadle::kTargetAttrName);
    if (!target || target.hasFeature("amx-bf16"))
      return;
    TypeConverter types;
    types.addConversion([](Type type) { return type; });
    // LLVM would round what it moves of bf16 by calls of a function: pairs of
    // it are integers.
    types.addConversion([](amx::TileType type) -> Type {
      if (!type.getElementType().isBF16())
        return VectorType::get(type.getShape(), type.getElementType());
      return VectorType::get({type.getDimSize(0), type.getDimSize(1) / 2},
                             IntegerType::get(type.getContext(), 32));
    });
    RewritePatternSet patterns(&getContext());
    treadle::populateEmulateTilesPatterns(types, patterns);
    ConversionTarget legal(getContext());
    legal.addIllegalDialect<amx::AMXDialect>();
    legal.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns,
                                                         legal);
    if (failed(
            applyPartialConversion(getOperation(), legal, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void treadle::populateEmulateTilesPatterns(const TypeConverter &types,
                                           RewritePatternSet &patterns) {
  patterns.add<EmulateZero, EmulateLoad, EmulateStore, EmulateProduct>(
      types, patterns.getContext());
}
