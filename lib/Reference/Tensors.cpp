//===- Tensors.cpp - What the operations of tensor mean -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include "treadle/Dialect/Treadle/IR/Reshapes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace treadle;

/// Fails unless there is an element at `index`.
static LogicalResult checkIndex(Operation *op, const Tensor &tensor,
                                Index index) {
  for (auto [dim, position] : llvm::enumerate(index))
    if (position < 0 || position >= tensor.getExtent(dim))
      return op->emitOpError()
             << "has the index " << position << " in dimension " << dim
             << ", whose extent is " << tensor.getExtent(dim);
  return success();
}

static SmallVector<int64_t> getIntegers(Frame &frame, ValueRange values) {
  return llvm::map_to_vector(
      values, [&](Value value) { return frame.get(value).getInteger(); });
}

/// The static extents of a type with the dynamic ones put in.
static SmallVector<int64_t> getShape(Frame &frame, Type type,
                                     ValueRange dynamic) {
  SmallVector<int64_t> shape(cast<ShapedType>(type).getShape());
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent)) {
      extent = frame.get(dynamic.front()).getInteger();
      dynamic = dynamic.drop_front();
    }
  return shape;
}

//===----------------------------------------------------------------------===//
// Whole tensors
//===----------------------------------------------------------------------===//

/// Elements that nobody has written: NaN, and the smallest integer, so that a
/// program which reads them is found out.
static LogicalResult empty(tensor::EmptyOp op, Frame &frame) {
  FailureOr<Tensor> tensor = frame.make(
      op, getShape(frame, op.getType(), op.getDynamicSizes()), op.getType());
  if (failed(tensor))
    return failure();
  if (tensor->isFloat())
    llvm::fill(tensor->getMutableFloats(), std::nan(""));
  else
    llvm::fill(tensor->getMutableIntegers(),
               wrapInteger(std::numeric_limits<int64_t>::min(),
                           op.getType().getElementType()));
  return frame.set(op.getResult(), *tensor);
}

static LogicalResult fromElements(tensor::FromElementsOp op, Frame &frame) {
  FailureOr<Tensor> tensor =
      frame.make(op, op.getType().getShape(), op.getType());
  if (failed(tensor))
    return failure();
  unsigned next = 0;
  (void)forEachIndex(op.getType().getShape(), [&](Index index) {
    tensor->setElement(index, frame.get(op.getElements()[next++]));
    return success();
  });
  return frame.set(op.getResult(), *tensor);
}

/// result[i] = input
static LogicalResult splat(tensor::SplatOp op, Frame &frame) {
  Tensor input = frame.get(op.getInput());
  FailureOr<Tensor> tensor = frame.make(
      op, getShape(frame, op.getType(), op.getDynamicSizes()), op.getType());
  if (failed(tensor))
    return failure();
  (void)forEachIndex(tensor->getShape(), [&](Index index) {
    tensor->setElement(index, input);
    return success();
  });
  return frame.set(op.getResult(), *tensor);
}

/// Gives each element of `tensor` for which `isAsked` what `body` makes of its
/// index.
static LogicalResult generate(Operation *op, Region &body, Frame &frame,
                              Tensor &tensor,
                              llvm::function_ref<bool(Index)> isAsked) {
  SmallVector<int64_t> shape(tensor.getShape());
  return forEachIndex(shape, [&](Index index) -> LogicalResult {
    if (!isAsked(index))
      return success();
    SmallVector<Tensor> arguments(index.begin(), index.end());
    FailureOr<SmallVector<Tensor>> element = frame.run(body, arguments);
    if (failed(element))
      return failure();
    tensor.setElement(index, element->front());
    return success();
  });
}

/// result[i] = body(i)
static LogicalResult generateOp(tensor::GenerateOp op, Frame &frame) {
  FailureOr<Tensor> tensor = frame.make(
      op, getShape(frame, op.getType(), op.getDynamicExtents()), op.getType());
  if (failed(tensor) || failed(generate(op, op.getBody(), frame, *tensor,
                                        [](Index) { return true; })))
    return failure();
  return frame.set(op.getResult(), *tensor);
}

static LogicalResult dim(tensor::DimOp op, Frame &frame) {
  Tensor source = frame.get(op.getSource());
  int64_t number = frame.get(op.getIndex()).getInteger();
  if (number < 0 || number >= source.getRank())
    return op.emitOpError() << "asks for dimension " << number
                            << " of a tensor of rank " << source.getRank();
  return frame.set(op.getResult(), Tensor(source.getExtent(number)));
}

//===----------------------------------------------------------------------===//
// Elements and slices
//===----------------------------------------------------------------------===//

