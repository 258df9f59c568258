//===- Arith.cpp - What the operations of arith mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As https://mlir.llvm.org/docs/Dialects/ArithOps says, with two differences:
// floats are not rounded to their type except by arith.truncf, and what is
// poison or undefined there is a diagnostic.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static double toDouble(APFloat value) {
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

static int64_t toInteger(const APInt &value, Type type) {
  return wrapInteger(value.getZExtValue(), type);
}

/// The element type of a resource's bytes; nothing for others than files have.
static std::optional<ElementType> getStoredType(Type type) {
  for (ElementType stored :
       {ElementType::F64, ElementType::F32, ElementType::F16, ElementType::BF16,
        ElementType::I64, ElementType::I32, ElementType::I16, ElementType::I8,
        ElementType::U8, ElementType::Bool})
    if (getMlirType(type.getContext(), stored) == type)
      return stored;
  return std::nullopt;
}

static LogicalResult constant(arith::ConstantOp op, Frame &frame) {
  Attribute value = op.getValue();
  Type element = getElementTypeOrSelf(op.getType());
  if (auto number = dyn_cast<FloatAttr>(value))
    return frame.set(op.getResult(), Tensor(toDouble(number.getValue())));
  if (auto number = dyn_cast<IntegerAttr>(value))
    return frame.set(op.getResult(),
                     Tensor(toInteger(number.getValue(), element)));
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    std::optional<ElementType> stored = getStoredType(element);
    std::optional<Tensor> tensor;
    if (blob && stored)
      tensor =
          readTensor(*stored, resource.getType().getShape(),
                     {reinterpret_cast<const uint8_t *>(blob->getData().data()),
                      blob->getData().size()});
    if (!tensor)
      return op.emitOpError("has a resource that does not fit its type");
    return frame.set(op.getResult(), *tensor);
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  std::optional<bool> isFloat = isFloatElement(element);
  if (!dense || !isFloat)
    return op.emitOpError("has a value that the interpreter does not read");
  FailureOr<Tensor> tensor =
      frame.make(op, dense.getType().getShape(), element);
  if (failed(tensor))
    return failure();
  if (*isFloat)
    for (auto [to, from] : llvm::zip_equal(tensor->getMutableFloats(),
                                           dense.getValues<APFloat>()))
      to = toDouble(from);
  else
    for (auto [to, from] : llvm::zip_equal(tensor->getMutableIntegers(),
                                           dense.getValues<APInt>()))
      to = toInteger(from, element);
  return frame.set(op.getResult(), *tensor);
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

static double maximum(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::nan("");
  return a == b && a == 0 ? (std::signbit(a) ? b : a) : std::fmax(a, b);
}

static double minimum(double a, double b) { return -maximum(-a, -b); }

static bool compare(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::OEQ:
    return a == b;
  case P::OGT:
    return a > b;
  case P::OGE:
    return a >= b;
  case P::OLT:
    return a < b;
  case P::OLE:
    return a <= b;
  case P::ONE:
    return !unordered && a != b;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || a == b;
  case P::UGT:
    return !(a <= b);
  case P::UGE:
    return !(a < b);
  case P::ULT:
    return !(a >= b);
  case P::ULE:
    return !(a > b);
  case P::UNE:
    return a != b;
  case P::UNO:
    return unordered;
  case P::AlwaysTrue:
    return true;
  }
  llvm_unreachable("all predicates are above");
}

