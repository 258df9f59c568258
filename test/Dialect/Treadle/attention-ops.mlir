// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

#q = affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>
#k = affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>
#v = affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>
#o = affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>

// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d1, d4)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d4)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d5)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d1, d5)>

// Values have other components than keys.
// CHECK-LABEL: @plain
func.func @plain(%q: tensor<2x7x3x4xf32>, %k: tensor<2x5x3x4xf32>,
                 %v: tensor<2x5x3x6xf32>) -> tensor<2x7x3x6xf32> {
  // CHECK: treadle.attention scaled_dot queries(%{{[^)]+}}) keys(%{{[^)]+}}) values(%{{[^)]+}})
  // CHECK-SAME: indexing_maps = [#[[Q]], #[[K]], #[[V]], #[[O]]]
  // CHECK-SAME: -> tensor<2x7x3x6xf32>
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<2x7x3x4xf32>, tensor<2x5x3x4xf32>, tensor<2x5x3x6xf32>)
        -> tensor<2x7x3x6xf32>
  return %0 : tensor<2x7x3x6xf32>
}

// The parts may be written in any order; they are printed in one.
// CHECK-LABEL: @everything
// CHECK-SAME: %[[LENGTHS:[^:]+]]: tensor<?xi32>, %[[SELECTION:[^:]+]]: tensor<?x?xi1>
func.func @everything(%q: tensor<?x?x3x4xbf16>, %lengths: tensor<?xi32>,
                      %selection: tensor<?x?xi1>) -> tensor<?x?x3x4xbf16> {
  // CHECK: treadle.attention scaled_dot
  // CHECK-SAME: mask(#treadle.mask<causal, keys_within_lengths>)
  // CHECK-SAME: lengths(%[[LENGTHS]]) selection(%[[SELECTION]]) scale(2.500000e-01)
  // CHECK-SAME: plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>)
  %0 = treadle.attention scaled_dot queries(%q) keys(%q) values(%q)
      plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>)
      scale(0.25) selection(%selection) lengths(%lengths)
      mask(#treadle.mask<keys_within_lengths, causal>)
      indexing_maps = [#q, #k, #v, #o, affine_map<(b, h, m, n, d, e) -> (m, n)>]
      : (tensor<?x?x3x4xbf16>, tensor<?x?x3x4xbf16>, tensor<?x?x3x4xbf16>,
         tensor<?xi32>, tensor<?x?xi1>) -> tensor<?x?x3x4xbf16>
  return %0 : tensor<?x?x3x4xbf16>
}

// Three query heads share a head of keys and values; heads lie before tokens in
// the keys, whose components lie before tokens.
// CHECK-LABEL: @grouped_heads
func.func @grouped_heads(%q: tensor<1x7x2x3x4xf32>, %k: tensor<1x2x4x5xf32>,
                         %v: tensor<1x2x5x4xf32>) -> tensor<1x7x2x3x4xf32> {
  // CHECK: treadle.attention dot
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v)
      indexing_maps = [affine_map<(b, g, h, m, n, d, e) -> (b, m, g, h, d)>,
                       affine_map<(b, g, h, m, n, d, e) -> (b, g, d, n)>,
                       affine_map<(b, g, h, m, n, d, e) -> (b, g, n, e)>,
                       affine_map<(b, g, h, m, n, d, e) -> (b, m, g, h, e)>]
      : (tensor<1x7x2x3x4xf32>, tensor<1x2x4x5xf32>, tensor<1x2x5x4xf32>)
        -> tensor<1x7x2x3x4xf32>
  return %0 : tensor<1x7x2x3x4xf32>
}

// No batch, no heads, no keys: what is left is one matrix of zeros.
// CHECK-LABEL: @nothing_to_see
func.func @nothing_to_see(%q: tensor<7x4xf32>, %k: tensor<0x4xf32>) -> tensor<7x4xf32> {
  // CHECK: treadle.attention
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>,
                       affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>,
                       affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<7x4xf32>, tensor<0x4xf32>, tensor<0x4xf32>) -> tensor<7x4xf32>
  return %0 : tensor<7x4xf32>
}

