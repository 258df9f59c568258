//===- LinearOps.td - Linear maps and activations -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_LINEAR_OPS
#define TREADLE_LINEAR_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_LinearOp : Treadle_Op<"linear", [Pure,
    InferTypeOpAdaptorWithIsCompatible]> {
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

def Treadle_GatedFeedForwardOp : Treadle_Op<"gated_feed_forward", [Pure,
    // (C7) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "a feed-forward network whose inner vectors are gated";
  let description = [{
    result = W_down (activation(W_gate x + b_gate) ⊙ (W_up x + b_up)) + b_down (Shazeer, 2020).
    W_gate and W_up are [inner, width], W_down [width, inner].

    ```mlir
    %f = treadle.gated_feed_forward %u, %wg, %wu, %wd activation(silu)
        : tensor<?x?x576xf32>, tensor<1536x576xf32>, tensor<1536x576xf32>, tensor<576x1536xf32>
    ```

    Expanded by `treadle-expand`.
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, 2DTensorOf<[AnyFloat]>:$weight_gate,
    2DTensorOf<[AnyFloat]>:$weight_up, 2DTensorOf<[AnyFloat]>:$weight_down,
    Variadic<1DTensorOf<[AnyFloat]>>:$biases, Treadle_ActivationAttr:$activation);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `,` $weight_gate `,` $weight_up `,` $weight_down (`biases` `(` $biases^ `)`)?
    `activation` `(` custom<Keyword>($activation) `)` attr-dict
    `:` type($input) `,` type($weight_gate) `,` type($weight_up) `,` type($weight_down)
    (`,` type($biases)^)?
  }];
  let hasVerifier = 1;
}

def Treadle_ActivateOp : Treadle_Op<"activate", [Pure,
    // (C1) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "applies an activation to each element";
  let description = [{
    result[…] = activation(x[…]).

    ```mlir
    %y = treadle.activate gelu %x : tensor<?x?x384xf32>
    ```
  }];
  let arguments = (ins Treadle_ActivationAttr:$activation, RankedTensorOf<[AnyFloat]>:$input);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "custom<Keyword>($activation) $input attr-dict `:` type($input)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

#endif // TREADLE_LINEAR_OPS
