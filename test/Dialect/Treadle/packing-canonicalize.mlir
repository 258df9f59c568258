// RUN: treadle-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @back_and_forth
// CHECK-SAME: %[[R:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[R]]
func.func @back_and_forth(%r: tensor<?x4xf32>, %s: tensor<?xi64>, %n: index) -> tensor<?x4xf32> {
  %0 = treadle.unpack_tokens %r at(%s) to(%n) : (tensor<?x4xf32>, tensor<?xi64>, index) -> tensor<?x?x4xf32>
  %1 = treadle.pack_tokens %0 at(%s) : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// Padding is not what it was: zeros are put there.
// CHECK-LABEL: @forth_and_back
// CHECK: treadle.pack_tokens
// CHECK: treadle.unpack_tokens
func.func @forth_and_back(%x: tensor<?x?x4xf32>, %s: tensor<?xi64>, %n: index) -> tensor<?x?x4xf32> {
  %0 = treadle.pack_tokens %x at(%s) : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %1 = treadle.unpack_tokens %0 at(%s) to(%n) : (tensor<?x4xf32>, tensor<?xi64>, index) -> tensor<?x?x4xf32>
  return %1 : tensor<?x?x4xf32>
}

// CHECK-LABEL: @other_starts
// CHECK: treadle.unpack_tokens
// CHECK: treadle.pack_tokens
func.func @other_starts(%r: tensor<?x4xf32>, %s: tensor<?xi64>, %t: tensor<?xi64>, %n: index) -> tensor<?x4xf32> {
  %0 = treadle.unpack_tokens %r at(%s) to(%n) : (tensor<?x4xf32>, tensor<?xi64>, index) -> tensor<?x?x4xf32>
  %1 = treadle.pack_tokens %0 at(%t) : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
