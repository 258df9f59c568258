//===- TreadleDialect.td - The dialect and its operations' base -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT
#define TREADLE_DIALECT

include "mlir/IR/OpBase.td"

def Treadle_Dialect : Dialect {
  let name = "treadle";
  let cppNamespace = "::treadle";
  let summary = "Transformer models in the field's own terms";
  let description = [{
    Attention, positions, residual blocks, stacks of layers and named
    parameters. At the `model` stage a program reads like the paper that it
    comes from; passes expand it into `linalg` on tensors, leaving
    `treadle.attention` and `treadle.parameter` until code is made of them.
    docs/Spec.md gives the semantics of each operation as an equation and
    numbers its inputs (I1…) and constraints (C1…).
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

class Treadle_Op<string mnemonic, list<Trait> traits = []>
    : Op<Treadle_Dialect, mnemonic, traits>;

#endif // TREADLE_DIALECT
