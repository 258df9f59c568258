// RUN: treadle-opt %s --treadle-fold-scales -split-input-file | FileCheck %s
// RUN: treadle-opt %s --treadle-fold-scales=algebraic -split-input-file | FileCheck %s --check-prefix=ALGEBRAIC

// 1/√16 is a power of two: it goes into the queries' weight and bias.
// CHECK-LABEL: @multi_head
// CHECK-DAG: %[[QUARTERS:.*]] = arith.constant dense<2.500000e-01> : tensor<32x32xf32>
// CHECK-DAG: %[[W:.*]] = treadle.parameter "w"
// CHECK-DAG: %[[B:.*]] = treadle.parameter "b"
// CHECK-DAG: %[[SW:.*]] = arith.mulf %[[W]], %[[QUARTERS]]
// CHECK-DAG: %[[SB:.*]] = arith.mulf %[[B]], %{{.*}} : tensor<32xf32>
// CHECK: treadle.multi_head_attention {{.*}} projections(%[[SW]], %[[W]], %[[W]], %[[W]])
// CHECK-SAME: biases(%[[SB]], %[[B]], %[[B]], %[[B]]) scale(1.000000e+00)
func.func @multi_head(%u: tensor<2x?x32xf32>) -> tensor<2x?x32xf32> {
  %w = treadle.parameter "w" : tensor<32x32xf32>
  %b = treadle.parameter "b" : tensor<32xf32>
  %a = treadle.multi_head_attention %u, %u, %u heads(2) projections(%w, %w, %w, %w) biases(%b, %b, %b, %b)
      : (tensor<2x?x32xf32>, tensor<2x?x32xf32>, tensor<2x?x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
         tensor<32x32xf32>, tensor<32x32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>)
        -> tensor<2x?x32xf32>
  return %a : tensor<2x?x32xf32>
}

// -----

// 1/√8 is not.
// CHECK-LABEL: @no_power
// CHECK-NOT: arith.mulf
// CHECK: treadle.multi_head_attention
// ALGEBRAIC-LABEL: @no_power
// ALGEBRAIC: arith.mulf
// ALGEBRAIC: scale(1.000000e+00)
func.func @no_power(%u: tensor<2x?x32xf32>) -> tensor<2x?x32xf32> {
  %w = treadle.parameter "w" : tensor<32x32xf32>
  %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%w, %w, %w, %w)
      : (tensor<2x?x32xf32>, tensor<2x?x32xf32>, tensor<2x?x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
         tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<2x?x32xf32>
  return %a : tensor<2x?x32xf32>
}

// -----

#qk = affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>
#kk = affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>
#vv = affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>
#oo = affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>

// CHECK-LABEL: @attention
// CHECK: %[[W:.*]] = arith.mulf
// CHECK: %[[Y:.*]] = treadle.linear %{{.*}}, %[[W]]
// CHECK: %[[Q:.*]] = tensor.expand_shape %[[Y]]
// CHECK: treadle.attention dot queries(%[[Q]])
// CHECK-NOT: scale
func.func @attention(%x: tensor<2x7x32xf32>, %k: tensor<2x7x2x16xf32>) -> tensor<2x7x2x16xf32> {
  %w = treadle.parameter "w" : tensor<32x32xf32>
  %y = treadle.linear %x, %w : (tensor<2x7x32xf32>, tensor<32x32xf32>) -> tensor<2x7x32xf32>
  %q = tensor.expand_shape %y [[0], [1], [2, 3]] output_shape [2, 7, 2, 16] : tensor<2x7x32xf32> into tensor<2x7x2x16xf32>
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) indexing_maps = [#qk, #kk, #vv, #oo]
      : (tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>) -> tensor<2x7x2x16xf32>
  return %o : tensor<2x7x2x16xf32>
}

// -----

#qk = affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>
#kk = affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>
#vv = affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>
#oo = affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>

