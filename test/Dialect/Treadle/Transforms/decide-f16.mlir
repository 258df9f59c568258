// RUN: treadle-opt %s --treadle-decide --split-input-file | FileCheck %s

// A vector of f16 is widened as it is loaded: tiles and blocks are those of f32, 2^20/2 / (768 * 4) rows in whole tiles.
// CHECK-LABEL: func @product(
// CHECK:         treadle.lowering = #treadle.product<block = [168, 32], tile = [12, 32]>
// Attention has f32, though pairs of bf16 would be multiplied by one instruction.
// CHECK-LABEL: func @attention(
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>)

#q = affine_map<(h, m, n, d, e) -> (h, m, d)>
#k = affine_map<(h, m, n, d, e) -> (h, n, d)>
#v = affine_map<(h, m, n, d, e) -> (h, n, e)>
#o = affine_map<(h, m, n, d, e) -> (h, m, e)>
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
module attributes {treadle.precision = #treadle.precision<f16>, treadle.target = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, dot = vdpbf16ps>} {
func.func @product(%x: tensor<?x768xf32>, %w: tensor<3x768x32xf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %r = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x768xf32>, tensor<3x768x32xf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: f32, %r: f16, %acc: f32):
    %b = arith.extf %r : f16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %r : tensor<?x3x32xf32>
}
func.func @attention(%q: tensor<8x?x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x?x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x?x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x?x64xf32>
  return %o : tensor<8x?x64xf32>
}
}

// -----

// CHECK:         treadle.lowering = #treadle.product<block = [96, 16], tile = [6, 16]>
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+f16c", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
func.func @product(%x: tensor<?x768xf32>, %w: tensor<6x768x16xf16>, %y: tensor<?x6x16xf32>) -> tensor<?x6x16xf32> {
  %r = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x768xf32>, tensor<6x768x16xf16>) outs(%y : tensor<?x6x16xf32>) {
  ^bb0(%l: f32, %r: f16, %acc: f32):
    %b = arith.extf %r : f16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x6x16xf32>
  return %r : tensor<?x6x16xf32>
}
}
