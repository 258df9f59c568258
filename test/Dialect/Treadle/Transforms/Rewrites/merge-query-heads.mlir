// RUN: treadle-opt %s --treadle-merge-query-heads -split-input-file | FileCheck %s

#q = affine_map<(b, k, g, m, n, d, e) -> (b, m, k, g, d)>
#k = affine_map<(b, k, g, m, n, d, e) -> (b, n, k, d)>
#v = affine_map<(b, k, g, m, n, d, e) -> (b, n, k, e)>
#o = affine_map<(b, k, g, m, n, d, e) -> (b, m, k, g, e)>
#s = affine_map<(b, k, g, m, n, d, e) -> (b, k, g, m, n)>
#l = affine_map<(b, k, g, m, n, d, e) -> (b, k, g, m)>

// Three heads of each group are the queries. Causality of the last query hides nothing; a bias and the
// log-sum-exp lose the dimension of the query; the change of the score knows that it is query 0.
// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d4)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d4)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d5)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d5)>
// CHECK-DAG: #[[S:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[L:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2)>
// CHECK-LABEL: @groups
// CHECK:       %[[QUERIES:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3], [4]] : tensor<2x1x2x3x8xf32> into tensor<2x2x3x8xf32>
// CHECK:       %[[BIAS:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0], [1], [2], [3, 4]] : tensor<2x2x3x1x?xf32> into tensor<2x2x3x?xf32>
// CHECK:       %[[R:.*]], %[[LSE:.*]] = treadle.attention scaled_dot queries(%[[QUERIES]])
// CHECK-SAME:    mask(#treadle.mask<keys_within_lengths>)
// CHECK-SAME:    bias(%[[BIAS]])
// CHECK-SAME:    indexing_maps = [#[[Q]], #[[K]], #[[V]], #[[O]], #[[S]], #[[L]]]
// CHECK:       ^bb0(%{{[^:]*}}: f32, %{{[^:]*}}: index, %{{[^:]*}}: index, %{{[^:]*}}: index, %[[N:[^:]*]]: index)
// CHECK-NEXT:    arith.index_cast %[[N]]
// CHECK:       tensor.expand_shape %[[R]] {{\[\[}}0], [1, 2], [3], [4]] output_shape [2, 1, 2, 3, 8]
// CHECK:       tensor.expand_shape %[[LSE]] {{\[\[}}0], [1], [2, 3]] output_shape [2, 2, 3, 1]
func.func @groups(%q: tensor<2x1x2x3x8xf32>, %k: tensor<2x?x2x8xf32>, %bias: tensor<2x2x3x1x?xf32>, %lengths: tensor<2xi64>) -> (tensor<2x1x2x3x8xf32>, tensor<2x2x3x1xf32>) {
  %o:2 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k)
      mask(#treadle.mask<causal, keys_within_lengths, align = lengths>) lengths(%lengths) bias(%bias)
      indexing_maps = [#q, #k, #v, #o, #s, #l]
      score {
      ^change(%s: f32, %b: index, %h: index, %g: index, %m: index, %n: index):
        %distance = arith.subi %n, %m : index
        %integer = arith.index_cast %distance : index to i64
        %float = arith.sitofp %integer : i64 to f32
        %sum = arith.subf %s, %float : f32
        treadle.yield %sum : f32
      }
      : (tensor<2x1x2x3x8xf32>, tensor<2x?x2x8xf32>, tensor<2x?x2x8xf32>, tensor<2xi64>, tensor<2x2x3x1x?xf32>)
        -> (tensor<2x1x2x3x8xf32>, tensor<2x2x3x1xf32>)
  return %o#0, %o#1 : tensor<2x1x2x3x8xf32>, tensor<2x2x3x1xf32>
}

// -----

#q = affine_map<(b, g, m, n, d, e) -> (b, m, g, d)>
#k = affine_map<(b, g, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, g, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, g, m, n, d, e) -> (b, m, g, e)>
#s = affine_map<(b, g, m, n, d, e) -> (g)>

// Two queries, a window that goes by the position of the query, a score that goes by the head, a head's sink:
// heads stay heads.
// CHECK-LABEL: @not_merged
// CHECK-NOT:   tensor.collapse_shape
// CHECK:       return
func.func @not_merged(%q: tensor<2x1x3x8xf32>, %two: tensor<2x2x3x8xf32>, %k: tensor<2x5x8xf32>, %lengths: tensor<2xi64>, %sinks: tensor<3xf32>) -> (tensor<2x2x3x8xf32>, tensor<2x1x3x8xf32>, tensor<2x1x3x8xf32>, tensor<2x1x3x8xf32>) {
  %a = treadle.attention scaled_dot queries(%two) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<2x2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x2x3x8xf32>
  %w = treadle.attention scaled_dot queries(%q) keys(%k) values(%k)
      mask(#treadle.mask<causal, window = 2, align = lengths>) lengths(%lengths) indexing_maps = [#q, #k, #v, #o]
      : (tensor<2x1x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2xi64>) -> tensor<2x1x3x8xf32>
  %c = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      score {
      ^change(%s: f32, %b: index, %g: index, %m: index, %n: index):
        %x = treadle.alibi %s head(%g of 3) query(%m) key(%n) : f32
        treadle.yield %x : f32
      }
      : (tensor<2x1x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x1x3x8xf32>
  %d = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) sinks(%sinks) indexing_maps = [#q, #k, #v, #o, #s]
      : (tensor<2x1x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<3xf32>) -> tensor<2x1x3x8xf32>
  return %a, %w, %c, %d : tensor<2x2x3x8xf32>, tensor<2x1x3x8xf32>, tensor<2x1x3x8xf32>, tensor<2x1x3x8xf32>
}
