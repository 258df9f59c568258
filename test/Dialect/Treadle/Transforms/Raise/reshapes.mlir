// RUN: treadle-opt %s --treadle-raise=remarks=false | FileCheck %s

// MLIR's verifiers take the indices of a reassociation modulo 2^32: these are 0 and 1.
// CHECK-LABEL: @index_beyond_all_dimensions
// CHECK-SAME: %[[X:.*]]: tensor<2x3x4xf32>, %[[W:.*]]: tensor<5x4xf32>
// CHECK: treadle.linear %[[X]], %[[W]]
func.func @index_beyond_all_dimensions(%x: tensor<2x3x4xf32>, %w: tensor<5x4xf32>) -> tensor<6x5xf32> {
  %rows = tensor.collapse_shape %x [[-9223372036854775808, 4294967297], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<6x5xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<6x5xf32>) -> tensor<6x5xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                                        affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%rows, %w : tensor<6x4xf32>, tensor<5x4xf32>) outs(%z : tensor<6x5xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<6x5xf32>
  return %y : tensor<6x5xf32>
}
