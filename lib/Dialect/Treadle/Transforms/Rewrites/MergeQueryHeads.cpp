//===- MergeQueryHeads.cpp - Heads that share keys are queries -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In decoding there is one query, and a vector of queries would be all but
// empty. The heads of a group score the same keys: they fill it, and their
// products with the keys are one product.
//
//===----------------------------------------------------------------------===//

#include "../AttentionTiling.h"

#include "treadle/Dialect/Treadle/Transforms/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Rewrites.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace treadle {
#define GEN_PASS_DEF_MERGEQUERYHEADSPASS
#include "treadle/Dialect/Treadle/Transforms/Passes.h.inc"
} // namespace treadle

using namespace mlir;
using namespace treadle;

/// Groups of the dimensions of a tensor without its dimension `unit`, of extent
/// one, which goes with a neighbour.
static SmallVector<ReassociationIndices> getGroups(int64_t rank, int64_t unit) {
  SmallVector<ReassociationIndices> groups;
  int64_t with = unit + 1 < rank ? unit : unit - 1;
  for (int64_t i = 0; i < rank; ++i) {
    if (i == with + 1)
      groups.back().push_back(i);
    else
      groups.push_back({i});
  }
  return groups;
}

namespace {

struct MergeQueryHeads : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override;

private:
  /// An outer dimension that can take the place of the queries.
  static std::optional<unsigned> findGroup(AttentionOp op,
                                           ArrayRef<AffineMap> maps);
};

} // namespace

std::optional<unsigned> MergeQueryHeads::findGroup(AttentionOp op,
                                                   ArrayRef<AffineMap> maps) {
  auto iface = cast<AttentionOpInterface>(op.getOperation());
  bool hasBatch = op.getLengths() || op.getOffsets() || op.getPrefixes();
  for (unsigned dim = iface.getNumOuterDims(); dim-- > hasBatch;) {
    auto isRead = [&](AffineMap map) {
      return map && map.isFunctionOfDim(dim);
    };
    // What is the same for all queries may not depend on it.
    if (isRead(maps[1]) || isRead(maps[2]) || isRead(op.getSinksMap()) ||
        (op.getScoreWeights() && isRead(maps[4])))
      continue;
    // Nor may the change of a score: the first argument is the score.
    if (!op.getChange().empty() &&
        !op.getChange().getArgument(1 + dim).use_empty())
      continue;
    return dim;
  }
  return std::nullopt;
}

LogicalResult
MergeQueryHeads::matchAndRewrite(AttentionOp op,
                                 PatternRewriter &rewriter) const {
  unsigned query = op.getQueryDim();
  if (op.getStaticExtent(query) != 1)
    return rewriter.notifyMatchFailure(op, "it is not of one query");
  if (op.getPlan())
    return rewriter.notifyMatchFailure(op, "its plan is made for its queries");
  if (MaskAttr mask = op.getMaskAttr(); mask && mask.isPositional())
    return rewriter.notifyMatchFailure(op, "its mask goes by positions");
  SmallVector<AffineMap> maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  std::optional<unsigned> group = findGroup(op, maps);
  if (!group)
    return rewriter.notifyMatchFailure(op, "no heads share keys");
  MLIRContext *context = rewriter.getContext();
  auto findQuery = [&](AffineMap map) {
    return map.getResultPosition(getAffineDimExpr(query, context));
  };
  if (llvm::any_of(maps, [&](AffineMap map) {
        return map.getNumResults() == 1 && findQuery(map);
      }))
    return rewriter.notifyMatchFailure(op, "a tensor is of queries alone");
  ReifiedRankedShapedTypeDims shapes;
  if (failed(reifyResultShapes(rewriter, op, shapes)))
    return rewriter.notifyMatchFailure(op, "its extents are not known");

  // The group's dimension becomes the queries', which lies behind the outer
  // ones.
  auto moveDim = [&](unsigned dim) {
    if (dim == *group)
      dim = query;
    return getAffineDimExpr(dim > *group ? dim - 1 : dim, context);
  };
  SmallVector<Value> operands(op->getOperands());
  SmallVector<OpOperand *> mapped = getMappedOperands(op);
  SmallVector<AffineMap> moved;
  // For each result its type and the groups of its dimensions.
  SmallVector<Type> types;
  SmallVector<SmallVector<ReassociationIndices>> resultGroups;
  for (auto [i, map] : llvm::enumerate(maps)) {
    std::optional<unsigned> unit = findQuery(map);
    SmallVector<AffineExpr> results;
    for (unsigned j = 0; j < map.getNumResults(); ++j)
      if (j != unit)
        results.push_back(moveDim(map.getDimPosition(j)));
    moved.push_back(AffineMap::get(map.getNumDims() - 1, 0, results, context));
    SmallVector<ReassociationIndices> groups;
    if (unit)
      groups = getGroups(map.getNumResults(), *unit);
    if (OpOperand *operand = mapped[i]) {
      if (unit)
        operands[operand->getOperandNumber()] = tensor::CollapseShapeOp::create(
            rewriter, op.getLoc(), operand->get(), groups);
      continue;
    }
    auto type = cast<RankedTensorType>(op->getResult(types.size()).getType());
    types.push_back(
        unit ? tensor::CollapseShapeOp::inferCollapsedType(type, groups)
             : type);
    resultGroups.push_back(groups);
  }

  auto merged = cast<AttentionOp>(cloneWith(rewriter, op, types, operands));
  merged.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(moved));
  if (Region &change = merged.getChange(); !change.empty()) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(&change.front());
    BlockArgument position = change.getArgument(1 + query);
    if (!position.use_empty())
      rewriter.replaceAllUsesWith(
          position, arith::ConstantIndexOp::create(rewriter, op.getLoc(), 0));
    change.eraseArgument(1 + *group);
  }
  SmallVector<Value> results;
  for (auto [i, result] : llvm::enumerate(merged->getResults()))
    results.push_back(
        resultGroups[i].empty()
            ? Value(result)
            : tensor::ExpandShapeOp::create(rewriter, op.getLoc(),
                                            op->getResult(i).getType(), result,
                                            resultGroups[i], shapes[i]));
  rewriter.replaceOp(op, results);
  return success();
}

void treadle::populateMergeQueryHeadsPatterns(RewritePatternSet &patterns,
                                              PatternBenefit benefit) {
  patterns.add<MergeQueryHeads>(patterns.getContext(), benefit);
}

namespace {
struct MergeQueryHeadsPass
    : treadle::impl::MergeQueryHeadsPassBase<MergeQueryHeadsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    // Causality for one query says nothing, and is then not in the way.
    populateSimplifyMasksPatterns(patterns);
    populateMergeQueryHeadsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
