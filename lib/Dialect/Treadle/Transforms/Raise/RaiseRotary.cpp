//===- RaiseRotary.cpp - Rotary positions in linalg -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   y(…, first(j))  = x(…, first(j)) c(j) - x(…, second(j)) s(j)
//   y(…, second(j)) = x(…, second(j)) c(j) + x(…, first(j)) s(j)
//
// with the pairs (j, j + width/2), or (2j, 2j + 1). How the result is put
// together of its two kinds of components does not matter: both are looked at
// as elements of it. Cosines and sines are tables of the tokens.
//
//===----------------------------------------------------------------------===//

#include "RaisePattern.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace treadle;

namespace {

/// ± left · right.
struct Term {
  double sign;
  Element left, right;
};

/// The two terms of a sum or a difference.
std::optional<std::array<Term, 2>> getTerms(Dimensions &dims,
                                            const Element &element) {
  Step step = dims.step(element);
  if (!step.applies<arith::AddFOp, arith::SubFOp>())
    return std::nullopt;
  std::array<Term, 2> terms;
  for (unsigned i = 0; i < 2; ++i) {
    Product product = getProduct(dims, step.operands[i]);
    if (product.numerators.size() != 2 || !product.denominators.empty() ||
        !product.roots.empty() || std::abs(product.number) != 1.0)
      return std::nullopt;
    bool isNegated = i == 1 && isa<arith::SubFOp>(step.op);
    terms[i] = {isNegated ? -product.number : product.number,
                product.numerators[0], product.numerators[1]};
  }
  return terms;
}

/// What is turned, by what.
struct Rotation {
  Element input; ///< The tensor's element at the result's own indices.
  Element cosine, sine;
  RotaryLayout layout;
};

struct RaiseRotary : RaisePattern {
  RaiseRotary(MLIRContext *context, RaiseRemarks *remarks,
              PatternBenefit benefit)
      : RaisePattern(context, "rotary", remarks, benefit) {}

  LogicalResult raise(Operation *op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Dimensions dims(rewriter.getContext());
    Element result = dims.getElement(op->getResult(0));
    unsigned rank = type.getRank();
    if (rank == 0 || type.isDynamicDim(rank - 1) ||
        type.getDimSize(rank - 1) % 2 != 0 || type.getDimSize(rank - 1) == 0)
      return rewriter.notifyMatchFailure(op, "its vectors have no pairs");
    // What only moves a rotated tensor is not the rotation.
    if (!isa<tensor::ConcatOp, tensor::CollapseShapeOp>(op) &&
        !isMadeBy(dims.step(result), op))
      return rewriter.notifyMatchFailure(op, "it computes no element");
    int64_t width = type.getDimSize(rank - 1);
    unsigned pair = dims.add(width / 2);
    std::optional<Rotation> rotation;
    bool isNear = false;
    for (RotaryLayout layout : {RotaryLayout::Half, RotaryLayout::Interleaved})
      if (!rotation)
        rotation = match(dims, result, rank - 1, pair, layout, isNear);
    if (!rotation && isNear)
      return miss(rewriter, op,
                  "its cosines and sines are not known to be the same for both "
                  "components of a pair");
    if (!rotation)
      return rewriter.notifyMatchFailure(op, "its pairs are not turned");
    if (rank != 4)
      return miss(rewriter, op, "what is turned is not of four dimensions");
    return build(op, dims, *rotation, pair, rewriter);
  }

private:
  static std::optional<Rotation> match(Dimensions &dims, const Element &result,
                                       unsigned last, unsigned pair,
                                       RotaryLayout layout, bool &isNear) {
    AffineExpr j = dims.get(pair);
    bool isHalf = layout == RotaryLayout::Half;
    AffineExpr places[] = {isHalf ? j : j * 2,
                           isHalf ? j + dims.getExtent(pair) : j * 2 + 1};
    auto first = getTerms(dims, replaceDim(result, last, places[0]));
    auto second = getTerms(dims, replaceDim(result, last, places[1]));
    if (!first || !second)
      return std::nullopt;
    // x1 c - x2 s.
    Term cosines = (*first)[0], sines = (*first)[1];
    if (cosines.sign < 0)
      std::swap(cosines, sines);
    if (cosines.sign < 0 || sines.sign > 0)
      return std::nullopt;
    for (unsigned order = 0; order < 4; ++order) {
      Element x1 = order & 1 ? cosines.right : cosines.left,
              c = order & 1 ? cosines.left : cosines.right,
              x2 = order & 2 ? sines.right : sines.left,
              s = order & 2 ? sines.left : sines.right;
      auto is = [&](const Term &term, const Element &x, const Element &t) {
        return term.sign > 0 &&
               ((dims.areSame(term.left, x) && dims.areSame(term.right, t)) ||
                (dims.areSame(term.left, t) && dims.areSame(term.right, x)));
      };
      // x2 c + x1 s.
      const Term &l = (*second)[0], &r = (*second)[1];
      auto mentions = [&](const Term &term, const Element &x) {
        return dims.areSame(term.left, x) || dims.areSame(term.right, x);
      };
      if (((mentions(l, x1) && mentions(r, x2)) ||
           (mentions(l, x2) && mentions(r, x1))) &&
          getInput(dims, x1, x2, last, places))
        isNear = true;
      if (!(is(l, x2, c) && is(r, x1, s)) && !(is(r, x2, c) && is(l, x1, s)))
        continue;
      if (Element input = getInput(dims, x1, x2, last, places))
        return Rotation{input, c, s, layout};
    }
    return std::nullopt;
  }

