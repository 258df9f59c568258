// RUN: treadle-opt %s --treadle-pass-destinations --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @named(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>,
// CHECK-SAME:    %[[OUT:[^:]*]]: memref<?x8xf32> {treadle.named = #treadle.named<"y", dims = ["batch", ""], output>}) {
// CHECK-NEXT:    bufferization.materialize_in_destination %[[X]] in restrict writable %[[OUT]]
// CHECK-NEXT:    return{{$}}
func.func @named(%x: tensor<?x8xf32>)
    -> (tensor<?x8xf32> {treadle.named = #treadle.named<"y", dims = ["batch", ""]>}) {
  return %x : tensor<?x8xf32>
}

// -----

// Results without a name get one, in order.
// CHECK-LABEL: func @unnamed(
// CHECK-SAME:    memref<?x8xf32> {treadle.named = #treadle.named<"result0", dims = ["result0.0", ""], output>}
// CHECK-SAME:    memref<2xf32> {treadle.named = #treadle.named<"result1", dims = [""], output>}
func.func @unnamed(%x: tensor<?x8xf32> {treadle.named = #treadle.named<"x", dims = ["n", ""]>},
                   %y: tensor<2xf32>) -> (tensor<?x8xf32>, tensor<2xf32>) {
  return %x, %y : tensor<?x8xf32>, tensor<2xf32>
}

// -----

// What is reshaped last is put into a view of the destination, of the shape that it is made in.
// CHECK-LABEL: func @reshaped(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x4x32xf32>, %[[Y:[^:]*]]: tensor<?x8xf32>,
// CHECK-SAME:    %[[COLLAPSED:[^:]*]]: memref<?x128xf32> {{[^:]*}}, %[[EXPANDED:[^:]*]]: memref<?x4x8xf32>
// CHECK-DAG:     %[[ROWS:.*]] = memref.dim %[[COLLAPSED]], %c0
// CHECK-DAG:     %[[PANELS:.*]] = memref.expand_shape %[[COLLAPSED]] {{\[}}[0], [1, 2]] output_shape [%[[ROWS]], 4, 32]
// CHECK-DAG:     %[[TOKENS:.*]] = memref.collapse_shape %[[EXPANDED]] {{\[}}[0, 1], [2]] : memref<?x4x8xf32> into memref<?x8xf32>
// CHECK:         bufferization.materialize_in_destination %[[X]] in restrict writable %[[PANELS]]
// CHECK:         bufferization.materialize_in_destination %[[Y]] in restrict writable %[[TOKENS]]
func.func @reshaped(%x: tensor<?x4x32xf32>, %y: tensor<?x8xf32>, %n: index) -> (tensor<?x128xf32>, tensor<?x4x8xf32>) {
  %collapsed = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x4x32xf32> into tensor<?x128xf32>
  %expanded = tensor.expand_shape %y [[0, 1], [2]] output_shape [%n, 4, 8] : tensor<?x8xf32> into tensor<?x4x8xf32>
  return %collapsed, %expanded : tensor<?x128xf32>, tensor<?x4x8xf32>
}

// -----

// Nothing is to be put there.
// CHECK-LABEL: func @empty(
// CHECK:         %[[MADE:.*]] = tensor.expand_shape
// CHECK:         bufferization.materialize_in_destination %[[MADE]] in
func.func @empty(%x: tensor<?x1xf32>, %n: index) -> tensor<?x0x1xf32> {
  %expanded = tensor.expand_shape %x [[0, 1], [2]] output_shape [%n, 0, 1] : tensor<?x1xf32> into tensor<?x0x1xf32>
  return %expanded : tensor<?x0x1xf32>
}

// -----

// The extents of two that are unknown are not in their product.
// CHECK-LABEL: func @unknown(
// CHECK:         %[[MADE:.*]] = tensor.collapse_shape
// CHECK:         bufferization.materialize_in_destination %[[MADE]] in
func.func @unknown(%x: tensor<?x?xf32>) -> tensor<?xf32> {
  %collapsed = tensor.collapse_shape %x [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  return %collapsed : tensor<?xf32>
}

// -----

// expected-error@+1 {{expects its result 0 to be a tensor}}
func.func @scalar(%x: f32) -> f32 {
  return %x : f32
}
