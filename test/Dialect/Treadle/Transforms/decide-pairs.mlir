// RUN: treadle-opt %s --treadle-decide --split-input-file | FileCheck %s

// With an instruction for pairs a tile is that of f32; 2^20/2 / (1536 * 2) rows are whole tiles of a block.
// CHECK:         treadle.lowering = #treadle.product<block = [168, 32], tile = [12, 32]>

#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, dot = vdpbf16ps>} {
func.func @pairs(%x: tensor<?x768x2xbf16>, %w: tensor<3x768x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %r = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x768x2xbf16>, tensor<3x768x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %r : tensor<?x3x32xf32>
}
}

// -----

// Without it, both halves of the panel's vectors take registers: twelve rows in 32, and four in 16.
// CHECK:         treadle.lowering = #treadle.product<block = [84, 32], tile = [12, 32]>

#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
func.func @pairs(%x: tensor<?x768x2xf32>, %w: tensor<3x768x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %r = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x768x2xf32>, tensor<3x768x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: f32, %r: bf16, %acc: f32):
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %r : tensor<?x3x32xf32>
}
}

// -----

// CHECK:         treadle.lowering = #treadle.product<block = [64, 32], tile = [4, 32]>

#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
func.func @pairs(%x: tensor<?x768x2xf32>, %w: tensor<3x768x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %r = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x768x2xf32>, tensor<3x768x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: f32, %r: bf16, %acc: f32):
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %r : tensor<?x3x32xf32>
}
}
