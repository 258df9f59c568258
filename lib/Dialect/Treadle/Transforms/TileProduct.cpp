//===- TileProduct.cpp - A block of a product, panel by panel -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of the result is some rows by some panels of columns. Where the
// decision blocks the reduction, rows of the left operand are brought into
// memory of the thread's own for each part of it: rows that are a multiple of
// some kilobytes apart share a few sets of the first cache, where a tile's
// rows would drive each other out, and rows that are too long leave the second
// cache no room for a block of them.
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"
#include "Tiling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

namespace {

/// Bytes that a row in the thread's memory is longer than its content: a line,
/// so that no two neighbours begin in one set of a cache.
constexpr int64_t kLineBytes = 64;

/// Makes one block of the result of a group that has a product.
class ProductBlock {
public:
  ProductBlock(RewriterBase &b, Group &group, Value whole, const Ranges &ranges)
      : b(b), group(group), product(group.product), whole(whole),
        loc(product.getLoc()), rows(*ranges[0]), panels(*ranges[1]),
        decision(product->getAttrOfType<ProductAttr>(kLoweringAttrName)) {}

  /// `block` is the part of `whole` that becomes the result.
  Value make(Value block);

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  OpOperand &getLeft() { return *product.getDpsInputOperand(0); }
  /// Elements of the reduction that are one step of it: two where they are
  /// pairs.
  int64_t getStepElements() {
    return ShapedType::getNumElements(
        product.getShape(&getLeft()).drop_front(2));
  }

  /// Panel after panel of a block: `make` gets the panel's place in the whole
  /// and its part of the block, and returns that part as it is to be. A block
  /// [rows, columns] is what is left of the panels' columns: a panel is then
  /// made in the thread's memory.
  Value forPanels(Value block, function_ref<Value(DimRange, Value)> make);
  /// The part of a block that is its panel number `panel`.
  Value getPanel(Value block, Value panel);
  /// Puts what is left of a panel's columns into a block of [rows, columns].
  Value crop(Value made, Value block, Value panel);
  /// Copies. A linalg operation that does would be folded into what it copies.
  Value put(Value from, Value to) {
    return bufferization::MaterializeInDestinationOp::create(
               b, loc, to.getType(), from, to)
        .getResult();
  }
  /// Rows of the left operand for steps `steps` of the reduction.
  Value copyLeft(const DimRange &steps);
  /// The same of all steps, made here by the group's prologue.
  Value makeLeft(Value block);
  /// The product with its reduction in parts, made into `sums`.
  Value sum(Value sums, int64_t extent, int64_t size);
  /// The group's result of one panel; `change` says which parts are there.
  Value makePanel(DimRange panel, Value part,
                  function_ref<void(BlockBuilder &)> change) {
    BlockBuilder builder(b, group, whole, part);
    change(builder);
    return builder.getPart(group.root->getResult(0),
                           {rows, panel, std::nullopt});
  }

  RewriterBase &b;
  Group &group;
  linalg::GenericOp product;
  Value whole;
  Location loc;
  DimRange rows, panels;
  ProductAttr decision;
};

} // namespace

/// Puts `made` where `part` was cut out of `tensor`.
static Value insertLike(OpBuilder &b, Value made, Value tensor, Value part) {
  auto slice = part.getDefiningOp<tensor::ExtractSliceOp>();
  return tensor::InsertSliceOp::create(
      b, made.getLoc(), made, tensor, slice.getMixedOffsets(),
      slice.getMixedSizes(), slice.getMixedStrides());
}

Value ProductBlock::getPanel(Value block, Value panel) {
  int64_t width = cast<RankedTensorType>(block.getType()).getShape().back();
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(
      b, loc, block, ArrayRef<OpFoldResult>{zero, panel, zero},
      ArrayRef<OpFoldResult>{rows.size, one, b.getIndexAttr(width)},
      ArrayRef<OpFoldResult>{one, one, one});
}

Value ProductBlock::forPanels(Value block,
                              function_ref<Value(DimRange, Value)> make) {
  Value count = getValueOrCreateConstantIndexOp(b, loc, panels.size);
  auto loop = scf::ForOp::create(b, loc, index(0), count, index(1), block);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value panel = loop.getInductionVar(), carried = loop.getRegionIterArg(0);
  Value first = getValueOrCreateConstantIndexOp(b, loc, panels.offset);
  Value place = arith::AddIOp::create(b, loc, first, panel);
  DimRange range{place, b.getIndexAttr(1), 1};
  bool isCropped = cast<RankedTensorType>(block.getType()).getRank() == 2;
  Value part = isCropped ? getScratch(b, whole, {rows, range, std::nullopt})
                         : getPanel(carried, panel);
  Value made = make(range, part);
  Value next = isCropped ? crop(made, carried, panel)
                         : insertLike(b, made, carried, part);
  scf::YieldOp::create(b, loc, next);
  return loop.getResult(0);
}

Value ProductBlock::crop(Value made, Value block, Value panel) {
  Value flat = tensor::CollapseShapeOp::create(
      b, loc, made, ArrayRef<ReassociationIndices>{{0}, {1, 2}});
  Value width = index(cast<RankedTensorType>(flat.getType()).getShape().back());
  Value first = arith::MulIOp::create(b, loc, panel, width);
  Value left = arith::SubIOp::create(
      b, loc, tensor::DimOp::create(b, loc, block, 1), first);
  OpFoldResult size = Value(arith::MinSIOp::create(b, loc, left, width));
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  auto take = [&](Value tensor, OpFoldResult column) -> Value {
    return tensor::ExtractSliceOp::create(
        b, loc, tensor, ArrayRef<OpFoldResult>{zero, column},
        ArrayRef<OpFoldResult>{rows.size, size},
        ArrayRef<OpFoldResult>{one, one});
  };
  Value part = take(block, first);
  return insertLike(b, put(take(flat, zero), part), block, part);
}

