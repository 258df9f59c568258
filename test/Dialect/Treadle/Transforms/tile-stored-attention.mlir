// RUN: treadle-opt %s --treadle-tile --canonicalize --cse | FileCheck %s

#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>

// A tile's keys and values are widened once for its 16 queries, in the thread's memory.
// CHECK-LABEL: func @many(
// CHECK:         scf.forall
// CHECK:           scf.for %
// CHECK:             %[[K:.*]] = tensor.extract_slice %{{.*}} : tensor<?x8xbf16> to tensor<?x8xbf16>
// CHECK:             %[[KEMPTY:.*]] = tensor.empty() : tensor<32x8xf32>
// CHECK:             %[[KOWN:.*]] = tensor.extract_slice %[[KEMPTY]][0, 0] [%{{.*}}, 8]
// CHECK:             %[[KWIDE:.*]] = linalg.generic {{.*}} ins(%[[K]] : tensor<?x8xbf16>) outs(%[[KOWN]] : tensor<?x8xf32>)
// CHECK:               arith.extf
// CHECK:             linalg.generic {{.*}} ins(%[[KWIDE]], %{{.*}} : tensor<?x8xf32>, tensor<8x16xf32>) {{.*}}treadle.lowering = #treadle.product
// CHECK:             %[[VWIDE:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<?x12xbf16>) outs(%{{.*}} : tensor<?x12xf32>)
// CHECK:             linalg.generic {{.*}} ins(%[[VWIDE]], %{{.*}} {{.*}}treadle.lowering = #treadle.product
func.func @many(%q: tensor<?x8xf32>, %k: tensor<?x8xbf16>, %v: tensor<?x12xbf16>) -> tensor<?x12xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      plan(#treadle.attention_plan<queries = 16, keys = 32, tileRows = 6>) indexing_maps = [#q, #k, #v, #o]
      : (tensor<?x8xf32>, tensor<?x8xbf16>, tensor<?x12xbf16>) -> tensor<?x12xf32>
  return %o : tensor<?x12xf32>
}

// The products of few queries read them as they are stored.
// CHECK-LABEL: func @few(
// CHECK:         scf.for %
// CHECK:         %[[K:.*]] = tensor.extract_slice %{{.*}} : tensor<?x8xf16> to tensor<?x8xf16>
// CHECK-NOT:     tensor<?x8xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[K]], %{{.*}} : tensor<?x8xf16>, tensor<8x4xf32>) {{.*}}treadle.lowering = #treadle.product
// CHECK:           arith.extf
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x12xf16>, tensor<?x4xf32>) {{.*}}treadle.lowering = #treadle.product
func.func @few(%q: tensor<4x8xf32>, %k: tensor<?x8xf16>, %v: tensor<?x12xf16>) -> tensor<4x12xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      plan(#treadle.attention_plan<queries = 4, keys = 32, tileRows = 6>) indexing_maps = [#q, #k, #v, #o]
      : (tensor<4x8xf32>, tensor<?x8xf16>, tensor<?x12xf16>) -> tensor<4x12xf32>
  return %o : tensor<4x12xf32>
}

// Keys of bf16 are pairs of bf16 already, where components lie beside each other.
// CHECK-LABEL: func @pairs(
// CHECK:         scf.for %
// CHECK:         %[[K:.*]] = tensor.extract_slice %{{.*}} : tensor<?x8xbf16> to tensor<?x8xbf16>
// CHECK:         %[[PAIRS:.*]] = tensor.expand_shape %[[K]] {{.*}} : tensor<?x8xbf16> into tensor<?x4x2xbf16>
// CHECK:         linalg.generic {{.*}} ins(%[[PAIRS]],
func.func @pairs(%q: tensor<?x8xf32>, %k: tensor<?x8xbf16>, %v: tensor<?x12xbf16>) -> tensor<?x12xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      plan(#treadle.attention_plan<queries = 16, keys = 32, tileRows = 6, precision = bf16>) indexing_maps = [#q, #k, #v, #o]
      : (tensor<?x8xf32>, tensor<?x8xbf16>, tensor<?x12xbf16>) -> tensor<?x12xf32>
  return %o : tensor<?x12xf32>
}
