//===- VectorizePairs.cpp - Steps of products of bf16 -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pair of bf16 takes the place of one f32: the lane of a column has the
// factors of two neighbouring k. One instruction multiplies such pairs and adds
// both products to the lane's sum, or they are widened to f32, which is a shift
// or a mask, and multiplied by two FMAs. Those go in the order in which the
// instruction does it, the second element of a pair first, so that both ways
// round alike (but for denormals, which the instruction takes for zero).
//
//===----------------------------------------------------------------------===//

#include "Vectorization.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

using namespace mlir;
using namespace treadle;

namespace {

/// Emits a step for sums that are vectors of one type.
class PairEmitter {
public:
  PairEmitter(OpBuilder &b, Location loc, VectorType sum)
      : b(b), loc(loc), sum(sum), bits(sum.clone(b.getI32Type())) {}

  /// The vector of 32-bit lanes that each hold a pair.
  Value asBits(Value pairs) {
    return vector::BitCastOp::create(b, loc, bits, pairs);
  }
  /// The first elements of pairs as f32: bf16 is the upper half of it.
  Value widenFirst(Value lanes) {
    return asFloats(arith::ShLIOp::create(b, loc, lanes, splat(16)));
  }
  Value widenSecond(Value lanes) {
    return asFloats(arith::AndIOp::create(b, loc, lanes, splat(0xffff0000)));
  }

  /// The pair of a row, in 32 bits of each lane.
  Value broadcastPair(Value left, ValueRange at) {
    auto pair = VectorType::get({2}, b.getBF16Type());
    Value loaded = vector::LoadOp::create(b, loc, pair, left, at);
    Value lane = vector::BitCastOp::create(
        b, loc, VectorType::get({1}, b.getI32Type()), loaded);
    lane = vector::ExtractOp::create(b, loc, lane, ArrayRef<int64_t>{0});
    return vector::BroadcastOp::create(b, loc, bits, lane);
  }
  Value broadcastElement(Value left, ValueRange at) {
    Value element = memref::LoadOp::create(b, loc, left, at);
    return vector::BroadcastOp::create(b, loc, sum, element);
  }

private:
  Value splat(uint32_t value) {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(bits, APInt(32, value)));
  }
  Value asFloats(Value lanes) {
    return vector::BitCastOp::create(b, loc, sum, lanes);
  }

  OpBuilder &b;
  Location loc;
  VectorType sum, bits;
};

} // namespace

SmallVector<Value> treadle::emitPairStep(OpBuilder &b, Location loc,
                                         DotInstruction dot, Value left,
                                         ArrayRef<SmallVector<Value>> places,
                                         ArrayRef<Value> right,
                                         ArrayRef<Value> sums) {
  auto type = cast<VectorType>(sums.front().getType());
  PairEmitter emitter(b, loc, type);
  bool isLeftNarrow =
      cast<MemRefType>(left.getType()).getElementType().isBF16();
  int64_t rows = places.size();
  auto at = [&](int64_t row, int64_t half) {
    SmallVector<Value> indices(places[row]);
    indices.back() = arith::ConstantIndexOp::create(b, loc, half);
    return indices;
  };
  SmallVector<Value> next(sums);

  // The instruction is for whole registers.
  if (dot == DotInstruction::Vdpbf16ps && isLeftNarrow &&
      type.getNumElements() == 16) {
    for (int64_t i = 0; i < rows; ++i) {
      Value pair = emitter.broadcastPair(left, at(i, 0));
      pair = vector::BitCastOp::create(
          b, loc, cast<VectorType>(right.front().getType()), pair);
      for (size_t j = 0; j < right.size(); ++j) {
        Value &sum = next[i * right.size() + j];
        sum = x86vector::DotBF16Op::create(b, loc, sum, pair, right[j]);
      }
    }
    return next;
  }

  // All second elements, then all first: vectors of one half are live at a
  // time.
  for (int64_t half : {1, 0}) {
    auto widen = [&](Value lanes) {
      return half == 1 ? emitter.widenSecond(lanes) : emitter.widenFirst(lanes);
    };
    SmallVector<Value> columns;
    for (Value vector : right)
      columns.push_back(widen(emitter.asBits(vector)));
    for (int64_t i = 0; i < rows; ++i) {
      Value element = isLeftNarrow
                          ? widen(emitter.broadcastPair(left, at(i, 0)))
                          : emitter.broadcastElement(left, at(i, half));
      for (size_t j = 0; j < right.size(); ++j) {
        Value &sum = next[i * right.size() + j];
        sum = vector::FMAOp::create(b, loc, element, columns[j], sum);
      }
    }
  }
  return next;
}
