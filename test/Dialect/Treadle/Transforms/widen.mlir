// RUN: treadle-opt %s --treadle-widen | FileCheck %s

// CHECK-LABEL: func @norm(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xbf16>, %[[G:.*]]: tensor<8xbf16>
// CHECK-DAG: %[[XW:.*]] = arith.extf %[[X]] : tensor<?x8xbf16> to tensor<?x8xf32>
// CHECK-DAG: %[[GW:.*]] = arith.extf %[[G]] : tensor<8xbf16> to tensor<8xf32>
// CHECK: %[[Y:.*]] = treadle.rms_norm %[[XW]], %[[GW]] {{.*}} : tensor<?x8xf32>, tensor<8xf32>
// CHECK: %[[S:.*]] = arith.truncf %[[Y]] : tensor<?x8xf32> to tensor<?x8xbf16>
// CHECK: return %[[S]]
func.func @norm(%x: tensor<?x8xbf16>, %g: tensor<8xbf16>) -> tensor<?x8xbf16> {
  %y = treadle.rms_norm %x, %g epsilon(1.0e-6) : tensor<?x8xbf16>, tensor<8xbf16>
  return %y : tensor<?x8xbf16>
}

// CHECK-LABEL: func @wider(
// CHECK: arith.truncf %{{.*}} : tensor<?xf64> to tensor<?xf32>
// CHECK: treadle.softmax %{{.*}} : tensor<?xf32>
// CHECK: arith.extf %{{.*}} : tensor<?xf32> to tensor<?xf64>
func.func @wider(%x: tensor<?xf64>) -> tensor<?xf64> {
  %y = treadle.softmax %x : tensor<?xf64>
  return %y : tensor<?xf64>
}

// A sum is of f32; its branch begins and ends with what is stored.
// CHECK-LABEL: func @block(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf16>
// CHECK: %[[XW:.*]] = arith.extf %[[X]]
// CHECK: %[[R:.*]] = treadle.residual %[[XW]] : tensor<?x8xf32> {
// CHECK-NEXT: ^bb0(%[[U:.*]]: tensor<?x8xf32>):
// CHECK-NEXT: %[[UN:.*]] = arith.truncf %[[U]] : tensor<?x8xf32> to tensor<?x8xf16>
// CHECK: treadle.activate silu
// CHECK: %[[F:.*]] = arith.truncf
// CHECK-NEXT: %[[FW:.*]] = arith.extf %[[F]]
// CHECK-NEXT: treadle.yield %[[FW]] : tensor<?x8xf32>
// CHECK: arith.truncf %[[R]] : tensor<?x8xf32> to tensor<?x8xf16>
func.func @block(%x: tensor<?x8xf16>) -> tensor<?x8xf16> {
  %y = treadle.residual %x : tensor<?x8xf16> {
  ^branch(%u: tensor<?x8xf16>):
    %f = treadle.activate silu %u : tensor<?x8xf16>
    treadle.yield %f : tensor<?x8xf16>
  }
  return %y : tensor<?x8xf16>
}

// What only moves stays narrow, and what is f32 as it is.
// CHECK-LABEL: func @moves(
// CHECK-NEXT: treadle.parameter "w" : tensor<2x3x8xf16>
// CHECK-NEXT: treadle.cache_append {{.*}} : tensor<2x3x8xf16>
// CHECK-NEXT: treadle.activate relu {{.*}} : tensor<?xf32>
// CHECK-NEXT: return
func.func @moves(%c: tensor<2x16x8xf16>, %l: tensor<2xi64>, %x: tensor<?xf32>) -> (tensor<2x16x8xf16>, tensor<?xf32>) {
  %t = treadle.parameter "w" : tensor<2x3x8xf16>
  %d = treadle.cache_append %t to(%c) at(%l) : tensor<2x3x8xf16>, tensor<2x16x8xf16>, tensor<2xi64>
  %y = treadle.activate relu %x : tensor<?xf32>
  return %d, %y : tensor<2x16x8xf16>, tensor<?xf32>
}

// A task of attention widens the keys and values that it reads.
// CHECK-LABEL: func @attention(
// CHECK-SAME: %[[Q:.*]]: tensor<?x8xbf16>, %[[K:.*]]: tensor<?x8xbf16>
// CHECK-NEXT: %[[QW:.*]] = arith.extf %[[Q]]
// CHECK-NEXT: %[[Y:.*]] = treadle.attention scaled_dot queries(%[[QW]]) keys(%[[K]]) values(%[[K]])
// CHECK: (tensor<?x8xf32>, tensor<?x8xbf16>, tensor<?x8xbf16>) -> tensor<?x8xf32>
// CHECK-NEXT: arith.truncf %[[Y]]
func.func @attention(%q: tensor<?x8xbf16>, %k: tensor<?x8xbf16>) -> tensor<?x8xbf16> {
  %y = treadle.attention scaled_dot queries(%q) keys(%k) values(%k)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<?x8xbf16>, tensor<?x8xbf16>, tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %y : tensor<?x8xbf16>
}

// Queries that are keys, too, are widened as queries.
// CHECK-LABEL: func @self(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf16>
// CHECK-NEXT: %[[XW:.*]] = arith.extf %[[X]]
// CHECK-NEXT: treadle.attention scaled_dot queries(%[[XW]]) keys(%[[X]]) values(%[[X]])
func.func @self(%x: tensor<?x8xf16>) -> tensor<?x8xf16> {
  %y = treadle.attention scaled_dot queries(%x) keys(%x) values(%x)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<?x8xf16>, tensor<?x8xf16>, tensor<?x8xf16>) -> tensor<?x8xf16>
  return %y : tensor<?x8xf16>
}

// A cache stays what it is while new keys are computed in f32.
// CHECK-LABEL: func @cached(
// CHECK: treadle.multi_head_attention {{.*}}cache(%arg2, %arg2)
// CHECK-SAME: -> (tensor<2x?x8xf32>, tensor<2x16x2x4xbf16>, tensor<2x16x2x4xbf16>)
func.func @cached(%x: tensor<2x?x8xbf16>, %w: tensor<8x8xbf16>, %k: tensor<2x16x2x4xbf16>, %past: tensor<2xi64>)
    -> (tensor<2x?x8xbf16>, tensor<2x16x2x4xbf16>, tensor<2x16x2x4xbf16>) {
  %y, %k1, %v1 = treadle.multi_head_attention %x, %x, %x heads(2) projections(%w, %w, %w, %w)
      mask(#treadle.mask<causal, align = offsets>) offsets(%past) cache(%k, %k)
      : (tensor<2x?x8xbf16>, tensor<2x?x8xbf16>, tensor<2x?x8xbf16>, tensor<8x8xbf16>, tensor<8x8xbf16>,
         tensor<8x8xbf16>, tensor<8x8xbf16>, tensor<2xi64>, tensor<2x16x2x4xbf16>, tensor<2x16x2x4xbf16>)
        -> (tensor<2x?x8xbf16>, tensor<2x16x2x4xbf16>, tensor<2x16x2x4xbf16>)
  return %y, %k1, %v1 : tensor<2x?x8xbf16>, tensor<2x16x2x4xbf16>, tensor<2x16x2x4xbf16>
}
