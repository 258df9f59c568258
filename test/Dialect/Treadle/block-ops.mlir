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

// CHECK-LABEL: @scaled_residual
func.func @scaled_residual(%x: tensor<?x4xf32>, %gate: tensor<4xf32>, %one: tensor<1xf32>) -> tensor<?x4xf32> {
  // CHECK: treadle.residual %{{.*}} input_scale(2.000000e+00) scale(5.000000e-01) gate(%{{.*}}) : tensor<?x4xf32>, tensor<4xf32> {
  %y = treadle.residual %x scale(0.5) gate(%gate) input_scale(2.0) : tensor<?x4xf32>, tensor<4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  // CHECK: treadle.residual %{{.*}} gate(%{{.*}}) : tensor<?x4xf32>, tensor<1xf32> {
  %z = treadle.residual %y gate(%one) : tensor<?x4xf32>, tensor<1xf32> {
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

// CHECK-LABEL: @stack_of_two
func.func @stack_of_two(%x: tensor<?x4xf32>, %c: tensor<2x8xi32>) -> (tensor<?x4xf32>, tensor<2x8xi32>) {
  // CHECK: %[[R:.*]]:2 = treadle.stack 3(%{{.*}}, %{{.*}}) : tensor<?x4xf32>, tensor<2x8xi32> {
  // CHECK-NEXT: ^bb0(%[[H:.*]]: tensor<?x4xf32>, %[[C:.*]]: tensor<2x8xi32>, %{{.*}}: index):
  // CHECK-NEXT: treadle.yield %[[H]], %[[C]] : tensor<?x4xf32>, tensor<2x8xi32>
  %r:2 = treadle.stack 3 (%x, %c) : tensor<?x4xf32>, tensor<2x8xi32> {
  ^layer(%h: tensor<?x4xf32>, %d: tensor<2x8xi32>, %i: index):
    treadle.yield %h, %d : tensor<?x4xf32>, tensor<2x8xi32>
  }
  // CHECK: return %[[R]]#0, %[[R]]#1
  return %r#0, %r#1 : tensor<?x4xf32>, tensor<2x8xi32>
}