Value ProductBlock::copyLeft(const DimRange &steps) {
  auto type = cast<RankedTensorType>(getLeft().get().getType());
  Ranges ranges(type.getRank());
  ranges[0] = rows;
  ranges[1] = steps;
  Value from = getSlice(b, getLeft().get(), ranges);
  SmallVector<int64_t> gaps(type.getRank(), 0);
  gaps[1] = std::max<int64_t>(
      1, kLineBytes * 8 / type.getElementTypeBitWidth() / getStepElements());
  Value to = getScratch(b, getLeft().get(), ranges, gaps);
  return put(from, to);
}

Value ProductBlock::makeLeft(Value block) {
  Value made = group.prologue->getResult(0);
  auto type = cast<RankedTensorType>(made.getType());
  int64_t extent = type.getDimSize(1);
  Ranges ranges = {rows,
                   DimRange{b.getIndexAttr(0), b.getIndexAttr(extent), extent}};
  int64_t gap = kLineBytes * 8 / type.getElementTypeBitWidth();
  BlockBuilder builder(b, group, whole, block);
  builder.setPart(*group.prologue.getDpsInitOperand(0),
                  getScratch(b, made, ranges, {0, gap}));
  Value part = builder.getPart(made, ranges);
  auto split = getLeft().get().getDefiningOp<tensor::ExpandShapeOp>();
  if (!split)
    return part;
  SmallVector<int64_t> shape(split.getResultType().getShape());
  SmallVector<OpFoldResult> sizes = {rows.size};
  for (int64_t size : ArrayRef(shape).drop_front())
    sizes.push_back(b.getIndexAttr(size));
  shape[0] = cast<RankedTensorType>(part.getType()).getDimSize(0);
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), part,
                                       split.getReassociationIndices(), sizes);
}

Value ProductBlock::sum(Value sums, int64_t extent, int64_t size) {
  auto loop =
      scf::ForOp::create(b, loc, index(0), index(extent), index(size), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  DimRange steps{first, b.getIndexAttr(size), size};
  if (extent % size != 0) {
    Value left = arith::SubIOp::create(b, loc, index(extent), first);
    steps.size = Value(arith::MinSIOp::create(b, loc, left, index(size)));
  }
  Value left = copyLeft(steps);
  Value made = forPanels(
      loop.getRegionIterArg(0), [&](DimRange panel, Value part) -> Value {
        Value whole = product.getDpsInputs()[1];
        Ranges ranges(cast<RankedTensorType>(whole.getType()).getRank());
        ranges[0] = panel;
        ranges[1] = steps;
        Value right = getSlice(b, whole, ranges);
        return clone(b, product, part.getType(), {left, right, part})
            ->getResult(0);
      });
  scf::YieldOp::create(b, loc, made);
  return loop.getResult(0);
}

Value ProductBlock::make(Value block) {
  int64_t size = decision.getReduction() / getStepElements();
  if (size == 0)
    return forPanels(block, [&](DimRange panel, Value part) {
      return makePanel(panel, part, [](BlockBuilder &) {});
    });

  int64_t extent = product.getShape(&getLeft())[1];
  if (extent <= size) {
    Value left =
        group.prologue
            ? makeLeft(block)
            : copyLeft({b.getIndexAttr(0), b.getIndexAttr(extent), extent});
    return forPanels(block, [&](DimRange panel, Value part) {
      return makePanel(panel, part, [&](BlockBuilder &builder) {
        builder.setPart(getLeft(), left);
      });
    });
  }

  // Sums of parts are in the thread's memory, too: rows of the result that are
  // some kilobytes apart would leave the caches from one part to the next.
  Value init = product.getDpsInits()[0];
  Value sums = getScratch(b, init, {rows, panels, std::nullopt});
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    sums =
        linalg::FillOp::create(b, loc, fill.getInputs()[0], sums).getResult(0);
  else
    sums = put(init == whole ? block
                             : getSlice(b, init, {rows, panels, std::nullopt}),
               sums);
  sums = sum(sums, extent, size);
  return forPanels(block, [&](DimRange panel, Value part) {
    Value place = b.createOrFold<arith::SubIOp>(
        loc, getValueOrCreateConstantIndexOp(b, loc, panel.offset),
        getValueOrCreateConstantIndexOp(b, loc, panels.offset));
    Value made = getPanel(sums, place);
    // A crop takes the sums from where they are.
    if (group.root == product)
      return group.crop ? made : put(made, part);
    return makePanel(panel, part, [&](BlockBuilder &builder) {
      for (OpOperand &operand : group.root->getOpOperands()) {
        if (operand.get() != product.getResult(0))
          continue;
        // What is made in the product's place is made in the block's.
        bool isPlace = group.root.isDpsInit(&operand);
        bool isRead = group.root.payloadUsesValueFromOperand(&operand);
        builder.setPart(operand, !isPlace ? made
                                 : isRead ? put(made, part)
                                          : part);
      }
    });
  });
}

Value treadle::makeBlockOfProduct(RewriterBase &rewriter, Group &group,
                                  Value whole, Value block,
                                  const Ranges &ranges) {
  return ProductBlock(rewriter, group, whole, ranges).make(block);
}
