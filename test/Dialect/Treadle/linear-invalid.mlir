// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// linear_i2: a weight is a matrix
func.func @f(%x: tensor<2x4xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{operand #1 must be 2D tensor of floating-point values}}
  %0 = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// linear_c1: a number alone is no vector
func.func @f(%x: tensor<f32>, %w: tensor<4x4xf32>) {
  // expected-error @below {{expects an input and a result of equal rank, at least one}}
  %0 = treadle.linear %x, %w : (tensor<f32>, tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

// linear_c1: the result has the input's rank
func.func @f(%x: tensor<2x4xf32>, %w: tensor<4x4xf32>) {
  // expected-error @below {{expects an input and a result of equal rank, at least one}}
  %0 = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  return
}

// -----

// linear_c2: a weight is [outputs, inputs]
func.func @f(%x: tensor<2x4xf32>, %w: tensor<4x6xf32>) {
  // expected-error @below {{expects the weight's columns to be 4, found 6}}
  %0 = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<4x6xf32>) -> tensor<2x6xf32>
  return
}

// -----

// linear_c3: an output is a row of the weight
func.func @f(%x: tensor<2x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{expects the result's width to be 6, found 4}}
  %0 = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<6x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// linear_c4: the result has as many vectors as the input
func.func @f(%x: tensor<2x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{expects dimension 0 of the result to be 2, found 3}}
  %0 = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<6x4xf32>) -> tensor<3x6xf32>
  return
}

// -----

// linear_c4: and knows as little about their number
func.func @f(%x: tensor<?x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{expects dimension 0 of the result to be ?, found 3}}
  %0 = treadle.linear %x, %w : (tensor<?x4xf32>, tensor<6x4xf32>) -> tensor<3x6xf32>
  return
}

// -----

// linear_c5: an output has a bias
func.func @f(%x: tensor<2x4xf32>, %w: tensor<6x4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{expects the bias's length to be 6, found 4}}
  %0 = treadle.linear %x, %w bias(%b)
      : (tensor<2x4xf32>, tensor<6x4xf32>, tensor<4xf32>) -> tensor<2x6xf32>
  return
}

// -----

// linear_c6: a product does not change the type
func.func @f(%x: tensor<2x4xbf16>, %w: tensor<6x4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'bf16' and 'f32'}}
  %0 = treadle.linear %x, %w : (tensor<2x4xbf16>, tensor<6x4xbf16>) -> tensor<2x6xf32>
  return
}

// -----

// linear_c6: nor does a weight
func.func @f(%x: tensor<2x4xbf16>, %w: tensor<6x4xf32>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'bf16'}}
  %0 = treadle.linear %x, %w : (tensor<2x4xbf16>, tensor<6x4xf32>) -> tensor<2x6xbf16>
  return
}

// -----

// linear_c3: and no less known than its rows
func.func @f(%x: tensor<2x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{expects the result's width to be 6, found ?}}
  %0 = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<6x4xf32>) -> tensor<2x?xf32>
  return
}

// -----

// feed_forward_c1: a number alone is no vector
func.func @f(%x: tensor<f32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf32>) {
  // expected-error @below {{expects vectors, found 'tensor<f32>'}}
  %0 = treadle.feed_forward %x, %w1, %w2 activation(relu)
      : tensor<f32>, tensor<8x4xf32>, tensor<4x8xf32>
  return
}

// -----

// feed_forward_c2: W_1 takes the width
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x5xf32>, %w2: tensor<4x8xf32>) {
  // expected-error @below {{expects the first weight's columns to be 4, found 5}}
  %0 = treadle.feed_forward %x, %w1, %w2 activation(relu)
      : tensor<2x4xf32>, tensor<8x5xf32>, tensor<4x8xf32>
  return
}

// -----

