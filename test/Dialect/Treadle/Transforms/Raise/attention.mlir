// RUN: treadle-opt %s --treadle-raise=remarks=false -split-input-file | FileCheck %s

#id4 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#row = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>
#msk = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
// Heads are moved before tokens, and into one dimension with the batch, for the products: all of
// it disappears into the maps. The softmax is five operations.
// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d1, d4)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d4)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d5)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d5)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3)>
// CHECK-LABEL: @torch
// CHECK-SAME: %[[QS:.*]]: tensor<2x7x3x8xf32>, %[[KS:.*]]: tensor<2x9x3x8xf32>, %[[VS:.*]]: tensor<2x9x3x8xf32>, %[[MASK:.*]]: tensor
// CHECK-NOT: linalg
// CHECK: %[[BIAS:.*]] = tensor.collapse_shape %[[MASK]]
// CHECK: %[[R:.*]] = treadle.attention scaled_dot queries(%[[QS]]) keys(%[[KS]]) values(%[[VS]]) bias(%[[BIAS]])
// CHECK-SAME: indexing_maps = [#[[Q]], #[[K]], #[[V]], #[[O]], #[[B]]]
// CHECK: return %[[R]]
func.func @torch(%q: tensor<2x7x3x8xf32>, %k: tensor<2x9x3x8xf32>, %v: tensor<2x9x3x8xf32>, %mask: tensor<2x1x1x9xf32>) -> tensor<2x3x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0xFF800000 : f32
  %root = arith.constant 2.8284271247461903 : f32
  %eq = tensor.empty() : tensor<2x3x7x8xf32>
  %qt = linalg.transpose ins(%q : tensor<2x7x3x8xf32>) outs(%eq : tensor<2x3x7x8xf32>) permutation = [0, 2, 1, 3]
  %ek = tensor.empty() : tensor<2x3x8x9xf32>
  %kt = linalg.transpose ins(%k : tensor<2x9x3x8xf32>) outs(%ek : tensor<2x3x8x9xf32>) permutation = [0, 2, 3, 1]
  %ev = tensor.empty() : tensor<2x3x9x8xf32>
  %vt = linalg.transpose ins(%v : tensor<2x9x3x8xf32>) outs(%ev : tensor<2x3x9x8xf32>) permutation = [0, 2, 1, 3]
  %q3 = tensor.collapse_shape %qt [[0, 1], [2], [3]] : tensor<2x3x7x8xf32> into tensor<6x7x8xf32>
  %k3 = tensor.collapse_shape %kt [[0, 1], [2], [3]] : tensor<2x3x8x9xf32> into tensor<6x8x9xf32>
  %v3 = tensor.collapse_shape %vt [[0, 1], [2], [3]] : tensor<2x3x9x8xf32> into tensor<6x9x8xf32>
  %e3 = tensor.empty() : tensor<6x7x9xf32>
  %f3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<6x7x9xf32>) -> tensor<6x7x9xf32>
  %s3 = linalg.batch_matmul ins(%q3, %k3 : tensor<6x7x8xf32>, tensor<6x8x9xf32>) outs(%f3 : tensor<6x7x9xf32>) -> tensor<6x7x9xf32>
  %s4 = tensor.expand_shape %s3 [[0, 1], [2], [3]] output_shape [2, 3, 7, 9] : tensor<6x7x9xf32> into tensor<2x3x7x9xf32>
  %e4 = tensor.empty() : tensor<2x3x7x9xf32>
  %scaled = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%s4 : tensor<2x3x7x9xf32>) outs(%e4 : tensor<2x3x7x9xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.divf %a, %root : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x9xf32>
  %biased = linalg.generic {indexing_maps = [#id4, #msk, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%scaled, %mask : tensor<2x3x7x9xf32>, tensor<2x1x1x9xf32>) outs(%e4 : tensor<2x3x7x9xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x9xf32>
  %em = tensor.empty() : tensor<2x3x7x1xf32>
  %fm = linalg.fill ins(%inf : f32) outs(%em : tensor<2x3x7x1xf32>) -> tensor<2x3x7x1xf32>
  %max = linalg.generic {indexing_maps = [#id4, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%biased : tensor<2x3x7x9xf32>) outs(%fm : tensor<2x3x7x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.maximumf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x1xf32>
  %diff = linalg.generic {indexing_maps = [#id4, #row, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%biased, %max : tensor<2x3x7x9xf32>, tensor<2x3x7x1xf32>) outs(%e4 : tensor<2x3x7x9xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.subf %a, %b : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x9xf32>
  %exp = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%diff : tensor<2x3x7x9xf32>) outs(%e4 : tensor<2x3x7x9xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = math.exp %a : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x9xf32>
  %fz = linalg.fill ins(%zero : f32) outs(%em : tensor<2x3x7x1xf32>) -> tensor<2x3x7x1xf32>
  %sum = linalg.generic {indexing_maps = [#id4, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%exp : tensor<2x3x7x9xf32>) outs(%fz : tensor<2x3x7x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x1xf32>
  %p = linalg.generic {indexing_maps = [#id4, #row, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%exp, %sum : tensor<2x3x7x9xf32>, tensor<2x3x7x1xf32>) outs(%e4 : tensor<2x3x7x9xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.divf %a, %b : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x9xf32>
  %p3 = tensor.collapse_shape %p [[0, 1], [2], [3]] : tensor<2x3x7x9xf32> into tensor<6x7x9xf32>
  %eo = tensor.empty() : tensor<6x7x8xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<6x7x8xf32>) -> tensor<6x7x8xf32>
  %o3 = linalg.batch_matmul ins(%p3, %v3 : tensor<6x7x9xf32>, tensor<6x9x8xf32>) outs(%fo : tensor<6x7x8xf32>) -> tensor<6x7x8xf32>
  %o4 = tensor.expand_shape %o3 [[0, 1], [2], [3]] output_shape [2, 3, 7, 8] : tensor<6x7x8xf32> into tensor<2x3x7x8xf32>
  return %o4 : tensor<2x3x7x8xf32>
}

// -----

// linalg.softmax, extents that are not known, and a product without a scale.
// CHECK-LABEL: @softmax
// CHECK-NOT: linalg
// CHECK: treadle.attention dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) indexing_maps
func.func @softmax(%q: tensor<4x?x8xf32>, %k: tensor<4x?x8xf32>, %v: tensor<4x?x5xf32>, %m: index, %n: index) -> tensor<4x?x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e3 = tensor.empty(%m, %n) : tensor<4x?x?xf32>
  %f3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<4x?x?xf32>) -> tensor<4x?x?xf32>
  %s3 = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>]
     ins(%q, %k : tensor<4x?x8xf32>, tensor<4x?x8xf32>) outs(%f3 : tensor<4x?x?xf32>) -> tensor<4x?x?xf32>
  %p = linalg.softmax dimension(2) ins(%s3 : tensor<4x?x?xf32>) outs(%e3 : tensor<4x?x?xf32>) -> tensor<4x?x?xf32>
  %eo = tensor.empty(%m) : tensor<4x?x5xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x?x5xf32>) -> tensor<4x?x5xf32>
  %o3 = linalg.batch_matmul ins(%p, %v : tensor<4x?x?xf32>, tensor<4x?x5xf32>) outs(%fo : tensor<4x?x5xf32>) -> tensor<4x?x5xf32>
  return %o3 : tensor<4x?x5xf32>
}
// -----

// Scale, soft cap and a causal mask in one generic. Query heads that share a head of keys, which is
// copied for them: the copies disappear.
// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3, d5)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d4, d5)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d4, d6)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3, d6)>
// CHECK-LABEL: @fused
// CHECK-SAME: %[[QS:.*]]: tensor<2x6x5x8xf32>, %[[KS:.*]]: tensor<2x3x7x8xf32>, %[[VS:.*]]: tensor<2x3x7x4xf32>
// CHECK-NOT: linalg
// CHECK: %[[GROUPS:.*]] = tensor.expand_shape %[[QS]] {{\[\[}}0], [1, 2], [3], [4]] output_shape [2, 3, 2, 5, 8]
// CHECK: %[[R:.*]] = treadle.attention scaled_dot queries(%[[GROUPS]]) keys(%[[KS]]) values(%[[VS]])
// CHECK-SAME: mask(#treadle.mask<causal>) scale(2.500000e-01) indexing_maps = [#[[Q]], #[[K]], #[[V]], #[[O]]] score {
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32,
// CHECK-NEXT: %[[C:.*]] = treadle.soft_cap %[[S]] cap(3.000000e+01)
// CHECK-NEXT: treadle.yield %[[C]]
// CHECK: tensor.collapse_shape %[[R]] {{\[\[}}0], [1, 2], [3], [4]]
func.func @fused(%q: tensor<2x6x5x8xf32>, %k0: tensor<2x3x7x8xf32>, %v0: tensor<2x3x7x4xf32>) -> tensor<2x6x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0xFF800000 : f32
  %cap = arith.constant 30.0 : f32
  %scale = arith.constant 0.25 : f32
  %two = arith.constant 2 : index
  %ek = tensor.empty() : tensor<2x3x2x7x8xf32>
  %kb = linalg.broadcast ins(%k0 : tensor<2x3x7x8xf32>) outs(%ek : tensor<2x3x2x7x8xf32>) dimensions = [2]
  %k = tensor.collapse_shape %kb [[0], [1, 2], [3], [4]] : tensor<2x3x2x7x8xf32> into tensor<2x6x7x8xf32>
  %ev = tensor.empty() : tensor<2x3x2x7x4xf32>
  %vb = linalg.broadcast ins(%v0 : tensor<2x3x7x4xf32>) outs(%ev : tensor<2x3x2x7x4xf32>) dimensions = [2]
  %v = tensor.collapse_shape %vb [[0], [1, 2], [3], [4]] : tensor<2x3x2x7x4xf32> into tensor<2x6x7x4xf32>
  %e = tensor.empty() : tensor<2x6x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x6x5x7xf32>) -> tensor<2x6x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
     ins(%q, %k : tensor<2x6x5x8xf32>, tensor<2x6x7x8xf32>) outs(%f : tensor<2x6x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %x = arith.mulf %a, %b : f32
    %r = arith.addf %o, %x : f32
    linalg.yield %r : f32
  } -> tensor<2x6x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
     ins(%s : tensor<2x6x5x7xf32>) outs(%e : tensor<2x6x5x7xf32>) {
  ^bb0(%a: f32, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %y = arith.divf %x, %cap : f32
    %z = math.tanh %y : f32
    %c = arith.mulf %z, %cap : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %l = arith.addi %m, %two : index
    %vis = arith.cmpi sle, %n, %l : index
    %r = arith.select %vis, %c, %inf : f32
    linalg.yield %r : f32
  } -> tensor<2x6x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x6x5x7xf32>) outs(%e : tensor<2x6x5x7xf32>) -> tensor<2x6x5x7xf32>
  %eo = tensor.empty() : tensor<2x6x5x4xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x6x5x4xf32>) -> tensor<2x6x5x4xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
     ins(%p, %v : tensor<2x6x5x7xf32>, tensor<2x6x7x4xf32>) outs(%fo : tensor<2x6x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %oo: f32):
    %x = arith.mulf %b, %a : f32
    %r = arith.addf %x, %oo : f32
    linalg.yield %r : f32
  } -> tensor<2x6x5x4xf32>
  return %o : tensor<2x6x5x4xf32>
}
