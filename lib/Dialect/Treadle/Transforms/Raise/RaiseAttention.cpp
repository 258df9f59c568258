//===- RaiseAttention.cpp - Attention in linalg -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   out(…, m, e) = Σ_n softmax_n(s(…, m, n)) v(…, n, e)
//   s(…, m, n)   = f(Σ_d q(…, m, d) k(…, n, d), …, m, n)
//
// f is taken apart from the outside: selections of -∞ become the mask and the
// selection, an addition the bias, a factor next to the products the scale, and
// what is left the region. Everything but the selections is an equality of real
// numbers; where all keys of a query are hidden the dialect gives zeros, and
// exp(-∞ - -∞) in linalg NaN.
//
//===----------------------------------------------------------------------===//

#include "Masks.h"
#include "Operands.h"
#include "RaisePattern.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace treadle;

namespace {

/// Σ_d queries(…, m, d) keys(…, n, d).
struct Products {
  Element sum, queries, keys;
  unsigned d;
};

/// What is recognised of an attention.
struct Attention {
  Element result, values;
  Products products;
  SmallVector<unsigned> outer;
  unsigned m, n, e;
  double scale = 1.0;
  SmallVector<Condition> conditions;
  Element bias;
  /// The score before bias and selections is a multiple of the products, or
  /// cap · tanh of one, or any element `changed`.
  std::optional<double> cap;
  Element changed;
};

bool contains(ArrayRef<unsigned> dims, unsigned dim) {
  return llvm::is_contained(dims, dim);
}

struct RaiseAttention : RaisePattern {
  RaiseAttention(MLIRContext *context, RaiseRemarks *remarks,
                 PatternBenefit benefit)
      : RaisePattern(context, "attention", remarks, benefit) {}

  LogicalResult raise(Operation *op, PatternRewriter &rewriter) const override {
    auto product = dyn_cast<linalg::LinalgOp>(op);
    if (!product || product.getNumReductionLoops() == 0)
      return rewriter.notifyMatchFailure(op, "it is no product");

    // Dimensions in which several lie are split, and all is looked at again.
    Dimensions dims(rewriter.getContext());
    Element result = dims.getElement(op->getResult(0));
    constexpr unsigned kMostSplits = 4;
    for (unsigned splits = 0;; ++splits) {
      unsigned count = dims.size();
      Attention attention;
      attention.result = result;
      if (failed(match(op, dims, attention, rewriter)))
        return failure();
      std::optional<Split> split;
      for (const Element &element : {attention.products.queries,
                                     attention.products.keys, attention.values})
        if (!split)
          split = findSplit(dims, element, count);
      if (!split || splits == kMostSplits)
        return build(op, dims, attention, rewriter);
      AffineExpr outer = dims.get(dims.add(split->tensor, split->position));
      AffineExpr inner = dims.get(dims.add(split->inner));
      result = replaceDim(result, split->dim, outer * split->inner + inner);
    }
  }

private:
  LogicalResult match(Operation *op, Dimensions &dims, Attention &attention,
                      PatternRewriter &rewriter) const {
    std::optional<Sum> sum = getSum(dims, attention.result);
    if (!sum)
      return rewriter.notifyMatchFailure(op, "it is no sum from zero");
    Step product = dims.step(sum->summand);
    if (!product.applies<arith::MulFOp>())
      return rewriter.notifyMatchFailure(op, "it is no sum of products");
    std::optional<Softmax> softmax;
    for (unsigned i = 0; i < 2 && !softmax; ++i) {
      std::string why;
      softmax = getSoftmax(dims, product.operands[i], why);
      if (!softmax && !why.empty())
        return miss(rewriter, op, why);
      attention.values = product.operands[1 - i];
    }
    if (!softmax)
      return rewriter.notifyMatchFailure(op, "neither operand is a softmax");
    if (softmax->dim != sum->dim)
      return miss(rewriter, op,
                  "the softmax is not over the dimension of the keys");
    attention.n = sum->dim;
    if (failed(matchScores(op, dims, softmax->scores, attention, rewriter)) ||
        failed(matchDims(op, dims, attention, rewriter)))
      return failure();
    return checkUsers(op, attention.products, rewriter);
  }

