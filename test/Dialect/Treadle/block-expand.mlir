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

// Factors are applied where the sum is made.
// CHECK: #[[WHOLE:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: @factors
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[F:.*]]: tensor<?x4xf32>, %[[G:.*]]: tensor<4xf32>
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2.0
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.0
// CHECK: linalg.generic {indexing_maps = [#[[WHOLE]], #[[WHOLE]], #[[LAST]], #[[WHOLE]]]
// CHECK-SAME: ins(%[[X]], %[[F]], %[[G]]
// CHECK-NEXT: ^bb0(%[[XE:.*]]: f32, %[[FE:.*]]: f32, %[[GE:.*]]: f32,
// CHECK-NEXT: %[[SCALED:.*]] = arith.mulf %[[FE]], %[[HALF]]
// CHECK-NEXT: %[[GATED:.*]] = arith.mulf %[[SCALED]], %[[GE]]
// CHECK-NEXT: %[[INPUT:.*]] = arith.mulf %[[XE]], %[[TWO]]
// CHECK-NEXT: arith.addf %[[INPUT]], %[[GATED]]
func.func @factors(%x: tensor<?x4xf32>, %f: tensor<?x4xf32>, %g: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = treadle.residual %x input_scale(2.0) scale(0.5) gate(%g) : tensor<?x4xf32>, tensor<4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %f : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// -----

// A gate of one element is a number.
// CHECK: #[[NONE:.*]] = affine_map<(d0) -> ()>
// CHECK-LABEL: @one_gate
// CHECK-SAME: %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<4xf32>, %[[G:.*]]: tensor<1xf32>
// CHECK: %[[NUMBER:.*]] = tensor.collapse_shape %[[G]] [] : tensor<1xf32> into tensor<f32>
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}, #[[NONE]], #{{.*}}]
// CHECK-SAME: %[[NUMBER]]
func.func @one_gate(%x: tensor<4xf32>, %f: tensor<4xf32>, %g: tensor<1xf32>) -> tensor<4xf32> {
  %y = treadle.residual %x gate(%g) : tensor<4xf32>, tensor<1xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %f : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}
