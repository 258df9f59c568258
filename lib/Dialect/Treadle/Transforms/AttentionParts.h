//===- AttentionParts.h - What attention is made of -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The steps of `treadle.online_attention` as linalg on tensors. Scores lie as
// [outer…, keys, queries], the accumulator as [outer…, components, queries],
// the maximum and the sum as [outer…, queries]: queries are last, so that they
// are the lanes of vectors, and nothing is reduced across lanes.
//
// All strategies are made of these steps. A tile of a plan differs from the
// whole in that its tensors are of static shape and are changed in place, and
// in that it branches around a mask which hides nothing of it.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONPARTS_H
#define TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONPARTS_H

#include "treadle/Dialect/Treadle/IR/Treadle.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <array>

namespace treadle {

/// What is known of queries after some of their keys.
struct AttentionState {
  mlir::Value accumulator, maximum, sum;
};

/// What a tile's products of pairs read, as far as somebody has made it for
/// more than one tile.
struct TilePairs {
  mlir::Value queries, keys, values;
};

/// `map`, of (outer…, m, n, d, e), with dimensions m, n, d and e called as
/// `names` says.
mlir::AffineMap rename(mlir::AffineMap map, unsigned loops,
                       std::array<unsigned, 4> names);

/// Emits linalg over the outer dimensions and some of the others.
class AttentionParts {
public:
  /// `tile` is the plan that this is a tile of, or null. `made` is what need
  /// not be made again.
  AttentionParts(mlir::OpBuilder &b, mlir::Location loc, unsigned outer,
                 mlir::Type element, AttentionPlanAttr tile,
                 TilePairs made = {})
      : b(b), loc(loc), outer(outer), element(element), tile(tile), made(made) {
  }

  /// Whether the plan asks for products of bf16.
  bool isPaired() const {
    return tile && tile.getPrecision() == Precision::BF16;
  }

  /// Whether it asks for them in tile registers.
  bool isOnTiles() const { return tile && tile.getUnit() != TileUnit::None; }

  /// What products of pairs read of a tile's queries, which are [components,
  /// queries], of its keys and of its values.
  mlir::Value getQueryPairs(mlir::Value queries);
  mlir::Value getKeyPairs(OnlineAttentionOp op);
  mlir::Value getValuePairs(OnlineAttentionOp op);

  /// -∞, 0 and 0, or what sinks [outer…] make of them.
  AttentionState begin(llvm::ArrayRef<mlir::OpFoldResult> outerSizes,
                       mlir::OpFoldResult components,
                       mlir::OpFoldResult queries, mlir::Value sinks,
                       mlir::AffineMap sinksMap);

  /// Adds the operation's keys to what its destinations hold.
  AttentionState add(OnlineAttentionOp op);

  /// Divides by the sum into `destination`, where `map` says how that lies over
  /// (outer…, query, component); zeros for a query that saw no key. The state
  /// may have more queries than the destination.
  mlir::Value divide(AttentionState state, mlir::Value destination,
                     mlir::AffineMap map);

  /// The natural logarithm of the sum of exponentials into `destination`, over
  /// (outer…, query).
  mlir::Value getLogSumExp(AttentionState state, mlir::Value destination,
                           mlir::AffineMap map);

  /// The state of all keys from states of parts of them, which lie behind one
  /// another in a new first dimension, and what was there before.
  AttentionState combine(AttentionState parts, AttentionState before);

  /// The first queries [0, size) of a tensor whose last dimension they are.
  mlir::Value takeQueries(mlir::Value tensor, mlir::OpFoldResult size);

private:
  using Body =
      llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)>;

  mlir::Value number(double value);
  mlir::Value index(int64_t value);
  mlir::AffineExpr dim(unsigned i) {
    return mlir::getAffineDimExpr(i, b.getContext());
  }
  /// (outer…, others…) of `loops` dimensions; `others` are numbered after the
  /// outer ones.
  mlir::AffineMap map(unsigned loops, llvm::ArrayRef<unsigned> others);
  mlir::Value empty(llvm::ArrayRef<mlir::OpFoldResult> sizes);
  mlir::Value fill(double value, mlir::Value tensor);

