//===- Linalg.cpp - What the operations of linalg mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Affine.h"
#include "Families.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace treadle;

//===----------------------------------------------------------------------===//
// All that have a body
//===----------------------------------------------------------------------===//

/// The extents of the iteration space; fails when operands do not agree on one.
static FailureOr<SmallVector<int64_t>>
getIterationSpace(linalg::LinalgOp op, ArrayRef<Tensor> operands) {
  SmallVector<int64_t> extents(op.getNumLoops(), -1);
  for (auto [map, tensor] :
       llvm::zip_equal(op.getIndexingMapsArray(), operands))
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      if (auto dim = dyn_cast<AffineDimExpr>(map.getResult(i))) {
        int64_t &extent = extents[dim.getPosition()];
        if (extent >= 0 && extent != tensor.getExtent(i))
          return op->emitOpError()
                 << "has operands of " << extent << " and "
                 << tensor.getExtent(i) << " elements in dimension "
                 << dim.getPosition() << " of its iteration space";
        extent = tensor.getExtent(i);
      }
  if (llvm::is_contained(extents, -1))
    return op->emitOpError("has a dimension that no operand has by itself");
  return extents;
}

/// For each point i of the iteration space, the last dimension fastest:
///   outputs[map(i)] = body(inputs[map(i)]…, outputs[map(i)]…)
static LogicalResult linalgOp(linalg::LinalgOp op, Frame &frame) {
  if (!op.hasPureTensorSemantics() || op->getNumRegions() != 1)
    return op->emitOpError("is not an operation on tensors with a body");
  SmallVector<Tensor> operands = frame.get(op->getOperands());
  FailureOr<SmallVector<int64_t>> space = getIterationSpace(op, operands);
  if (failed(space))
    return failure();
  std::optional<int64_t> points = countElements(*space);
  if (failed(frame.spend(op,
                         points.value_or(std::numeric_limits<int64_t>::max()))))
    return failure();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  Block *body = op.getBlock();
  unsigned firstOutput = op.getNumDpsInputs();
  Frame point(frame);
  LogicalResult status = forEachIndex(*space, [&](Index i) -> LogicalResult {
    point.iteration.assign(i.begin(), i.end());
    SmallVector<SmallVector<int64_t>> places;
    for (auto [number, tensor] : llvm::enumerate(operands)) {
      std::optional<SmallVector<int64_t>> place = evaluate(maps[number], i);
      if (!place || !tensor.contains(*place))
        return op->emitOpError() << "reaches past its operand " << number;
      // Some bodies take inputs alone.
      if (number < body->getNumArguments() &&
          failed(
              point.set(body->getArgument(number), tensor.getElement(*place))))
        return failure();
      places.push_back(std::move(*place));
    }
    if (failed(point.run(*body)))
      return failure();
    for (auto [number, value] :
         llvm::enumerate(body->getTerminator()->getOperands()))
      operands[firstOutput + number].setElement(places[firstOutput + number],
                                                point.get(value));
    return success();
  });
  if (failed(status))
    return failure();
  for (OpResult result : op->getResults())
    if (failed(frame.set(result,
                         operands[firstOutput + result.getResultNumber()])))
      return failure();
  return success();
}

