// RUN: treadle-opt %s --treadle-verify-state --split-input-file --verify-diagnostics

// The new cache takes the place of a buffer that nobody reads afterwards.
func.func @in_place(%t: tensor<2x1x8xf32>, %l: tensor<2xi64>) -> tensor<2x16x8xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x16x8xf32>
  %c = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x16x8xf32>) -> tensor<2x16x8xf32>
  %d = treadle.cache_append %t to(%c) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
  %e = treadle.cache_append %t to(%d) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
  return %e : tensor<2x16x8xf32>
}

// -----

// And so does one that a loop carries, between readers of the old and of the new one.
func.func @carried(%t: tensor<2x1x8xf32>, %l: tensor<2xi64>, %n: index) -> (tensor<2x16x8xf32>, f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x16x8xf32>
  %c = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x16x8xf32>) -> tensor<2x16x8xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%d = %c, %s = %zero) -> (tensor<2x16x8xf32>, f32) {
    %before = tensor.extract %d[%c0, %c0, %c0] : tensor<2x16x8xf32>
    %e = treadle.cache_append %t to(%d) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
    %after = tensor.extract %e[%c0, %c0, %c0] : tensor<2x16x8xf32>
    %sum = arith.addf %before, %after : f32
    scf.yield %e, %sum : tensor<2x16x8xf32>, f32
  }
  return %r#0, %r#1 : tensor<2x16x8xf32>, f32
}

// -----

// A reader of the old cache comes later.
func.func @read_later(%t: tensor<2x1x8xf32>, %l: tensor<2xi64>) -> (tensor<2x16x8xf32>, f32) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x16x8xf32>
  %c = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x16x8xf32>) -> tensor<2x16x8xf32>
  // expected-warning @below {{copies its cache, which cannot be updated in place}}
  %d = treadle.cache_append %t to(%c) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
  // expected-note @below {{this reads the cache as it was before}}
  %old = tensor.extract %c[%c0, %c0, %c0] : tensor<2x16x8xf32>
  return %d, %old : tensor<2x16x8xf32>, f32
}

// -----

// What a function is given is its caller's.
// expected-note @below {{the cache is this, which is not to be written to}}
func.func @given(%t: tensor<2x1x8xf32>, %c: tensor<2x16x8xf32>, %l: tensor<2xi64>) -> tensor<2x16x8xf32> {
  // expected-warning @below {{copies its cache, which cannot be updated in place}}
  %d = treadle.cache_append %t to(%c) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
  return %d : tensor<2x16x8xf32>
}

// -----

// Each iteration appends to the cache as it was before the loop.
func.func @not_carried(%t: tensor<2x1x8xf32>, %l: tensor<2xi64>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x16x8xf32>
  %c = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x16x8xf32>) -> tensor<2x16x8xf32>
  // expected-note @below {{this loop appends to the same cache again, which it does not carry}}
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> f32 {
    // expected-warning @below {{copies its cache, which cannot be updated in place}}
    %d = treadle.cache_append %t to(%c) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
    %x = tensor.extract %d[%c0, %i, %c0] : tensor<2x16x8xf32>
    scf.yield %x : f32
  }
  return %r : f32
}
