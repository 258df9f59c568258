//===- PositionOps.td - Embeddings and positions -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_POSITION_OPS
#define TREADLE_POSITION_OPS

include "treadle/Dialect/Treadle/IR/PositionAttrs.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

def Treadle_EmbeddingOp : Treadle_Op<"embedding", [Pure]> {
  let summary = "rows of a table, chosen by token";
  let description = [{
    result[b, s, :] = table[ids[b, s], :]. An id outside of the table is refused
    before the program runs.

    ```mlir
    %x = treadle.embedding %ids, %table
        : (tensor<?x?xi64>, tensor<30522x384xf32>) -> tensor<?x?x384xf32>
    ```
  }];
  let arguments = (ins 2DTensorOf<[I64, I32]>:$ids, 2DTensorOf<[AnyFloat]>:$table);
  let results = (outs 3DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $ids `,` $table attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Treadle_LearnedPositionOp : Treadle_Op<"learned_position", [Pure,
    // (C5) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "adds a learned vector for each absolute position";
  let description = [{
    result[b, s, :] = input[b, s, :] + table[s + offset + offsets[b], :], as in BERT
    (Devlin et al., 2018). A sequence longer than the table is refused before the
    program runs. `offsets` are the tokens that came before, when they are in a cache.

    ```mlir
    %y = treadle.learned_position %x, %table
        : tensor<?x?x384xf32>, tensor<512x384xf32>
    ```
  }];
  let arguments = (ins 3DTensorOf<[AnyFloat]>:$input,
                       2DTensorOf<[AnyFloat]>:$table,
                       Optional<1DTensorOf<[I64, I32]>>:$offsets,
                       DefaultValuedAttr<I64Attr, "0">:$offset);
  let results = (outs 3DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `,` $table (`offset` `(` $offset^ `)`)? (`offsets` `(` $offsets^ `)`)?
    attr-dict `:` type($input) `,` type($table) (`,` type($offsets)^)?
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Treadle_SinusoidalPositionOp : Treadle_Op<"sinusoidal_position", [Pure,
    // (C3) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "adds sines and cosines of each absolute position";
  let description = [{
    With w(i) = base^(-2i/width) and p = s + offsets[b]:
    result[b, s, 2i] = input[b, s, 2i] + sin(p w(i)) and
    result[b, s, 2i+1] = input[b, s, 2i+1] + cos(p w(i))
    (Vaswani et al., 2017, 3.5).

    ```mlir
    %y = treadle.sinusoidal_position %x base(1.0e4) : tensor<?x?x512xf32>
    ```
  }];
  let arguments = (ins 3DTensorOf<[AnyFloat]>:$input,
                       Optional<1DTensorOf<[I64, I32]>>:$offsets,
                       DefaultValuedAttr<F64Attr, "10000.0">:$base);
  let results = (outs 3DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input (`base` `(` $base^ `)`)? (`offsets` `(` $offsets^ `)`)? attr-dict
    `:` type($input) (`,` type($offsets)^)?
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Treadle_RotaryOp : Treadle_Op<"rotary", [Pure, AttrSizedOperandSegments,
    // (C8) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "turns pairs of components by angles that grow with the position";
  let description = [{
    A token's vectors, one for each head, as pairs that `rotary` describes, turned by
    position times frequency (Su et al., 2021): with c and s the cosine and sine of that
    angle times the magnitude, (x1, x2) becomes (x1 c - x2 s, x2 c + x1 s). Components
    past its width stay. Token s is at position s, or s + offsets[b], or positions[b, s].
    `tables` are cosines and sines to use instead of frequencies: a row for each position,
    or for each token of the call.

    ```mlir
    %r = treadle.rotary %q rotary(#treadle.rotary<width = 64>) offsets(%o)
        : (tensor<?x?x12x64xf32>, tensor<?xi64>) -> tensor<?x?x12x64xf32>
    ```

    Made by importers and by the expansion of `treadle.multi_head_attention`;
    `treadle-to-linalg` makes tables once for all heads, and the turn. One of no components,
    or at position 0 alone, is its input.
  }];
  let arguments = (ins 4DTensorOf<[AnyFloat]>:$input,
                       Treadle_RotaryAttr:$rotary,
                       Optional<2DTensorOf<[I64, I32]>>:$positions,
                       Optional<1DTensorOf<[I64, I32]>>:$offsets,
                       Optional<RankedTensorOf<[AnyFloat], [HasAnyRankOfPred<[2, 3]>]>>:$cosines,
                       Optional<RankedTensorOf<[AnyFloat], [HasAnyRankOfPred<[2, 3]>]>>:$sines);
  let results = (outs 4DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `rotary` `(` qualified($rotary) `)`
    (`positions` `(` $positions^ `)`)? (`offsets` `(` $offsets^ `)`)?
    (`tables` `(` $cosines^ `,` $sines `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Treadle_SoftCapOp : Treadle_Op<"soft_cap", !listconcat([Pure,
    // (C2) the result is of the input's type
    SameOperandsAndResultType], ElementwiseMappable.traits)> {
  let summary = "keeps numbers within a bound, smoothly";
  let description = [{
    result = cap · tanh(input/cap), of each element (Bello et al., 2016, A.1). Of a number,
    as in a score's region, a vector or a tensor.

    ```mlir
    %c = treadle.soft_cap %s cap(5.0e+01) : f32
    ```
  }];
  let arguments = (ins FloatLike:$input, F64Attr:$cap);
  let results = (outs FloatLike:$result);
  let assemblyFormat = "$input `cap` `(` $cap `)` attr-dict `:` type($input)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Treadle_AlibiOp : Treadle_Op<"alibi", [Pure,
    // (C1) the result is of the score's type
    AllTypesMatch<["score", "result"]>]> {
  let summary = "lowers a score by the distance of query and key";
  let description = [{
    result = score - slope(head) · |query - key| (Press et al., 2021). For `heads` a power
    of two, slope(h) = 2^(-8 (h + 1)/heads); otherwise the first P heads, P the greatest
    power of two below, have the slopes of P heads, and the others every second
    one, from the first, of 2P heads.

    ```mlir
    %c = treadle.alibi %s head(%h of 12) query(%m) key(%n) : f32
    ```
  }];
  let arguments = (ins AnyFloat:$score, Index:$head, Index:$query, Index:$key,
                       ConfinedAttr<I64Attr, [IntPositive]>:$heads);
  let results = (outs AnyFloat:$result);
  let assemblyFormat = [{
    $score `head` `(` $head `of` $heads `)` `query` `(` $query `)` `key` `(` $key `)`
    attr-dict `:` type($score)
  }];
  let hasFolder = 1;
}

def Treadle_RelativeBucketOp : Treadle_Op<"relative_bucket", [Pure]> {
  let summary = "the bucket of the distance from query to key";
  let description = [{
    Short distances have a bucket each, longer ones share buckets that grow by a
    constant ratio up to `max_distance`, past which there is one (Raffel et al., 2019).
    When `bidirectional`, the second half of the buckets is for keys after the query;
    otherwise such keys are in bucket 0.

    ```mlir
    %b = treadle.relative_bucket query(%m) key(%n) buckets(32) max_distance(128)
        bidirectional : index
    %bias = tensor.extract %table[%b, %h] : tensor<32x8xf32>
    ```
  }];
  let arguments = (ins Index:$query, Index:$key, I64Attr:$buckets,
                       I64Attr:$max_distance, UnitAttr:$bidirectional);
  let results = (outs Index:$result);
  let assemblyFormat = [{
    `query` `(` $query `)` `key` `(` $key `)` `buckets` `(` $buckets `)`
    `max_distance` `(` $max_distance `)` (`bidirectional` $bidirectional^)?
    attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TREADLE_POSITION_OPS
