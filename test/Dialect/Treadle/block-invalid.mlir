// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// yield_i1: a value has a rank
func.func @f(%x: tensor<4xf32>, %y: tensor<*xf32>) {
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    // expected-error @below {{operand #0 must be ranked tensor of any type values}}
    "treadle.yield"(%y) : (tensor<*xf32>) -> ()
  }
  return
}

// -----

// yield_c1: it ends a residual block or a layer of a stack
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects parent op to be one of 'treadle.residual, treadle.stack'}}
  treadle.yield %x : tensor<4xf32>
}

// -----

// residual_i1: integers are not what is added
func.func @f(%x: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values}}
  %0 = treadle.residual %x : tensor<4xi32> {
  ^branch(%u: tensor<4xi32>):
    treadle.yield %u : tensor<4xi32>
  }
  return
}

// -----

// residual_c1: a branch takes one value
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a branch of one argument of type 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
    treadle.yield %x : tensor<4xf32>
  }
  return
}

// -----

// residual_c1: of the type of the input
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a branch of one argument of type 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<?xf32>):
    treadle.yield %x : tensor<4xf32>
  }
  return
}

// -----

// residual_c2: what a branch yields can be added to the input
func.func @f(%x: tensor<4xf32>, %y: tensor<1xf32>) {
  // expected-error @below {{expects a branch that yields 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %y : tensor<1xf32>
  }
  return
}

// -----

// residual_c2: it yields
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a branch that yields 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    llvm.unreachable
  }
  return
}

// -----

// residual_c3: a scale is a number
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a finite scale}}
  %0 = treadle.residual %x scale(0x7FF8000000000000) : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %u : tensor<4xf32>
  }
  return
}

// -----

// residual_c4: a branch is one block
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects region #0 to have 0 or 1 blocks}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    cf.br ^next
  ^next:
    treadle.yield %u : tensor<4xf32>
  }
  return
}

// -----

// residual_c4: with something in it
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a non-empty block}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
  }
  return
}

// -----

// residual_c5: the result is of the input's type
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.residual"(%x) ({
  ^branch(%u: tensor<4xf32>):
    treadle.yield %u : tensor<4xf32>
  }) : (tensor<4xf32>) -> tensor<?xf32>
  return
}

// -----

// stack_i1: there are layers, or none
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{attribute 'count' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = treadle.stack -1 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>, %i: index):
    treadle.yield %h : tensor<4xf32>
  }
  return
}

// -----

// stack_c1: a layer is told its index
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a layer of two arguments, of type 'tensor<4xf32>' and index}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>):
    treadle.yield %h : tensor<4xf32>
  }
  return
}

// -----

// stack_c1: which is an index
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a layer of two arguments, of type 'tensor<4xf32>' and index}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>, %i: i64):
    treadle.yield %h : tensor<4xf32>
  }
  return
}

// -----

// stack_c1: the first layer takes the initial value
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a layer of two arguments, of type 'tensor<4xf32>' and index}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<5xf32>, %i: index):
    treadle.yield %x : tensor<4xf32>
  }
  return
}

// -----

// stack_c2: the second layer takes what the first yields
func.func @f(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error @below {{expects a layer that yields 'tensor<4xf32>'}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>, %i: index):
    treadle.yield %y : tensor<5xf32>
  }
  return
}

// -----

// stack_c3: a layer is one block
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{region #0 ('layer') failed to verify constraint: region with 1 blocks}}
  %0 = "treadle.stack"(%x) <{count = 2 : i64}> ({
  }) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// stack_c4: the result is of the type of the initial value
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{failed to verify that all of {initial, result} have same type}}
  %0 = "treadle.stack"(%x) <{count = 2 : i64}> ({
  ^layer(%h: tensor<4xf32>, %i: index):
    treadle.yield %h : tensor<4xf32>
  }) : (tensor<4xf32>) -> tensor<?xf32>
  return
}

// -----

// layer_norm_c1: a number alone is no vector
func.func @f(%x: tensor<f32>, %gain: tensor<4xf32>) {
  // expected-error @below {{expects vectors, found 'tensor<f32>'}}
  %0 = treadle.layer_norm %x, %gain epsilon(0.0) : tensor<f32>, tensor<4xf32>
  return
}

