//===- AttentionOps.td - Attention -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_ATTENTION_OPS
#define TREADLE_ATTENTION_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_AttentionOp : Treadle_Op<"attention", [Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "softmax of scores of queries against keys, applied to values";
  let description = [{
    Over the iteration space (batch and head dimensions…, m, n, d, e) of the
    indexing maps, with q, k, v read through the maps:

        s(m, n)  = scale · Σ_d q(m, d) k(n, d)
        p(m, n)  = exp(s(m, n)) / Σ_n' exp(s(m, n'))     over the visible n'
        out(m, e) = Σ_n p(m, n) v(n, e)

    The last four dimensions of the space are query m, key n, the components d of queries
    and keys and e of values; those before them are the batch, which `lengths`
    counts in, and heads. A head dimension that keys do not mention is a group
    of query heads that share a key head. A query that sees no key gives exact
    zeros. `selection`, where given, is a further mask: true means visible.

    ```mlir
    %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
        mask(#treadle.mask<keys_within_lengths>) lengths(%l)
        indexing_maps = [affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>,
                         affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>,
                         affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>,
                         affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>]
        : (tensor<?x?x12x32xf32>, tensor<?x?x12x32xf32>, tensor<?x?x12x32xf32>,
           tensor<?xi64>) -> tensor<?x?x12x32xf32>
    ```

    Made by importers and by the expansion of `treadle.multi_head_attention`;
    tiled into products and an online softmax by `treadle-tile`.
  }];
  let arguments = (ins
    Treadle_ScoreAttr:$score,
    RankedTensorOf<[AnyFloat]>:$queries, RankedTensorOf<[AnyFloat]>:$keys,
    RankedTensorOf<[AnyFloat]>:$values,
    Optional<1DTensorOf<[I64, I32]>>:$lengths,
    Optional<TensorOf<[I1]>>:$selection,
    AffineMapArrayAttr:$indexing_maps,
    OptionalAttr<Treadle_MaskAttr>:$mask,
    OptionalAttr<F64Attr>:$scale,
    OptionalAttr<Treadle_AttentionPlanAttr>:$plan);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    custom<Keyword>($score) `queries` `(` $queries `)` `keys` `(` $keys `)` `values` `(` $values `)`
    oilist(`mask` `(` qualified($mask) `)` | `lengths` `(` $lengths `)`
         | `selection` `(` $selection `)` | `scale` `(` $scale `)`
         | `plan` `(` qualified($plan) `)`)
    `indexing_maps` `=` $indexing_maps attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The maps of queries, keys, values and result, and of the selection
    /// (a null map when there is none).
    mlir::AffineMap getQueriesMap() { return getMap(0); }
    mlir::AffineMap getKeysMap() { return getMap(1); }
    mlir::AffineMap getValuesMap() { return getMap(2); }
    mlir::AffineMap getResultMap() { return getMap(3); }
    mlir::AffineMap getSelectionMap() {
      return getSelection() ? getMap(4) : mlir::AffineMap();
    }
    /// Dimensions of the iteration space before m, n, d, e.
    unsigned getNumOuterDims() { return getQueriesMap().getNumDims() - 4; }
    unsigned getQueryDim() { return getNumOuterDims(); }
    unsigned getKeyDim() { return getNumOuterDims() + 1; }
    unsigned getComponentDim() { return getNumOuterDims() + 2; }
    unsigned getValueDim() { return getNumOuterDims() + 3; }
    /// What a dot product of a query and a key is multiplied by.
    double getEffectiveScale();
  private:
    mlir::AffineMap getMap(unsigned i) {
      return llvm::cast<mlir::AffineMapAttr>(getIndexingMaps()[i]).getValue();
    }
  public:
  }];
}

#endif // TREADLE_ATTENTION_OPS
