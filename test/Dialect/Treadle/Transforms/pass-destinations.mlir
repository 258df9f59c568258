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

// expected-error@+1 {{expects its result 0 to be a tensor}}
func.func @scalar(%x: f32) -> f32 {
  return %x : f32
}