  /// The products of queries and keys that `element` is made of. Sums of
  /// products that do not mention the keys are none.
  static std::optional<Products> findProducts(Dimensions &dims,
                                              const Element &element,
                                              unsigned n, unsigned depth = 0) {
    constexpr unsigned kDeepest = 32;
    Step step = dims.step(element);
    if (step.kind == Step::Apply && depth < kDeepest) {
      for (const Element &operand : step.operands)
        if (auto found = findProducts(dims, operand, n, depth + 1))
          return found;
      return std::nullopt;
    }
    std::optional<Sum> sum = getSum(dims, element);
    if (!sum)
      return std::nullopt;
    Step product = dims.step(sum->summand);
    if (!product.applies<arith::MulFOp>())
      return std::nullopt;
    Products products{step.leaf, product.operands[0], product.operands[1],
                      sum->dim};
    auto left = getDimsOf(dims, products.queries, dims.size());
    auto right = getDimsOf(dims, products.keys, dims.size());
    if (!left || !right)
      return std::nullopt;
    if (contains(*left, n)) {
      std::swap(products.queries, products.keys);
      std::swap(left, right);
    }
    if (contains(*left, n) || !contains(*right, n))
      return std::nullopt;
    return products;
  }

  LogicalResult matchScores(Operation *op, Dimensions &dims, Element scores,
                            Attention &attention,
                            PatternRewriter &rewriter) const {
    auto products = findProducts(dims, scores, attention.n);
    if (!products)
      return miss(rewriter, op,
                  "the scores are not made of products of queries and keys");
    attention.products = *products;
    auto isScored = [&](const Element &element) {
      return findProducts(dims, element, attention.n).has_value();
    };
    while (true) {
      Step step = dims.step(scores);
      if (step.applies<arith::SelectOp>()) {
        constexpr double hidden = -std::numeric_limits<double>::infinity();
        bool otherwise = dims.getNumber(step.operands[2]) == hidden;
        if (!otherwise && dims.getNumber(step.operands[1]) != hidden)
          break;
        attention.conditions.push_back({step.operands[0], !otherwise});
        scores = step.operands[otherwise ? 1 : 2];
        if (!isScored(scores))
          return miss(rewriter, op, "its mask does not select scores");
        continue;
      }
      if (!step.applies<arith::AddFOp>())
        break;
      bool first = isScored(step.operands[0]);
      if (first == isScored(step.operands[1]))
        break;
      Element added = step.operands[first ? 1 : 0];
      if (auto condition = getAddedCondition(dims, added))
        attention.conditions.push_back(*condition);
      else if (attention.bias)
        break;
      else
        attention.bias = added;
      scores = step.operands[first ? 0 : 1];
    }

    Multiple multiple = getMultiple(dims, scores);
    attention.scale = multiple.number;
    if (auto scale = getCapped(dims, multiple, attention.products.sum)) {
      attention.cap = multiple.number;
      attention.scale = *scale;
    } else if (!dims.areSame(multiple.rest, attention.products.sum)) {
      attention.changed = scores;
      attention.scale =
          findScale(dims, scores, attention.products.sum).value_or(1.0);
    }
    // A factor of all queries or keys is one of the products, too.
    for (Element *side :
         {&attention.products.queries, &attention.products.keys}) {
      Multiple factor = getMultiple(dims, *side);
      attention.scale *= factor.number;
      *side = factor.rest;
    }
    return success();
  }

  /// The scale in cap · tanh(scale · products / cap).
  static std::optional<double>
  getCapped(Dimensions &dims, const Multiple &multiple, const Element &sum) {
    Step step = dims.step(multiple.rest);
    if (!step.applies<math::TanhOp>() || !(multiple.number > 0.0))
      return std::nullopt;
    Multiple argument = getMultiple(dims, step.operands[0]);
    if (!dims.areSame(argument.rest, sum))
      return std::nullopt;
    return argument.number * multiple.number;
  }

