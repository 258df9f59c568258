// RUN: treadle-opt %s -split-input-file -verify-diagnostics

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

// -----

// rms_norm_c1: a number alone is no vector
func.func @f(%x: tensor<f32>) {
  // expected-error @below {{expects vectors, found 'tensor<f32>'}}
  %0 = treadle.rms_norm %x epsilon(1.0e-6) : tensor<f32>
  return
}

// -----

// rms_norm_c2: a component has a gain
func.func @f(%x: tensor<2x4xf32>, %gain: tensor<2xf32>) {
  // expected-error @below {{expects the gain's length to be 4, found 2}}
  %0 = treadle.rms_norm %x, %gain epsilon(1.0e-6) : tensor<2x4xf32>, tensor<2xf32>
  return
}

// -----

// rms_norm_c3: what stands under the root is a number
func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @below {{expects an epsilon that is finite and not negative}}
  %0 = treadle.rms_norm %x epsilon(0x7FF0000000000000) : tensor<2x4xf32>
  return
}

// -----

// rms_norm_c4: the gain has the vectors' type
func.func @f(%x: tensor<2x4xf32>, %gain: tensor<4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'bf16'}}
  %0 = treadle.rms_norm %x, %gain epsilon(1.0e-6) : tensor<2x4xf32>, tensor<4xbf16>
  return
}

// -----

// rms_norm_c5: the result is of the input's type
func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.rms_norm"(%x) <{epsilon = 0.0 : f64}> : (tensor<2x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

// softmax_c1: a number alone is no vector
func.func @f(%x: tensor<f32>) {
  // expected-error @below {{expects vectors, found 'tensor<f32>'}}
  %0 = treadle.softmax %x : tensor<f32>
  return
}

// -----

// softmax_c2: the result is of the input's type
func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.softmax"(%x) : (tensor<2x4xf32>) -> tensor<2x?xf32>
  return
}