static LogicalResult extract(tensor::ExtractOp op, Frame &frame) {
  Tensor tensor = frame.get(op.getTensor());
  SmallVector<int64_t> index = getIntegers(frame, op.getIndices());
  if (failed(checkIndex(op, tensor, index)))
    return failure();
  return frame.set(op.getResult(), tensor.getElement(index));
}

static LogicalResult insert(tensor::InsertOp op, Frame &frame) {
  Tensor tensor = frame.get(op.getDest());
  SmallVector<int64_t> index = getIntegers(frame, op.getIndices());
  if (failed(checkIndex(op, tensor, index)))
    return failure();
  tensor.setElement(index, frame.get(op.getScalar()));
  return frame.set(op.getResult(), tensor);
}

/// Fails unless the slice lies in the tensor.
static LogicalResult checkSlice(Operation *op, const Tensor &tensor,
                                Index offsets, Index sizes, Index strides) {
  for (int64_t dim = 0; dim < tensor.getRank(); ++dim) {
    int64_t last;
    bool outside = offsets[dim] < 0 || sizes[dim] < 0 || strides[dim] < 1 ||
                   llvm::MulOverflow(sizes[dim] - 1, strides[dim], last) ||
                   llvm::AddOverflow(last, offsets[dim], last);
    if (outside || (sizes[dim] > 0 ? last >= tensor.getExtent(dim)
                                   : offsets[dim] > tensor.getExtent(dim)))
      return op->emitOpError()
             << "takes " << sizes[dim] << " elements from " << offsets[dim]
             << " on with the stride " << strides[dim] << " of dimension "
             << dim << ", whose extent is " << tensor.getExtent(dim);
  }
  return success();
}

static SmallVector<int64_t> getPosition(Index index, Index offsets,
                                        Index strides) {
  SmallVector<int64_t> position;
  for (size_t dim = 0; dim < index.size(); ++dim)
    position.push_back(offsets[dim] + strides[dim] * index[dim]);
  return position;
}

/// result[i] = source[offsets + strides · i], without the dimensions of size
/// one that the result's type drops.
static LogicalResult extractSlice(tensor::ExtractSliceOp op, Frame &frame) {
  Tensor source = frame.get(op.getSource());
  SmallVector<int64_t> offsets = frame.getIntegers(op.getMixedOffsets());
  SmallVector<int64_t> sizes = frame.getIntegers(op.getMixedSizes());
  SmallVector<int64_t> strides = frame.getIntegers(op.getMixedStrides());
  if (failed(checkSlice(op, source, offsets, sizes, strides)))
    return failure();
  FailureOr<Tensor> slice = frame.make(op, sizes, op.getType());
  if (failed(slice))
    return failure();
  (void)forEachIndex(sizes, [&](Index index) {
    slice->setElement(index,
                      source.getElement(getPosition(index, offsets, strides)));
    return success();
  });
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (!dropped[dim])
      shape.push_back(size);
  return frame.set(op.getResult(), slice->reshaped(shape));
}

static SmallVector<int64_t> dropUnits(Index shape) {
  SmallVector<int64_t> others(shape);
  llvm::erase(others, 1);
  return others;
}

LogicalResult treadle::insertSlice(Operation *op, const Tensor &source,
                                   Tensor &destination, Index offsets,
                                   Index sizes, Index strides) {
  if (failed(checkSlice(op, destination, offsets, sizes, strides)))
    return failure();
  if (dropUnits(source.getShape()) != dropUnits(sizes))
    return op->emitOpError()
           << "puts a tensor of the shape "
           << formatShape(source.getShape().vec()) << " where "
           << formatShape(sizes.vec()) << " is expected";
  Tensor full = source.reshaped(sizes);
  return forEachIndex(sizes, [&](Index index) {
    destination.setElement(getPosition(index, offsets, strides),
                           full.getElement(index));
    return success();
  });
}

static LogicalResult insertSliceOp(tensor::InsertSliceOp op, Frame &frame) {
  Tensor destination = frame.get(op.getDest());
  if (failed(treadle::insertSlice(op, frame.get(op.getSource()), destination,
                                  frame.getIntegers(op.getMixedOffsets()),
                                  frame.getIntegers(op.getMixedSizes()),
                                  frame.getIntegers(op.getMixedStrides()))))
    return failure();
  return frame.set(op.getResult(), destination);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// The same elements in another shape.
static LogicalResult reshape(Operation *op, Frame &frame, Value source,
                             Index shape) {
  Tensor tensor = frame.get(source);
  if (countElements(shape) != tensor.getNumElements())
    return op->emitOpError()
           << "reshapes " << formatShape(tensor.getShape().vec()) << " to "
           << formatShape(shape.vec());
  return frame.set(op->getResult(0), tensor.reshaped(shape));
}

static LogicalResult collapseShape(tensor::CollapseShapeOp op, Frame &frame) {
  Tensor source = frame.get(op.getSrc());
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : getGroups(op)) {
    shape.push_back(1);
    for (int64_t dim : group)
      shape.back() *= source.getExtent(dim);
  }
  return reshape(op, frame, op.getSrc(), shape);
}

