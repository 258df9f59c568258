// RUN: treadle-opt %s --treadle-interpret -o /dev/null | FileCheck %s

// CHECK: embedding: 1x3x2xf32 [ [ [5, 6], [1, 2], [5, 6] ] ]
func.func @embedding() -> tensor<1x3x2xf32> {
  %ids = arith.constant dense<[[2, 0, 2]]> : tensor<1x3xi64>
  %table = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %x = treadle.embedding %ids, %table : (tensor<1x3xi64>, tensor<3x2xf32>) -> tensor<1x3x2xf32>
  return %x : tensor<1x3x2xf32>
}

// Row 1 of the table is position 0; the second sequence has one token before it.
// CHECK: learned#0: 2x2x1xf32 [ [ [20], [31] ], [ [22], [33] ] ]
// CHECK: learned#1: 2x2x1xf32 [ [ [20], [31] ], [ [32], [43] ] ]
func.func @learned() -> (tensor<2x2x1xf32>, tensor<2x2x1xf32>) {
  %x = arith.constant dense<[[[0.0], [1.0]], [[2.0], [3.0]]]> : tensor<2x2x1xf32>
  %table = arith.constant dense<[[10.0], [20.0], [30.0], [40.0]]> : tensor<4x1xf32>
  %before = arith.constant dense<[0, 1]> : tensor<2xi32>
  %y = treadle.learned_position %x, %table offset(1) : tensor<2x2x1xf32>, tensor<4x1xf32>
  %z = treadle.learned_position %x, %table offset(1) offsets(%before) : tensor<2x2x1xf32>, tensor<4x1xf32>, tensor<2xi32>
  return %y, %z : tensor<2x2x1xf32>, tensor<2x2x1xf32>
}

// With base 100, the second pair's angle is a tenth of the position.
// sin 0, cos 0; sin 1 = 0.841471, cos 1 = 0.540302, sin 0.1 = 0.0998334, cos 0.1 = 0.995004
// CHECK: sinusoidal: 1x2x4xf32 [ [ [0, 1, 0, 1], [0.841471, 0.540302, 0.0998334, 0.995004] ] ]
func.func @sinusoidal() -> tensor<1x2x4xf32> {
  %x = arith.constant dense<0.0> : tensor<1x2x4xf32>
  %y = treadle.sinusoidal_position %x base(1.0e+02) : tensor<1x2x4xf32>
  return %y : tensor<1x2x4xf32>
}

