// RUN: treadle-opt %s --treadle-tile | FileCheck %s

// A ring is read a token at a time, the oldest first.
// CHECK-LABEL: func @ring(
// CHECK-SAME:    %[[C:[^:]*]]: tensor<2x16x8xf32>, %[[L:[^:]*]]: tensor<2xi64>
// CHECK:         scf.forall (%[[B:.*]], %[[S:.*]]) in (2, 16) shared_outs(%[[OUT:.*]] = %{{.*}})
// CHECK:           %[[LENGTH:.*]] = tensor.extract %[[L]][%[[B]]]
// CHECK:           %[[INDEX:.*]] = arith.index_cast %[[LENGTH]]
// CHECK:           %[[MORE:.*]] = arith.subi %[[INDEX]], %[[CAPACITY:.*]] : index
// CHECK:           %[[FIRST:.*]] = arith.maxsi %[[MORE]], %{{.*}} : index
// CHECK:           %[[SUM:.*]] = arith.addi %[[FIRST]], %[[S]]
// CHECK:           %[[PLACE:.*]] = arith.remui %[[SUM]], %[[CAPACITY]]
// CHECK:           %[[V:.*]] = tensor.extract_slice %[[C]][%[[B]], %[[PLACE]], 0] [1, 1, 8]
// CHECK:           tensor.parallel_insert_slice %[[V]] into %[[OUT]][%[[B]], %[[S]], 0] [1, 1, 8]
// CHECK:         {mapping = [#treadle.team<0>, #treadle.team<1>]}
func.func @ring(%c: tensor<2x16x8xf32>, %l: tensor<2xi64>) -> tensor<2x16x8xf32> {
  %r = treadle.cache_read %c at(%l) ring : tensor<2x16x8xf32>, tensor<2xi64>
  return %r : tensor<2x16x8xf32>
}
