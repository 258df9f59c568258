//===- MultiHeadAttentionOps.td - Attention with its projections -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_MULTI_HEAD_ATTENTION_OPS
#define TREADLE_MULTI_HEAD_ATTENTION_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_MultiHeadAttentionOp
    : Treadle_Op<"multi_head_attention", [Pure, AttrSizedOperandSegments]> {
  let summary = "attention of several heads, with its four projections";
  let description = [{
    The paper's form (Vaswani et al., 2017, 3.2.2):
    concat(head_1, …, head_h) W_o with head_i = attention(Q W_q,i, K W_k,i, V W_v,i).
    Inputs are [batch, tokens, width]; a projection's weight is [outputs, inputs],
    its rows grouped by head, so that d_k and d_v are the heads' share of the rows
    of W_q and W_v. `biases` are those of q, k, v and the output.

    ```mlir
    %a = treadle.multi_head_attention %u, %u, %u heads(12)
        projections(%wq, %wk, %wv, %wo) biases(%bq, %bk, %bv, %bo)
        mask(#treadle.mask<keys_within_lengths>) lengths(%lengths) : (…) -> tensor<?x?x384xf32>
    ```

    Expanded by `treadle-expand` into `treadle.linear` and `treadle.attention`.
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
    OptionalAttr<F64Attr>:$scale);
  let results = (outs 3DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $queries `,` $keys `,` $values `heads` `(` $heads `)`
    `projections` `(` $query_weight `,` $key_weight `,` $value_weight `,`
                      $output_weight `)`
    oilist(`biases` `(` $biases `)` | `mask` `(` qualified($mask) `)`
         | `lengths` `(` $lengths `)` | `scale` `(` $scale `)`)
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // TREADLE_MULTI_HEAD_ATTENTION_OPS
