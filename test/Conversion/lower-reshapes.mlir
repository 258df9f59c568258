// RUN: treadle-opt %s --treadle-lower-reshapes --canonicalize --split-input-file | FileCheck %s
// RUN: treadle-opt %s --treadle-lower-reshapes --expand-strided-metadata --split-input-file

// Two unknown extents in a group: the view by its sizes and strides.
// CHECK-LABEL: func @unknown(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x8xf32>, %[[B:[^:]*]]: index, %[[S:[^:]*]]: index
// CHECK-DAG:     %[[EIGHT:.*]] = arith.constant 8 : index
// CHECK:         %[[STRIDE:.*]] = arith.muli %[[S]], %[[EIGHT]]
// CHECK:         %[[VIEW:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[B]], %[[S]], 8], strides: [%[[STRIDE]], 8, 1]
// CHECK-NOT:     memref.expand_shape
func.func @unknown(%x: memref<?x8xf32>, %b: index, %s: index) -> memref<?x?x8xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%b, %s, 8] : memref<?x8xf32> into memref<?x?x8xf32>
  return %y : memref<?x?x8xf32>
}

// -----

// One unknown extent is for upstream's pass.
// CHECK-LABEL: func @known(
// CHECK:         memref.expand_shape
func.func @known(%x: memref<?x8xf32>, %b: index) -> memref<?x3x8xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%b, 3, 8] : memref<?x8xf32> into memref<?x3x8xf32>
  return %y : memref<?x3x8xf32>
}