static void addFloats(Interpreter &interpreter) {
  addFloat<arith::AddFOp>(interpreter, [](Floats x) { return x[0] + x[1]; });
  addFloat<arith::SubFOp>(interpreter, [](Floats x) { return x[0] - x[1]; });
  addFloat<arith::MulFOp>(interpreter, [](Floats x) { return x[0] * x[1]; });
  addFloat<arith::DivFOp>(interpreter, [](Floats x) { return x[0] / x[1]; });
  addFloat<arith::NegFOp>(interpreter, [](Floats x) { return -x[0]; });
  addFloat<arith::RemFOp>(interpreter,
                          [](Floats x) { return std::fmod(x[0], x[1]); });
  addFloat<arith::MaximumFOp>(interpreter,
                              [](Floats x) { return maximum(x[0], x[1]); });
  addFloat<arith::MinimumFOp>(interpreter,
                              [](Floats x) { return minimum(x[0], x[1]); });
  addFloat<arith::MaxNumFOp>(interpreter,
                             [](Floats x) { return std::fmax(x[0], x[1]); });
  addFloat<arith::MinNumFOp>(interpreter,
                             [](Floats x) { return std::fmin(x[0], x[1]); });
  // f64 has every value of the narrower types.
  addFloat<arith::ExtFOp>(interpreter, [](Floats x) { return x[0]; });
  interpreter.add<arith::TruncFOp>([](arith::TruncFOp op, Frame &frame) {
    Type type = getElementTypeOrSelf(op.getType());
    return applyElementwise(op, frame,
                            [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
                              return Tensor(roundFloat(x[0].getFloat(), type));
                            });
  });
  interpreter.add<arith::CmpFOp>([](arith::CmpFOp op, Frame &frame) {
    return applyElementwise(
        op, frame, [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
          return Tensor(int64_t(
              compare(op.getPredicate(), x[0].getFloat(), x[1].getFloat())));
        });
  });
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

using Maybe = std::optional<int64_t>;

/// The value of an integer's bits, read as one without a sign.
static uint64_t toUnsigned(int64_t value, unsigned width) {
  return static_cast<uint64_t>(value) & llvm::maskTrailingOnes<uint64_t>(width);
}

/// A boolean is kept as 0 or 1; as a signed number it is 0 or -1.
static int64_t toSigned(int64_t value, unsigned width) {
  return llvm::SignExtend64(value, width);
}

static bool compare(arith::CmpIPredicate predicate, int64_t a, int64_t b,
                    unsigned width) {
  using P = arith::CmpIPredicate;
  int64_t sa = toSigned(a, width), sb = toSigned(b, width);
  uint64_t ua = toUnsigned(a, width), ub = toUnsigned(b, width);
  switch (predicate) {
  case P::eq:
    return ua == ub;
  case P::ne:
    return ua != ub;
  case P::slt:
    return sa < sb;
  case P::sle:
    return sa <= sb;
  case P::sgt:
    return sa > sb;
  case P::sge:
    return sa >= sb;
  case P::ult:
    return ua < ub;
  case P::ule:
    return ua <= ub;
  case P::ugt:
    return ua > ub;
  case P::uge:
    return ua >= ub;
  }
  llvm_unreachable("all predicates are above");
}

/// Whether a signed division has a result: the smallest number has no
/// opposite.
static bool divides(int64_t a, int64_t b, unsigned width) {
  return b != 0 && !(b == -1 && a == llvm::minIntN(width));
}

static void addIntegers(Interpreter &in) {
  // Sums and products are those of the bits: computed without a sign, where
  // they may wrap.
  addInteger<arith::AddIOp>(in, [](Integers x, unsigned) -> Maybe {
    return uint64_t(x[0]) + uint64_t(x[1]);
  });
  addInteger<arith::SubIOp>(in, [](Integers x, unsigned) -> Maybe {
    return uint64_t(x[0]) - uint64_t(x[1]);
  });
  addInteger<arith::MulIOp>(in, [](Integers x, unsigned) -> Maybe {
    return uint64_t(x[0]) * uint64_t(x[1]);
  });
  addInteger<arith::DivSIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (!divides(x[0], x[1], w))
      return std::nullopt;
    return x[0] / x[1];
  });
  addInteger<arith::RemSIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (!divides(x[0], x[1], w))
      return std::nullopt;
    return x[0] % x[1];
  });
  addInteger<arith::FloorDivSIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (!divides(x[0], x[1], w))
      return std::nullopt;
    return llvm::divideFloorSigned(x[0], x[1]);
  });
  addInteger<arith::CeilDivSIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (!divides(x[0], x[1], w))
      return std::nullopt;
    return llvm::divideCeilSigned(x[0], x[1]);
  });
  addInteger<arith::DivUIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (x[1] == 0)
      return std::nullopt;
    return toUnsigned(x[0], w) / toUnsigned(x[1], w);
  });
  addInteger<arith::RemUIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (x[1] == 0)
      return std::nullopt;
    return toUnsigned(x[0], w) % toUnsigned(x[1], w);
  });
  addInteger<arith::CeilDivUIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (x[1] == 0)
      return std::nullopt;
    return llvm::divideCeil(toUnsigned(x[0], w), toUnsigned(x[1], w));
  });
  addInteger<arith::AndIOp>(
      in, [](Integers x, unsigned) -> Maybe { return x[0] & x[1]; });
  addInteger<arith::OrIOp>(
      in, [](Integers x, unsigned) -> Maybe { return x[0] | x[1]; });
  addInteger<arith::XOrIOp>(
      in, [](Integers x, unsigned) -> Maybe { return x[0] ^ x[1]; });
  addInteger<arith::ShLIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (toUnsigned(x[1], w) >= w)
      return std::nullopt;
    return uint64_t(x[0]) << x[1];
  });
  addInteger<arith::ShRSIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (toUnsigned(x[1], w) >= w)
      return std::nullopt;
    return toSigned(x[0], w) >> x[1];
  });
  addInteger<arith::ShRUIOp>(in, [](Integers x, unsigned w) -> Maybe {
    if (toUnsigned(x[1], w) >= w)
      return std::nullopt;
    return toUnsigned(x[0], w) >> x[1];
  });
  addInteger<arith::MaxSIOp>(in, [](Integers x, unsigned w) -> Maybe {
    return std::max(toSigned(x[0], w), toSigned(x[1], w));
  });
  addInteger<arith::MinSIOp>(in, [](Integers x, unsigned w) -> Maybe {
    return std::min(toSigned(x[0], w), toSigned(x[1], w));
  });
  addInteger<arith::MaxUIOp>(in, [](Integers x, unsigned w) -> Maybe {
    return std::max(toUnsigned(x[0], w), toUnsigned(x[1], w));
  });
  addInteger<arith::MinUIOp>(in, [](Integers x, unsigned w) -> Maybe {
    return std::min(toUnsigned(x[0], w), toUnsigned(x[1], w));
  });
  in.add<arith::CmpIOp>([](arith::CmpIOp op, Frame &frame) {
    Type type = getElementTypeOrSelf(op.getLhs().getType());
    unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
    return applyElementwise(
        op, frame, [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
          return Tensor(int64_t(compare(op.getPredicate(), x[0].getInteger(),
                                        x[1].getInteger(), width)));
        });
  });
}

