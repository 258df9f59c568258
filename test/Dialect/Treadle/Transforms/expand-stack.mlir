// RUN: treadle-opt %s --treadle-expand --split-input-file | FileCheck %s

// One loop whatever the depth; parameters of a family say how many members there are.
// CHECK-LABEL: func @stack(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>
func.func @stack(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK-DAG: %[[FIRST:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[COUNT:.*]] = arith.constant 6 : index
  // CHECK-DAG: %[[STEP:.*]] = arith.constant 1 : index
  // CHECK-DAG: %[[ROWS:.*]] = tensor.collapse_shape %[[X]]
  // CHECK:     %[[LOOP:.*]] = scf.for %[[I:.*]] = %[[FIRST]] to %[[COUNT]] step %[[STEP]] iter_args(%[[H:.*]] = %[[ROWS]]) -> (tensor<?x8xf32>)
  // CHECK:       %[[STREAM:.*]] = tensor.expand_shape %[[H]]
  // CHECK:       %[[G:.*]] = treadle.parameter "layer.{}.g"[%[[I]] of 6] : tensor<8xf32>
  // CHECK:       %[[N:.*]] = treadle.layer_norm %[[STREAM]], %[[G]]
  // CHECK:       %[[NEXT:.*]] = tensor.collapse_shape %[[N]]
  // CHECK:       scf.yield %[[NEXT]]
  // CHECK:     %[[Y:.*]] = tensor.expand_shape %[[LOOP]]
  // CHECK:     return %[[Y]]
  %y = treadle.stack 6(%x) : tensor<?x?x8xf32> {
  ^layer(%h: tensor<?x?x8xf32>, %i: index):
    %g = treadle.parameter "layer.{}.g"[%i] : tensor<8xf32>
    %n = treadle.layer_norm %h, %g epsilon(1.0e-5) : tensor<?x?x8xf32>, tensor<8xf32>
    treadle.yield %n : tensor<?x?x8xf32>
  }
  return %y : tensor<?x?x8xf32>
}

// -----

// A stack of groups: what is inside is expanded first, and nothing of the four is left.
// CHECK-LABEL: func @nested(
// CHECK-NOT:     treadle.{{stack|residual|feed_forward}}
// CHECK:         scf.for
// CHECK:           treadle.linear
// CHECK:           arith.addf
// CHECK-NOT:     treadle.{{stack|residual|feed_forward}}
func.func @nested(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  %y = treadle.stack 2(%x) : tensor<?x8xf32> {
  ^layer(%h: tensor<?x8xf32>, %i: index):
    %r = treadle.residual %h : tensor<?x8xf32> {
    ^branch(%u: tensor<?x8xf32>):
      %f = treadle.feed_forward %u, %w, %w activation(relu)
          : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
      treadle.yield %f : tensor<?x8xf32>
    }
    treadle.yield %r : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// A stream of rows, and a cache as it is.
// CHECK-LABEL: func @cache(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[C:[^:]*]]: tensor<?x16x8xf32>, %[[L:[^:]*]]: tensor<?xi64>
func.func @cache(%x: tensor<?x?x8xf32>, %c: tensor<?x16x8xf32>, %l: tensor<?xi64>) -> (tensor<?x?x8xf32>, tensor<?x16x8xf32>) {
  // CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[X]]
  // CHECK: scf.for {{.*}} iter_args(%[[R:.*]] = %[[ROWS]], %[[D:.*]] = %[[C]]) -> (tensor<?x8xf32>, tensor<?x16x8xf32>)
  // CHECK: %[[E:.*]] = treadle.cache_append %{{.*}} to(%[[D]])
  // CHECK: scf.yield %{{.*}}, %[[E]] : tensor<?x8xf32>, tensor<?x16x8xf32>
  %r:2 = treadle.stack 3 (%x, %c) : tensor<?x?x8xf32>, tensor<?x16x8xf32> {
  ^layer(%h: tensor<?x?x8xf32>, %d: tensor<?x16x8xf32>, %i: index):
    %e = treadle.cache_append %h to(%d) at(%l) : tensor<?x?x8xf32>, tensor<?x16x8xf32>, tensor<?xi64>
    %s = arith.addf %h, %h : tensor<?x?x8xf32>
    treadle.yield %s, %e : tensor<?x?x8xf32>, tensor<?x16x8xf32>
  }
  return %r#0, %r#1 : tensor<?x?x8xf32>, tensor<?x16x8xf32>
}
