// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @starts
func.func @starts(%l: tensor<?xi64>, %m: tensor<3xi32>, %s: index) {
  // CHECK: treadle.sequence_starts %{{.*}} of(%{{.*}}) : tensor<?xi64> -> tensor<?xi64>
  %0 = treadle.sequence_starts %l of(%s) : tensor<?xi64> -> tensor<?xi64>
  // CHECK: treadle.sequence_starts %{{.*}} of(%{{.*}}) at_least(1) : tensor<3xi32> -> tensor<4xi64>
  %1 = treadle.sequence_starts %m of(%s) at_least(1) : tensor<3xi32> -> tensor<4xi64>
  return
}

// CHECK-LABEL: @tokens
func.func @tokens(%x: tensor<?x?x12x32xf32>, %i: tensor<2x8xi64>, %a: tensor<?xi64>, %b: tensor<3xi64>, %s: index) {
  // CHECK: treadle.pack_tokens %{{.*}} at(%{{.*}}) : (tensor<?x?x12x32xf32>, tensor<?xi64>) -> tensor<?x12x32xf32>
  %0 = treadle.pack_tokens %x at(%a) : (tensor<?x?x12x32xf32>, tensor<?xi64>) -> tensor<?x12x32xf32>
  // CHECK: treadle.pack_tokens %{{.*}} at(%{{.*}}) : (tensor<2x8xi64>, tensor<3xi64>) -> tensor<?xi64>
  %1 = treadle.pack_tokens %i at(%b) : (tensor<2x8xi64>, tensor<3xi64>) -> tensor<?xi64>
  // CHECK: treadle.unpack_tokens %{{.*}} at(%{{.*}}) to(%{{.*}}) : (tensor<?x12x32xf32>, tensor<?xi64>, index) -> tensor<?x?x12x32xf32>
  %2 = treadle.unpack_tokens %0 at(%a) to(%s) : (tensor<?x12x32xf32>, tensor<?xi64>, index) -> tensor<?x?x12x32xf32>
  // CHECK: treadle.unpack_tokens %{{.*}} at(%{{.*}}) to(%{{.*}}) : (tensor<?xi64>, tensor<3xi64>, index) -> tensor<2x8xi64>
  %3 = treadle.unpack_tokens %1 at(%b) to(%s) : (tensor<?xi64>, tensor<3xi64>, index) -> tensor<2x8xi64>
  return
}