// feed_forward_c3: W_2 takes what W_1 gives
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x9xf32>) {
  // expected-error @below {{expects the second weight's columns to be 8, found 9}}
  %0 = treadle.feed_forward %x, %w1, %w2 activation(relu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<4x9xf32>
  return
}

// -----

// feed_forward_c3: and gives the width
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<5x8xf32>) {
  // expected-error @below {{expects the second weight's rows to be 4, found 5}}
  %0 = treadle.feed_forward %x, %w1, %w2 activation(relu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<5x8xf32>
  return
}

// -----

// feed_forward_c4: b_1 is as long as W_1 has rows
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf32>,
             %b: tensor<4xf32>) {
  // expected-error @below {{expects the first bias's length to be 8, found 4}}
  %0 = treadle.feed_forward %x, %w1, %w2 biases(%b, %b) activation(relu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// feed_forward_c4: b_2 as W_2 has
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf32>,
             %b: tensor<8xf32>) {
  // expected-error @below {{expects the second bias's length to be 4, found 8}}
  %0 = treadle.feed_forward %x, %w1, %w2 biases(%b, %b) activation(relu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

// feed_forward_c4: there are both biases or none
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf32>,
             %b: tensor<8xf32>) {
  // expected-error @below {{expects both biases or none}}
  %0 = "treadle.feed_forward"(%x, %w1, %w2, %b) <{
      activation = #treadle.activation<relu>,
      operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}>
      : (tensor<2x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<2x4xf32>
  return
}

// -----

// feed_forward_c5: the weights have the vectors' type
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f16'}}
  %0 = treadle.feed_forward %x, %w1, %w2 activation(relu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<4x8xf16>
  return
}

// -----

// feed_forward_c6: the result is of the input's type
func.func @f(%x: tensor<2x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.feed_forward"(%x, %w1, %w2) <{
      activation = #treadle.activation<relu>,
      operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}>
      : (tensor<2x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>) -> tensor<2x?xf32>
  return
}

// -----

// gated_feed_forward_c1: a number alone is no vector
func.func @f(%x: tensor<f32>, %in: tensor<8x4xf32>, %out: tensor<4x8xf32>) {
  // expected-error @below {{expects vectors, found 'tensor<f32>'}}
  %0 = treadle.gated_feed_forward %x, %in, %in, %out activation(silu)
      : tensor<f32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>
  return
}

// -----

// gated_feed_forward_c2: W_gate takes the width
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %bad: tensor<8x5xf32>, %out: tensor<4x8xf32>) {
  // expected-error @below {{expects the columns of the gate's weight to be 4, found 5}}
  %0 = treadle.gated_feed_forward %x, %bad, %in, %out activation(silu)
      : tensor<2x4xf32>, tensor<8x5xf32>, tensor<8x4xf32>, tensor<4x8xf32>
  return
}

// -----

// gated_feed_forward_c2: and so does W_up
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %bad: tensor<8x5xf32>, %out: tensor<4x8xf32>) {
  // expected-error @below {{expects the columns of the weight of up to be 4, found 5}}
  %0 = treadle.gated_feed_forward %x, %in, %bad, %out activation(silu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<8x5xf32>, tensor<4x8xf32>
  return
}

// -----

// gated_feed_forward_c3: what is multiplied is of one width
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %bad: tensor<9x4xf32>, %out: tensor<4x8xf32>) {
  // expected-error @below {{expects the rows of the weight of up to be 8, found 9}}
  %0 = treadle.gated_feed_forward %x, %in, %bad, %out activation(silu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<9x4xf32>, tensor<4x8xf32>
  return
}

// -----

// gated_feed_forward_c4: W_down takes the product
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %out: tensor<4x9xf32>) {
  // expected-error @below {{expects the columns of the weight of down to be 8, found 9}}
  %0 = treadle.gated_feed_forward %x, %in, %in, %out activation(silu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x9xf32>
  return
}

// -----

// gated_feed_forward_c4: and gives the width
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %out: tensor<5x8xf32>) {
  // expected-error @below {{expects the rows of the weight of down to be 4, found 5}}
  %0 = treadle.gated_feed_forward %x, %in, %in, %out activation(silu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<5x8xf32>
  return
}

// -----

// gated_feed_forward_c5: three weights have three biases
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %out: tensor<4x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{expects no biases or three, found 2}}
  %0 = treadle.gated_feed_forward %x, %in, %in, %out biases(%b, %b) activation(silu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

// gated_feed_forward_c5: a bias is as long as its weight has rows
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %out: tensor<4x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{expects the length of a bias to be 4, found 8}}
  %0 = treadle.gated_feed_forward %x, %in, %in, %out biases(%b, %b, %b) activation(silu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

// gated_feed_forward_c6: the weights have the vectors' type
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %out: tensor<4x8xf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f16'}}
  %0 = treadle.gated_feed_forward %x, %in, %in, %out activation(silu)
      : tensor<2x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf16>
  return
}

// -----

// gated_feed_forward_c7: the result is of the input's type
func.func @f(%x: tensor<2x4xf32>, %in: tensor<8x4xf32>, %out: tensor<4x8xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.gated_feed_forward"(%x, %in, %in, %out) <{activation = #treadle.activation<silu>}>
      : (tensor<2x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>) -> tensor<2x?xf32>
  return
}

// -----

// activate_c1: the result is of the input's type
func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.activate"(%x) <{activation = #treadle.activation<silu>}> : (tensor<2x4xf32>) -> tensor<2x?xf32>
  return
}
