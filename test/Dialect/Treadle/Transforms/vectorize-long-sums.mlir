// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse | FileCheck %s

// An accumulator adds up 256 products at most, in parts of equal size, when there are many; the result, which
// begins with zeros, has the sum of the parts.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {

// CHECK-LABEL: func @long(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK:         vector.store %[[ZERO]], %{{.*}} : memref<?x3x8xf32>
// CHECK:         scf.for %[[FIRST:[a-z0-9]+]] = %c0 to %c1000 step %c250 {
// CHECK-NEXT:      %[[LAST:.*]] = arith.addi %[[FIRST]], %c250
// CHECK-NEXT:      %[[SUM:.*]] = scf.for %{{.*}} = %[[FIRST]] to %[[LAST]] step %c1 iter_args(%{{.*}} = %[[ZERO]])
// CHECK:           scf.yield
// CHECK:           %[[BEFORE:.*]] = vector.load %{{.*}} : memref<?x3x8xf32>
// CHECK:           %[[AFTER:.*]] = arith.addf %[[BEFORE]], %[[SUM]]
// CHECK:           vector.store %[[AFTER]]
func.func @long(%x: memref<?x1000xf32>, %w: memref<3x1000x8xf32>, %y: memref<?x3x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<?x3x8xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x1000xf32>, memref<3x1000x8xf32>) outs(%y : memref<?x3x8xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [12, 8], tile = [1, 8]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// The last part of an extent that is no multiple of parts is shorter.
// CHECK-LABEL: func @ragged(
// CHECK:         scf.for %[[FIRST:[a-z0-9]+]] = %c0 to %c1001 step %c251 {
// CHECK-NEXT:      %[[NEXT:.*]] = arith.addi %[[FIRST]], %c251
// CHECK-NEXT:      %[[LAST:.*]] = arith.minsi %[[NEXT]], %c1001
// CHECK-NEXT:      scf.for %{{.*}} = %[[FIRST]] to %[[LAST]]
func.func @ragged(%x: memref<?x1001xf32>, %w: memref<3x1001x8xf32>, %y: memref<?x3x8xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x1001xf32>, memref<3x1001x8xf32>) outs(%y : memref<?x3x8xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [12, 8], tile = [1, 8]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func @short(
// CHECK-NOT:     step %c192
// CHECK:         scf.for %{{.*}} = %c0 to %c384 step %c1 iter_args
func.func @short(%x: memref<?x384xf32>, %w: memref<3x384x8xf32>, %y: memref<?x3x8xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x384xf32>, memref<3x384x8xf32>) outs(%y : memref<?x3x8xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [12, 8], tile = [1, 8]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
}
