// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse | FileCheck %s

// An accumulator adds up about 256 products, in parts of equal size, when there are many: all rows for a
// part, then all for the next. The result has the sum of the parts. It begins with zeros, and so the first
// part's is stored and the others' are added to it.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {

// CHECK-LABEL: func @long(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK-NOT:     vector.store
// CHECK:         scf.for %[[FIRST:[a-z0-9]+]] = %c0 to %c1000 step %c250 {
// CHECK-NEXT:      %[[LAST:.*]] = arith.addi %[[FIRST]], %c250
// CHECK-NEXT:      %[[IS_FIRST:.*]] = arith.cmpi eq, %[[FIRST]], %c0
// CHECK:           scf.for
// CHECK:             %[[SUM:.*]] = scf.for %{{.*}} = %[[FIRST]] to %[[LAST]] step %c1 iter_args(%{{.*}} = %[[ZERO]])
// CHECK:               scf.yield
// CHECK:             scf.if %[[IS_FIRST]] {
// CHECK-NEXT:          vector.store %[[SUM]], %[[PLACE:.*]] : memref<?x3x8xf32>
// CHECK-NEXT:        } else {
// CHECK-NEXT:          %[[BEFORE:.*]] = vector.load %[[PLACE]] : memref<?x3x8xf32>
// CHECK-NEXT:          %[[AFTER:.*]] = arith.addf %[[BEFORE]], %[[SUM]]
// CHECK-NEXT:          vector.store %[[AFTER]], %[[PLACE]]
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

// The last part of an extent that is no multiple of parts is shorter. What is there before is added to.
// CHECK-LABEL: func @ragged(
// CHECK:         scf.for %[[FIRST:[a-z0-9]+]] = %c0 to %c1105 step %c277 {
// CHECK-NEXT:      %[[NEXT:.*]] = arith.addi %[[FIRST]], %c277
// CHECK-NEXT:      %[[LAST:.*]] = arith.minsi %[[NEXT]], %c1105
// CHECK-NOT:       scf.if
// CHECK:           scf.for
// CHECK:             scf.for %{{.*}} = %[[FIRST]] to %[[LAST]]
// CHECK:             vector.load
// CHECK:             arith.addf
// CHECK-NOT:         scf.if
func.func @ragged(%x: memref<?x1105xf32>, %w: memref<3x1105x8xf32>, %y: memref<?x3x8xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x1105xf32>, memref<3x1105x8xf32>) outs(%y : memref<?x3x8xf32>)
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
