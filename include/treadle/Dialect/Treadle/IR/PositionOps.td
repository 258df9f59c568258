//===- PositionOps.td - Embeddings and positions -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_POSITION_OPS
#define TREADLE_POSITION_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
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
    result[b, s, :] = input[b, s, :] + table[s + offset, :], as in BERT (Devlin et
    al., 2018). A sequence longer than the table is refused before the program
    runs.

    ```mlir
    %y = treadle.learned_position %x, %table
        : tensor<?x?x384xf32>, tensor<512x384xf32>
    ```
  }];
  let arguments = (ins 3DTensorOf<[AnyFloat]>:$input,
                       2DTensorOf<[AnyFloat]>:$table,
                       DefaultValuedAttr<I64Attr, "0">:$offset);
  let results = (outs 3DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input `,` $table (`offset` `(` $offset^ `)`)? attr-dict
    `:` type($input) `,` type($table)
  }];
  let hasVerifier = 1;
}

def Treadle_SinusoidalPositionOp : Treadle_Op<"sinusoidal_position", [Pure,
    // (C3) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "adds sines and cosines of each absolute position";
  let description = [{
    With w(i) = base^(-2i/width):
    result[b, s, 2i] = input[b, s, 2i] + sin(s w(i)) and
    result[b, s, 2i+1] = input[b, s, 2i+1] + cos(s w(i))
    (Vaswani et al., 2017, 3.5).

    ```mlir
    %y = treadle.sinusoidal_position %x base(1.0e4) : tensor<?x?x512xf32>
    ```
  }];
  let arguments = (ins 3DTensorOf<[AnyFloat]>:$input,
                       DefaultValuedAttr<F64Attr, "10000.0">:$base);
  let results = (outs 3DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $input (`base` `(` $base^ `)`)? attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

#endif // TREADLE_POSITION_OPS