//===----------------------------------------------------------------------===//
// Between types
//===----------------------------------------------------------------------===//

/// The integer part of a float, when an integer of `bits` bits has it.
template <typename OpTy>
static LogicalResult toInteger(OpTy op, Frame &frame, bool isSigned) {
  Type type = getElementTypeOrSelf(op.getType());
  return applyElementwise(
      op, frame, [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
        double whole = std::trunc(x[0].getFloat());
        unsigned width = type.getIntOrFloatBitWidth();
        double low = isSigned ? -std::ldexp(1.0, width - 1) : 0.0;
        double end = std::ldexp(1.0, isSigned ? width - 1 : width);
        // Also false for NaN.
        if (!(whole >= low && whole < end)) {
          op.emitOpError() << "is undefined for " << x[0].getFloat();
          return failure();
        }
        int64_t bits = isSigned
                           ? static_cast<int64_t>(whole)
                           : static_cast<int64_t>(static_cast<uint64_t>(whole));
        return Tensor(wrapInteger(bits, type));
      });
}

static void addCasts(Interpreter &in) {
  addInteger<arith::ExtSIOp>(
      in, [](Integers x, unsigned w) -> Maybe { return toSigned(x[0], w); });
  addInteger<arith::ExtUIOp>(
      in, [](Integers x, unsigned w) -> Maybe { return toUnsigned(x[0], w); });
  addInteger<arith::TruncIOp>(
      in, [](Integers x, unsigned) -> Maybe { return x[0]; });
  addInteger<arith::IndexCastOp>(
      in, [](Integers x, unsigned w) -> Maybe { return toSigned(x[0], w); });
  addInteger<arith::IndexCastUIOp>(
      in, [](Integers x, unsigned w) -> Maybe { return toUnsigned(x[0], w); });
  in.add<arith::FPToSIOp>([](arith::FPToSIOp op, Frame &frame) {
    return toInteger(op, frame, /*isSigned=*/true);
  });
  in.add<arith::FPToUIOp>([](arith::FPToUIOp op, Frame &frame) {
    return toInteger(op, frame, /*isSigned=*/false);
  });
  in.add<arith::SIToFPOp>([](arith::SIToFPOp op, Frame &frame) {
    unsigned width =
        getElementTypeOrSelf(op.getIn().getType()).getIntOrFloatBitWidth();
    return applyElementwise(
        op, frame, [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
          return Tensor(double(toSigned(x[0].getInteger(), width)));
        });
  });
  in.add<arith::UIToFPOp>([](arith::UIToFPOp op, Frame &frame) {
    unsigned width =
        getElementTypeOrSelf(op.getIn().getType()).getIntOrFloatBitWidth();
    return applyElementwise(
        op, frame, [&](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
          return Tensor(double(toUnsigned(x[0].getInteger(), width)));
        });
  });
  // result = condition ? a : b, where one condition may choose whole tensors.
  in.add<arith::SelectOp>([](arith::SelectOp op,
                             Frame &frame) -> LogicalResult {
    Tensor condition = frame.get(op.getCondition());
    if (condition.getRank() == 0)
      return frame.set(op.getResult(),
                       frame.get(condition.getInteger() ? op.getTrueValue()
                                                        : op.getFalseValue()));
    return applyElementwise(op, frame,
                            [](ArrayRef<Tensor> x) -> FailureOr<Tensor> {
                              return x[0].getInteger() ? x[1] : x[2];
                            });
  });
}

void treadle::addArithOperations(Interpreter &interpreter) {
  interpreter.add<arith::ConstantOp>(constant);
  addFloats(interpreter);
  addIntegers(interpreter);
  addCasts(interpreter);
}
