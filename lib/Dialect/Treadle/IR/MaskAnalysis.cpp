//===- MaskAnalysis.cpp - Which keys a tile of queries sees -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/IR/MaskAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace treadle;

Value ValueArithmetic::constant(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}
Value ValueArithmetic::add(Value left, Value right) {
  return b.createOrFold<arith::AddIOp>(loc, left, right);
}
Value ValueArithmetic::sub(Value left, Value right) {
  return b.createOrFold<arith::SubIOp>(loc, left, right);
}
Value ValueArithmetic::min(Value left, Value right) {
  return b.createOrFold<arith::MinSIOp>(loc, left, right);
}
Value ValueArithmetic::max(Value left, Value right) {
  return b.createOrFold<arith::MaxSIOp>(loc, left, right);
}

Value treadle::isVisible(OpBuilder &b, Location loc, MaskAttr mask,
                         Value position, Value key, Value prefix) {
  Value visible;
  auto require = [&](arith::CmpIPredicate predicate, Value left, Value right) {
    Value holds = arith::CmpIOp::create(b, loc, predicate, left, right);
    visible = visible ? arith::AndIOp::create(b, loc, visible, holds) : holds;
  };
  if (mask.getCausal())
    require(arith::CmpIPredicate::sle, key, position);
  if (int64_t window = mask.getWindow()) {
    Value width = arith::ConstantIndexOp::create(b, loc, window);
    require(arith::CmpIPredicate::sgt, key,
            arith::SubIOp::create(b, loc, position, width));
    // A causal query sees nothing behind it anyway.
    if (!mask.getCausal())
      require(arith::CmpIPredicate::slt, key,
              arith::AddIOp::create(b, loc, position, width));
  }
  if (mask.getPrefix()) {
    Value early =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, key, prefix);
    visible = arith::OrIOp::create(b, loc, visible, early);
  }
  return visible;
}

bool treadle::isVisible(MaskAttr mask, int64_t position, int64_t key,
                        int64_t prefix) {
  if (!mask.isPositional() || (mask.getPrefix() && key < prefix))
    return true;
  int64_t window = mask.getWindow();
  return (!mask.getCausal() || key <= position) &&
         (window == 0 || (key > position - window && key < position + window));
}
