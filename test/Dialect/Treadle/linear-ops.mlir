// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

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
  // CHECK: activation(sigmoid)
  %7 = treadle.linear %x, %w activation(sigmoid)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  // CHECK: activation(quick_gelu)
  %8 = treadle.linear %x, %w activation(quick_gelu)
      : (tensor<2x?x4xf32>, tensor<6x4xf32>) -> tensor<2x?x6xf32>
  // CHECK: activation(relu_squared)
  %9 = treadle.linear %x, %w activation(relu_squared)
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

// CHECK-LABEL: @gated_feed_forward
func.func @gated_feed_forward(%x: tensor<?x?x4xf16>, %in: tensor<8x4xf16>, %out: tensor<4x8xf16>,
                              %b: tensor<8xf16>, %c: tensor<4xf16>) -> tensor<?x?x4xf16> {
  // CHECK: treadle.gated_feed_forward %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} activation(silu)
  // CHECK-SAME: : tensor<?x?x4xf16>, tensor<8x4xf16>, tensor<8x4xf16>, tensor<4x8xf16>{{$}}
  %y = treadle.gated_feed_forward %x, %in, %in, %out activation(silu)
      : tensor<?x?x4xf16>, tensor<8x4xf16>, tensor<8x4xf16>, tensor<4x8xf16>
  // CHECK: treadle.gated_feed_forward %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} biases(%{{.*}}, %{{.*}}, %{{.*}}) activation(gelu)
  %z = treadle.gated_feed_forward %y, %in, %in, %out biases(%b, %b, %c) activation(gelu)
      : tensor<?x?x4xf16>, tensor<8x4xf16>, tensor<8x4xf16>, tensor<4x8xf16>, tensor<8xf16>, tensor<8xf16>, tensor<4xf16>
  return %z : tensor<?x?x4xf16>
}

// CHECK-LABEL: @activate
func.func @activate(%x: tensor<?xf64>) -> tensor<?xf64> {
  // CHECK: treadle.activate quick_gelu %{{.*}} : tensor<?xf64>
  %y = treadle.activate quick_gelu %x : tensor<?xf64>
  return %y : tensor<?xf64>
}