  /// One linalg.generic over the outer dimensions and those that `kinds` has a
  /// letter for: p parallel, r reduction. The body is given narrower inputs
  /// widened. Operations that read each other carry a decision: they are done
  /// row by row.
  mlir::Value generic(mlir::ValueRange inputs, mlir::Value init,
                      llvm::ArrayRef<mlir::AffineMap> maps,
                      llvm::StringRef kinds, Body body);
  /// Changes each element of `tensor`, in place if this is a tile.
  mlir::Value change(mlir::Value tensor, mlir::ValueRange inputs,
                     llvm::ArrayRef<mlir::AffineMap> maps, Body body);
  /// Keys or values as they are computed with: those that are stored in a
  /// narrower type in memory of their own.
  mlir::Value widen(mlir::Value tensor);
  mlir::Value product(mlir::Value left, mlir::AffineMap leftMap,
                      mlir::Value right, mlir::AffineMap rightMap,
                      mlir::Value init);
  /// The same of pairs: Σ_k Σ_i of (row, k, i), or of (k, row, i), and
  /// (k, query, i); k is dimension `reduced` of the left operand.
  mlir::Value productOfPairs(mlir::Value left, unsigned reduced,
                             mlir::Value right, mlir::Value init);
  /// The dimension of keys that components are, and of values that keys are.
  unsigned getPairedDimOfKeys(OnlineAttentionOp op) {
    return *op.getKeysMap().getResultPosition(dim(op.getComponentDim()));
  }
  unsigned getPairedDimOfValues(OnlineAttentionOp op) {
    return *op.getValuesMap().getResultPosition(dim(op.getKeyDim()));
  }
  /// What the extents of reductions are padded to a multiple of.
  int64_t getPairMultiple() const { return isOnTiles() ? kTileDepth : 2; }
  /// The keys of a tile, and those that pairs need behind them.
  int64_t getScoreRows() const {
    return isPaired() ? llvm::alignTo(tile.getKeys(), getPairMultiple())
                      : tile.getKeys();
  }
  /// A product, tiled as the plan says.
  mlir::Value decide(mlir::Value product);

  /// The first rows of a matrix, and a matrix whose first rows are changed.
  mlir::Value takeRows(mlir::Value matrix, mlir::OpFoldResult rows);
  mlir::Value putRows(mlir::Value rows, mlir::Value matrix);

  mlir::Value getScores(OnlineAttentionOp op);
  mlir::Value changeScores(OnlineAttentionOp op, mlir::Value scores,
                           double factor);
  /// exp2(factor · value - maximum). Before the first visible key both are -∞,
  /// whose difference is no number; zero is subtracted in its place.
  static mlir::Value getWeight(mlir::OpBuilder &b, mlir::Location loc,
                               mlir::Value value, mlir::Value maximum,
                               double factor = 1.0,
                               mlir::arith::FastMathFlags flags = {});
  /// Scores with more keys that nobody sees, up to what pairs need.
  mlir::Value padKeys(mlir::Value scores);
  /// The weights of a tile's scores as pairs of keys, and the sum of `sum` and
  /// of them all before they are rounded.
  std::pair<mlir::Value, mlir::Value> getWeightPairs(mlir::Value scores,
                                                     mlir::Value maximum,
                                                     mlir::Value sum,
                                                     double factor);
  /// What scores are multiplied by where their weights are made, and the
  /// operation's other factor nowhere: 1, unless nothing comes between.
  double getLateFactor(OnlineAttentionOp op);
  mlir::Value select(OnlineAttentionOp op, mlir::Value scores);
  mlir::Value mask(OnlineAttentionOp op, mlir::Value scores);
  /// Changes the scores of those queries that a bias or a selection has.
  mlir::Value changeWith(OnlineAttentionOp op, mlir::Value tensor,
                         mlir::AffineMap tensorMap, mlir::Value scores,
                         Body body);

  mlir::OpBuilder &b;
  mlir::Location loc;
  unsigned outer;
  mlir::Type element;
  AttentionPlanAttr tile;
  TilePairs made;
  /// What a tile's scores are the first rows of.
  mlir::Value scoresMemory;
};

} // namespace treadle

#endif // TREADLE_LIB_DIALECT_TREADLE_TRANSFORMS_ATTENTIONPARTS_H
