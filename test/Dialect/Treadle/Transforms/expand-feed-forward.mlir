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
