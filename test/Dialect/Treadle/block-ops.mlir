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

// CHECK-LABEL: @layer_norm
func.func @layer_norm(%x: tensor<?x?x4xbf16>, %gain: tensor<4xbf16>) -> tensor<?x?x4xbf16> {
  // CHECK: treadle.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon({{.*}}) : tensor<?x?x4xbf16>, tensor<4xbf16>, tensor<4xbf16>
  %y = treadle.layer_norm %x, %gain, %gain epsilon(1.0e-12)
      : tensor<?x?x4xbf16>, tensor<4xbf16>, tensor<4xbf16>
  // CHECK: epsilon(0.000000e+00) : tensor<?x?x4xbf16>, tensor<4xbf16>
  %z = treadle.layer_norm %y, %gain epsilon(0.0) : tensor<?x?x4xbf16>, tensor<4xbf16>
  return %z : tensor<?x?x4xbf16>
}

// An activation that does nothing is not printed.
// CHECK-LABEL: @linear
func.func @linear(%x: tensor<2x?x4xf32>, %w: tensor<6x4xf32>, %b: tensor<6xf32>) {
  // CHECK: treadle.linear %{{.*}}, %{{.*}} : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  %0 = treadle.linear %x, %w activation(identity)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  // CHECK: treadle.linear %{{.*}}, %{{.*}} bias(%{{.*}}) :
  %1 = treadle.linear %x, %w bias(%b)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>, tensor<6xf32>) -> tensor<2x?x6xf32>
  // CHECK: activation(gelu)
  %2 = treadle.linear %x, %w activation(gelu) bias(%b)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>, tensor<6xf32>) -> tensor<2x?x6xf32>
  // CHECK: activation(gelu_tanh)
  %3 = treadle.linear %x, %w activation(gelu_tanh)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  // CHECK: activation(relu)
  %4 = treadle.linear %x, %w activation(relu)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  // CHECK: activation(silu)
  %5 = treadle.linear %x, %w activation(silu)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  // CHECK: activation(tanh)
  %6 = treadle.linear %x, %w activation(tanh)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  return
}

// CHECK-LABEL: @feed_forward
func.func @feed_forward(%x: tensor<?x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf32>,
                        %b1: tensor<8xf32>, %b2: tensor<4xf32>) -> tensor<?x4xf32> {
  // CHECK: treadle.feed_forward %{{.*}}, %{{.*}}, %{{.*}} activation(relu)
  // CHECK-SAME: : tensor<?x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>{{$}}
  %y = treadle.feed_forward %x, %w1, %w2 activation(relu)
      : tensor<?x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>
  // CHECK: treadle.feed_forward %{{.*}}, %{{.*}}, %{{.*}} biases(%{{.*}}, %{{.*}}) activation(gelu)
  %z = treadle.feed_forward %y, %w1, %w2 biases(%b1, %b2) activation(gelu)
      : tensor<?x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<4xf32>
  return %z : tensor<?x4xf32>
}

// CHECK-LABEL: @pool
func.func @pool(%x: tensor<?x?x4xf32>, %lengths: tensor<?xi64>) {
  // CHECK: treadle.pool mean %{{.*}} lengths(%{{.*}}) : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %0 = treadle.pool mean %x lengths(%lengths)
      : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  // CHECK: treadle.pool max %{{.*}} : (tensor<?x?x4xf32>) -> tensor<?x4xf32>
  %1 = treadle.pool max %x : (tensor<?x?x4xf32>) -> tensor<?x4xf32>
  // CHECK: treadle.pool first %{{.*}} :
  %2 = treadle.pool first %x : (tensor<?x?x4xf32>) -> tensor<?x4xf32>
  return
}

// CHECK-LABEL: @unit_norm
func.func @unit_norm(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: treadle.unit_norm %{{.*}} epsilon({{.*}}) : tensor<?x4xf32>
  %y = treadle.unit_norm %x epsilon(1.0e-12) : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
