//===- ProfileOps.td - Counting what a program does -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_PROFILE_OPS
#define TREADLE_PROFILE_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_CounterResource : Resource<"::treadle::CounterResource">;

def Treadle_CountOp : Treadle_Op<"count",
    [MemoryEffects<[MemWrite<Treadle_CounterResource>]>]> {
  let summary = "counts the time and the work since the count before";
  let description = [{
    Adds to the counter `name` one execution, the work that was done (operations on floats and
    bytes read and written) and the time since this thread's count before it, or since its
    team began. In a loop over layers `index` says which of `members` counters is meant.
    Operations are left of a `treadle.count`: it counts what lies between it and the one before.

    ```mlir
    treadle.count "attention"[%i of 6] operations(%f) bytes(%b)
    ```

    Made by `treadle-insert-counters`, when somebody asks for a profile;
    `treadle-emit-entry-points` turns it into a call of the host.
  }];
  let arguments = (ins StrAttr:$name, Optional<Index>:$index,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$members,
                       Index:$operations, Index:$bytes);
  let assemblyFormat = [{
    $name (`[` $index^ (`of` $members^)? `]`)? `operations` `(` $operations `)`
    `bytes` `(` $bytes `)` attr-dict
  }];
  let hasVerifier = 1;
}

#endif // TREADLE_PROFILE_OPS
