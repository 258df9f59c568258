// RUN: treadle-opt %s --treadle-expand | FileCheck %s

// x + f(x), added row by row.
// CHECK-LABEL: func @residual(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>
func.func @residual(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: %[[F:.*]] = treadle.layer_norm %[[X]], %[[G]]
  // CHECK: %[[FROWS:.*]] = tensor.collapse_shape %[[F]] {{\[}}[0, 1], [2]]
  // CHECK: %[[XROWS:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0, 1], [2]]
  // CHECK: %[[SUM:.*]] = arith.addf %[[XROWS]], %[[FROWS]] : tensor<?x8xf32>
  // CHECK: %[[Y:.*]] = tensor.expand_shape %[[SUM]]
  // CHECK: return %[[Y]] : tensor<?x?x8xf32>
  %y = treadle.residual %x : tensor<?x?x8xf32> {
  ^branch(%u: tensor<?x?x8xf32>):
    %f = treadle.layer_norm %u, %g epsilon(1.0e-5) : tensor<?x?x8xf32>, tensor<8xf32>
    treadle.yield %f : tensor<?x?x8xf32>
  }
  return %y : tensor<?x?x8xf32>
}

// CHECK-LABEL: func @scaled(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>
func.func @scaled(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
  // CHECK-DAG: %[[F:.*]] = treadle.layer_norm %[[X]]
  // CHECK:     linalg.generic {{.*}} ins(%[[X]], %[[F]] :
  // CHECK-NEXT: ^bb0(%[[XE:.*]]: f32, %[[FE:.*]]: f32,
  // CHECK:     %[[SCALED:.*]] = arith.mulf %[[FE]], %[[HALF]]
  // CHECK-NEXT: arith.addf %[[XE]], %[[SCALED]]
  %y = treadle.residual %x scale(0.5) : tensor<?x8xf32> {
  ^branch(%u: tensor<?x8xf32>):
    %f = treadle.layer_norm %u, %g epsilon(1.0e-5) : tensor<?x8xf32>, tensor<8xf32>
    treadle.yield %f : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
