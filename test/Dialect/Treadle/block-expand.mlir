// RUN: treadle-opt %s --pass-pipeline='builtin.module(func.func(treadle-expand,canonicalize))' -split-input-file | FileCheck %s

// A branch that yields what it is given: x + x.
// CHECK-LABEL: @identity_branch
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK: %[[Y:.*]] = arith.addf %[[X]], %[[X]]
// CHECK: return %[[Y]]
func.func @identity_branch(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = treadle.residual %x : tensor<?x4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// -----

// The sum is of rows, whose width need not be known.
// CHECK-LABEL: @dynamic_width
// CHECK-SAME: %[[X:.*]]: tensor<2x?x?xf32>
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}} : tensor<?x?xf32>
// CHECK: %[[WIDTH:.*]] = tensor.dim %[[SUM]]
// CHECK: tensor.expand_shape %[[SUM]] {{\[\[}}0, 1], [2]] output_shape [2, %{{.*}}, %[[WIDTH]]]
func.func @dynamic_width(%x: tensor<2x?x?xf32>, %f: tensor<2x?x?xf32>) -> tensor<2x?x?xf32> {
  %y = treadle.residual %x : tensor<2x?x?xf32> {
  ^branch(%u: tensor<2x?x?xf32>):
    treadle.yield %f : tensor<2x?x?xf32>
  }
  return %y : tensor<2x?x?xf32>
}

// -----

// CHECK-LABEL: @scale
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[F:.*]]: tensor<4xf32>
// CHECK: %[[HALF:.*]] = arith.constant dense<5.000000e-01> : tensor<4xf32>
// CHECK: %[[PART:.*]] = arith.mulf %[[F]], %[[HALF]]
// CHECK: arith.addf %[[X]], %[[PART]]
func.func @scale(%x: tensor<4xf32>, %f: tensor<4xf32>) -> tensor<4xf32> {
  %y = treadle.residual %x scale(0.5) : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %f : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}
