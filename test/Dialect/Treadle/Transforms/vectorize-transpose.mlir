// RUN: treadle-opt %s -split-input-file --treadle-vectorize --canonicalize --cse | FileCheck %s

// Four rows become four columns in two steps of shuffles.
// CHECK-LABEL: @squares
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %[[C8]] step %[[C4]]
// CHECK: scf.for %[[COLUMN:.*]] = %{{.*}} to %[[C8]] step %[[C4]]
// CHECK: %[[R0:.*]] = vector.load %arg0[%[[COLUMN]], %[[ROW]]] : {{.*}}, vector<4xf32>
// CHECK: %[[R1:.*]] = vector.load
// CHECK: %[[R2:.*]] = vector.load
// CHECK: %[[R3:.*]] = vector.load
// CHECK: %[[A0:.*]] = vector.shuffle %[[R0]], %[[R1]] [0, 4, 2, 6]
// CHECK: %[[A1:.*]] = vector.shuffle %[[R0]], %[[R1]] [1, 5, 3, 7]
// CHECK: %[[A2:.*]] = vector.shuffle %[[R2]], %[[R3]] [0, 4, 2, 6]
// CHECK: %[[A3:.*]] = vector.shuffle %[[R2]], %[[R3]] [1, 5, 3, 7]
// CHECK: %[[C0:.*]] = vector.shuffle %[[A0]], %[[A2]] [0, 1, 4, 5]
// CHECK: vector.shuffle %[[A0]], %[[A2]] [2, 3, 6, 7]
// CHECK: %[[C1:.*]] = vector.shuffle %[[A1]], %[[A3]] [0, 1, 4, 5]
// The other operand lies as the result does.
// CHECK: %[[B0:.*]] = vector.load %arg1[%[[ROW]], %[[COLUMN]]]
// CHECK: %[[S0:.*]] = arith.addf %[[C0]], %[[B0]] : vector<4xf32>
// CHECK: vector.store %[[S0]], %arg2[%[[ROW]], %[[COLUMN]]]
// CHECK: arith.addf %[[C1]], %{{.*}} : vector<4xf32>
// CHECK-NOT: memref.load
module attributes {treadle.target = #treadle.target<cpu = "generic", features = "", vectorBits = 128, registers = 16, l1 = 32768, l2 = 262144>} {
  func.func @squares(%x: memref<8x8xf32>, %b: memref<8x8xf32>, %y: memref<8x8xf32>) {
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                    iterator_types = ["parallel", "parallel"]} ins(%x, %b : memref<8x8xf32>, memref<8x8xf32>) outs(%y : memref<8x8xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %s = arith.addf %p, %q : f32
      linalg.yield %s : f32
    }
    return
  }
}

// -----

// What fills no square goes element by element: columns of each strip of rows, and the last rows.
// CHECK-LABEL: @remainders
// CHECK: scf.for %[[ROW:.*]] =
// CHECK:   scf.for
// CHECK:     vector.shuffle
// CHECK:   scf.for %[[SINGLE:.*]] = %[[ROW]] to
// CHECK:     scf.for %[[LEFT:.*]] =
// CHECK:       %[[E:.*]] = memref.load %arg0[%[[LEFT]], %[[SINGLE]]]
// CHECK:       memref.store %[[E]], %arg1[%[[SINGLE]], %[[LEFT]]]
// CHECK: scf.for %[[LAST:.*]] =
// CHECK:   scf.for %[[ANY:.*]] = %c0
// CHECK:     %[[F:.*]] = memref.load %arg0[%[[ANY]], %[[LAST]]]
// CHECK:     memref.store %[[F]], %arg1[%[[LAST]], %[[ANY]]]
module attributes {treadle.target = #treadle.target<cpu = "generic", features = "", vectorBits = 128, registers = 16, l1 = 32768, l2 = 262144>} {
  func.func @remainders(%x: memref<?x?xf32>, %y: memref<?x?xf32>) {
    linalg.transpose ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>) permutation = [1, 0]
    return
  }
}

// -----

// A row of three is no tile.
// CHECK-LABEL: @too_small
// CHECK-NOT: vector.
module attributes {treadle.target = #treadle.target<cpu = "generic", features = "", vectorBits = 128, registers = 16, l1 = 32768, l2 = 262144>} {
  func.func @too_small(%x: memref<8x3xf32>, %y: memref<3x8xf32>) {
    linalg.transpose ins(%x : memref<8x3xf32>) outs(%y : memref<3x8xf32>) permutation = [1, 0]
    return
  }
}
