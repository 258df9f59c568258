// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// embedding_i1: ids are integers
func.func @f(%ids: tensor<2x3xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{operand #0 must be 2D tensor of 64-bit signless integer or 32-bit signless integer values}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xf32>, tensor<9x4xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// embedding_i2: a table has rows
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<*xf32>) {
  // expected-error @below {{operand #1 must be 2D tensor of floating-point values}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<*xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// embedding_c1: a row is as wide as the result
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects the result's width to be 4, found 9}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<9x4xf32>) -> tensor<2x3x9xf32>
  return
}

// -----

// embedding_c2: an id gives a vector
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects dimension 1 of the result to be 3, found 5}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<9x4xf32>) -> tensor<2x5x4xf32>
  return
}

// -----

// embedding_c2: whose number is known where that of the ids is
func.func @f(%ids: tensor<2x?xi64>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects dimension 0 of the result to be 2, found ?}}
  %0 = treadle.embedding %ids, %table : (tensor<2x?xi64>, tensor<9x4xf32>) -> tensor<?x?x4xf32>
  return
}

// -----

// embedding_c3: rows are not converted
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<9x4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'bf16' and 'f32'}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<9x4xbf16>) -> tensor<2x3x4xf32>
  return
}

// -----

// learned_position_c1: a row is as wide as a token
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x6xf32>) {
  // expected-error @below {{expects the table's width to be 4, found 6}}
  %0 = treadle.learned_position %x, %table : tensor<2x3x4xf32>, tensor<9x6xf32>
  return
}

// -----

// learned_position_c2: positions begin in the table
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects an offset that is not negative}}
  %0 = treadle.learned_position %x, %table offset(-1) : tensor<2x3x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c3: and end in it
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects a row for each position, the table has 9}}
  %0 = treadle.learned_position %x, %table offset(7) : tensor<2x3x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c3: whatever the number of tokens
func.func @f(%x: tensor<2x?x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects a row for each position, the table has 9}}
  %0 = treadle.learned_position %x, %table offset(10) : tensor<2x?x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c3: where offset and tokens exceed 64 bits
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects a row for each position, the table has 9}}
  %0 = treadle.learned_position %x, %table offset(9223372036854775807)
      : tensor<2x3x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c4: rows are not converted
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf64>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f64'}}
  %0 = treadle.learned_position %x, %table : tensor<2x3x4xf32>, tensor<9x4xf64>
  return
}

// -----

// learned_position_c5: the result is of the input's type
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.learned_position"(%x, %table) : (tensor<2x3x4xf32>, tensor<9x4xf32>) -> tensor<2x?x4xf32>
  return
}

// -----

// sinusoidal_position_c1: a power of a negative base is no frequency
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{expects a base that is positive and finite}}
  %0 = treadle.sinusoidal_position %x base(-1.0e4) : tensor<2x3x4xf32>
  return
}

// -----

// sinusoidal_position_c1: nor is one of zero
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{expects a base that is positive and finite}}
  %0 = treadle.sinusoidal_position %x base(0.0) : tensor<2x3x4xf32>
  return
}

// -----

// sinusoidal_position_c2: a sine goes with a cosine
func.func @f(%x: tensor<2x3x5xf32>) {
  // expected-error @below {{expects a width that is static and even}}
  %0 = treadle.sinusoidal_position %x : tensor<2x3x5xf32>
  return
}

// -----

// sinusoidal_position_c2: frequencies depend on the width
func.func @f(%x: tensor<2x3x?xf32>) {
  // expected-error @below {{expects a width that is static and even}}
  %0 = treadle.sinusoidal_position %x : tensor<2x3x?xf32>
  return
}

// -----

// sinusoidal_position_c3: the result is of the input's type
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.sinusoidal_position"(%x) : (tensor<2x3x4xf32>) -> tensor<2x?x4xf32>
  return
}
