// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// cache_append_c1: tokens are shaped as what is kept
func.func @f(%t: tensor<2x3x4xf32>, %c: tensor<2x8x1x4xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{expects tokens and a cache of equal rank, at least two, found 'tensor<2x3x4xf32>' and 'tensor<2x8x1x4xf32>'}}
  %0 = treadle.cache_append %t to(%c) at(%l) : tensor<2x3x4xf32>, tensor<2x8x1x4xf32>, tensor<2xi64>
  return
}

// -----

// cache_append_c1: which is tokens of a batch
func.func @f(%t: tensor<2xf32>, %c: tensor<2xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{expects tokens and a cache of equal rank, at least two}}
  %0 = treadle.cache_append %t to(%c) at(%l) : tensor<2xf32>, tensor<2xf32>, tensor<2xi64>
  return
}

// -----

// cache_append_c2: of one width
func.func @f(%t: tensor<2x3x4xf32>, %c: tensor<2x8x5xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{expects dimension 2 of the tokens to be 5, found 4}}
  %0 = treadle.cache_append %t to(%c) at(%l) : tensor<2x3x4xf32>, tensor<2x8x5xf32>, tensor<2xi64>
  return
}

// -----

// cache_append_c2: and one batch
func.func @f(%t: tensor<1x3x4xf32>, %c: tensor<2x8x4xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{expects dimension 0 of the tokens to be 2, found 1}}
  %0 = treadle.cache_append %t to(%c) at(%l) : tensor<1x3x4xf32>, tensor<2x8x4xf32>, tensor<2xi64>
  return
}

// -----

// cache_append_c3: a sequence has a length
func.func @f(%t: tensor<2x3x4xf32>, %c: tensor<2x8x4xf32>, %l: tensor<3xi64>) {
  // expected-error @below {{expects the number of lengths to be 2, found 3}}
  %0 = treadle.cache_append %t to(%c) at(%l) : tensor<2x3x4xf32>, tensor<2x8x4xf32>, tensor<3xi64>
  return
}

// -----

// cache_append_c4: tokens are of the elements that are kept
func.func @f(%t: tensor<2x3x4xf32>, %c: tensor<2x8x4xf16>, %l: tensor<2xi64>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f16'}}
  %0 = treadle.cache_append %t to(%c) at(%l) : tensor<2x3x4xf32>, tensor<2x8x4xf16>, tensor<2xi64>
  return
}

// -----

// cache_append_c5: the result is of the cache's type
func.func @f(%t: tensor<2x3x4xf32>, %c: tensor<2x8x4xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{failed to verify that all of {cache, result} have same type}}
  %0 = "treadle.cache_append"(%t, %c, %l) : (tensor<2x3x4xf32>, tensor<2x8x4xf32>, tensor<2xi64>) -> tensor<2x?x4xf32>
  return
}

// -----

// cache_read_c1: a cache has tokens
func.func @f(%c: tensor<2xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{expects a cache of at least two dimensions, found 'tensor<2xf32>'}}
  %0 = treadle.cache_read %c at(%l) : tensor<2xf32>, tensor<2xi64>
  return
}

// -----

// cache_read_c2: a sequence has a length
func.func @f(%c: tensor<2x8x4xf32>, %l: tensor<3xi64>) {
  // expected-error @below {{expects the number of lengths to be 2, found 3}}
  %0 = treadle.cache_read %c at(%l) : tensor<2x8x4xf32>, tensor<3xi64>
  return
}

// -----

// cache_read_c3: the result is of the cache's type
func.func @f(%c: tensor<2x8x4xf32>, %l: tensor<2xi64>) {
  // expected-error @below {{failed to verify that all of {cache, result} have same type}}
  %0 = "treadle.cache_read"(%c, %l) : (tensor<2x8x4xf32>, tensor<2xi64>) -> tensor<2x?x4xf32>
  return
}
