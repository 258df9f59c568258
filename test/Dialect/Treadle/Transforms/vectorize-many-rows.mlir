// RUN: treadle-opt %s --treadle-vectorize --canonicalize | FileCheck %s

// A tile of more rows than there can be registers is done in tiles of 64 rows.
// CHECK-LABEL: func @rows(
// CHECK:         scf.for %{{.*}} step %c64
// CHECK:           :64 = scf.for
// CHECK:           :32 = scf.for
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
func.func @rows(%x: memref<?x64xf32>, %w: memref<64x8xf32>, %y: memref<?x8xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (m, k)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x64xf32>, memref<64x8xf32>) outs(%y : memref<?x8xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [2147483648, 8], tile = [2147483648, 8]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// A row of more vectors than registers is no tile: loops over vectors.
// CHECK-LABEL: func @columns(
// CHECK-NOT:     vector.fma
// CHECK:         return
func.func @columns(%x: memref<?x64xf32>, %w: memref<64x4096xf32>, %y: memref<?x4096xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (m, k)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x64xf32>, memref<64x4096xf32>) outs(%y : memref<?x4096xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 4096], tile = [1, 4096]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}
}
