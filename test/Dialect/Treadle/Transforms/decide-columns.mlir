// RUN: treadle-opt %s --treadle-decide | FileCheck %s
// RUN: treadle-opt %s --treadle-structured-to-tiled --treadle-tiled-to-buffers | FileCheck %s --check-prefix=LOOPS

// Columns that are not known, or of which there are none or very many, are no tile's: the rows are decided for vectors all the same, and
// loops are made of them.
#left = affine_map<(m, n, k) -> (m, k)>
#right = affine_map<(m, n, k) -> (k, n)>
#made = affine_map<(m, n, k) -> (m, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @unknown(
// CHECK:         treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>
// LOOPS-LABEL: func @unknown(
// LOOPS-NOT:     linalg
// LOOPS-LABEL: func @none(
// LOOPS-LABEL: func @many(
// LOOPS-NOT:     linalg
func.func @unknown(%x: tensor<?x8xf32>, %w: tensor<8x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = linalg.generic {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x8xf32>, tensor<8x?xf32>) outs(%y : tensor<?x?xf32>) {
  ^bb0(%l: f32, %b: f32, %acc: f32):
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}
// CHECK-LABEL: func @none(
// CHECK:         treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>
func.func @none(%x: tensor<?x8xf32>, %w: tensor<8x0xf32>, %y: tensor<?x0xf32>) -> tensor<?x0xf32> {
  %r = linalg.generic {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x8xf32>, tensor<8x0xf32>) outs(%y : tensor<?x0xf32>) {
  ^bb0(%l: f32, %b: f32, %acc: f32):
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x0xf32>
  return %r : tensor<?x0xf32>
}
// CHECK-LABEL: func @many(
// CHECK:         treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>
func.func @many(%x: tensor<?x8xf32>, %w: tensor<8x1099511627776xf32>,
                %y: tensor<?x1099511627776xf32>) -> tensor<?x1099511627776xf32> {
  %r = linalg.generic {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x8xf32>, tensor<8x1099511627776xf32>) outs(%y : tensor<?x1099511627776xf32>) {
  ^bb0(%l: f32, %b: f32, %acc: f32):
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x1099511627776xf32>
  return %r : tensor<?x1099511627776xf32>
}
}
