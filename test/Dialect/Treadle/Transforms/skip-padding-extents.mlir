// RUN: treadle-opt %s --treadle-skip-padding | FileCheck %s

// The extent of a dimension that there is not is a number like any other.
// CHECK-LABEL: func @no_such_dimension(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>
// CHECK:         %[[S:.*]] = tensor.dim %[[X]], %c3
// CHECK:         treadle.linear
// CHECK:         treadle.pool mean
func.func @no_such_dimension(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %s = tensor.dim %x, %c3 : tensor<?x?x8xf32>
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x8xf32> into tensor<?x8xf32>
  %y = treadle.linear %flat, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %u = tensor.expand_shape %y [[0, 1], [2]] output_shape [%b, %s, 8] : tensor<?x8xf32> into tensor<?x?x8xf32>
  %e = treadle.pool mean %u lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}
