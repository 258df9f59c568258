//===- NormOps.td - Norms, softmax and pooling -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_NORM_OPS
#define TREADLE_NORM_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

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

def Treadle_RMSNormOp : Treadle_Op<"rms_norm", [Pure,
    // (C5) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "divides each vector by the root of its mean square";
  let description = [{
    result[…, i] = x[…, i] / √(Σ_j x[…, j]² / D + epsilon) · gain[i] over the last dimension,
    of extent D (Zhang and Sennrich, 2019).

    ```mlir
    %y = treadle.rms_norm %x, %gain epsilon(1.0e-6) : tensor<?x?x576xf32>, tensor<576xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input,
                       Optional<1DTensorOf<[AnyFloat]>>:$gain, F64Attr:$epsilon);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input (`,` $gain^)? `epsilon` `(` $epsilon `)` attr-dict
    `:` type($input) (`,` type($gain)^)?
  }];
  let hasVerifier = 1;
}

def Treadle_SoftmaxOp : Treadle_Op<"softmax", [Pure,
    // (C2) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "makes a distribution of each vector";
  let description = [{
    result[…, i] = exp(x[…, i]) / Σ_j exp(x[…, j]) over the last dimension; zeros where every
    x[…, j] is -∞.

    ```mlir
    %p = treadle.softmax %x : tensor<?x?x30522xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
  let hasFolder = 1;
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

def Treadle_PoolOp : Treadle_Op<"pool", [Pure,
    InferTypeOpAdaptorWithIsCompatible]> {
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

#endif // TREADLE_NORM_OPS
