// RUN: treadle-opt %s --treadle-expand --canonicalize --cse | FileCheck %s

// Norms, rotation and cache come between projection and attention; heads that share keys
// are a dimension of their own.
// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d3, d1, d2, d5)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d1, d5)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d1, d6)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d3, d1, d2, d6)>
// CHECK-DAG: #[[S:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d1, d2)>
// CHECK-LABEL: func @cached(
// CHECK-SAME: %[[GAIN:[a-z0-9]*]]: tensor<8xf32>, %[[SINKS:[a-z0-9]*]]: tensor<4xf32>, %[[PAST:[a-z0-9]*]]: tensor<?xi64>,
// CHECK-SAME: %[[K0:[a-z0-9]*]]: tensor<?x64x2x8xf32>, %[[V0:[a-z0-9]*]]: tensor<?x64x2x8xf32>
func.func @cached(%x: tensor<?x?x16xf32>, %wq: tensor<32x16xf32>, %wk: tensor<16x16xf32>, %wo: tensor<16x32xf32>,
                  %g: tensor<8xf32>, %s: tensor<4xf32>, %past: tensor<?xi64>,
                  %k: tensor<?x64x2x8xf32>, %v: tensor<?x64x2x8xf32>)
    -> (tensor<?x?x16xf32>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>) {
  // CHECK: %[[QN:.*]] = treadle.rms_norm %{{.*}}, %[[GAIN]] {{.*}} : tensor<?x?x4x8xf32>
  // CHECK: %[[KN:.*]] = treadle.rms_norm %{{.*}}, %[[GAIN]] {{.*}} : tensor<?x?x2x8xf32>
  // CHECK: %[[QR:.*]] = treadle.rotary %[[QN]] rotary(#treadle.rotary<width = 8>) offsets(%[[PAST]])
  // CHECK: %[[KR:.*]] = treadle.rotary %[[KN]] rotary(#treadle.rotary<width = 8>) offsets(%[[PAST]])
  // CHECK: %[[K1:.*]] = treadle.cache_append %[[KR]] to(%[[K0]]) at(%[[PAST]])
  // CHECK: %[[V1:.*]] = treadle.cache_append %{{.*}} to(%[[V0]]) at(%[[PAST]])
  // CHECK: %[[QG:.*]] = tensor.expand_shape %[[QR]] {{\[}}[0], [1], [2, 3], [4]]
  // CHECK: %[[SG:.*]] = tensor.expand_shape %[[SINKS]] {{\[}}[0, 1]]
  // CHECK: treadle.attention scaled_dot queries(%[[QG]]) keys(%[[K1]]) values(%[[V1]])
  // CHECK-SAME: mask(#treadle.mask<causal, align = offsets>) offsets(%[[PAST]]) sinks(%[[SG]])
  // CHECK-SAME: indexing_maps = [#[[Q]], #[[K]], #[[V]], #[[O]], #[[S]]]
  // CHECK: treadle.soft_cap %{{.*}} cap(3.000000e+01)
  // CHECK: return %{{.*}}, %[[K1]], %[[V1]]
  %0:3 = treadle.multi_head_attention %x, %x, %x heads(4) key_heads(2) projections(%wq, %wk, %wk, %wo)
      cache(%k, %v) positions(#treadle.rotary<width = 8>) soft_cap(30.0) sinks(%s)
      query_gain(%g) key_gain(%g) norm_epsilon(1.0e-6)
      mask(#treadle.mask<causal, align = offsets>) offsets(%past)
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<32x16xf32>, tensor<16x16xf32>,
         tensor<16x16xf32>, tensor<16x32xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4xf32>, tensor<?xi64>,
         tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>)
        -> (tensor<?x?x16xf32>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>)
  return %0#0, %0#1, %0#2 : tensor<?x?x16xf32>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>
}

// Positions of scores are of the whole sequence; the head is counted over groups.
// CHECK-LABEL: func @relative(
// CHECK-SAME: %[[TABLE:[a-z0-9]*]]: tensor<32x4xf32>, %[[PAST:[a-z0-9]*]]: tensor<2xi32>
func.func @relative(%x: tensor<2x5x16xf32>, %w: tensor<16x16xf32>, %wk: tensor<8x16xf32>,
                    %t: tensor<32x4xf32>, %past: tensor<2xi32>) -> tensor<2x5x16xf32> {
  // CHECK: ^bb0(%[[X:.*]]: f32, %[[B:.*]]: index, %[[G:.*]]: index, %[[H:.*]]: index, %[[M:.*]]: index, %[[N:.*]]: index):
  // CHECK: %[[FIRST:.*]] = arith.muli %[[G]], %c2
  // CHECK: %[[HEAD:.*]] = arith.addi %[[FIRST]], %[[H]]
  // CHECK: %[[OFFSET:.*]] = tensor.extract %[[PAST]][%[[B]]]
  // CHECK: %[[INDEX:.*]] = arith.index_cast %[[OFFSET]]
  // CHECK: %[[QUERY:.*]] = arith.addi %[[M]], %[[INDEX]]
  // CHECK: %[[BUCKET:.*]] = treadle.relative_bucket query(%[[QUERY]]) key(%[[N]]) buckets(32) max_distance(128) bidirectional
  // CHECK: %[[BIAS:.*]] = tensor.extract %[[TABLE]][%[[BUCKET]], %[[HEAD]]]
  // CHECK: %[[S:.*]] = arith.addf %[[X]], %[[BIAS]]
  // CHECK: treadle.yield %[[S]]
  %0 = treadle.multi_head_attention %x, %x, %x heads(4) key_heads(2) projections(%w, %wk, %wk, %w)
      positions(#treadle.relative<buckets = 32, max_distance = 128, bidirectional>) relative_table(%t)
      offsets(%past) scale(1.0)
      : (tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<16x16xf32>, tensor<8x16xf32>,
         tensor<8x16xf32>, tensor<16x16xf32>, tensor<32x4xf32>, tensor<2xi32>) -> tensor<2x5x16xf32>
  return %0 : tensor<2x5x16xf32>
}

// CHECK-LABEL: func @alibi(
func.func @alibi(%x: tensor<?x?x16xf32>, %w: tensor<16x16xf32>) -> tensor<?x?x16xf32> {
  // CHECK: ^bb0(%[[X:.*]]: f32, %{{.*}}: index, %[[H:.*]]: index, %[[M:.*]]: index, %[[N:.*]]: index):
  // CHECK-NEXT: %[[S:.*]] = treadle.alibi %[[X]] head(%[[H]] of 4) query(%[[M]]) key(%[[N]])
  // CHECK-NEXT: treadle.yield %[[S]]
  %0 = treadle.multi_head_attention %x, %x, %x heads(4) projections(%w, %w, %w, %w) positions(#treadle.alibi)
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>,
         tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<?x?x16xf32>
  return %0 : tensor<?x?x16xf32>
}