  /// The factor that the products have where they are first read.
  static std::optional<double> findScale(Dimensions &dims,
                                         const Element &element,
                                         const Element &sum,
                                         unsigned depth = 0) {
    constexpr unsigned kDeepest = 32;
    Multiple multiple = getMultiple(dims, element);
    if (dims.areSame(multiple.rest, sum))
      return multiple.number;
    Step step = dims.step(element);
    if (step.kind == Step::Apply && depth < kDeepest)
      for (const Element &operand : step.operands)
        if (auto scale = findScale(dims, operand, sum, depth + 1))
          return scale;
    return std::nullopt;
  }

  /// Sorts the dimensions into those of batch and heads, m, n, d and e.
  LogicalResult matchDims(Operation *op, Dimensions &dims, Attention &attention,
                          PatternRewriter &rewriter) const {
    Products &products = attention.products;
    auto queries = getDimsOf(dims, products.queries, dims.size());
    auto keys = getDimsOf(dims, products.keys, dims.size());
    auto values = getDimsOf(dims, attention.values, dims.size());
    if (!queries || !keys || !values)
      return miss(rewriter, op, "its operands depend on what is not known");
    SmallVector<unsigned> results, candidates;
    for (AffineExpr expr : attention.result.at)
      expr.walk([&](AffineExpr part) {
        if (auto dim = dyn_cast<AffineDimExpr>(part))
          results.push_back(dim.getPosition());
      });
    std::optional<unsigned> e;
    for (unsigned dim : results) {
      if (contains(*queries, dim)) {
        if (!contains(*keys, dim) && !contains(*values, dim))
          candidates.push_back(dim);
        continue;
      }
      if (e || !contains(*values, dim) || contains(*keys, dim))
        return miss(rewriter, op,
                    "a dimension of its result is neither one of the queries "
                    "nor the components of the values");
      e = dim;
    }
    if (!e || candidates.empty())
      return miss(rewriter, op,
                  "its result has no dimension of queries, or none of the "
                  "components of values");
    attention.e = *e;
    // Query heads that share keys are like further queries. The last of the
    // longest dimensions is taken for the queries, and one of unknown length
    // for long; a mask would say the same.
    auto getLength = [&](unsigned dim) {
      int64_t extent = dims.getExtent(dim);
      return ShapedType::isDynamic(extent) ? std::numeric_limits<int64_t>::max()
                                           : extent;
    };
    attention.m = candidates.front();
    for (unsigned dim : candidates)
      if (getLength(dim) >= getLength(attention.m))
        attention.m = dim;
    for (unsigned dim : results)
      if (dim != attention.m && dim != *e)
        attention.outer.push_back(dim);
    auto isKnown = [&](ArrayRef<unsigned> used,
                       std::initializer_list<unsigned> own) {
      return llvm::all_of(used, [&](unsigned dim) {
        return contains(attention.outer, dim) || llvm::is_contained(own, dim);
      });
    };
    if (!isKnown(*queries, {attention.m, products.d}) ||
        !isKnown(*keys, {attention.n, products.d}) ||
        !isKnown(*values, {attention.n, attention.e}) ||
        !contains(*values, attention.n) || !contains(*keys, products.d) ||
        !contains(*queries, products.d))
      return miss(
          rewriter, op,
          "queries, keys or values have dimensions that are not theirs");
    return success();
  }

  /// Fails when something between the products and the result is read by
  /// others: it would be computed twice.
  LogicalResult checkUsers(Operation *op, const Products &products,
                           PatternRewriter &rewriter) const {
    llvm::SetVector<Operation *> before;
    BackwardSliceOptions options;
    options.omitBlockArguments = true;
    if (failed(getBackwardSlice(op, &before, options)))
      return rewriter.notifyMatchFailure(op, "it depends on regions");
    SmallVector<Value> open = {products.sum.value};
    llvm::SmallPtrSet<Operation *, 16> seen;
    while (!open.empty())
      for (Operation *user : open.pop_back_val().getUsers()) {
        // Of a use in a body, the operation around it is the user.
        if (Operation *around = op->getBlock()->findAncestorOpInBlock(*user))
          user = around;
        if (user == op || !seen.insert(user).second ||
            isa<tensor::DimOp>(user) || isOpTriviallyDead(user))
          continue;
        if (!before.contains(user))
          return miss(rewriter, op, "the scores have another user",
                      user->getLoc());
        llvm::append_range(open, user->getResults());
      }
    return success();
  }

