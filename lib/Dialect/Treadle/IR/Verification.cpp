//===- Verification.cpp - What verifiers of the dialect share -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

using namespace mlir;

LogicalResult treadle::checkExtents(Operation *op, int64_t found,
                                    int64_t expected, const Twine &what) {
  if (ShapedType::isDynamic(found) || ShapedType::isDynamic(expected) ||
      found == expected)
    return success();
  return op->emitOpError() << "expects " << what << " to be " << expected
                           << ", found " << found;
}

LogicalResult treadle::checkResultExtent(Operation *op, int64_t found,
                                         int64_t expected, const Twine &what) {
  if (found == expected)
    return success();
  auto print = [](int64_t extent) {
    return ShapedType::isDynamic(extent) ? "?" : std::to_string(extent);
  };
  return op->emitOpError() << "expects " << what << " to be " << print(expected)
                           << ", found " << print(found);
}

LogicalResult treadle::checkElementTypes(Operation *op,
                                         ArrayRef<Value> values) {
  Type expected = getElementTypeOrSelf(values.front().getType());
  for (Value value : values)
    if (Type found = getElementTypeOrSelf(value.getType()); found != expected)
      return op->emitOpError() << "expects tensors of one element type, found "
                               << expected << " and " << found;
  return success();
}

LogicalResult treadle::checkStoredTypes(Operation *op, Value queries,
                                        Value keys, Value values) {
  Type wide = getElementTypeOrSelf(queries.getType()),
       stored = getElementTypeOrSelf(keys.getType());
  if (isa<FloatType>(stored) && isa<FloatType>(wide) &&
      stored.getIntOrFloatBitWidth() < wide.getIntOrFloatBitWidth())
    return checkElementTypes(op, {keys, values});
  return checkElementTypes(op, {queries, keys, values});
}

LogicalResult treadle::checkLengthsWithMask(Operation *op,
                                            std::optional<MaskAttr> mask,
                                            Value lengths) {
  bool wanted = mask && mask->getKeysWithinLengths();
  if (wanted == static_cast<bool>(lengths))
    return success();
  return op->emitOpError() << "expects lengths exactly when its mask has "
                              "keys_within_lengths";
}

LogicalResult treadle::checkVectors(Operation *op, Value value) {
  if (cast<RankedTensorType>(value.getType()).getRank() != 0)
    return success();
  return op->emitOpError("expects vectors, found ") << value.getType();
}

LogicalResult treadle::checkFinite(Operation *op, std::optional<APFloat> number,
                                   StringRef what) {
  if (!number || number->isFinite())
    return success();
  return op->emitOpError() << "expects a finite " << what;
}

bool treadle::areCompatibleTypes(TypeRange inferred, TypeRange given) {
  return llvm::all_equal({inferred.size(), given.size()}) &&
         llvm::all_of(llvm::zip(inferred, given), [](auto pair) {
           auto [left, right] = pair;
           return getElementTypeOrSelf(left) == getElementTypeOrSelf(right) &&
                  succeeded(verifyCompatibleShape(left, right));
         });
}

int64_t treadle::getExtent(Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getDimSize(dim < 0 ? type.getRank() + dim : dim);
}