static LogicalResult expandShape(tensor::ExpandShapeOp op, Frame &frame) {
  return reshape(op, frame, op.getSrc(),
                 frame.getIntegers(op.getMixedOutputShape()));
}

static LogicalResult reshapeTo(tensor::ReshapeOp op, Frame &frame) {
  return reshape(op, frame, op.getSource(),
                 frame.get(op.getShape()).getIntegers());
}

/// result[i] = source[i - low] where there is such an element, body(i)
/// elsewhere.
static LogicalResult pad(tensor::PadOp op, Frame &frame) {
  Tensor source = frame.get(op.getSource());
  SmallVector<int64_t> low = frame.getIntegers(op.getMixedLowPad());
  SmallVector<int64_t> high = frame.getIntegers(op.getMixedHighPad());
  SmallVector<int64_t> shape(source.getShape());
  for (size_t dim = 0; dim < shape.size(); ++dim)
    shape[dim] += low[dim] + high[dim];
  FailureOr<Tensor> tensor = frame.make(op, shape, op.getType());
  if (failed(tensor))
    return failure();
  auto getSourceIndex = [&](Index index) {
    SmallVector<int64_t> from;
    for (size_t dim = 0; dim < index.size(); ++dim)
      from.push_back(index[dim] - low[dim]);
    return from;
  };
  (void)forEachIndex(shape, [&](Index index) {
    if (SmallVector<int64_t> from = getSourceIndex(index);
        source.contains(from))
      tensor->setElement(index, source.getElement(from));
    return success();
  });
  if (failed(generate(op, op.getRegion(), frame, *tensor, [&](Index index) {
        return !source.contains(getSourceIndex(index));
      })))
    return failure();
  return frame.set(op.getResult(), *tensor);
}

/// The inputs one behind the other in dimension dim.
static LogicalResult concat(tensor::ConcatOp op, Frame &frame) {
  SmallVector<Tensor> inputs = frame.get(op.getInputs());
  int64_t dim = op.getDim();
  SmallVector<int64_t> shape(inputs[0].getShape());
  shape[dim] = 0;
  for (const Tensor &input : inputs)
    shape[dim] += input.getExtent(dim);
  FailureOr<Tensor> tensor = frame.make(op, shape, op.getType());
  if (failed(tensor))
    return failure();
  SmallVector<int64_t> offsets(shape.size(), 0), strides(shape.size(), 1);
  for (const Tensor &input : inputs) {
    SmallVector<int64_t> sizes = shape;
    sizes[dim] = input.getExtent(dim);
    if (failed(
            treadle::insertSlice(op, input, *tensor, offsets, sizes, strides)))
      return failure();
    offsets[dim] += sizes[dim];
  }
  return frame.set(op.getResult(), *tensor);
}

void treadle::addTensorOperations(Interpreter &in) {
  in.add<tensor::EmptyOp>(empty);
  in.add<tensor::FromElementsOp>(fromElements);
  in.add<tensor::SplatOp>(splat);
  in.add<tensor::GenerateOp>(generateOp);
  in.add<tensor::DimOp>(dim);
  in.add<tensor::RankOp>([](tensor::RankOp op, Frame &frame) {
    return frame.set(op.getResult(),
                     Tensor(frame.get(op.getTensor()).getRank()));
  });
  in.add<tensor::ExtractOp>(extract);
  in.add<tensor::InsertOp>(insert);
  in.add<tensor::ExtractSliceOp>(extractSlice);
  in.add<tensor::InsertSliceOp>(insertSliceOp);
  in.add<tensor::CollapseShapeOp>(collapseShape);
  in.add<tensor::ExpandShapeOp>(expandShape);
  in.add<tensor::ReshapeOp>(reshapeTo);
  in.add<tensor::PadOp>(pad);
  in.add<tensor::ConcatOp>(concat);
  // Frame::set compares the shape with the type.
  in.add<tensor::CastOp>([](tensor::CastOp op, Frame &frame) {
    return frame.set(op.getResult(), frame.get(op.getSource()));
  });
}
