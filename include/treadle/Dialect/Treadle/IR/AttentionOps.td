//===- AttentionOps.td - Attention -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_ATTENTION_OPS
#define TREADLE_ATTENTION_OPS

include "treadle/Dialect/Treadle/IR/AttentionInterface.td"
include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// What attention and its online form share; see AttentionInterface.td.
defvar Treadle_ScoringArguments = (ins
  Treadle_ScoreAttr:$score,
  RankedTensorOf<[AnyFloat]>:$queries, RankedTensorOf<[AnyFloat]>:$keys,
  RankedTensorOf<[AnyFloat]>:$values,
  Optional<RankedTensorOf<[AnyFloat]>>:$score_weights,
  Optional<RankedTensorOf<[I64, I32]>>:$lengths,
  Optional<RankedTensorOf<[I64, I32]>>:$offsets,
  Optional<RankedTensorOf<[I64, I32]>>:$prefixes,
  Optional<RankedTensorOf<[I1]>>:$selection,
  Optional<RankedTensorOf<[AnyFloat]>>:$bias,
  AffineMapArrayAttr:$indexing_maps,
  OptionalAttr<Treadle_MaskAttr>:$mask,
  OptionalAttr<F64Attr>:$scale);

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

def Treadle_AttentionOp : Treadle_Op<"attention", [Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Treadle_AttentionInterface>,
    InferTypeOpAdaptorWithIsCompatible,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "softmax of scores of queries against keys, applied to values";
  let description = [{
    Over the iteration space (batch and head dimensions…, m, n, d, e) of the
    indexing maps, with q, k, v read through the maps:

        x(m, n)   = scale · Σ_d q(m, d) k(n, d)
        s(m, n)   = change(x(m, n), …, m, n) + bias(m, n)
        p(m, n)   = exp(s(m, n)) / Σ_n' exp(s(m, n'))     over the visible n'
        out(m, e) = Σ_n p(m, n) v(n, e)

    The last four dimensions of the space are query m, key n, the components d of queries
    and keys and e of values; those before them are the batch, which `lengths`
    counts in, and heads. A head dimension that keys do not mention is a group
    of query heads that share a key head. A query that sees no key gives exact
    zeros. docs/Spec.md has the whole contract.

    ```mlir
    %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
        mask(#treadle.mask<causal, window = 256>)
        indexing_maps = [affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>,
                         affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>,
                         affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>,
                         affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>]
        score {
        ^change(%s: f32, %b: index, %h: index, %m: index, %n: index):
          %c = treadle.soft_cap %s cap(30.0) : f32
          treadle.yield %c : f32
        }
        : (tensor<?x?x12x32xf32>, tensor<?x?x12x32xf32>, tensor<?x?x12x32xf32>)
          -> tensor<?x?x12x32xf32>
    ```

    Made by importers and by the expansion of `treadle.multi_head_attention`;
    lowered by `treadle-tile`, or by `treadle-decompose-attention`, as its plan says.
  }];
  let arguments = !con(Treadle_ScoringArguments, (ins
    Optional<RankedTensorOf<[AnyFloat]>>:$sinks,
    OptionalAttr<Treadle_AttentionPlanAttr>:$plan));
  let results = (outs RankedTensorOf<[AnyFloat]>:$result,
                      Optional<RankedTensorOf<[F32]>>:$log_sum_exp);
  let regions = (region MaxSizedRegion<1>:$change);
  let assemblyFormat = [{
    custom<Keyword>($score) `queries` `(` $queries `)` `keys` `(` $keys `)` `values` `(` $values `)`
    oilist(`score_weights` `(` $score_weights `)`
         | `mask` `(` qualified($mask) `)` | `lengths` `(` $lengths `)`
         | `offsets` `(` $offsets `)` | `prefixes` `(` $prefixes `)`
         | `selection` `(` $selection `)` | `bias` `(` $bias `)`
         | `sinks` `(` $sinks `)` | `scale` `(` $scale `)`
         | `plan` `(` qualified($plan) `)`)
    `indexing_maps` `=` $indexing_maps (`score` $change^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let builders = [
    // One that scores with all of the keys; what else there is may be set afterwards.
    OpBuilder<(ins "::mlir::Type":$result, "::treadle::Score":$score, "::mlir::Value":$queries,
      "::mlir::Value":$keys, "::mlir::Value":$values, "::llvm::ArrayRef<::mlir::AffineMap>":$maps)>
  ];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// Maps of the sinks and of the log-sum-exp; null where there are none.
    ::mlir::AffineMap getSinksMap();
    ::mlir::AffineMap getLogSumExpMap();
  }];
}

