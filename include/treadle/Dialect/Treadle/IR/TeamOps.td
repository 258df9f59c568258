//===- TeamOps.td - The team that shares a call -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TEAM_OPS
#define TREADLE_TEAM_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_TeamSizeOp : Treadle_Op<"team_size", [Pure]> {
  let summary = "the number of threads that share the blocks of parallel loops";
  let description = [{
    At least 1. How many blocks a parallel loop has may depend on it, and what they make may not.

    ```mlir
    %threads = treadle.team_size
    ```

    Made by `treadle-tile`; `treadle-emit-entry-points` makes it the argument that the host gives to
    the body of a call.
  }];
  let results = (outs Index:$size);
  let assemblyFormat = "attr-dict";
}

#endif // TREADLE_TEAM_OPS
