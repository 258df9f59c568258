// RUN: treadle-opt %s --treadle-verify-state=strict --verify-diagnostics

// expected-note @below {{the cache is this, which is not to be written to}}
func.func @given(%t: tensor<2x1x8xf32>, %c: tensor<2x16x8xf32>, %l: tensor<2xi64>) -> tensor<2x16x8xf32> {
  // expected-error @below {{copies its cache, which cannot be updated in place}}
  %d = treadle.cache_append %t to(%c) at(%l) : tensor<2x1x8xf32>, tensor<2x16x8xf32>, tensor<2xi64>
  return %d : tensor<2x16x8xf32>
}
