// RUN: treadle-opt %s --treadle-interpret -o /dev/null | FileCheck %s

// Tokens 1 and 2 go behind 0, 2 and 3 tokens of a cache of 4, and what does not fit is dropped. Negative lengths are none.
// CHECK: append: 4x4xi32 [ [1, 2, 0, 0], [0, 0, 1, 2], [0, 0, 0, 1], [1, 2, 0, 0] ]
func.func @append() -> tensor<4x4xi32> {
  %cache = arith.constant dense<0> : tensor<4x4xi32>
  %tokens = arith.constant dense<[[1, 2], [1, 2], [1, 2], [1, 2]]> : tensor<4x2xi32>
  %lengths = arith.constant dense<[0, 2, 3, -5]> : tensor<4xi64>
  %y = treadle.cache_append %tokens to(%cache) at(%lengths) : tensor<4x2xi32>, tensor<4x4xi32>, tensor<4xi64>
  return %y : tensor<4x4xi32>
}

// In a ring of 3 after 0, 2, and 7 tokens; 7 mod 3 is 1.
// CHECK: ring#0: 3x3xi32 [ [1, 2, 0], [2, 0, 1], [0, 1, 2] ]
// Of five tokens the last three stay: 5 lies at 4 mod 3 = 1, 3 at 2, 4 at 0.
// CHECK: ring#1: 1x3xi32 [ [4, 5, 3] ]
// CHECK: ring#2: 1x3xi32 [ [3, 4, 5] ]
func.func @ring() -> (tensor<3x3xi32>, tensor<1x3xi32>, tensor<1x3xi32>) {
  %cache = arith.constant dense<0> : tensor<3x3xi32>
  %tokens = arith.constant dense<[[1, 2], [1, 2], [1, 2]]> : tensor<3x2xi32>
  %lengths = arith.constant dense<[0, 2, 7]> : tensor<3xi32>
  %one = arith.constant dense<0> : tensor<1x3xi32>
  %five = arith.constant dense<[[1, 2, 3, 4, 5]]> : tensor<1x5xi32>
  %none = arith.constant dense<0> : tensor<1xi32>
  %had = arith.constant dense<5> : tensor<1xi32>
  %y = treadle.cache_append %tokens to(%cache) at(%lengths) ring : tensor<3x2xi32>, tensor<3x3xi32>, tensor<3xi32>
  %z = treadle.cache_append %five to(%one) at(%none) ring : tensor<1x5xi32>, tensor<1x3xi32>, tensor<1xi32>
  %r = treadle.cache_read %z at(%had) ring : tensor<1x3xi32>, tensor<1xi32>
  return %y, %z, %r : tensor<3x3xi32>, tensor<1x3xi32>, tensor<1x3xi32>
}

// A ring that is not full yet, and one that is exactly full, are in order; vectors move as wholes.
// CHECK: read: 3x2x2xf32 [ [ [1, 2], [3, 4] ], [ [1, 2], [3, 4] ], [ [3, 4], [1, 2] ] ]
func.func @read() -> tensor<3x2x2xf32> {
  %cache = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]]> : tensor<3x2x2xf32>
  %lengths = arith.constant dense<[1, 2, 3]> : tensor<3xi64>
  %y = treadle.cache_read %cache at(%lengths) ring : tensor<3x2x2xf32>, tensor<3xi64>
  return %y : tensor<3x2x2xf32>
}

// No place for anything, and a length that no sum with it fits in 64 bits.
// CHECK: edges#0: 1x0xi32 []
// CHECK: edges#1: 1x2xi32 [ [7, 7] ]
func.func @edges() -> (tensor<1x0xi32>, tensor<1x2xi32>) {
  %nowhere = arith.constant dense<> : tensor<1x0xi32>
  %cache = arith.constant dense<7> : tensor<1x2xi32>
  %tokens = arith.constant dense<1> : tensor<1x2xi32>
  %most = arith.constant dense<9223372036854775807> : tensor<1xi64>
  %a = treadle.cache_append %tokens to(%nowhere) at(%most) ring : tensor<1x2xi32>, tensor<1x0xi32>, tensor<1xi64>
  %b = treadle.cache_append %tokens to(%cache) at(%most) : tensor<1x2xi32>, tensor<1x2xi32>, tensor<1xi64>
  return %a, %b : tensor<1x0xi32>, tensor<1x2xi32>
}