// -----

// layer_norm_c2: a component has a gain
func.func @f(%x: tensor<2x4xf32>, %gain: tensor<2xf32>) {
  // expected-error @below {{expects the gain's or bias's length to be 4, found 2}}
  %0 = treadle.layer_norm %x, %gain epsilon(0.0) : tensor<2x4xf32>, tensor<2xf32>
  return
}

// -----

// layer_norm_c2: and a bias
func.func @f(%x: tensor<2x4xf32>, %gain: tensor<4xf32>, %bias: tensor<2xf32>) {
  // expected-error @below {{expects the gain's or bias's length to be 4, found 2}}
  %0 = treadle.layer_norm %x, %gain, %bias epsilon(0.0)
      : tensor<2x4xf32>, tensor<4xf32>, tensor<2xf32>
  return
}

// -----

// layer_norm_c3: what stands under the root is not negative
func.func @f(%x: tensor<2x4xf32>, %gain: tensor<4xf32>) {
  // expected-error @below {{expects an epsilon that is finite and not negative}}
  %0 = treadle.layer_norm %x, %gain epsilon(-1.0e-5) : tensor<2x4xf32>, tensor<4xf32>
  return
}

// -----

// layer_norm_c4: the gain has the vectors' type
func.func @f(%x: tensor<2x4xf32>, %gain: tensor<4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'bf16'}}
  %0 = treadle.layer_norm %x, %gain epsilon(0.0) : tensor<2x4xf32>, tensor<4xbf16>
  return
}

// -----

// layer_norm_c5: the result is of the input's type
func.func @f(%x: tensor<2x4xf32>, %gain: tensor<4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.layer_norm"(%x, %gain) <{epsilon = 0.0 : f64}>
      : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

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

// pool_i2: the input is [batch, tokens, width]
func.func @f(%x: tensor<3x4xf32>) {
  // expected-error @below {{operand #0 must be 3D tensor of floating-point values}}
  %0 = treadle.pool mean %x : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// pool_c1: a sequence gives a vector
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{expects the number of results to be 2, found 3}}
  %0 = treadle.pool mean %x : (tensor<2x3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// pool_c1: as wide as its tokens
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{expects the result's width to be 4, found ?}}
  %0 = treadle.pool mean %x : (tensor<2x3x4xf32>) -> tensor<2x?xf32>
  return
}

// -----

// pool_c2: a sequence has a length
func.func @f(%x: tensor<2x3x4xf32>, %lengths: tensor<3xi64>) {
  // expected-error @below {{expects the number of lengths to be 2, found 3}}
  %0 = treadle.pool mean %x lengths(%lengths)
      : (tensor<2x3x4xf32>, tensor<3xi64>) -> tensor<2x4xf32>
  return
}

// -----

// pool_c3: an empty sequence has no first token
func.func @f(%x: tensor<2x0x4xf32>) {
  // expected-error @below {{expects a sequence that has a first token}}
  %0 = treadle.pool first %x : (tensor<2x0x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// pool_c4: the result has the input's element type
func.func @f(%x: tensor<2x3x4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'bf16' and 'f32'}}
  %0 = treadle.pool mean %x : (tensor<2x3x4xbf16>) -> tensor<2x4xf32>
  return
}

// -----

// unit_norm_c1: a number alone is no vector
func.func @f(%x: tensor<f32>) {
  // expected-error @below {{expects vectors, found 'tensor<f32>'}}
  %0 = treadle.unit_norm %x epsilon(1.0e-12) : tensor<f32>
  return
}

// -----

// unit_norm_c2: it keeps a vector of zeros from becoming NaN
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects an epsilon that is finite and not negative, nor zero}}
  %0 = treadle.unit_norm %x epsilon(0.0) : tensor<4xf32>
  return
}

// -----

// unit_norm_c3: the result is of the input's type
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.unit_norm"(%x) <{epsilon = 1.0 : f64}> : (tensor<4xf32>) -> tensor<?xf32>
  return
}
