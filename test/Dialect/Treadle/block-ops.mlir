// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @residual
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
func.func @residual(%x: tensor<?x4xf32>, %gain: tensor<4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[Y:.*]] = treadle.residual %[[X]] : tensor<?x4xf32> {
  // CHECK-NEXT: ^bb0(%[[U:.*]]: tensor<?x4xf32>):
  // CHECK-NEXT: %[[F:.*]] = treadle.layer_norm %[[U]]
  // CHECK-NEXT: treadle.yield %[[F]] : tensor<?x4xf32>
  %y = treadle.residual %x : tensor<?x4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    %f = treadle.layer_norm %u, %gain epsilon(1.0e-5) : tensor<?x4xf32>, tensor<4xf32>
    treadle.yield %f : tensor<?x4xf32>
  }
  // CHECK: treadle.residual %[[Y]] scale(5.000000e-01) : tensor<?x4xf32>
  %z = treadle.residual %y scale(0.5) : tensor<?x4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  return %z : tensor<?x4xf32>
}

// CHECK-LABEL: @stack
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
func.func @stack(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: treadle.stack 6(%[[X]]) : tensor<?x4xf32> {
  // CHECK-NEXT: ^bb0(%[[H:.*]]: tensor<?x4xf32>, %[[I:.*]]: index):
  // CHECK-NEXT: %[[W:.*]] = treadle.parameter "layer.{}.weight"[%[[I]]]
  // CHECK-NEXT: %[[O:.*]] = treadle.linear %[[H]], %[[W]]
  // CHECK-NEXT: treadle.yield %[[O]]
  %y = treadle.stack 6 (%x) : tensor<?x4xf32> {
  ^layer(%h: tensor<?x4xf32>, %i: index):
    %w = treadle.parameter "layer.{}.weight"[%i] : tensor<4x4xf32>
    %o = treadle.linear %h, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    treadle.yield %o : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}
