//===- StateOps.td - What is kept from call to call -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_STATE_OPS
#define TREADLE_STATE_OPS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Treadle_CacheAppendOp : Treadle_Op<"cache_append", [Pure,
    DestinationStyleOpInterface,
    // (C5) the result is of the cache's type
    AllTypesMatch<["cache", "result"]>]> {
  let summary = "puts new tokens behind those of a cache";
  let description = [{
    result[b, lengths[b] + s, …] = tokens[b, s, …], and the cache's own elsewhere. Places beyond
    the cache's capacity are not written. With `ring` the place is taken modulo the
    capacity, so that the cache keeps the latest tokens.

    ```mlir
    %k1 = treadle.cache_append %k to(%k0) at(%lengths)
        : tensor<?x?x3x64xf32>, tensor<?x2048x3x64xf32>, tensor<?xi64>
    ```

    Made in place: `treadle-verify-state` says where it could not be.
  }];
  let arguments = (ins AnyRankedTensor:$tokens, AnyRankedTensor:$cache,
                       1DTensorOf<[I64, I32]>:$lengths, UnitAttr:$ring);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $tokens `to` `(` $cache `)` `at` `(` $lengths `)` (`ring` $ring^)? attr-dict
    `:` type($tokens) `,` type($cache) `,` type($lengths)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getCacheMutable(); }
  }];
}

def Treadle_CacheReadOp : Treadle_Op<"cache_read", [Pure,
    // (C3) the result is of the cache's type
    AllTypesMatch<["cache", "result"]>]> {
  let summary = "the tokens of a cache in the order of their time";
  let description = [{
    result[b, s, …] = cache[b, (max(lengths[b] - C, 0) + s) mod C, …], with C the capacity and
    lengths[b] the number of tokens appended since the cache was empty: the oldest
    token that a ring keeps comes first. A cache that is no ring is in order already.

    ```mlir
    %k = treadle.cache_read %cache at(%lengths) ring : tensor<?x256x3x64xf32>, tensor<?xi64>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$cache, 1DTensorOf<[I64, I32]>:$lengths, UnitAttr:$ring);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $cache `at` `(` $lengths `)` (`ring` $ring^)? attr-dict `:` type($cache) `,` type($lengths)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TREADLE_STATE_OPS
