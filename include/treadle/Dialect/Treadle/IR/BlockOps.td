//===- BlockOps.td - Blocks and what they are made of -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_BLOCK_OPS
#define TREADLE_BLOCK_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

def Treadle_YieldOp : Treadle_Op<"yield", [Pure, Terminator, ReturnLike,
    // (C1) it ends a branch, a layer or a change of scores
    ParentOneOf<["ResidualOp", "StackOp", "AttentionOp", "OnlineAttentionOp"]>]> {
  let summary = "ends a region of the dialect with its value";
  let arguments = (ins AnyTypeOf<[AnyRankedTensor, AnyFloat]>:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Treadle_ResidualOp : Treadle_Op<"residual", [RecursiveMemoryEffects,
    // (C4) the branch is one block, not empty
    SingleBlock,
    // (C5) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "x + f(x)";
  let description = [{
    result = input + scale · f(input), where f is the region (He et al., 2015).
    Where the norms are is read off the structure (`getPlacement`): one that
    begins the branch is pre-norm, one that takes the result post-norm. A branch
    that yields zero makes the operation its input.

    ```mlir
    %y = treadle.residual %x : tensor<?x?x384xf32> {
    ^branch(%u: tensor<?x?x384xf32>):
      …
      treadle.yield %f : tensor<?x?x384xf32>
    }
    ```

    Removed by `treadle-expand`.
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, OptionalAttr<F64Attr>:$scale);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let regions = (region SizedRegion<1>:$branch);
  let assemblyFormat = [{
    $input (`scale` `(` $scale^ `)`)? attr-dict `:` type($input) $branch
  }];
  let hasRegionVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// Where this block normalises.
    NormPlacement getPlacement();
    mlir::Value getBranchInput() { return getBranch().getArgument(0); }
    YieldOp getYield();
  }];
}

def Treadle_StackOp : Treadle_Op<"stack", [RecursiveMemoryEffects,
    // (C3) the layer is one block, not empty
    SingleBlock,
    // (C4) the result is of the type of the initial value
    AllTypesMatch<["initial", "result"]>]> {
  let summary = "a stack of identical layers";
  let description = [{
    x_0 = initial, x_{i+1} = layer(x_i, i), result = x_count. The layers are one
    region over families of parameters, whose member is chosen by the region's second
    argument, so that code does not grow with depth.

    ```mlir
    %y = treadle.stack 6 (%x) : tensor<?x?x384xf32> {
    ^layer(%h: tensor<?x?x384xf32>, %i: index):
      %w = treadle.parameter "layer.{}.weight"[%i] : tensor<384x384xf32>
      …
      treadle.yield %o : tensor<?x?x384xf32>
    }
    ```

    Turned into a loop by `treadle-expand`.
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$count,
                       AnyRankedTensor:$initial);
  let results = (outs AnyRankedTensor:$result);
  let regions = (region SizedRegion<1>:$layer);
  let assemblyFormat = [{
    $count `(` $initial `)` attr-dict `:` type($initial) $layer
  }];
  let hasRegionVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    mlir::Value getLayerInput() { return getLayer().getArgument(0); }
    mlir::Value getLayerIndex() { return getLayer().getArgument(1); }
    YieldOp getYield();
  }];
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

def Treadle_LayerNormOp : Treadle_Op<"layer_norm", [Pure,
    // (C5) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "normalises each vector to mean zero and variance one";
  let description = [{
    result[…, i] = (x[i] - mean) / √(variance + epsilon) · gain[i] + bias[i], with mean
    and (biased) variance over the last dimension (Ba et al., 2016).

    ```mlir
    %y = treadle.layer_norm %x, %gain, %bias epsilon(1.0e-12)
        : tensor<?x?x384xf32>, tensor<384xf32>, tensor<384xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, 1DTensorOf<[AnyFloat]>:$gain,
                       Optional<1DTensorOf<[AnyFloat]>>:$bias, F64Attr:$epsilon);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `,` $gain (`,` $bias^)? `epsilon` `(` $epsilon `)` attr-dict
    `:` type($input) `,` type($gain) (`,` type($bias)^)?
  }];
  let hasVerifier = 1;
}

def Treadle_LinearOp : Treadle_Op<"linear", [Pure]> {
  let summary = "a learned linear map of each vector";
  let description = [{
    result[…, o] = activation(Σ_i weight[o, i] x[…, i] + bias[o]). The weight is
    [outputs, inputs].

    ```mlir
    %y = treadle.linear %x, %w bias(%b) activation(gelu)
        : (tensor<?x?x384xf32>, tensor<1536x384xf32>, tensor<1536xf32>) -> tensor<?x?x1536xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, 2DTensorOf<[AnyFloat]>:$weight,
    Optional<1DTensorOf<[AnyFloat]>>:$bias,
    DefaultValuedAttr<Treadle_ActivationAttr, "::treadle::Activation::Identity">:$activation);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `,` $weight oilist(`bias` `(` $bias `)` | `activation` `(` custom<Keyword>($activation) `)`)
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Treadle_FeedForwardOp : Treadle_Op<"feed_forward", [Pure, AttrSizedOperandSegments,
    // (C6) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "two linear maps with an activation between them";
  let description = [{
    result = W_2 activation(W_1 x + b_1) + b_2 (Vaswani et al., 2017, 3.3). W_1 is
    [inner, width], W_2 [width, inner].

    ```mlir
    %f = treadle.feed_forward %u, %w1, %w2 biases(%b1, %b2) activation(gelu)
        : tensor<?x?x384xf32>, tensor<1536x384xf32>, tensor<384x1536xf32>, tensor<1536xf32>, tensor<384xf32>
    ```

    Expanded by `treadle-expand`.
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, 2DTensorOf<[AnyFloat]>:$weight_in,
    2DTensorOf<[AnyFloat]>:$weight_out, Optional<1DTensorOf<[AnyFloat]>>:$bias_in,
    Optional<1DTensorOf<[AnyFloat]>>:$bias_out, Treadle_ActivationAttr:$activation);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `,` $weight_in `,` $weight_out (`biases` `(` $bias_in^ `,` $bias_out `)`)?
    `activation` `(` custom<Keyword>($activation) `)` attr-dict
    `:` type($input) `,` type($weight_in) `,` type($weight_out)
    (`,` type($bias_in)^ `,` type($bias_out))?
  }];
  let hasVerifier = 1;
}

def Treadle_PoolOp : Treadle_Op<"pool", [Pure]> {
  let summary = "makes one vector of a sequence of vectors";
  let description = [{
    `mean`: result[b, :] = Σ_{s < lengths[b]} x[b, s, :] / lengths[b], zeros for an empty
    sequence; `max`: the largest component over s < lengths[b], zeros for an empty
    sequence; `first`: x[b, 0, :]. Without `lengths` every token counts.

    ```mlir
    %e = treadle.pool mean %x lengths(%l) : (tensor<?x?x384xf32>, tensor<?xi64>) -> tensor<?x384xf32>
    ```
  }];
  let arguments = (ins Treadle_PoolingAttr:$kind, 3DTensorOf<[AnyFloat]>:$input,
                       Optional<1DTensorOf<[I64, I32]>>:$lengths);
  let results = (outs 2DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    custom<Keyword>($kind) $input (`lengths` `(` $lengths^ `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Treadle_UnitNormOp : Treadle_Op<"unit_norm", [Pure,
    // (C3) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "scales each vector to length one";
  let description = [{
    result = x / max(√(Σ x²), epsilon) over the last dimension.

    ```mlir
    %n = treadle.unit_norm %e epsilon(1.0e-12) : tensor<?x384xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, F64Attr:$epsilon);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `epsilon` `(` $epsilon `)` attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

#endif // TREADLE_BLOCK_OPS
