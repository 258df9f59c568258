// RUN: treadle-opt %s --treadle-tile --canonicalize --cse --split-input-file | FileCheck %s

// Keys are rows of components, and pairs by being rounded; values and weights are interleaved.
// CHECK-LABEL: func @pairs(
// The scale times log2(e) is not in the queries.
// CHECK-DAG:     %[[SCALE:.*]] = arith.constant 0.360673755 : f32
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         scf.forall
// CHECK-NOT:       arith.mulf
// CHECK:           %[[QSPLIT:.*]] = tensor.expand_shape %{{.*}} {{\[\[}}0, 1], [2]] output_shape [8, 2, 8]
// CHECK:           %[[QPAIRS:.*]] = linalg.generic {{.*}} ins(%[[QSPLIT]] : tensor<8x2x8xf32>) outs(%{{.*}} : tensor<8x8x2xbf16>)
// CHECK:             arith.truncf
// CHECK:           scf.for
// CHECK:             %[[KB:.*]] = tensor.extract_slice %{{.*}}[%{{.*}}, 0] [%{{.*}}, 16] {{.*}} : tensor<?x16xf32> to tensor<?x16xf32>
// CHECK:             linalg.generic {{.*}} ins(%[[KB]] : tensor<?x16xf32>) outs(%{{.*}} : tensor<?x16xbf16>)
// CHECK:             %[[KPAIRS:.*]] = tensor.expand_shape {{.*}} : tensor<?x16xbf16> into tensor<?x8x2xbf16>
// CHECK:             %[[SCORES:.*]] = linalg.generic {{.*}} ins(%[[KPAIRS]], %[[QPAIRS]] : tensor<?x8x2xbf16>, tensor<8x8x2xbf16>) {{.*}}treadle.lowering = #treadle.product<block = [32, 8], tile = [6, 8]>
// A key that nobody sees, beside one that has no other.
// CHECK:             linalg.fill ins(%[[LOW]]
// CHECK:             %[[SPLIT:.*]] = tensor.expand_shape {{.*}} : tensor<?x8xf32> into tensor<?x2x8xf32>
// CHECK:             %[[WEIGHTS:.*]]:2 = linalg.generic {{.*}}["reduction", "parallel", "reduction"]} ins(%[[SPLIT]], {{.*}} outs({{.*}} : tensor<?x8x2xbf16>, tensor<8xf32>)
// CHECK:               math.fma %{{.*}}, %[[SCALE]],
// CHECK:               %[[P:.*]] = math.exp2 %{{.*}} fastmath<afn>
// What is summed is not rounded.
// CHECK:               arith.addf %{{.*}}, %[[P]]
// CHECK:               arith.truncf %[[P]]
// CHECK:             tensor.expand_shape {{.*}} : tensor<?x12xf32> into tensor<?x2x12xf32>
// CHECK:             linalg.generic {{.*}} outs(%{{.*}} : tensor<?x12x2xbf16>)
// CHECK:             linalg.generic {{.*}} ins(%{{.*}}, %[[WEIGHTS]]#0 : tensor<?x12x2xbf16>, tensor<?x8x2xbf16>) {{.*}}treadle.lowering = #treadle.product
func.func @pairs(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x12xf32>) -> tensor<?x12xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      plan(#treadle.attention_plan<queries = 8, keys = 32, tileRows = 6, precision = bf16>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x12xf32>) -> tensor<?x12xf32>
  return %o : tensor<?x12xf32>
}

// -----

