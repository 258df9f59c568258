// RUN: treadle-opt %s --treadle-raise=remarks=false -split-input-file | FileCheck %s

#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#r3 = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#v3 = affine_map<(d0, d1, d2) -> (d2)>

// Products of rows, reshapes around them, a bias before the product and one after it, gelu by erf.
// CHECK-LABEL: @ffn
// CHECK-SAME: %[[X:.*]]: tensor<2x5x16xf32>
// CHECK-DAG: %[[W1:.*]] = treadle.parameter "w1"
// CHECK-DAG: %[[B1:.*]] = treadle.parameter "b1"
// CHECK-DAG: %[[W2:.*]] = treadle.parameter "w2"
// CHECK-DAG: %[[B2:.*]] = treadle.parameter "b2"
// CHECK: %[[T2:.*]] = linalg.generic {{.*}} ins(%[[W2]]
// CHECK: %[[Y:.*]] = treadle.feed_forward %[[X]], %[[W1]], %[[T2]] biases(%[[B1]], %[[B2]]) activation(gelu)
// CHECK: return %[[Y]]
func.func @ffn(%x: tensor<2x5x16xf32>) -> tensor<2x5x16xf32> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %root = arith.constant 0.707106769 : f32
  %w1 = treadle.parameter "w1" : tensor<32x16xf32>
  %b1 = treadle.parameter "b1" : tensor<32xf32>
  %w2 = treadle.parameter "w2" : tensor<32x16xf32>
  %b2 = treadle.parameter "b2" : tensor<16xf32>
  %xr = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x5x16xf32> into tensor<10x16xf32>
  %et = tensor.empty() : tensor<16x32xf32>
  %w1t = linalg.transpose ins(%w1 : tensor<32x16xf32>) outs(%et : tensor<16x32xf32>) permutation = [1, 0]
  %e1 = tensor.empty() : tensor<10x32xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<10x32xf32>) -> tensor<10x32xf32>
  %m1 = linalg.matmul ins(%xr, %w1t : tensor<10x16xf32>, tensor<16x32xf32>) outs(%f1 : tensor<10x32xf32>) -> tensor<10x32xf32>
  %m3 = tensor.expand_shape %m1 [[0, 1], [2]] output_shape [2, 5, 32] : tensor<10x32xf32> into tensor<2x5x32xf32>
  %e3 = tensor.empty() : tensor<2x5x32xf32>
  %h = linalg.generic {indexing_maps = [#id3, #v3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%m3, %b1 : tensor<2x5x32xf32>, tensor<32xf32>) outs(%e3 : tensor<2x5x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32 } -> tensor<2x5x32xf32>
  %act = linalg.generic {indexing_maps = [#id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%h : tensor<2x5x32xf32>) outs(%e3 : tensor<2x5x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %root : f32
    %1 = math.erf %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.mulf %2, %half : f32
    %4 = arith.mulf %a, %3 : f32
    linalg.yield %4 : f32 } -> tensor<2x5x32xf32>
  %ar = tensor.collapse_shape %act [[0, 1], [2]] : tensor<2x5x32xf32> into tensor<10x32xf32>
  %eb = tensor.empty() : tensor<10x16xf32>
  %bb2 = linalg.broadcast ins(%b2 : tensor<16xf32>) outs(%eb : tensor<10x16xf32>) dimensions = [0]
  %m2 = linalg.matmul ins(%ar, %w2 : tensor<10x32xf32>, tensor<32x16xf32>) outs(%bb2 : tensor<10x16xf32>) -> tensor<10x16xf32>
  %y = tensor.expand_shape %m2 [[0, 1], [2]] output_shape [2, 5, 16] : tensor<10x16xf32> into tensor<2x5x16xf32>
  return %y : tensor<2x5x16xf32>
}

// -----

// CHECK-LABEL: @gated
// CHECK-SAME: %[[X:.*]]: tensor<?x16xf32>
// CHECK: %[[Y:.*]] = treadle.gated_feed_forward %[[X]], %{{.*}}, %{{.*}}, %{{.*}} activation(silu)
// CHECK-NEXT: return %[[Y]]
func.func @gated(%x: tensor<?x16xf32>, %n: index) -> tensor<?x16xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %wg = treadle.parameter "wg" : tensor<32x16xf32>
  %wu = treadle.parameter "wu" : tensor<32x16xf32>
  %wd = treadle.parameter "wd" : tensor<16x32xf32>
  %e1 = tensor.empty(%n) : tensor<?x32xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x32xf32>) -> tensor<?x32xf32>
  %g = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] ins(%x, %wg : tensor<?x16xf32>, tensor<32x16xf32>) outs(%f1 : tensor<?x32xf32>) -> tensor<?x32xf32>
  %u = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] ins(%x, %wu : tensor<?x16xf32>, tensor<32x16xf32>) outs(%f1 : tensor<?x32xf32>) -> tensor<?x32xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%g, %u : tensor<?x32xf32>, tensor<?x32xf32>) outs(%e1 : tensor<?x32xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.negf %p : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.divf %one, %2 : f32
    %4 = arith.mulf %p, %3 : f32
    %5 = arith.mulf %4, %q : f32
    linalg.yield %5 : f32 } -> tensor<?x32xf32>
  %e2 = tensor.empty(%n) : tensor<?x16xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x16xf32>) -> tensor<?x16xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] ins(%a, %wd : tensor<?x32xf32>, tensor<16x32xf32>) outs(%f2 : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
