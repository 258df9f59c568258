//===- ParameterOps.td - Named parameters -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_PARAMETER_OPS
#define TREADLE_PARAMETER_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_ParameterOp : Treadle_Op<"parameter", [Pure]> {
  let summary = "a parameter of the model, by its name";
  let description = [{
    The tensor that the checkpoint calls `name`. A name with a hole, `{}`,
    stands for a family with a member for each layer; `index` says which one of
    `members`, and they have equal types. Inside a `treadle.stack` the number of
    members is that of its layers and need not be written. The content is never part of the IR: it is
    resolved when an artifact is made and mapped when one is loaded. From stage
    `buffers` on it is a memref, which nobody writes to.

    ```mlir
    %table = treadle.parameter "embeddings.weight" : tensor<30522x384xf32>
    %wq = treadle.parameter "layer.{}.query.weight"[%i] : tensor<384x384xf32>
    ```

    Made by importers; those that only prepare others are gathered and replaced
    by `treadle-prepare-parameters`; `treadle-emit-entry-points` turns them into
    addresses.
  }];
  let arguments = (ins StrAttr:$name, Optional<Index>:$index,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$members);
  // (C5) the result's shape is static
  let results = (outs AnyTypeOf<[AnyStaticShapeTensor,
                                StaticShapeMemRefOf<[AnyType]>]>:$result);
  let assemblyFormat = "$name (`[` $index^ (`of` $members^)? `]`)? attr-dict `:` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether the name has a hole for the index of a layer.
    bool isFamily() { return getName().contains("{}"); }
    /// The name of the member `index` of a family, or the name itself.
    static std::string getMemberName(llvm::StringRef name, int64_t index);
  }];
}

#endif // TREADLE_PARAMETER_OPS
