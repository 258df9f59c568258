// RUN: treadle-opt %s --treadle-prepare-parameters --split-input-file | FileCheck %s

// What depends on parameters alone is a function that is run once, and here a parameter.
// CHECK-LABEL: func @pack(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x2xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         %[[P:.*]] = treadle.parameter "w.prepared" : tensor<4x2xf32>
// CHECK:         linalg.add ins(%[[X]], %[[P]] :
// CHECK:       func.func @prepare_0() -> tensor<4x2xf32> attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>}
// CHECK:         %[[W:.*]] = treadle.parameter "w" : tensor<2x4xf32>
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[W]] :
// CHECK:         return %[[T]]
func.func @pack(%x: tensor<4x2xf32>, %out: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %w = treadle.parameter "w" : tensor<2x4xf32>
  %e = tensor.empty() : tensor<4x2xf32>
  %t = linalg.transpose ins(%w : tensor<2x4xf32>) outs(%e : tensor<4x2xf32>) permutation = [1, 0]
  %y = linalg.add ins(%x, %t : tensor<4x2xf32>, tensor<4x2xf32>) outs(%out : tensor<4x2xf32>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

// Of a family: one function makes the member that its argument names; the concatenation and
// the packing of it go together.
// CHECK-LABEL: func @family(
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK:           treadle.parameter "layer.{}.q.prepared"[%[[I]] of 3] : tensor<2x8xf32>
// CHECK-NOT:       tensor.concat
// CHECK:       func.func @prepare_0(%[[MEMBER:.*]]: tensor<i64>) -> tensor<2x8xf32>
// CHECK-SAME:    treadle.prepared = #treadle.prepared<"layer.{}.q.prepared", members = 3>
// CHECK:         %[[M:.*]] = tensor.extract %[[MEMBER]][]
// CHECK:         %[[J:.*]] = arith.index_cast %[[M]] : i64 to index
// CHECK:         %[[Q:.*]] = treadle.parameter "layer.{}.q"[%[[J]] of 3]
// CHECK:         %[[K:.*]] = treadle.parameter "layer.{}.k"[%[[J]] of 3]
// CHECK:         %[[QK:.*]] = tensor.concat dim(0) %[[Q]], %[[K]]
// CHECK:         linalg.transpose ins(%[[QK]] :
func.func @family(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%h = %x) -> (tensor<2x8xf32>) {
    %q = treadle.parameter "layer.{}.q"[%i of 3] : tensor<4x2xf32>
    %k = treadle.parameter "layer.{}.k"[%i of 3] : tensor<4x2xf32>
    %qk = tensor.concat dim(0) %q, %k : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<8x2xf32>
    %e = tensor.empty() : tensor<2x8xf32>
    %t = linalg.transpose ins(%qk : tensor<8x2xf32>) outs(%e : tensor<2x8xf32>) permutation = [1, 0]
    %y = linalg.add ins(%h, %t : tensor<2x8xf32>, tensor<2x8xf32>) outs(%h : tensor<2x8xf32>) -> tensor<2x8xf32>
    scf.yield %y : tensor<2x8xf32>
  }
  return %r : tensor<2x8xf32>
}

// -----

// A reshape costs nothing and stays; two results of one parameter have two names.
// CHECK-LABEL: func @names(
// CHECK-DAG:     treadle.parameter "w.prepared" : tensor<4xf32>
// CHECK-DAG:     treadle.parameter "w.prepared.2" : tensor<4xf32>
// CHECK-DAG:     %[[W:.*]] = treadle.parameter "w" : tensor<4xf32>
// CHECK-DAG:     tensor.expand_shape %[[W]]
// CHECK-DAG:   #treadle.prepared<"w.prepared", members = 0>
// CHECK-DAG:   #treadle.prepared<"w.prepared.2", members = 0>
// CHECK-NOT:   treadle.prepared
func.func @names() -> (tensor<4xf32>, tensor<4xf32>, tensor<2x2xf32>) {
  %w = treadle.parameter "w" : tensor<4xf32>
  %a = math.exp %w : tensor<4xf32>
  %b = math.sqrt %w : tensor<4xf32>
  %c = tensor.expand_shape %w [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  return %a, %b, %c : tensor<4xf32>, tensor<4xf32>, tensor<2x2xf32>
}
