// RUN: treadle-opt %s --treadle-decide | FileCheck %s

// A target may say that it has more registers than any CPU.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 1024, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @product(
// CHECK:         treadle.lowering = #treadle.product<block = [{{[0-9]+}}, 32], tile = [478, 32]>
func.func @product(%x: tensor<?x8xf32>, %w: tensor<8x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x8xf32>, tensor<8x32xf32>) outs(%y : tensor<?x32xf32>) {
  ^bb0(%l: f32, %b: f32, %acc: f32):
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x32xf32>
  return %r : tensor<?x32xf32>
}
}
