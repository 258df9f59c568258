// RUN: treadle-opt %s --treadle-to-linalg --canonicalize --cse | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @soft_cap(
// CHECK-SAME:    %[[S:.*]]: f32
// CHECK-DAG:     %[[INVERSE:.*]] = arith.constant 2.500000e-01 : f32
// CHECK-DAG:     %[[CAP:.*]] = arith.constant 4.000000e+00 : f32
// CHECK:         %[[X:.*]] = arith.mulf %[[S]], %[[INVERSE]]
// CHECK:         %[[T:.*]] = math.tanh %[[X]]
// CHECK:         arith.mulf %[[T]], %[[CAP]]
func.func @soft_cap(%s: f32) -> f32 {
  %c = treadle.soft_cap %s cap(4.0) : f32
  return %c : f32
}

// Narrow numbers are wide in between.
// CHECK-LABEL: func @narrow(
// CHECK:         arith.extf %{{.*}} : vector<4xf16> to vector<4xf32>
// CHECK:         math.tanh %{{.*}} : vector<4xf32>
// CHECK:         arith.truncf %{{.*}} : vector<4xf32> to vector<4xf16>
func.func @narrow(%s: vector<4xf16>) -> vector<4xf16> {
  %c = treadle.soft_cap %s cap(4.0) : vector<4xf16>
  return %c : vector<4xf16>
}

// A tensor's is its elements'.
// CHECK-LABEL: func @tensor(
// CHECK:         linalg.generic
// CHECK:           math.tanh %{{.*}} : f32
func.func @tensor(%t: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %c = treadle.soft_cap %t cap(4.0) : tensor<?x3xf32>
  return %c : tensor<?x3xf32>
}

// The slopes of a power of two of heads are one sequence; other numbers have a second one.
// CHECK-LABEL: func @alibi(
// CHECK-SAME:    %[[S:[^:]*]]: f32, %[[H:[^:]*]]: index, %[[M:[^:]*]]: index, %[[N:[^:]*]]: index
// CHECK-DAG:     %[[STEP:.*]] = arith.constant -1.000000e+00 : f32
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK:         %[[HEAD:.*]] = arith.sitofp
// CHECK:         %[[NUMBER:.*]] = arith.addf %[[HEAD]], %[[ONE]]
// CHECK:         %[[EXPONENT:.*]] = arith.mulf %[[NUMBER]], %[[STEP]]
// CHECK-NOT:     arith.select
// CHECK:         %[[SLOPE:.*]] = math.exp2 %[[EXPONENT]]
// CHECK:         arith.maxsi
// CHECK:         %[[DISTANCE:.*]] = arith.sitofp
// CHECK:         %[[CHANGE:.*]] = arith.mulf %[[SLOPE]], %[[DISTANCE]]
// CHECK:         arith.subf %[[S]], %[[CHANGE]]
func.func @alibi(%s: f32, %h: index, %m: index, %n: index) -> f32 {
  %c = treadle.alibi %s head(%h of 8) query(%m) key(%n) : f32
  return %c : f32
}

// CHECK-LABEL: func @alibi_of_twelve(
// CHECK-DAG:     %[[OTHER:.*]] = arith.constant -7.500000e+00 : f32
// CHECK-DAG:     %[[EIGHT:.*]] = arith.constant 8 : i32
// CHECK-DAG:     arith.addf %{{.*}}, %[[OTHER]]
// CHECK-DAG:     arith.cmpi sge, %{{.*}}, %[[EIGHT]]
// CHECK:         arith.select
// CHECK:         math.exp2
func.func @alibi_of_twelve(%s: f32, %h: index, %m: index, %n: index) -> f32 {
  %c = treadle.alibi %s head(%h of 12) query(%m) key(%n) : f32
  return %c : f32
}

// Four distances have a bucket each, and three bounds begin the others. No logarithm.
// CHECK-LABEL: func @relative_bucket(
// CHECK-NOT:     math.
// CHECK-DAG:     %[[FOUR:.*]] = arith.constant 4 : i32
// CHECK-DAG:     %[[SIX:.*]] = arith.constant 6 : i32
// CHECK-DAG:     %[[NINE:.*]] = arith.constant 9 : i32
// CHECK-DAG:     %[[FOURTEEN:.*]] = arith.constant 14 : i32
// CHECK:         arith.minsi %[[D:.*]], %[[FOUR]] : i32
// CHECK:         arith.cmpi sge, %[[D]], %[[SIX]]
// CHECK:         arith.cmpi sge, %[[D]], %[[NINE]]
// CHECK:         arith.cmpi sge, %[[D]], %[[FOURTEEN]]
// CHECK-NOT:     arith.cmpi
// CHECK:         return
func.func @relative_bucket(%m: index, %n: index) -> index {
  %b = treadle.relative_bucket query(%m) key(%n) buckets(8) max_distance(20) : index
  return %b : index
}
}