// CHECK-LABEL: @multi_head
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x?x8xf32>, %[[W:[^:]+]]: tensor<8x8xf32>
func.func @multi_head(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: treadle.multi_head_attention %[[X]], %[[X]], %[[X]] heads(2)
  // CHECK-SAME: projections(%[[W]], %[[W]], %[[W]], %[[W]]) :
  %0 = treadle.multi_head_attention %x, %x, %x heads(2) projections(%w, %w, %w, %w)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// Queries of a decoder, keys and values of an encoder, each of its own width.
// CHECK-LABEL: @cross
func.func @cross(%x: tensor<2x3x8xf32>, %y: tensor<2x5x10xf32>, %lengths: tensor<2xi64>,
                 %wq: tensor<6x8xf32>, %wk: tensor<6x10xf32>, %wv: tensor<4x10xf32>,
                 %wo: tensor<12x4xf32>, %bq: tensor<6xf32>, %bv: tensor<4xf32>,
                 %bo: tensor<12xf32>) -> tensor<2x3x12xf32> {
  // CHECK: treadle.multi_head_attention
  // CHECK-SAME: biases({{[^)]+}})
  // CHECK-SAME: mask(#treadle.mask<keys_within_lengths>) lengths({{[^)]+}}) scale(5.000000e-01)
  // CHECK-SAME: -> tensor<2x3x12xf32>
  %0 = treadle.multi_head_attention %x, %y, %y heads(2) projections(%wq, %wk, %wv, %wo)
      biases(%bq, %bq, %bv, %bo) mask(#treadle.mask<keys_within_lengths>)
      lengths(%lengths) scale(0.5)
      : (tensor<2x3x8xf32>, tensor<2x5x10xf32>, tensor<2x5x10xf32>, tensor<6x8xf32>,
         tensor<6x10xf32>, tensor<4x10xf32>, tensor<12x4xf32>, tensor<6xf32>,
         tensor<6xf32>, tensor<4xf32>, tensor<12xf32>, tensor<2xi64>) -> tensor<2x3x12xf32>
  return %0 : tensor<2x3x12xf32>
}

// Everything that attention has, printed and read again.
// CHECK-LABEL: func @all_of_attention
func.func @all_of_attention(%q: tensor<2x7x3x4xf32>, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %w: tensor<4xf32>,
                      %l: tensor<2xi64>, %o: tensor<2xi32>, %p: tensor<2xi64>, %s: tensor<7x9xi1>,
                      %b: tensor<3x7x9xf32>, %k0: tensor<3xf32>) -> (tensor<2x7x3x6xf32>, tensor<2x3x7xf32>) {
  // CHECK: treadle.attention additive queries({{[^)]*}}) keys({{[^)]*}}) values({{[^)]*}})
  // CHECK-SAME: score_weights({{[^)]*}}) mask(#treadle.mask<causal, window = 4, prefix, keys_within_lengths, align = offsets>)
  // CHECK-SAME: lengths({{[^)]*}}) offsets({{[^)]*}}) prefixes({{[^)]*}}) selection({{[^)]*}}) bias({{[^)]*}}) sinks({{[^)]*}})
  // CHECK-SAME: plan(#treadle.attention_plan<strategy = split, queries = 16, keys = 32, tileRows = 6, splits = 3>)
  // CHECK-SAME: score {
  // CHECK: treadle.yield %{{.*}} : f32
  %0:2 = treadle.attention additive queries(%q) keys(%k) values(%v) score_weights(%w)
      mask(#treadle.mask<align = offsets, prefix, keys_within_lengths, window = 4, causal>)
      lengths(%l) offsets(%o) prefixes(%p) selection(%s) bias(%b) sinks(%k0)
      plan(#treadle.attention_plan<strategy = split, queries = 16, keys = 32, tileRows = 6, splits = 3>)
      indexing_maps = [affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>, affine_map<(b, h, m, n, d, e) -> (b, n, d)>,
                       affine_map<(b, h, m, n, d, e) -> (b, n, e)>, affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>,
                       affine_map<(b, h, m, n, d, e) -> (d)>, affine_map<(b, h, m, n, d, e) -> (m, n)>,
                       affine_map<(b, h, m, n, d, e) -> (h, m, n)>, affine_map<(b, h, m, n, d, e) -> (h)>,
                       affine_map<(b, h, m, n, d, e) -> (b, h, m)>]
      score {
      ^change(%x: f32, %ib: index, %ih: index, %im: index, %in: index):
        %t = arith.mulf %x, %x : f32
        treadle.yield %t : f32
      }
      : (tensor<2x7x3x4xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<4xf32>, tensor<2xi64>, tensor<2xi32>,
         tensor<2xi64>, tensor<7x9xi1>, tensor<3x7x9xf32>, tensor<3xf32>) -> (tensor<2x7x3x6xf32>, tensor<2x3x7xf32>)
  return %0#0, %0#1 : tensor<2x7x3x6xf32>, tensor<2x3x7xf32>
}
