// RUN: treadle-opt %s --treadle-change-rotary-layout | FileCheck %s
// RUN: treadle-opt %s --treadle-change-rotary-layout=caches | FileCheck %s --check-prefix=CACHES
// RUN: treadle-opt %s --treadle-change-rotary-layout=any-weights | FileCheck %s --check-prefix=ANY

// In each head row 2i becomes row i, and row 2i + 1 the row as far after the first half.
// CHECK-LABEL: func @whole(
// CHECK-DAG:     %[[WQ:.*]] = treadle.parameter "q"
// CHECK-DAG:     %[[WK:.*]] = treadle.parameter "k"
// CHECK-DAG:     %[[PAIRS:.*]] = tensor.expand_shape %{{.*}} into tensor<2x2x2x8xf32>
// CHECK-DAG:     linalg.transpose ins(%{{.*}} : tensor<2x2x2x8xf32>) {{.*}} permutation = [0, 2, 1, 3]
// CHECK:         treadle.multi_head_attention {{.*}} positions(#treadle.rotary<width = 4>)
func.func @whole(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %q = treadle.parameter "q" : tensor<8x8xf32>
  %k = treadle.parameter "k" : tensor<8x8xf32>
  %w = treadle.parameter "w" : tensor<8x8xf32>
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%q, %k, %w, %w)
      positions(#treadle.rotary<width = 4, layout = interleaved>)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Rows that do not turn stay behind those that do; heads of keys have their own number.
// CHECK-LABEL: func @partial(
// CHECK:         %[[REST:.*]] = tensor.extract_slice %{{.*}}[0, 4, 0] [2, 2, 8] [1, 1, 1]
// CHECK:         tensor.concat dim(1) %{{.*}}, %[[REST]]
// CHECK:         tensor.extract_slice %{{.*}}[0, 4, 0] [1, 2, 8] [1, 1, 1]
// CHECK:         treadle.multi_head_attention {{.*}} positions(#treadle.rotary<width = 4>)
func.func @partial(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %q = treadle.parameter "q" : tensor<12x8xf32>
  %k = treadle.parameter "k" : tensor<6x8xf32>
  %o = treadle.parameter "o" : tensor<8x12xf32>
  %y = treadle.multi_head_attention %x, %x, %x heads(2) key_heads(1) projections(%q, %k, %k, %o)
      positions(#treadle.rotary<width = 4, layout = interleaved>)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<12x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<8x12xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Weights that come from outside would be permuted in each call.
// CHECK-LABEL: func @argument(
// CHECK:         layout = interleaved
// ANY-LABEL:   func @argument(
// ANY:           positions(#treadle.rotary<width = 4>)
func.func @argument(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x?x8xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%w, %w, %w, %w)
      positions(#treadle.rotary<width = 4, layout = interleaved>)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Keys in a cache are what they were, unless nobody minds.
// CHECK-LABEL: func @cache(
// CHECK:         layout = interleaved
// CACHES-LABEL: func @cache(
// CACHES:        positions(#treadle.rotary<width = 4>)
func.func @cache(%x: tensor<?x?x8xf32>, %c: tensor<?x9x2x4xf32>, %o: tensor<?xi64>)
    -> (tensor<?x?x8xf32>, tensor<?x9x2x4xf32>, tensor<?x9x2x4xf32>) {
  %w = treadle.parameter "w" : tensor<8x8xf32>
  %y:3 = treadle.multi_head_attention %x, %x, %x heads(2) projections(%w, %w, %w, %w)
      positions(#treadle.rotary<width = 4, layout = interleaved>)
      mask(#treadle.mask<causal, align = offsets>) offsets(%o) cache(%c, %c)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<?xi64>, tensor<?x9x2x4xf32>, tensor<?x9x2x4xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x9x2x4xf32>, tensor<?x9x2x4xf32>)
  return %y#0, %y#1, %y#2 : tensor<?x?x8xf32>, tensor<?x9x2x4xf32>, tensor<?x9x2x4xf32>
}
