//===- ExpandBlocks.cpp - Residual blocks as sums, stacks as loops -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Dialect/Treadle/Transforms/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace treadle;

/// a x + b g * f, elementwise on rows or on one vector.
static Value addScaled(OpBuilder &builder, Location loc, ResidualOp op, Value x,
                       Value f) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t rank = type.getRank();
  MLIRContext *context = builder.getContext();
  AffineMap identity = AffineMap::getMultiDimIdentityMap(rank, context);
  SmallVector<Value> inputs = {x, f};
  SmallVector<AffineMap> maps = {identity, identity};
  if (Value gate = op.getGate()) {
    SmallVector<AffineExpr> results;
    if (cast<RankedTensorType>(gate.getType()).getDimSize(0) == 1)
      // A number, which has no dimension that blocks could be cut along.
      gate = tensor::CollapseShapeOp::create(
          builder, loc, RankedTensorType::get({}, type.getElementType()), gate,
          ArrayRef<ReassociationIndices>());
    else
      results.push_back(getAffineDimExpr(rank - 1, context));
    inputs.push_back(gate);
    maps.push_back(AffineMap::get(rank, 0, results, context));
  }
  maps.push_back(identity);
  auto scale = [&](OpBuilder &b, Location loc, std::optional<APFloat> factor,
                   Value value) -> Value {
    if (!factor)
      return value;
    Value number =
        createFloat(b, loc, type.getElementType(), factor->convertToDouble());
    return arith::MulFOp::create(b, loc, value, number);
  };
  return linalg::GenericOp::create(
             builder, loc, type, inputs,
             createEmpty(builder, loc, tensor::getMixedSizes(builder, loc, x),
                         type.getElementType()),
             maps,
             SmallVector<utils::IteratorType>(rank,
                                              utils::IteratorType::parallel),
             [&](OpBuilder &b, Location loc, ValueRange args) {
               Value change = scale(b, loc, op.getScale(), args[1]);
               if (op.getGate())
                 change = arith::MulFOp::create(b, loc, change, args[2]);
               Value sum = arith::AddFOp::create(
                   b, loc, scale(b, loc, op.getInputScale(), args[0]), change);
               linalg::YieldOp::create(b, loc, sum);
             })
      .getResult(0);
}

namespace {

/// a x + b g * f(x), added row by row, the shape that products are made in.
struct ExpandResidual : OpRewritePattern<ResidualOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ResidualOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    // The branch may yield its own argument, which inlining replaces.
    YieldOp yield = op.getYield();
    rewriter.inlineBlockBefore(&op.getBranch().front(), op, op.getInput());
    Value branch = flattenRows(rewriter, loc, yield.getValues()[0]);
    rewriter.eraseOp(yield);
    Value input = flattenRows(rewriter, loc, op.getInput());
    Value sum = op.getScale() || op.getInputScale() || op.getGate()
                    ? addScaled(rewriter, loc, op, input, branch)
                    : arith::AddFOp::create(rewriter, loc, input, branch);
    rewriter.replaceOp(op, unflattenRows(rewriter, loc, sum, op.getInput()));
    return success();
  }
};

/// A loop over layers that carries the residual stream, as rows.
struct ExpandStack : OpRewritePattern<StackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StackOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    // What is inside says more about its shapes once it has been expanded.
    if (op.getLayer()
            .walk([](Operation *inner) {
              return isa<MultiHeadAttentionOp, FeedForwardOp,
                         GatedFeedForwardOp, ResidualOp>(inner)
                         ? WalkResult::interrupt()
                         : WalkResult::advance();
            })
            .wasInterrupted())
      return rewriter.notifyMatchFailure(op,
                                         "its layers are still to be expanded");
    for (Operation *user : op.getLayerIndex().getUsers())
      if (auto parameter = dyn_cast<ParameterOp>(user)) {
        if (parameter.getMembers() &&
            parameter.getMembers() != static_cast<uint64_t>(op.getCount()))
          return rewriter.notifyMatchFailure(
              op, "a family has another number of members");
        rewriter.modifyOpInPlace(parameter,
                                 [&] { parameter.setMembers(op.getCount()); });
      }

    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(rewriter, loc, value);
    };
    // Caches keep their shape; the others are carried as rows.
    YieldOp yield = op.getYield();
    SmallVector<bool> asRows;
    for (Value next : yield.getValues())
      asRows.push_back(!next.getDefiningOp<CacheAppendOp>());
    auto flatten = [&](ValueRange values) {
      SmallVector<Value> rows;
      for (auto [i, value] : llvm::enumerate(values))
        rows.push_back(asRows[i] ? flattenRows(rewriter, loc, value) : value);
      return rows;
    };
    auto unflatten = [&](ValueRange rows) {
      SmallVector<Value> values;
      for (auto [i, row] : llvm::enumerate(rows))
        values.push_back(
            asRows[i] ? unflattenRows(rewriter, loc, row, op.getInitial()[i])
                      : Value(row));
      return values;
    };

    auto loop =
        scf::ForOp::create(rewriter, loc, constant(0), constant(op.getCount()),
                           constant(1), flatten(op.getInitial()));
    Block *body = loop.getBody();
    // The loop makes itself a terminator when it carries nothing.
    if (body->mightHaveTerminator())
      rewriter.eraseOp(body->getTerminator());
    rewriter.setInsertionPointToEnd(body);
    SmallVector<Value> stream = unflatten(loop.getRegionIterArgs());
    stream.push_back(loop.getInductionVar());
    rewriter.inlineBlockBefore(&op.getLayer().front(), body, body->end(),
                               stream);
    // What it yields may be an argument of the region, which inlining replaces.
    SmallVector<Value> next(yield.getValues());
    rewriter.eraseOp(yield);
    rewriter.setInsertionPointToEnd(body);
    scf::YieldOp::create(rewriter, loc, flatten(next));
    rewriter.setInsertionPointAfter(loop);
    rewriter.replaceOp(op, unflatten(loop.getResults()));
    return success();
  }
};

} // namespace

void treadle::populateExpandBlockPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandResidual, ExpandStack>(patterns.getContext());
}
