//===- BlockOps.td - Residual blocks and stacks -*- tablegen -*-===//
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

def Treadle_YieldOp : Treadle_Op<"yield", [Pure, Terminator, ReturnLike,
    // (C1) it ends a branch, a layer or a change of scores
    ParentOneOf<["ResidualOp", "StackOp", "AttentionOp", "OnlineAttentionOp"]>]> {
  let summary = "ends a region of the dialect with its values";
  let arguments = (ins Variadic<AnyTypeOf<[AnyRankedTensor, AnyFloat]>>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Treadle_ResidualOp : Treadle_Op<"residual", [RecursiveMemoryEffects,
    // (C4) the branch is one block, not empty
    SingleBlock,
    // (C5) the result is of the input's type
    AllTypesMatch<["input", "result"]>]> {
  let summary = "a x + b f(x)";
  let description = [{
    result = input_scale · input + scale · gate ⊙ f(input), where f is the region and what is
    not given is 1 (He et al., 2015). `input_scale` is DeepNorm's α (Wang et al., 2022);
    a gate is one learned number (Bachlechner et al., 2020) or one for each
    component (Touvron et al., 2021).
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
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input,
                       Optional<1DTensorOf<[AnyFloat]>>:$gate,
                       OptionalAttr<F64Attr>:$input_scale, OptionalAttr<F64Attr>:$scale);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let regions = (region SizedRegion<1>:$branch);
  let assemblyFormat = [{
    $input oilist(`input_scale` `(` $input_scale `)` | `scale` `(` $scale `)`
                | `gate` `(` $gate `)`)
    attr-dict `:` type($input) (`,` type($gate)^)? $branch
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Where this block normalises.
    NormPlacement getPlacement();
    mlir::Value getBranchInput() { return getBranch().getArgument(0); }
    /// What the branch gives, f(input).
    mlir::Value getBranchResult() {
      return getBranch().front().getTerminator()->getOperand(0);
    }
    YieldOp getYield();
  }];
}

def Treadle_StackOp : Treadle_Op<"stack", [RecursiveMemoryEffects,
    // (C3) the layer is one block, not empty
    SingleBlock,
    // (C4) the results are of the types of the initial values
    RangedTypesMatchWith<"the results are of the types of the initial values",
                         "initial", "results", "$_self">]> {
  let summary = "a stack of identical layers";
  let description = [{
    x_0 = initial, x_{i+1} = layer(x_i, i), results = x_count, where x is one value or
    several: a residual stream, and what goes along with it, such as caches. The layers are
    one region over families of parameters, whose member is chosen by the region's last
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
                       Variadic<AnyRankedTensor>:$initial);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$layer);
  let assemblyFormat = [{
    $count `(` $initial `)` attr-dict `:` type($initial) $layer
  }];
  let hasRegionVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// What a layer is given, one for each initial value.
    mlir::Block::BlockArgListType getLayerInputs() {
      return getLayer().getArguments().drop_back();
    }
    mlir::Value getLayerIndex() { return getLayer().getArguments().back(); }
    YieldOp getYield();
  }];
}

#endif // TREADLE_BLOCK_OPS
