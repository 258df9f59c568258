//===- MultiHeadAttentionOps.td - Attention with its projections -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_MULTI_HEAD_ATTENTION_OPS
#define TREADLE_MULTI_HEAD_ATTENTION_OPS

include "treadle/Dialect/Treadle/IR/PositionAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_HeadPositionsAttr : AnyAttrOf<
    [Treadle_RotaryAttr, Treadle_AlibiAttr, Treadle_RelativeAttr],
    "#treadle.rotary, #treadle.alibi or #treadle.relative">;

def Treadle_MultiHeadAttentionOp : Treadle_Op<"multi_head_attention", [Pure,
    AttrSizedOperandSegments, InferTypeOpAdaptorWithIsCompatible]> {
  let summary = "attention of several heads, with its four projections";
  let description = [{
    The paper's form (Vaswani et al., 2017, 3.2.2):
    concat(head_1, …, head_h) W_o with head_i = attention(Q W_q,i, K W_k,i, V W_v,i).
    Inputs are [batch, tokens, width]; a projection's weight is [outputs, inputs],
    its rows grouped by head, so that d_k and d_v are the heads' share of the rows
    of W_q and W_v. `biases` are those of q, k, v and the output.

    What decoders add to it: heads that share keys (`key_heads`), norms of each head's
    queries and keys (`query_gain`, `key_gain`), positions inside attention, a cap and
    sinks, and a cache, which the new keys and values are put into before attention
    reads it, and which is then a further result.

    ```mlir
    %a, %k1, %v1 = treadle.multi_head_attention %u, %u, %u heads(9) key_heads(3)
        projections(%wq, %wk, %wv, %wo) positions(#treadle.rotary<width = 64>)
        mask(#treadle.mask<causal, align = offsets>) offsets(%past) cache(%k0, %v0)
        : (…) -> (tensor<?x?x576xf32>, tensor<?x2048x3x64xf32>, tensor<?x2048x3x64xf32>)
    ```

    Expanded by `treadle-expand` into `treadle.linear`, `treadle.rms_norm`,
    `treadle.rotary`, `treadle.cache_append` and `treadle.attention`.
  }];
  let arguments = (ins
    3DTensorOf<[AnyFloat]>:$queries, 3DTensorOf<[AnyFloat]>:$keys,
    3DTensorOf<[AnyFloat]>:$values,
    ConfinedAttr<I64Attr, [IntPositive]>:$heads,
    2DTensorOf<[AnyFloat]>:$query_weight, 2DTensorOf<[AnyFloat]>:$key_weight,
    2DTensorOf<[AnyFloat]>:$value_weight, 2DTensorOf<[AnyFloat]>:$output_weight,
    Variadic<1DTensorOf<[AnyFloat]>>:$biases,
    Optional<1DTensorOf<[I64, I32]>>:$lengths,
    OptionalAttr<Treadle_MaskAttr>:$mask,
    OptionalAttr<F64Attr>:$scale,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$key_heads,
    Optional<1DTensorOf<[AnyFloat]>>:$query_gain,
    Optional<1DTensorOf<[AnyFloat]>>:$key_gain,
    OptionalAttr<F64Attr>:$norm_epsilon,
    OptionalAttr<Treadle_HeadPositionsAttr>:$positions,
    Optional<2DTensorOf<[AnyFloat]>>:$relative_table,
    OptionalAttr<F64Attr>:$soft_cap,
    Optional<1DTensorOf<[AnyFloat]>>:$sinks,
    Optional<1DTensorOf<[I64, I32]>>:$offsets,
    Optional<1DTensorOf<[I64, I32]>>:$prefixes,
    Optional<4DTensorOf<[AnyFloat]>>:$cache_keys,
    Optional<4DTensorOf<[AnyFloat]>>:$cache_values);
  let results = (outs 3DTensorOf<[AnyFloat]>:$result,
                      Variadic<4DTensorOf<[AnyFloat]>>:$caches);
  let assemblyFormat = [{
    $queries `,` $keys `,` $values `heads` `(` $heads `)`
    (`key_heads` `(` $key_heads^ `)`)?
    `projections` `(` $query_weight `,` $key_weight `,` $value_weight `,`
                      $output_weight `)`
    oilist(`biases` `(` $biases `)` | `mask` `(` qualified($mask) `)`
         | `lengths` `(` $lengths `)` | `scale` `(` $scale `)`
         | `query_gain` `(` $query_gain `)` | `key_gain` `(` $key_gain `)`
         | `norm_epsilon` `(` $norm_epsilon `)`
         | `positions` `(` $positions `)` | `relative_table` `(` $relative_table `)`
         | `soft_cap` `(` $soft_cap `)` | `sinks` `(` $sinks `)`
         | `offsets` `(` $offsets `)` | `prefixes` `(` $prefixes `)`
         | `cache` `(` $cache_keys `,` $cache_values `)`)
    attr-dict `:` functional-type(operands, results)
  }];
  let builders = [
    // The paper's: without biases where there are none, and what else there is may be
    // set afterwards.
    OpBuilder<(ins "::mlir::Value":$queries, "::mlir::Value":$keys, "::mlir::Value":$values,
      "int64_t":$heads, "::mlir::ValueRange":$projections, "::mlir::ValueRange":$biases)>
  ];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Heads of keys and values, as many as of queries unless given.
    int64_t getNumKeyHeads() { return getKeyHeads().value_or(getHeads()); }
    /// Components of a head's queries and keys, and of its values.
    int64_t getKeyWidth();
    int64_t getValueWidth();
  private:
    ::llvm::LogicalResult verifyNorms();
    ::llvm::LogicalResult verifyPositions();
    ::llvm::LogicalResult verifyState();
  public:
  }];
}

#endif // TREADLE_MULTI_HEAD_ATTENTION_OPS
