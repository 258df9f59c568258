// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @embedding
func.func @embedding(%ids: tensor<?x?xi64>, %short: tensor<2x?xi32>, %table: tensor<9x4xf32>) {
  // CHECK: treadle.embedding %{{.*}}, %{{.*}} : (tensor<?x?xi64>, tensor<9x4xf32>) -> tensor<?x?x4xf32>
  %0 = treadle.embedding %ids, %table
      : (tensor<?x?xi64>, tensor<9x4xf32>) -> tensor<?x?x4xf32>
  // CHECK: treadle.embedding %{{.*}}, %{{.*}} : (tensor<2x?xi32>, tensor<9x4xf32>) -> tensor<2x?x4xf32>
  %1 = treadle.embedding %short, %table
      : (tensor<2x?xi32>, tensor<9x4xf32>) -> tensor<2x?x4xf32>
  return
}

// An offset of zero is not printed.
// CHECK-LABEL: @learned_position
func.func @learned_position(%x: tensor<?x?x4xf32>, %table: tensor<9x4xf32>) -> tensor<?x?x4xf32> {
  // CHECK: treadle.learned_position %{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<9x4xf32>
  %y = treadle.learned_position %x, %table offset(0) : tensor<?x?x4xf32>, tensor<9x4xf32>
  // CHECK: treadle.learned_position %{{.*}}, %{{.*}} offset(2) : tensor<?x?x4xf32>, tensor<9x4xf32>
  %z = treadle.learned_position %y, %table offset(2) : tensor<?x?x4xf32>, tensor<9x4xf32>
  return %z : tensor<?x?x4xf32>
}

// Every row of the table is used.
// CHECK-LABEL: @whole_table
func.func @whole_table(%x: tensor<1x7x4xf32>, %table: tensor<9x4xf32>) -> tensor<1x7x4xf32> {
  // CHECK: offset(2)
  %y = treadle.learned_position %x, %table offset(2) : tensor<1x7x4xf32>, tensor<9x4xf32>
  return %y : tensor<1x7x4xf32>
}

// CHECK-LABEL: @sinusoidal_position
func.func @sinusoidal_position(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  // CHECK: treadle.sinusoidal_position %{{.*}} : tensor<?x?x4xf32>
  %y = treadle.sinusoidal_position %x base(10000.0) : tensor<?x?x4xf32>
  // CHECK: treadle.sinusoidal_position %{{.*}} base(5.000000e+02) : tensor<?x?x4xf32>
  %z = treadle.sinusoidal_position %y base(500.0) : tensor<?x?x4xf32>
  return %z : tensor<?x?x4xf32>
}

// Tokens that come after others.
// CHECK-LABEL: @offsets
func.func @offsets(%x: tensor<?x?x4xf32>, %table: tensor<9x4xf32>, %o: tensor<?xi64>) {
  // CHECK: treadle.learned_position %{{.*}}, %{{.*}} offset(2) offsets(%{{.*}}) : tensor<?x?x4xf32>, tensor<9x4xf32>, tensor<?xi64>
  %y = treadle.learned_position %x, %table offset(2) offsets(%o)
      : tensor<?x?x4xf32>, tensor<9x4xf32>, tensor<?xi64>
  // CHECK: treadle.sinusoidal_position %{{.*}} offsets(%{{.*}}) : tensor<?x?x4xf32>, tensor<?xi64>
  %z = treadle.sinusoidal_position %x offsets(%o) : tensor<?x?x4xf32>, tensor<?xi64>
  return
}

// CHECK-LABEL: @rotary
func.func @rotary(%x: tensor<?x?x5x8xf32>, %p: tensor<?x?xi32>, %o: tensor<?xi64>,
                  %t: tensor<100x2xf32>, %each: tensor<?x?x2xf32>) {
  // CHECK: treadle.rotary %{{.*}} rotary(#treadle.rotary<width = 8>) : (tensor<?x?x5x8xf32>) -> tensor<?x?x5x8xf32>
  %0 = treadle.rotary %x rotary(#treadle.rotary<base = 10000.0, width = 8, layout = half, scaling = none>)
      : (tensor<?x?x5x8xf32>) -> tensor<?x?x5x8xf32>
  // CHECK: rotary(#treadle.rotary<width = 4, base = 5.000000e+05, layout = interleaved>) positions(%{{.*}}) :
  %1 = treadle.rotary %x rotary(#treadle.rotary<width = 4, layout = interleaved, base = 5.0e5>) positions(%p)
      : (tensor<?x?x5x8xf32>, tensor<?x?xi32>) -> tensor<?x?x5x8xf32>
  // CHECK: rotary(#treadle.rotary<width = 4>) offsets(%{{.*}}) tables(%{{.*}}, %{{.*}}) :
  %2 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) offsets(%o) tables(%t, %t)
      : (tensor<?x?x5x8xf32>, tensor<?xi64>, tensor<100x2xf32>, tensor<100x2xf32>) -> tensor<?x?x5x8xf32>
  // CHECK: rotary(#treadle.rotary<width = 4>) tables(%{{.*}}, %{{.*}}) :
  %3 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) tables(%each, %each)
      : (tensor<?x?x5x8xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x5x8xf32>
  return
}

// CHECK-LABEL: @scores
func.func @scores(%s: f32, %v: vector<4xf16>, %t: tensor<?x3xf32>, %h: index, %m: index, %n: index) {
  // CHECK: treadle.soft_cap %{{.*}} cap(3.000000e+01) : f32
  %0 = treadle.soft_cap %s cap(30.0) : f32
  // CHECK: treadle.soft_cap %{{.*}} cap(3.000000e+01) : vector<4xf16>
  %1 = treadle.soft_cap %v cap(30.0) : vector<4xf16>
  // CHECK: treadle.soft_cap %{{.*}} cap(3.000000e+01) : tensor<?x3xf32>
  %2 = treadle.soft_cap %t cap(30.0) : tensor<?x3xf32>
  // CHECK: treadle.alibi %{{.*}} head(%{{.*}} of 12) query(%{{.*}}) key(%{{.*}}) : f32
  %3 = treadle.alibi %s head(%h of 12) query(%m) key(%n) : f32
  // CHECK: treadle.relative_bucket query(%{{.*}}) key(%{{.*}}) buckets(32) max_distance(128) bidirectional : index
  %4 = treadle.relative_bucket query(%m) key(%n) buckets(32) max_distance(128) bidirectional : index
  // CHECK: treadle.relative_bucket query(%{{.*}}) key(%{{.*}}) buckets(32) max_distance(128) : index
  %5 = treadle.relative_bucket query(%m) key(%n) buckets(32) max_distance(128) : index
  return
}
