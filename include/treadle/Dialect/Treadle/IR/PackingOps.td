//===- PackingOps.td - Tokens without padding -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_PACKING_OPS
#define TREADLE_PACKING_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Treadle_PackingOp<string mnemonic, list<Trait> traits = []>
    : Treadle_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>], traits)>;

def Treadle_SequenceStartsOp : Treadle_PackingOp<"sequence_starts"> {
  let summary = "where each sequence begins when they lie behind one another";
  let description = [{
    result[i] = Σ_{b < i} min(max(lengths[b], at_least), tokens) for 0 <= i <= batch: the
    number of the first row of sequence i, and, last, the number of all rows.

    ```mlir
    %starts = treadle.sequence_starts %lengths of(%s) : tensor<?xi64> -> tensor<?xi64>
    ```

    Made by `treadle-skip-padding`, removed by `treadle-tile`.
  }];
  let arguments = (ins 1DTensorOf<[I64, I32]>:$lengths, Index:$tokens,
                       // (C2) a sequence has no negative number of rows
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntNonNegative]>, "0">:$at_least);
  let results = (outs 1DTensorOf<[I64]>:$result);
  let assemblyFormat = [{
    $lengths `of` `(` $tokens `)` (`at_least` `(` $at_least^ `)`)? attr-dict
    `:` type($lengths) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Treadle_PackTokensOp : Treadle_PackingOp<"pack_tokens"> {
  let summary = "puts the tokens of all sequences behind one another";
  let description = [{
    result[starts[b] + s, …] = tokens[b, s, …] for s < starts[b + 1] - starts[b]: what lies
    behind a sequence's own tokens, the padding, is left out.

    ```mlir
    %rows = treadle.pack_tokens %x at(%starts) : (tensor<?x?x384xf32>, tensor<?xi64>) -> tensor<?x384xf32>
    ```

    Made by `treadle-skip-padding`, removed by `treadle-tile`.
  }];
  let arguments = (ins AnyRankedTensor:$tokens, 1DTensorOf<[I64]>:$starts);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $tokens `at` `(` $starts `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// The number of rows that `batch` sequences of `tokens` tokens have. It is the last
    /// start, which is not known when a function begins; that it is at most the number of
    /// all tokens is, and memory is planned by that.
    static mlir::OpFoldResult getNumRows(mlir::OpBuilder &b, mlir::Location loc, mlir::Value starts,
                                         mlir::OpFoldResult batch, mlir::OpFoldResult tokens);
  }];
}

def Treadle_UnpackTokensOp : Treadle_PackingOp<"unpack_tokens"> {
  let summary = "gives each sequence its tokens, and zeros as padding";
  let description = [{
    result[b, s, …] = rows[starts[b] + s, …] for s < starts[b + 1] - starts[b], and zero for the
    other s < count.

    ```mlir
    %x = treadle.unpack_tokens %rows at(%starts) to(%s)
        : (tensor<?x384xf32>, tensor<?xi64>, index) -> tensor<?x?x384xf32>
    ```

    Made by `treadle-skip-padding`, removed by `treadle-tile`.
  }];
  let arguments = (ins AnyRankedTensor:$rows, 1DTensorOf<[I64]>:$starts, Index:$count);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $rows `at` `(` $starts `)` `to` `(` $count `)` attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // TREADLE_PACKING_OPS
