// RUN: treadle-opt %s --treadle-vectorize --canonicalize | FileCheck %s

// A row of one vector uses an element of the left operand once, and memory decides. What a tile reads is asked for
// as far further on as the operand is long, which is where the next tile of keys lies.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {

// Keys: the steps of the reduction are contiguous, a line of 16 after the other, for rows 128 further on.
// CHECK-LABEL: func @keys(
// CHECK-SAME:    %[[K:[^:]*]]: memref<128x64xf32>
// CHECK:         scf.for %[[ROW:.*]] = %c0 to %{{.*}} step %c4
// CHECK:           %[[FIRST:.*]] = arith.addi %[[ROW]], %c128
// CHECK:           %[[LAST:.*]] = arith.addi %[[ROW]], %c132
// CHECK:           scf.for %[[I:.*]] = %[[FIRST]] to %[[LAST]] step %c1
// CHECK:             scf.for %[[J:.*]] = %c0 to %c64 step %c16
// CHECK:               memref.prefetch %[[K]][%[[I]], %[[J]]], read, locality<2>, data
// CHECK:           scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args
// CHECK-NOT:         memref.prefetch
// CHECK:             scf.yield
func.func @keys(%k: memref<128x64xf32>, %q: memref<64x8xf32>, %s: memref<128x8xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (m, k)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%k, %q : memref<128x64xf32>, memref<64x8xf32>) outs(%s : memref<128x8xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [128, 8], tile = [4, 8]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// Values: rows are contiguous, and each step asks for its own 128 further on.
// CHECK-LABEL: func @values(
// CHECK-SAME:    %[[V:[^:]*]]: memref<128x64xf32>
// CHECK:         scf.for %[[ROW:.*]] = %c0 to
// CHECK-NOT:       memref.prefetch
// CHECK:           scf.for %[[N:.*]] = %c0 to %c128 step %c1 iter_args
// CHECK:             %[[STEP:.*]] = arith.addi %[[N]], %c128
// CHECK:             memref.prefetch %[[V]][%[[STEP]], %[[ROW]]], read, locality<2>, data
// CHECK-NOT:         memref.prefetch
// CHECK:             scf.yield
func.func @values(%v: memref<128x64xf32>, %p: memref<128x8xf32>, %o: memref<64x8xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (k, m)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%v, %p : memref<128x64xf32>, memref<128x8xf32>) outs(%o : memref<64x8xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 8], tile = [4, 8]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// Two vectors use an element twice, and nothing is asked for.
// CHECK-LABEL: func @wide(
// CHECK-NOT:     memref.prefetch
func.func @wide(%k: memref<128x64xf32>, %q: memref<64x16xf32>, %s: memref<128x16xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (m, k)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%k, %q : memref<128x64xf32>, memref<64x16xf32>) outs(%s : memref<128x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [128, 16], tile = [4, 16]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}
}
