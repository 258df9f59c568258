// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// sequence_starts_c1: the end is a start, too
func.func @f(%l: tensor<3xi64>, %s: index) {
  // expected-error @below {{expects the number of starts to be 4, found 3}}
  %0 = treadle.sequence_starts %l of(%s) : tensor<3xi64> -> tensor<3xi64>
  return
}

// -----

// sequence_starts_c2: nothing is less than no row
func.func @f(%l: tensor<3xi64>, %s: index) {
  // expected-error @below {{attribute 'at_least' failed to satisfy constraint}}
  %0 = treadle.sequence_starts %l of(%s) at_least(-1) : tensor<3xi64> -> tensor<4xi64>
  return
}

// -----

// pack_tokens_c1: a batch has tokens
func.func @f(%x: tensor<2xf32>, %s: tensor<3xi64>) {
  // expected-error @below {{expects rows, and tokens of a batch, with one more dimension, found 'tensor<?xf32>' and 'tensor<2xf32>'}}
  %0 = treadle.pack_tokens %x at(%s) : (tensor<2xf32>, tensor<3xi64>) -> tensor<?xf32>
  return
}

// -----

// pack_tokens_c1: which stay as wide as they are
func.func @f(%x: tensor<2x8x4xf32>, %s: tensor<3xi64>) {
  // expected-error @below {{expects dimension 1 of the rows to be 4, found 5}}
  %0 = treadle.pack_tokens %x at(%s) : (tensor<2x8x4xf32>, tensor<3xi64>) -> tensor<?x5xf32>
  return
}

// -----

// pack_tokens_c2: each sequence begins somewhere, and the last one ends
func.func @f(%x: tensor<2x8x4xf32>, %s: tensor<2xi64>) {
  // expected-error @below {{expects the number of starts to be 3, found 2}}
  %0 = treadle.pack_tokens %x at(%s) : (tensor<2x8x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  return
}

// -----

// pack_tokens_c3: nothing is computed
func.func @f(%x: tensor<2x8x4xf32>, %s: tensor<3xi64>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'bf16'}}
  %0 = treadle.pack_tokens %x at(%s) : (tensor<2x8x4xf32>, tensor<3xi64>) -> tensor<?x4xbf16>
  return
}

// -----

// unpack_tokens_c1: a batch has tokens
func.func @f(%r: tensor<?x4xf32>, %s: tensor<3xi64>, %n: index) {
  // expected-error @below {{expects rows, and tokens of a batch, with one more dimension, found 'tensor<?x4xf32>' and 'tensor<2x4xf32>'}}
  %0 = treadle.unpack_tokens %r at(%s) to(%n) : (tensor<?x4xf32>, tensor<3xi64>, index) -> tensor<2x4xf32>
  return
}

// -----

// unpack_tokens_c1: which stay as wide as they are
func.func @f(%r: tensor<?x4xf32>, %s: tensor<3xi64>, %n: index) {
  // expected-error @below {{expects dimension 1 of the rows to be 5, found 4}}
  %0 = treadle.unpack_tokens %r at(%s) to(%n) : (tensor<?x4xf32>, tensor<3xi64>, index) -> tensor<2x8x5xf32>
  return
}

// -----

// unpack_tokens_c2: each sequence begins somewhere, and the last one ends
func.func @f(%r: tensor<?x4xf32>, %s: tensor<4xi64>, %n: index) {
  // expected-error @below {{expects the number of starts to be 3, found 4}}
  %0 = treadle.unpack_tokens %r at(%s) to(%n) : (tensor<?x4xf32>, tensor<4xi64>, index) -> tensor<2x8x4xf32>
  return
}

// -----

// unpack_tokens_c3: nothing is computed
func.func @f(%r: tensor<?x4xf32>, %s: tensor<3xi64>, %n: index) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f16'}}
  %0 = treadle.unpack_tokens %r at(%s) to(%n) : (tensor<?x4xf32>, tensor<3xi64>, index) -> tensor<2x8x4xf16>
  return
}