def Treadle_OnlineAttentionOp : Treadle_Op<"online_attention", [Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Treadle_AttentionInterface>,
    // (C1) the results are of the destinations' types
    DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "attention to some of the keys, added to what others gave";
  let description = [{
    The associative form of `treadle.attention` (Milakov and Gimelshein, 2018). What is known
    of a query after some of its keys is the maximum μ of their scores, the sum
    l = Σ exp2(t - μ) and the accumulator O = Σ exp2(t - μ) v, with scores
    t = s log2(e) in units of log 2. This operation adds keys:

        μ'(m)    = max(μ(m), max_n t(m, n))              over the visible n
        l'(m)    = exp2(μ - μ') l(m) + Σ_n exp2(t(m, n) - μ'(m))
        O'(m, e) = exp2(μ - μ') O(m, e) + Σ_n exp2(t(m, n) - μ'(m)) v(n, e)

    From μ = -∞, l = 0, O = 0 over all keys, O / l is attention's result and
    (μ + log2 l) / log2(e) its log-sum-exp.

    It may be a tile of a larger one: `origin` says which, by the index of its first
    element in each of the dimensions (outer…, m, n), and `shift` is the position of
    query 0 relative to key 0 of the whole. Queries beyond the rows of a bias or a selection
    are there to fill vectors, and what they give means nothing. With a `plan` it is one task's
    tile: of one head, `plan.queries` queries, and no more keys than `plan.keys`.

    Made of `treadle.attention` by `treadle-tile`, tiled through TilingInterface and
    PartialReductionOpInterface, decomposed through AggregatedOpInterface.
  }];
  let arguments = !con(Treadle_ScoringArguments, (ins
    Optional<Index>:$shift, Variadic<Index>:$origin,
    RankedTensorOf<[AnyFloat]>:$accumulator, RankedTensorOf<[AnyFloat]>:$maximum,
    RankedTensorOf<[AnyFloat]>:$sum, OptionalAttr<Treadle_AttentionPlanAttr>:$plan));
  let results = (outs RankedTensorOf<[AnyFloat]>:$result, RankedTensorOf<[AnyFloat]>:$new_maximum,
                      RankedTensorOf<[AnyFloat]>:$new_sum);
  let regions = (region MaxSizedRegion<1>:$change);
  let assemblyFormat = [{
    custom<Keyword>($score) `queries` `(` $queries `)` `keys` `(` $keys `)` `values` `(` $values `)`
    oilist(`score_weights` `(` $score_weights `)`
         | `mask` `(` qualified($mask) `)` | `lengths` `(` $lengths `)`
         | `offsets` `(` $offsets `)` | `prefixes` `(` $prefixes `)`
         | `selection` `(` $selection `)` | `bias` `(` $bias `)`
         | `scale` `(` $scale `)` | `shift` `(` $shift `)` | `origin` `(` $origin `)`
         | `plan` `(` qualified($plan) `)`)
    `outs` `(` $accumulator `,` $maximum `,` $sum `)`
    `indexing_maps` `=` $indexing_maps (`score` $change^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable();
    /// Maps of the maximum and the sum.
    ::mlir::AffineMap getMaximumMap() { return getMap(getNumScoringMaps()); }
    ::mlir::AffineMap getSumMap() { return getMap(getNumScoringMaps() + 1); }
  }];
}

#endif // TREADLE_ATTENTION_OPS
