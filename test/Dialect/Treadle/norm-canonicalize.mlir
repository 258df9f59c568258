// RUN: treadle-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @of_nothing
// CHECK-SAME: %[[X:.*]]: tensor<?x0xf32>
// CHECK-NEXT: return %[[X]]
func.func @of_nothing(%x: tensor<?x0xf32>) -> tensor<?x0xf32> {
  %y = treadle.softmax %x : tensor<?x0xf32>
  return %y : tensor<?x0xf32>
}

// One element is not always one: minus infinity becomes zero.
// CHECK-LABEL: @of_one
// CHECK: treadle.softmax
func.func @of_one(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %y = treadle.softmax %x : tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
