// RUN: treadle-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @no_tokens
// CHECK-SAME: %{{.*}}: tensor<2x0x4xf32>, %[[C:.*]]: tensor<2x8x4xf32>
// CHECK-NEXT: return %[[C]]
func.func @no_tokens(%t: tensor<2x0x4xf32>, %c: tensor<2x8x4xf32>, %l: tensor<2xi64>) -> tensor<2x8x4xf32> {
  %0 = treadle.cache_append %t to(%c) at(%l) : tensor<2x0x4xf32>, tensor<2x8x4xf32>, tensor<2xi64>
  return %0 : tensor<2x8x4xf32>
}

// CHECK-LABEL: @in_order
// CHECK-SAME: %[[C:.*]]: tensor<2x8x4xf32>
// CHECK-NEXT: return %[[C]]
func.func @in_order(%c: tensor<2x8x4xf32>, %l: tensor<2xi64>) -> tensor<2x8x4xf32> {
  %0 = treadle.cache_read %c at(%l) : tensor<2x8x4xf32>, tensor<2xi64>
  return %0 : tensor<2x8x4xf32>
}

// CHECK-LABEL: @ring
// CHECK: treadle.cache_read
func.func @ring(%c: tensor<2x8x4xf32>, %l: tensor<2xi64>) -> tensor<2x8x4xf32> {
  %0 = treadle.cache_read %c at(%l) ring : tensor<2x8x4xf32>, tensor<2xi64>
  return %0 : tensor<2x8x4xf32>
}
