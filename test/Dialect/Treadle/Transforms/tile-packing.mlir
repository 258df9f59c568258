// RUN: treadle-opt %s --treadle-tile --canonicalize --cse --split-input-file | FileCheck %s

// One task adds up lengths.
// CHECK-LABEL: func @starts(
// CHECK-SAME:    %[[L:[^:]*]]: tensor<?xi64>, %[[S:[^:]*]]: index
// CHECK:         scf.forall (%{{.*}}) in (1) shared_outs(%[[OUT:.*]] = %{{.*}})
// CHECK:           %[[BEGUN:.*]] = tensor.insert %c0_i64 into %[[OUT]][%c0]
// CHECK:           %[[STARTS:.*]]:2 = scf.for %[[B:[a-z0-9]+]] = {{.*}} iter_args(%[[T:.*]] = %[[BEGUN]], %[[SUM:.*]] = %c0)
// CHECK:             %[[LENGTH:.*]] = tensor.extract %[[L]][%[[B]]]
// CHECK:             %[[I:.*]] = arith.index_cast %[[LENGTH]]
// CHECK:             %[[MORE:.*]] = arith.maxsi %[[I]], %c1
// CHECK:             %[[CUT:.*]] = arith.minsi %[[MORE]], %[[S]]
// CHECK:             %[[NEXT:.*]] = arith.addi %[[SUM]], %[[CUT]]
// CHECK:             %[[N:.*]] = arith.index_cast %[[NEXT]] : index to i64
// CHECK:             tensor.insert %[[N]] into %[[T]]
// CHECK:           tensor.parallel_insert_slice %[[STARTS]]#0 into %[[OUT]]
func.func @starts(%l: tensor<?xi64>, %s: index) -> tensor<?xi64> {
  %0 = treadle.sequence_starts %l of(%s) at_least(1) : tensor<?xi64> -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

// -----

// A task copies those of 32 tokens that are no padding, vectors at a time.
// CHECK-LABEL: func @pack(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[STARTS:[^:]*]]: tensor<?xi64>
// CHECK:         arith.minui
// CHECK:         scf.forall (%[[B:.*]], %[[I:.*]]) in
// CHECK:           %[[FIRST:.*]] = arith.muli %[[I]], %c32
// CHECK:           %[[BEGIN:.*]] = arith.index_cast
// CHECK:           %[[END:.*]] = arith.index_cast
// CHECK:           %[[COUNT:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK:           %[[LEFT:.*]] = arith.subi %[[COUNT]], %[[FIRST]]
// CHECK:           %[[SOME:.*]] = arith.maxsi %[[LEFT]], %c0
// CHECK:           %[[ROWS:.*]] = arith.minsi %[[SOME]], %c32
// CHECK:           %[[ROW:.*]] = arith.addi %[[BEGIN]], %[[FIRST]]
// CHECK:           %[[PART:.*]] = tensor.extract_slice %[[X]][%[[B]], %[[FIRST]], 0] [1, %[[ROWS]], 8] [1, 1, 1] : tensor<?x?x8xf32> to tensor<?x8xf32>
// CHECK:           tensor.parallel_insert_slice %[[PART]] into %{{.*}}[%[[ROW]], 0] [%[[ROWS]], 8] [1, 1]
func.func @pack(%x: tensor<?x?x8xf32>, %starts: tensor<?xi64>) -> tensor<?x8xf32> {
  %0 = treadle.pack_tokens %x at(%starts) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// Zeros first, and the tokens over them.
// CHECK-LABEL: func @unpack(
// CHECK-SAME:    %[[R:[^:]*]]: tensor<?x8xf32>
// CHECK:         scf.forall (%[[B:.*]], %{{.*}}) in
// CHECK:           %[[PART:.*]] = tensor.extract_slice %[[OUT:.*]][%[[B]], %[[FIRST:.*]], 0] [1, %[[ALL:.*]], 8]
// CHECK:           %[[ZEROS:.*]] = linalg.fill ins(%{{.*}}) outs(%[[PART]] :
// CHECK:           %[[ROWS:.*]] = tensor.extract_slice %[[R]][%{{.*}}, 0] [%[[COUNT:.*]], 8]
// CHECK:           %[[BOTH:.*]] = tensor.insert_slice %[[ROWS]] into %[[ZEROS]][0, 0] [%[[COUNT]], 8]
// CHECK:           tensor.parallel_insert_slice %[[BOTH]] into %{{.*}}[%[[B]], %[[FIRST]], 0] [1, %[[ALL]], 8]
func.func @unpack(%r: tensor<?x8xf32>, %starts: tensor<?xi64>, %s: index) -> tensor<?x?x8xf32> {
  %0 = treadle.unpack_tokens %r at(%starts) to(%s) : (tensor<?x8xf32>, tensor<?xi64>, index) -> tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}
