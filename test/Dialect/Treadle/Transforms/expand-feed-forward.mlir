// RUN: treadle-opt %s --treadle-expand | FileCheck %s

// The activation goes to the inner map.
// CHECK-LABEL: func @feed_forward(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>, %[[W1:[^:]*]]: tensor<32x8xf32>, %[[W2:[^:]*]]: tensor<8x32xf32>, %[[B1:[^:]*]]: tensor<32xf32>, %[[B2:[^:]*]]: tensor<8xf32>
func.func @feed_forward(%x: tensor<?x8xf32>, %w1: tensor<32x8xf32>, %w2: tensor<8x32xf32>,
                        %b1: tensor<32xf32>, %b2: tensor<8xf32>) -> tensor<?x8xf32> {
  // CHECK: %[[INNER:.*]] = treadle.linear %[[X]], %[[W1]] bias(%[[B1]]) activation(gelu) : {{.*}} -> tensor<?x32xf32>
  // CHECK: %[[Y:.*]] = treadle.linear %[[INNER]], %[[W2]] bias(%[[B2]]) :
  // CHECK: return %[[Y]]
  %y = treadle.feed_forward %x, %w1, %w2 biases(%b1, %b2) activation(gelu)
      : tensor<?x8xf32>, tensor<32x8xf32>, tensor<8x32xf32>, tensor<32xf32>, tensor<8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func @without_biases(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<3x8xf32>, %[[W1:[^:]*]]: tensor<32x8xf32>, %[[W2:[^:]*]]: tensor<8x32xf32>
func.func @without_biases(%x: tensor<3x8xf32>, %w1: tensor<32x8xf32>,
                          %w2: tensor<8x32xf32>) -> tensor<3x8xf32> {
  // CHECK: %[[INNER:.*]] = treadle.linear %[[X]], %[[W1]] activation(relu)
  // CHECK: treadle.linear %[[INNER]], %[[W2]] :
  %y = treadle.feed_forward %x, %w1, %w2 activation(relu)
      : tensor<3x8xf32>, tensor<32x8xf32>, tensor<8x32xf32>
  return %y : tensor<3x8xf32>
}

// CHECK-LABEL: func @gated(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[WG:[^:]*]]: tensor<32x8xf32>, %[[WU:[^:]*]]: tensor<32x8xf32>, %[[WD:[^:]*]]: tensor<8x32xf32>
func.func @gated(%x: tensor<?x?x8xf32>, %wg: tensor<32x8xf32>, %wu: tensor<32x8xf32>, %wd: tensor<8x32xf32>)
    -> tensor<?x?x8xf32> {
  // CHECK-DAG: %[[G:.*]] = treadle.linear %[[X]], %[[WG]] activation(silu)
  // CHECK-DAG: %[[U:.*]] = treadle.linear %[[X]], %[[WU]] :
  // CHECK-DAG: %[[GROWS:.*]] = tensor.collapse_shape %[[G]]
  // CHECK-DAG: %[[UROWS:.*]] = tensor.collapse_shape %[[U]]
  // CHECK: %[[PRODUCT:.*]] = arith.mulf %[[GROWS]], %[[UROWS]] : tensor<?x32xf32>
  // CHECK: %[[INNER:.*]] = tensor.expand_shape %[[PRODUCT]]
  // CHECK: treadle.linear %[[INNER]], %[[WD]] : (tensor<?x?x32xf32>, tensor<8x32xf32>)
  %y = treadle.gated_feed_forward %x, %wg, %wu, %wd activation(silu)
      : tensor<?x?x8xf32>, tensor<32x8xf32>, tensor<32x8xf32>, tensor<8x32xf32>
  return %y : tensor<?x?x8xf32>
}
