// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @grouped
func.func @grouped(%x: tensor<?x?x16xf32>, %wq: tensor<32x16xf32>, %wk: tensor<16x16xf32>, %wo: tensor<16x32xf32>,
                   %g: tensor<8xf32>, %s: tensor<4xf32>, %offsets: tensor<?xi64>, %prefixes: tensor<?xi32>,
                   %k: tensor<?x64x2x8xf32>, %v: tensor<?x64x2x8xf32>) {
  // CHECK: treadle.multi_head_attention %{{.*}}, %{{.*}}, %{{.*}} heads(4) key_heads(2) projections(
  // CHECK-SAME: mask(#treadle.mask<causal, prefix, align = offsets>)
  // CHECK-SAME: query_gain(%{{.*}}) key_gain(%{{.*}}) norm_epsilon({{[^)]*}})
  // CHECK-SAME: positions(#treadle.rotary<width = 8>)
  // CHECK-SAME: soft_cap(3.000000e+01) sinks(%{{[a-z0-9]*}}) offsets(%{{[a-z0-9]*}}) prefixes(%{{[a-z0-9]*}})
  // CHECK-SAME: cache(%{{.*}}, %{{.*}}) :
  %0:3 = treadle.multi_head_attention %x, %x, %x heads(4) key_heads(2) projections(%wq, %wk, %wk, %wo)
      cache(%k, %v) positions(#treadle.rotary<width = 8>) soft_cap(30.0) sinks(%s)
      query_gain(%g) key_gain(%g) norm_epsilon(1.0e-6)
      mask(#treadle.mask<causal, prefix, align = offsets>) prefixes(%prefixes) offsets(%offsets)
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<32x16xf32>, tensor<16x16xf32>,
         tensor<16x16xf32>, tensor<16x32xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4xf32>, tensor<?xi64>,
         tensor<?xi32>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>)
        -> (tensor<?x?x16xf32>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>)
  return
}

// CHECK-LABEL: @biased_scores
func.func @biased_scores(%x: tensor<?x?x16xf32>, %w: tensor<16x16xf32>, %t: tensor<32x4xf32>) {
  // CHECK: positions(#treadle.alibi) :
  %0 = treadle.multi_head_attention %x, %x, %x heads(4) projections(%w, %w, %w, %w)
      positions(#treadle.alibi)
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>,
         tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<?x?x16xf32>
  // CHECK: positions(#treadle.relative<buckets = 32, max_distance = 128, bidirectional>) relative_table(%{{.*}}) :
  %1 = treadle.multi_head_attention %x, %x, %x heads(4) projections(%w, %w, %w, %w)
      positions(#treadle.relative<buckets = 32, max_distance = 128, bidirectional>) relative_table(%t)
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>,
         tensor<16x16xf32>, tensor<16x16xf32>, tensor<32x4xf32>) -> tensor<?x?x16xf32>
  return
}
