// RUN: treadle-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @rotary_of_nothing(
// CHECK-SAME:    %[[X:.*]]: tensor<?x?x5x8xf32>
// CHECK:         return %[[X]]
func.func @rotary_of_nothing(%x: tensor<?x?x5x8xf32>) -> tensor<?x?x5x8xf32> {
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 0>) : (tensor<?x?x5x8xf32>) -> tensor<?x?x5x8xf32>
  return %y : tensor<?x?x5x8xf32>
}

// CHECK-LABEL: func @rotary_at_the_first_position(
// CHECK-SAME:    %[[X:.*]]: tensor<?x1x5x8xf32>
// CHECK:         return %[[X]]
func.func @rotary_at_the_first_position(%x: tensor<?x1x5x8xf32>) -> tensor<?x1x5x8xf32> {
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 8>) : (tensor<?x1x5x8xf32>) -> tensor<?x1x5x8xf32>
  return %y : tensor<?x1x5x8xf32>
}

// There is a magnitude, or it may be another position.
// CHECK-LABEL: func @rotary_elsewhere(
// CHECK-COUNT-3: treadle.rotary
func.func @rotary_elsewhere(%x: tensor<?x1x5x8xf32>, %o: tensor<?xi64>, %c: tensor<9x4xf32>)
    -> (tensor<?x1x5x8xf32>, tensor<?x1x5x8xf32>, tensor<?x1x5x8xf32>) {
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 8, scaling = yarn, factor = 4.0, original = 4096>)
      : (tensor<?x1x5x8xf32>) -> tensor<?x1x5x8xf32>
  %1 = treadle.rotary %x rotary(#treadle.rotary<width = 8>) offsets(%o)
      : (tensor<?x1x5x8xf32>, tensor<?xi64>) -> tensor<?x1x5x8xf32>
  %2 = treadle.rotary %x rotary(#treadle.rotary<width = 8>) tables(%c, %c)
      : (tensor<?x1x5x8xf32>, tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<?x1x5x8xf32>
  return %0, %1, %2 : tensor<?x1x5x8xf32>, tensor<?x1x5x8xf32>, tensor<?x1x5x8xf32>
}

// Offsets of zero are none; those of the first rotation leave its position, too.
// CHECK-LABEL: func @zero_offsets(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<2x1x5x8xf32>, %[[K:[^:]*]]: tensor<2x3x5x8xf32>, %[[X:[^:]*]]: tensor<2x3x8xf32>
// CHECK-NOT:     treadle.rotary %[[Q]]
// CHECK:         treadle.rotary %[[K]] rotary(#treadle.rotary<width = 8>) :
// CHECK:         treadle.sinusoidal_position %[[X]] : tensor<2x3x8xf32>
func.func @zero_offsets(%q: tensor<2x1x5x8xf32>, %k: tensor<2x3x5x8xf32>, %x: tensor<2x3x8xf32>)
    -> (tensor<2x1x5x8xf32>, tensor<2x3x5x8xf32>, tensor<2x3x8xf32>) {
  %o = arith.constant dense<0> : tensor<2xi64>
  %0 = treadle.rotary %q rotary(#treadle.rotary<width = 8>) offsets(%o)
      : (tensor<2x1x5x8xf32>, tensor<2xi64>) -> tensor<2x1x5x8xf32>
  %1 = treadle.rotary %k rotary(#treadle.rotary<width = 8>) offsets(%o)
      : (tensor<2x3x5x8xf32>, tensor<2xi64>) -> tensor<2x3x5x8xf32>
  %2 = treadle.sinusoidal_position %x offsets(%o) : tensor<2x3x8xf32>, tensor<2xi64>
  return %0, %1, %2 : tensor<2x1x5x8xf32>, tensor<2x3x5x8xf32>, tensor<2x3x8xf32>
}

// Offsets that are one number become that of the table, as far as it has rows.
// CHECK-LABEL: func @common_offset(
// CHECK:         treadle.learned_position %{{.*}}, %{{.*}} offset(6) : tensor<2x3x4xf32>, tensor<9x4xf32>
// CHECK:         treadle.learned_position %{{.*}}, %{{.*}} offset(3) offsets(%{{.*}}) :
// CHECK:         treadle.learned_position %{{.*}}, %{{.*}} offset(2) offsets(%{{.*}}) :
func.func @common_offset(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>)
    -> (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>) {
  %four = arith.constant dense<4> : tensor<2xi32>
  %some = arith.constant dense<[0, 4]> : tensor<2xi32>
  %0 = treadle.learned_position %x, %table offset(2) offsets(%four) : tensor<2x3x4xf32>, tensor<9x4xf32>, tensor<2xi32>
  %1 = treadle.learned_position %x, %table offset(3) offsets(%four) : tensor<2x3x4xf32>, tensor<9x4xf32>, tensor<2xi32>
  %2 = treadle.learned_position %x, %table offset(2) offsets(%some) : tensor<2x3x4xf32>, tensor<9x4xf32>, tensor<2xi32>
  return %0, %1, %2 : tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>
}

// 2 tanh(2/2), of each element; what the cap's NaN is, is NaN.
// CHECK-LABEL: func @soft_cap(
// CHECK-DAG:     arith.constant 1.52318835 : f32
// CHECK-DAG:     arith.constant dense<[0.000000e+00, 2.000000e+00, 0x7FC00000]> : tensor<3xf32>
func.func @soft_cap() -> (f32, tensor<3xf32>) {
  %s = arith.constant 2.0 : f32
  %t = arith.constant dense<[0.0, 0x7F800000, 0x7FC00000]> : tensor<3xf32>
  %0 = treadle.soft_cap %s cap(2.0) : f32
  %1 = treadle.soft_cap %t cap(2.0) : tensor<3xf32>
  return %0, %1 : f32, tensor<3xf32>
}

// A query's own key is at no distance.
// CHECK-LABEL: func @same_position(
// CHECK-SAME:    %[[S:[^:]*]]: f32
// CHECK:         %[[FIRST:.*]] = arith.constant 0 : index
// CHECK:         return %[[S]], %[[FIRST]]
func.func @same_position(%s: f32, %h: index, %m: index) -> (f32, index) {
  %0 = treadle.alibi %s head(%h of 8) query(%m) key(%m) : f32
  %1 = treadle.relative_bucket query(%m) key(%m) buckets(32) max_distance(128) bidirectional : index
  return %0, %1 : f32, index
}

// 16 before, 16 after, 16 after where keys before alone have buckets, and a thousand before.
// CHECK-LABEL: func @known_bucket(
// CHECK-DAG:     %[[BEFORE:.*]] = arith.constant 10 : index
// CHECK-DAG:     %[[AFTER:.*]] = arith.constant 26 : index
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[LAST:.*]] = arith.constant 31 : index
// CHECK:         return %[[BEFORE]], %[[AFTER]], %[[NONE]], %[[LAST]]
func.func @known_bucket() -> (index, index, index, index) {
  %0 = arith.constant 1000 : index
  %1 = arith.constant 1016 : index
  %2 = arith.constant 0 : index
  %3 = treadle.relative_bucket query(%1) key(%0) buckets(32) max_distance(128) bidirectional : index
  %4 = treadle.relative_bucket query(%0) key(%1) buckets(32) max_distance(128) bidirectional : index
  %5 = treadle.relative_bucket query(%0) key(%1) buckets(32) max_distance(128) : index
  %6 = treadle.relative_bucket query(%0) key(%2) buckets(32) max_distance(128) : index
  return %3, %4, %5, %6 : index, index, index, index
}