  LogicalResult build(Operation *op, Dimensions &dims, Attention &attention,
                      PatternRewriter &rewriter) const {
    Location loc = op->getLoc();
    MLIRContext *context = rewriter.getContext();
    Products &products = attention.products;
    SmallVector<unsigned> space(attention.outer);
    llvm::append_values(space, attention.m, attention.n, products.d,
                        attention.e);
    auto getMap = [&](ArrayRef<unsigned> of) {
      SmallVector<AffineExpr> exprs;
      for (unsigned dim : of)
        exprs.push_back(
            getAffineDimExpr(llvm::find(space, dim) - space.begin(), context));
      return AffineMap::get(space.size(), 0, exprs, context);
    };
    auto getOperand = [&](const Element &element,
                          unsigned count) -> std::optional<Operand> {
      auto over = getDimsOf(dims, element, dims.size());
      if (!over || !llvm::all_of(*over, [&](unsigned dim) {
            return contains(ArrayRef(space).drop_back(count), dim);
          }))
        return std::nullopt;
      return createOperand(rewriter, loc, dims, element, *over);
    };
    std::optional<Operand> queries = getOperand(products.queries, 0),
                           keys = getOperand(products.keys, 0),
                           values = getOperand(attention.values, 0), bias;
    if (attention.bias)
      bias = getOperand(attention.bias, 2);
    if (!queries || !keys || !values || (attention.bias && !bias))
      return miss(rewriter, op, "an operand cannot be read as a tensor");
    Type element = getElementTypeOrSelf(op->getResult(0).getType());
    for (const Operand &operand : {*queries, *keys, *values})
      if (getElementTypeOrSelf(operand.tensor.getType()) != element)
        return miss(rewriter, op, "its operands are of several types");
    if ((attention.changed || attention.cap) && !element.isF32())
      return miss(rewriter, op, "scores that are changed are not f32");

    Mask mask = splitConditions(dims, attention.conditions, attention.m,
                                attention.n, attention.outer);
    std::optional<Operand> selection;
    if (!mask.rest.empty()) {
      selection = createSelection(rewriter, loc, dims, mask.rest,
                                  ArrayRef(space).drop_back(2));
      if (!selection)
        return miss(rewriter, op, "its mask cannot be read as a tensor");
    }

    // The result, with each dimension of its own.
    SmallVector<unsigned, 4> resultDims;
    SmallVector<int64_t> shape;
    SmallVector<ReassociationIndices> groups;
    for (AffineExpr expr : attention.result.at) {
      ReassociationIndices group;
      for (unsigned dim : getMembers(expr)) {
        group.push_back(resultDims.size());
        resultDims.push_back(dim);
        const Operand &source = dim == attention.e ? *values : *queries;
        unsigned position = llvm::find(source.dims, dim) - source.dims.begin();
        shape.push_back(cast<RankedTensorType>(source.tensor.getType())
                            .getDimSize(position));
      }
      groups.push_back(group);
    }
    SmallVector<AffineMap> maps = {getMap(queries->dims), getMap(keys->dims),
                                   getMap(values->dims), getMap(resultDims)};
    if (selection)
      maps.push_back(getMap(selection->dims));
    if (bias)
      maps.push_back(getMap(bias->dims));

    bool isScaled = attention.scale != 1.0;
    auto raised = AttentionOp::create(
        rewriter, loc, RankedTensorType::get(shape, element),
        isScaled ? Score::ScaledDot : Score::Dot, queries->tensor, keys->tensor,
        values->tensor, maps);
    int64_t components = dims.getExtent(products.d);
    if (isScaled && (ShapedType::isDynamic(components) ||
                     attention.scale != 1.0 / std::sqrt(components)))
      raised.setScaleAttr(rewriter.getF64FloatAttr(attention.scale));
    if (selection)
      raised.getSelectionMutable().assign(selection->tensor);
    if (bias)
      raised.getBiasMutable().assign(bias->tensor);
    if (mask.lengths)
      raised.getLengthsMutable().assign(mask.lengths);
    if (MaskAttr attr = mask.getAttr(context))
      raised.setMaskAttr(attr);
    if ((attention.changed || attention.cap) &&
        failed(buildChange(raised, dims, attention, rewriter))) {
      rewriter.eraseOp(raised);
      return miss(rewriter, op, "its scores are changed by what is not known");
    }

    rewriter.setInsertionPointAfter(raised);
    Value result = raised.getResult();
    if (resultDims.size() != groups.size())
      result = tensor::CollapseShapeOp::create(rewriter, loc, result, groups);
    if (result.getType() != op->getResult(0).getType())
      result = tensor::CastOp::create(rewriter, loc, op->getResult(0).getType(),
                                      result);
    rewriter.replaceOp(op, result);
    return success();
  }