/// The position in one dimension of the iteration that it is in.
static LogicalResult iterationIndex(linalg::IndexOp op, Frame &frame) {
  return frame.set(op.getResult(), Tensor(frame.iteration[op.getDim()]));
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

/// result[…, i, …] = exp(x[…, i, …] - max) / Σ_i' exp(x[…, i', …] - max), as
/// upstream decomposes it: a row of -∞ is NaN, which treadle.softmax's is not.
static LogicalResult softmax(linalg::SoftmaxOp op, Frame &frame) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("is not an operation on tensors");
  Tensor x = frame.get(op.getInput());
  int64_t dim = op.getDimension();
  SmallVector<int64_t> shape(x.getShape()), rows(x.getShape());
  rows[dim] = 1;
  FailureOr<Tensor> y = frame.makeFloats(op, shape);
  if (failed(y))
    return failure();
  (void)forEachIndex(rows, [&](Index first) {
    SmallVector<int64_t> i(first);
    double largest = -INFINITY, sum = 0;
    for (i[dim] = 0; i[dim] < shape[dim]; ++i[dim])
      largest = std::isnan(x.getFloat(i)) ? x.getFloat(i)
                                          : std::fmax(largest, x.getFloat(i));
    for (i[dim] = 0; i[dim] < shape[dim]; ++i[dim])
      sum += std::exp(x.getFloat(i) - largest);
    for (i[dim] = 0; i[dim] < shape[dim]; ++i[dim])
      y->setElement(i, Tensor(std::exp(x.getFloat(i) - largest) / sum));
    return success();
  });
  return frame.set(op->getResult(0), *y);
}

/// Where element (outer…, inner…) of a packed tensor is in the plain one: with
/// inner dimension k a part of plain dimension p(k) in tiles of t(k),
///   plain[outer_perm(d)] = outer[d], and plain[p(k)] · t(k) + inner[k].
template <typename OpTy>
static SmallVector<int64_t> getPlainIndex(OpTy op, Index packed, Index tiles,
                                          int64_t plainRank) {
  SmallVector<int64_t> plain(plainRank);
  ArrayRef<int64_t> permutation = op.getOuterDimsPerm();
  for (int64_t dim = 0; dim < plainRank; ++dim)
    plain[permutation.empty() ? dim : permutation[dim]] = packed[dim];
  for (auto [k, dim] : llvm::enumerate(op.getInnerDimsPos()))
    plain[dim] = plain[dim] * tiles[k] + packed[plainRank + k];
  return plain;
}

/// packed[outer, inner] = plain[…], the padding value where there is none.
static LogicalResult pack(linalg::PackOp op, Frame &frame) {
  if (!isa<TensorType>(op.getSource().getType()))
    return op.emitOpError("is not an operation on tensors");
  Tensor plain = frame.get(op.getSource()), packed = frame.get(op.getDest());
  SmallVector<int64_t> tiles = frame.getIntegers(op.getMixedTiles());
  LogicalResult status =
      forEachIndex(packed.getShape(), [&](Index i) -> LogicalResult {
        SmallVector<int64_t> from =
            getPlainIndex(op, i, tiles, plain.getRank());
        if (plain.contains(from))
          packed.setElement(i, plain.getElement(from));
        else if (op.getPaddingValue())
          packed.setElement(i, frame.get(op.getPaddingValue()));
        else
          return op.emitOpError("has no padding value and tiles that its "
                                "source does not fill");
        return success();
      });
  if (failed(status))
    return failure();
  return frame.set(op->getResult(0), packed);
}

/// plain[…] = packed[outer, inner] where the plain tensor has such an element.
static LogicalResult unpack(linalg::UnPackOp op, Frame &frame) {
  if (!isa<TensorType>(op.getSource().getType()))
    return op.emitOpError("is not an operation on tensors");
  Tensor packed = frame.get(op.getSource()), plain = frame.get(op.getDest());
  SmallVector<int64_t> tiles = frame.getIntegers(op.getMixedTiles());
  (void)forEachIndex(packed.getShape(), [&](Index i) {
    SmallVector<int64_t> to = getPlainIndex(op, i, tiles, plain.getRank());
    if (plain.contains(to))
      plain.setElement(to, packed.getElement(i));
    return success();
  });
  return frame.set(op->getResult(0), plain);
}

void treadle::addLinalgOperations(Interpreter &interpreter) {
  interpreter.addInterface<linalg::LinalgOp>(linalgOp);
  interpreter.add<linalg::IndexOp>(iterationIndex);
  interpreter.add<linalg::SoftmaxOp>(softmax);
  interpreter.add<linalg::PackOp>(pack);
  interpreter.add<linalg::UnPackOp>(unpack);
}