// What is made of keys and values is made before the loop over blocks of queries; the selection has
// the queries that there are.
// CHECK-LABEL: func @blocks(
// CHECK:         %[[TASK:.*]] = arith.constant 16 : index
// CHECK:         scf.forall
// CHECK:           scf.for
// CHECK:             %[[KPAIRS:.*]] = tensor.expand_shape {{.*}} into tensor<?x8x2xbf16>
// CHECK:             scf.for %[[BLOCK:[a-z0-9]+]] = %{{.*}} to %[[ROWS:[a-z0-9]+]] step %{{.*}} iter_args(%[[OUT:[^ ]*]] = %{{[^ ]*}}, %[[MAX:[^ ]*]] = %{{[^ ]*}}, %[[SUM:[^ ]*]] = %{{[^ ]*}}) -> (tensor<16x16xf32>, tensor<16xf32>, tensor<16xf32>)
// CHECK-DAG:           tensor.extract_slice %[[OUT]][0, %[[BLOCK]]] [16, 8]
// CHECK-DAG:           %[[LEFT:.*]] = arith.subi %[[ROWS]], %[[BLOCK]]
// CHECK:               linalg.generic {{.*}} ins(%[[KPAIRS]],
// CHECK:               linalg.generic {{.*}} ins(%{{.*}} : tensor<?x?xi1>)
// CHECK:               tensor.insert_slice %{{.*}} into %[[OUT]][0, %[[BLOCK]]] [16, 8]
func.func @blocks(%s: tensor<?x?xi1>, %q: tensor<?x16xf32>, %k: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) selection(%s)
      plan(#treadle.attention_plan<queries = 8, keys = 32, tileRows = 6, precision = bf16, blocks = 2>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>,
                       affine_map<(m, n, d, e) -> (m, n)>]
      : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x?xi1>) -> tensor<?x16xf32>
  return %o : tensor<?x16xf32>
}

// -----

// On tiles all is a multiple of 32: components of queries and keys have zeros behind them, keys are as many
// as fill tiles, and of their scores those that are not there are seen by nobody. Values are transposed.
// CHECK-LABEL: func @tiles(
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : bf16
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK:         scf.forall
// CHECK:           %[[QMEMORY:.*]] = tensor.empty() : tensor<32x32xbf16>
// CHECK:           tensor.extract_slice %[[QMEMORY]][20, 0] [12, 32]
// CHECK:           linalg.fill ins(%[[ZERO]]
// CHECK:           linalg.generic {{.*}} ins(%{{.*}} : tensor<20x2x16xf32>) outs(%{{.*}} : tensor<20x16x2xbf16>)
// CHECK:           scf.for
// CHECK:             %[[LEFT:.*]] = arith.minsi
// CHECK:             %[[KMEMORY:.*]] = tensor.empty() : tensor<64x64xbf16>
// CHECK:             tensor.extract_slice %[[KMEMORY]][0, 32] [%[[LEFT]], 32]
// CHECK:             linalg.fill ins(%[[ZERO]]
// CHECK:             linalg.generic {{.*}} ins(%{{.*}} : tensor<?x40xf32>) outs(%{{.*}} : tensor<?x40xbf16>)
// CHECK:             %[[KEYS:.*]] = arith.muli %{{.*}}, %[[C32]]
// CHECK:             tensor.extract_slice %{{.*}}[0, 0] [%[[KEYS]], 64]
// CHECK:             linalg.generic {{.*}} : tensor<?x32x2xbf16>, tensor<32x16x2xbf16>) outs(%{{.*}} : tensor<?x16xf32>) {{.*}}treadle.lowering = #treadle.product<block = [64, 16], tile = [32, 16], unit = amx_bf16>
// CHECK:             %[[HIDDEN:.*]] = arith.subi %[[KEYS]], %[[LEFT]]
// CHECK:             tensor.extract_slice %{{.*}}[%[[LEFT]], 0] [%[[HIDDEN]], 16]
// CHECK:             linalg.fill ins(%[[LOW]]
// CHECK:             arith.muli %{{.*}}, %[[C16]]
// CHECK:             linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<?x16x2xbf16>, tensor<16xf32>)
// There is room for a tile's rows of values.
// CHECK:             %[[VMEMORY:.*]] = tensor.empty() : tensor<16x64xbf16>
// CHECK:             linalg.fill ins(%[[ZERO]]
// CHECK:             linalg.generic {{.*}} ins(%{{.*}} : tensor<?x2x12xf32>) outs(%{{.*}} : tensor<12x?x2xbf16>)
// CHECK:             linalg.generic {{.*}} : tensor<12x?x2xbf16>, tensor<?x16x2xbf16>) outs(%{{.*}} : tensor<12x16xf32>) {{.*}}unit = amx_bf16
func.func @tiles(%q: tensor<?x40xf32>, %k: tensor<?x40xf32>, %v: tensor<?x12xf32>) -> tensor<?x12xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      plan(#treadle.attention_plan<queries = 16, keys = 64, tileRows = 32, precision = bf16, unit = amx_bf16>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x12xf32>) -> tensor<?x12xf32>
  return %o : tensor<?x12xf32>
}