  /// The element of one tensor that x1 and x2 are at their places.
  static Element getInput(Dimensions &dims, const Element &x1,
                          const Element &x2, unsigned last,
                          AffineExpr (&places)[2]) {
    for (const Element &tensor : dims.getTensors(x1)) {
      unsigned position = llvm::find(tensor.at, places[0]) - tensor.at.begin();
      if (position == tensor.at.size())
        continue;
      Element other = tensor;
      other.at[position] = places[1];
      for (const Element &candidate : dims.getTensors(x2))
        if (candidate.value == other.value && candidate.at == other.at) {
          other.at[position] = dims.get(last);
          return other;
        }
    }
    return {};
  }

  LogicalResult build(Operation *op, Dimensions &dims, Rotation &rotation,
                      unsigned pair, PatternRewriter &rewriter) const {
    // Of the three dimensions before the components, tables have the tokens'
    // and maybe the batch's.
    auto ofCosine = getDimsOf(dims, rotation.cosine, dims.size()),
         ofSine = getDimsOf(dims, rotation.sine, dims.size());
    if (!ofCosine || !ofSine)
      return miss(rewriter, op, "its angles depend on what is not known");
    SmallVector<unsigned> tableDims;
    for (unsigned dim = 0; dim < 3; ++dim)
      if (llvm::is_contained(*ofCosine, dim) ||
          llvm::is_contained(*ofSine, dim))
        tableDims.push_back(dim);
    auto isKnown = [&](unsigned dim) { return dim < 3 || dim == pair; };
    if (tableDims.empty() || tableDims.size() > 2 ||
        !llvm::all_of(*ofCosine, isKnown) || !llvm::all_of(*ofSine, isKnown))
      return miss(rewriter, op,
                  "its angles are not of tokens, or of batch and tokens");
    unsigned tokens = tableDims.back();
    SmallVector<unsigned> order;
    if (tableDims.size() == 2)
      order.push_back(tableDims.front());
    for (unsigned dim = 0; dim < 3; ++dim)
      if (dim != tokens && !llvm::is_contained(order, dim))
        order.push_back(dim);
    order.insert(order.begin() + 1, tokens);
    order.push_back(3);

    Location loc = op->getLoc();
    tableDims.push_back(pair);
    Value input = createTensor(rewriter, loc, dims, rotation.input, order),
          cosines =
              createTensor(rewriter, loc, dims, rotation.cosine, tableDims),
          sines = createTensor(rewriter, loc, dims, rotation.sine, tableDims);
    if (!input || !cosines || !sines)
      return miss(rewriter, op, "an operand cannot be read as a tensor");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    for (Value operand : {input, cosines, sines})
      if (getElementTypeOrSelf(operand.getType()) != type.getElementType())
        return miss(rewriter, op, "its operands are of several types");
    auto rotary = RotaryAttr::get(rewriter.getContext(), type.getDimSize(3),
                                  /*base=*/1.0e4, rotation.layout);
    Value turned = RotaryOp::create(rewriter, loc, input.getType(), input,
                                    rotary, /*positions=*/Value(),
                                    /*offsets=*/Value(), cosines, sines);
    // Back to where the dimensions were.
    SmallVector<int64_t> permutation(4);
    for (auto [i, dim] : llvm::enumerate(order))
      permutation[dim] = i;
    if (!llvm::equal(permutation, llvm::seq<int64_t>(4))) {
      SmallVector<OpFoldResult> sizes;
      for (unsigned dim = 0; dim < 4; ++dim)
        sizes.push_back(
            tensor::getMixedSize(rewriter, loc, input, permutation[dim]));
      Value empty =
          tensor::EmptyOp::create(rewriter, loc, sizes, type.getElementType());
      turned =
          linalg::TransposeOp::create(rewriter, loc, turned, empty, permutation)
              ->getResult(0);
    }
    if (turned.getType() != type)
      turned = tensor::CastOp::create(rewriter, loc, type, turned);
    rewriter.replaceOp(op, turned);
    return success();
  }
};

} // namespace

void treadle::populateRaiseRotaryPatterns(RewritePatternSet &patterns,
                                          RaiseRemarks *remarks,
                                          PatternBenefit benefit) {
  patterns.add<RaiseRotary>(patterns.getContext(), remarks, benefit);
}