  /// The dimensions of an index of the result, from the outermost.
  static SmallVector<unsigned, 2> getMembers(AffineExpr expr) {
    // Splits give outer · n + inner, and in that order.
    SmallVector<unsigned, 2> members;
    expr.walk([&](AffineExpr part) {
      if (auto dim = dyn_cast<AffineDimExpr>(part))
        members.push_back(dim.getPosition());
    });
    return members;
  }

  /// Gives `raised` the region that makes `attention.changed` of a score.
  static LogicalResult buildChange(AttentionOp raised, Dimensions &dims,
                                   const Attention &attention,
                                   PatternRewriter &rewriter) {
    Location loc = raised.getLoc();
    OpBuilder::InsertionGuard guard(rewriter);
    Block *block = rewriter.createBlock(&raised.getChange());
    Value score = block->addArgument(rewriter.getF32Type(), loc);
    // Places of dimensions that have no index stay empty.
    SmallVector<Value> indices(dims.size());
    SmallVector<unsigned> space(attention.outer);
    llvm::append_values(space, attention.m, attention.n);
    for (unsigned dim : space)
      indices[dim] = block->addArgument(rewriter.getIndexType(), loc);
    if (attention.cap) {
      Value capped =
          SoftCapOp::create(rewriter, loc, score.getType(), score,
                            rewriter.getF64FloatAttr(*attention.cap));
      YieldOp::create(rewriter, loc, capped);
      return success();
    }
    // Factors of queries and keys are part of the score that the region gets.
    auto ownScale = findScale(dims, attention.changed, attention.products.sum);
    auto getValue = [&](const Element &element) -> Value {
      Multiple multiple = getMultiple(dims, element);
      if (multiple.number == ownScale.value_or(1.0) &&
          dims.areSame(multiple.rest, attention.products.sum))
        return score;
      if (!isa<RankedTensorType>(element.value.getType()))
        return {};
      // Tensors that are computed are looked up, unless it is from the scores.
      Step step = dims.step(element);
      if (step.kind == Step::Apply || step.kind == Step::Constant ||
          step.kind == Step::Index)
        return {};
      SmallVector<Value> at;
      for (AffineExpr expr : step.leaf.at) {
        bool known = true;
        expr.walk([&](AffineExpr part) {
          if (auto dim = dyn_cast<AffineDimExpr>(part))
            known &= dim.getPosition() < indices.size() &&
                     indices[dim.getPosition()] != nullptr;
        });
        if (!known)
          return {};
        at.push_back(
            affine::expandAffineExpr(rewriter, loc, expr, indices, {}));
      }
      return tensor::ExtractOp::create(rewriter, loc, step.leaf.value, at);
    };
    Value changed = computeScalar(rewriter, loc, dims, attention.changed,
                                  indices, getValue);
    if (!changed)
      return failure();
    YieldOp::create(rewriter, loc, changed);
    return success();
  }
};

} // namespace

void treadle::populateRaiseAttentionPatterns(RewritePatternSet &patterns,
                                             RaiseRemarks *remarks,
                                             PatternBenefit benefit) {
  patterns.add<RaiseAttention>(patterns.getContext(), remarks, benefit);
}