// A quarter of a turn takes (1, 0) to (0, 1): with base 100 pair 0 turns by the position, pair 1 by a tenth of it.
// Pairs are (0, 2) and (1, 3), or (0, 1) and (2, 3); component 4 stays.
// CHECK: rotary#0: 1x2x1x5xf32 [ [ [ [1, 1, 0, 0, 7] ], [ [0.540302, 0.995004, 0.841471, 0.0998334, 7] ] ] ]
// CHECK: rotary#1: 1x2x1x5xf32 [ [ [ [1, 1, 0, 0, 7] ], [ [-0.301169, 1.38177, 0, 0, 7] ] ] ]
func.func @rotary() -> (tensor<1x2x1x5xf32>, tensor<1x2x1x5xf32>) {
  %x = arith.constant dense<[[[[1.0, 1.0, 0.0, 0.0, 7.0]], [[1.0, 1.0, 0.0, 0.0, 7.0]]]]> : tensor<1x2x1x5xf32>
  %half = treadle.rotary %x rotary(#treadle.rotary<width = 4, base = 1.0e+02>)
    : (tensor<1x2x1x5xf32>) -> tensor<1x2x1x5xf32>
  %between = treadle.rotary %x rotary(#treadle.rotary<width = 4, base = 1.0e+02, layout = interleaved>)
    : (tensor<1x2x1x5xf32>) -> tensor<1x2x1x5xf32>
  return %half, %between : tensor<1x2x1x5xf32>, tensor<1x2x1x5xf32>
}

// cos 2 = -0.416147, sin 2 = 0.909297, whether the position is given, counted from an offset, or negative; and by a
// table in whose row 2 are 0 and 1.
// CHECK: places#0: 1x1x1x2xf32 [ [ [ [-0.416147, 0.909297] ] ] ]
// CHECK: places#1: 1x1x1x2xf32 [ [ [ [-0.416147, 0.909297] ] ] ]
// CHECK: places#2: 1x1x1x2xf32 [ [ [ [-0.416147, -0.909297] ] ] ]
// CHECK: places#3: 1x1x1x2xf32 [ [ [ [0, 1] ] ] ]
func.func @places() -> (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) {
  %x = arith.constant dense<[[[[1.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  %two = arith.constant dense<[[2]]> : tensor<1x1xi64>
  %minus = arith.constant dense<[[-2]]> : tensor<1x1xi64>
  %before = arith.constant dense<[2]> : tensor<1xi64>
  %cos = arith.constant dense<[[9.0], [9.0], [0.0]]> : tensor<3x1xf32>
  %sin = arith.constant dense<[[9.0], [9.0], [1.0]]> : tensor<3x1xf32>
  %a = treadle.rotary %x rotary(#treadle.rotary<width = 2>) positions(%two)
    : (tensor<1x1x1x2xf32>, tensor<1x1xi64>) -> tensor<1x1x1x2xf32>
  %b = treadle.rotary %x rotary(#treadle.rotary<width = 2>) offsets(%before)
    : (tensor<1x1x1x2xf32>, tensor<1xi64>) -> tensor<1x1x1x2xf32>
  %c = treadle.rotary %x rotary(#treadle.rotary<width = 2>) positions(%minus)
    : (tensor<1x1x1x2xf32>, tensor<1x1xi64>) -> tensor<1x1x1x2xf32>
  %d = treadle.rotary %x rotary(#treadle.rotary<width = 2>) offsets(%before) tables(%cos, %sin)
    : (tensor<1x1x1x2xf32>, tensor<1xi64>, tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<1x1x1x2xf32>
  return %a, %b, %c, %d : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
}

// CHECK: cap#0: f32 1.52319
// CHECK: cap#1: 3xf32 [0, 2, -2]
func.func @cap() -> (f32, tensor<3xf32>) {
  // 2 tanh(1)
  %two = arith.constant 2.0 : f32
  %x = arith.constant dense<[0.0, 0x7F800000, 0xFF800000]> : tensor<3xf32>
  %c = treadle.soft_cap %two cap(2.0) : f32
  %t = treadle.soft_cap %x cap(2.0) : tensor<3xf32>
  return %c, %t : f32, tensor<3xf32>
}

// Of four heads: 1/4, 1/16, 1/64, 1/256. Of three: 1/16 and 1/256 of two heads, and 1/4 of four.
// CHECK: alibi#0: 4xf32 [-0.25, -0.0625, -0.015625, -0.00390625]
// CHECK: alibi#1: 3xf32 [-0.0625, -0.00390625, -0.25]
func.func @alibi() -> (tensor<4xf32>, tensor<3xf32>) {
  %zero = arith.constant 0.0 : f32
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %four = tensor.generate {
  ^bb0(%h: index):
    %s = treadle.alibi %zero head(%h of 4) query(%c3) key(%c2) : f32
    tensor.yield %s : f32
  } : tensor<4xf32>
  %three = tensor.generate {
  ^bb0(%h: index):
    %s = treadle.alibi %zero head(%h of 3) query(%c2) key(%c3) : f32
    tensor.yield %s : f32
  } : tensor<3xf32>
  return %four, %three : tensor<4xf32>, tensor<3xf32>
}

// As many heads as there can be: the first of them lowers by nearly the distance.
// CHECK: many: f32 -1
func.func @many() -> f32 {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = treadle.alibi %zero head(%c0 of 9223372036854775807) query(%c1) key(%c0) : f32
  return %s : f32
}

// Keys from 9 before the query to 9 after it. Of 8 buckets, 4 a direction, 0 and 1 stand for themselves, 2 for distances
// to 2 sqrt(4) = 4 (not included), 3 for all that are longer.
// CHECK: buckets#0: 19xindex [3, 3, 3, 3, 3, 3, 2, 2, 1, 0, 5, 6, 6, 7, 7, 7, 7, 7, 7]
// In one direction: 0 to 3 for themselves, then one more for each factor of sqrt(2) past 4; 0 for keys after the query.
// CHECK: buckets#1: 19xindex [6, 6, 5, 5, 4, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
func.func @buckets() -> (tensor<19xindex>, tensor<19xindex>) {
  %c9 = arith.constant 9 : index
  %both = tensor.generate {
  ^bb0(%n: index):
    %b = treadle.relative_bucket query(%c9) key(%n) buckets(8) max_distance(8) bidirectional : index
    tensor.yield %b : index
  } : tensor<19xindex>
  %one = tensor.generate {
  ^bb0(%n: index):
    %b = treadle.relative_bucket query(%c9) key(%n) buckets(8) max_distance(16) : index
    tensor.yield %b : index
  } : tensor<19xindex>
  return %both, %one : tensor<19xindex>, tensor<19xindex>
}
