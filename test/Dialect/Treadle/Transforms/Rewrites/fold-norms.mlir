// RUN: treadle-opt %s --treadle-fold-scales=algebraic -split-input-file | FileCheck %s
// RUN: treadle-opt %s --treadle-fold-scales -split-input-file | FileCheck %s --check-prefix=BITWISE

// CHECK: #[[INPUTS:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: @layer_norm
// CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1.000000e+00> : tensor<8xf32>
// CHECK-DAG: %[[G:.*]] = treadle.parameter "g"
// CHECK-DAG: %[[B:.*]] = treadle.parameter "b"
// CHECK-DAG: %[[W:.*]] = treadle.parameter "w"
// CHECK-DAG: %[[C:.*]] = treadle.parameter "c"
// CHECK-DAG: %[[N:.*]] = treadle.layer_norm %{{.*}}, %[[ONES]] epsilon(1.000000e-05)
// W b + c
// CHECK-DAG: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]} ins(%[[W]], %[[B]]
// CHECK-DAG: %[[SHIFT:.*]] = arith.addf %{{.*}}, %[[C]] : tensor<4xf32>
// W diag(g)
// CHECK: %[[GW:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins(%[[W]], %[[G]]
// CHECK: treadle.linear %[[N]], %[[GW]] bias(%[[SHIFT]])
// BITWISE-LABEL: @layer_norm
// BITWISE-NOT: linalg.generic
func.func @layer_norm(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %g = treadle.parameter "g" : tensor<8xf32>
  %b = treadle.parameter "b" : tensor<8xf32>
  %w = treadle.parameter "w" : tensor<4x8xf32>
  %c = treadle.parameter "c" : tensor<4xf32>
  %n = treadle.layer_norm %x, %g, %b epsilon(1.0e-5) : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %y = treadle.linear %n, %w bias(%c) activation(gelu)
      : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// Post-norm: the norm is the residual stream, too.
// CHECK-LABEL: @read_by_others
// CHECK-NOT: linalg.generic
// CHECK: treadle.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon
func.func @read_by_others(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %g = treadle.parameter "g" : tensor<8xf32>
  %b = treadle.parameter "b" : tensor<8xf32>
  %w = treadle.parameter "w" : tensor<8x8xf32>
  %n = treadle.layer_norm %x, %g, %b epsilon(1.0e-5) : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %y = treadle.linear %n, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %s = arith.addf %n, %y : tensor<?x8xf32>
  return %s : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: @rms_norm
// CHECK: %[[N:.*]] = treadle.rms_norm %{{[^,]*}} epsilon
// CHECK-COUNT-2: treadle.linear %[[N]]
func.func @rms_norm(%x: tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %g = treadle.parameter "g" : tensor<8xf32>
  %w = treadle.parameter "w" : tensor<4x8xf32>
  %v = treadle.parameter "v" : tensor<4x8xf32>
  %n = treadle.rms_norm %x, %g epsilon(1.0e-5) : tensor<?x8xf32>, tensor<8xf32>
  %y = treadle.linear %n, %w : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  %z = treadle.linear %n, %v : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  return %y, %z : tensor<?x4xf32>, tensor<?x4xf32>
}