// The keys are the queries, too: they must not be scaled. With an activation the map is not linear.
// CHECK-LABEL: @other_use
// CHECK-NOT: arith.mulf
// CHECK-COUNT-2: treadle.attention scaled_dot
func.func @other_use(%x: tensor<2x7x32xf32>) -> (tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>) {
  %w = treadle.parameter "w" : tensor<32x32xf32>
  %y = treadle.linear %x, %w : (tensor<2x7x32xf32>, tensor<32x32xf32>) -> tensor<2x7x32xf32>
  %z = treadle.linear %x, %w activation(relu) : (tensor<2x7x32xf32>, tensor<32x32xf32>) -> tensor<2x7x32xf32>
  %q = tensor.expand_shape %y [[0], [1], [2, 3]] output_shape [2, 7, 2, 16] : tensor<2x7x32xf32> into tensor<2x7x2x16xf32>
  %r = tensor.expand_shape %z [[0], [1], [2, 3]] output_shape [2, 7, 2, 16] : tensor<2x7x32xf32> into tensor<2x7x2x16xf32>
  %o = treadle.attention scaled_dot queries(%q) keys(%q) values(%q) indexing_maps = [#qk, #kk, #vv, #oo]
      : (tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>) -> tensor<2x7x2x16xf32>
  %p = treadle.attention scaled_dot queries(%r) keys(%o) values(%o) indexing_maps = [#qk, #kk, #vv, #oo]
      : (tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>) -> tensor<2x7x2x16xf32>
  return %o, %p : tensor<2x7x2x16xf32>, tensor<2x7x2x16xf32>
}

// -----

// CHECK-LABEL: @residual
// CHECK: treadle.residual %{{.*}} : tensor<?x8xf32>
// CHECK: %[[W:.*]] = arith.mulf %{{.*}} : tensor<8x16xf32>
// CHECK: %[[B:.*]] = arith.mulf %{{.*}} : tensor<8xf32>
// CHECK: treadle.feed_forward %{{.*}}, %{{.*}}, %[[W]] biases(%{{.*}}, %[[B]])
// 1/3 is no power of two.
// CHECK: treadle.residual %{{.*}} scale
// ALGEBRAIC-LABEL: @residual
// ALGEBRAIC-NOT: scale
func.func @residual(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = treadle.parameter "w" : tensor<16x8xf32>
  %v = treadle.parameter "v" : tensor<8x16xf32>
  %b = treadle.parameter "b" : tensor<16xf32>
  %c = treadle.parameter "c" : tensor<8xf32>
  %y = treadle.residual %x scale(0.5) : tensor<?x8xf32> {
  ^branch(%u: tensor<?x8xf32>):
    %f = treadle.feed_forward %u, %w, %v biases(%b, %c) activation(gelu)
        : tensor<?x8xf32>, tensor<16x8xf32>, tensor<8x16xf32>, tensor<16xf32>, tensor<8xf32>
    treadle.yield %f : tensor<?x8xf32>
  }
  %z = treadle.residual %y scale(0.333) : tensor<?x8xf32> {
  ^branch(%u: tensor<?x8xf32>):
    %f = treadle.feed_forward %u, %w, %v biases(%b, %c) activation(gelu)
        : tensor<?x8xf32>, tensor<16x8xf32>, tensor<8x16xf32>, tensor<16xf32>, tensor<8xf32>
    treadle.yield %f : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}

// -----

// The branch ends in an activation, and one ends outside of itself.
// CHECK-LABEL: @no_projection
// ALGEBRAIC-LABEL: @no_projection
// CHECK: treadle.residual %{{.*}} scale(5.000000e-01)
// CHECK: treadle.residual %{{.*}} scale(5.000000e-01)
func.func @no_projection(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = treadle.parameter "w" : tensor<8x8xf32>
  %y = treadle.residual %x scale(0.5) : tensor<?x8xf32> {
  ^branch(%u: tensor<?x8xf32>):
    %f = treadle.linear %u, %w activation(relu) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    treadle.yield %f : tensor<?x8xf32>
  }
  %g = treadle.linear %x, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %z = treadle.residual %y scale(0.5) : tensor<?x8xf32> {
  ^branch(%u: tensor<?x8xf32>):
    treadle.yield %g : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}
