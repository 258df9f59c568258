// RUN: treadle-opt %s --treadle-tile --canonicalize | FileCheck %s

// A reduction of rows and what is done with it are made together, a few rows at a time; sums
// are the thread's own.
#matrix = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>
// CHECK-LABEL: func @norm(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x64xf32>, %[[M:[^:]*]]: index
// CHECK-DAG:     %[[BLOCK:.*]] = arith.constant 16 : index
// CHECK:         %[[COUNT:.*]] = arith.ceildivui %{{.*}}, %[[BLOCK]]
// CHECK:         scf.forall (%[[I:.*]]) in (%[[COUNT]]) shared_outs(%[[OUT:.*]] = %[[X]])
// CHECK:           %[[FIRST:.*]] = arith.muli %[[I]], %[[BLOCK]]
// CHECK:           %[[ROWS:.*]] = arith.minsi %{{.*}}, %[[BLOCK]]
// CHECK:           %[[PART:.*]] = tensor.extract_slice %[[OUT]][%[[FIRST]], 0] [%[[ROWS]], 64]
// CHECK:           %[[OWN:.*]] = tensor.empty() : tensor<16xf32>
// CHECK:           %[[SUMS:.*]] = tensor.extract_slice %[[OWN]][0] [%[[ROWS]]]
// CHECK:           %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%[[SUMS]] :
// CHECK:           %[[SUM:.*]] = linalg.generic {{.*}}"reduction"]} ins(%[[PART]] : {{.*}} outs(%[[ZEROS]] :
// CHECK:           %[[Y:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : {{.*}} outs(%[[PART]] :
// CHECK:           tensor.parallel_insert_slice %[[Y]] into %[[OUT]][%[[FIRST]], 0] [%[[ROWS]], 64]
// CHECK-NOT:     scf.forall
func.func @norm(%x: tensor<?x64xf32>, %m: index) -> tensor<?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#matrix, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x64xf32>) outs(%init : tensor<?xf32>) {
  ^bb0(%i: f32, %acc: f32):
    %s = arith.addf %acc, %i : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#row, #matrix], iterator_types = ["parallel", "parallel"]}
      ins(%sum : tensor<?xf32>) outs(%x : tensor<?x64xf32>)
      attrs = {treadle.lowering = #treadle.rows<block = 16>} {
  ^bb0(%i: f32, %o: f32):
    %s = arith.divf %o, %i : f32
    linalg.yield %s : f32
  } -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Where another member would write is outside of the loop: it writes to the thread's own memory.
// CHECK-LABEL: func @over(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x64xf32>, %[[Z:[^:]*]]: tensor<?x64xf16>
// CHECK:         scf.forall {{.*}} shared_outs(%[[OUT:.*]] = %[[Z]])
// CHECK-DAG:       %[[PART:.*]] = tensor.extract_slice %[[X]]
// CHECK-DAG:       %[[OWN:.*]] = tensor.empty() : tensor<16x64xf32>
// CHECK-DAG:       %[[SLICE:.*]] = tensor.extract_slice %[[OWN]][0, 0] [%{{.*}}, 64]
// CHECK:           linalg.generic {{.*}} ins(%[[PART]] : {{.*}} outs(%[[SLICE]] :
// CHECK:           linalg.generic
func.func @over(%x: tensor<?x64xf32>, %z: tensor<?x64xf16>) -> tensor<?x64xf16> {
  %a = linalg.generic {indexing_maps = [#matrix, #matrix], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x64xf32>) outs(%x : tensor<?x64xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.mulf %i, %i : f32
    linalg.yield %s : f32
  } -> tensor<?x64xf32>
  %y = linalg.generic {indexing_maps = [#matrix, #matrix], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<?x64xf32>) outs(%z : tensor<?x64xf16>)
      attrs = {treadle.lowering = #treadle.rows<block = 16>} {
  ^bb0(%i: f32, %o: f16):
    %s = arith.truncf %i : f32 to f16
    linalg.yield %s : f16
  } -> tensor<?x64xf16>
  return %y : tensor<?x64xf16>
}

// What is outside of the rows one at a time; indices are those of the whole.
// CHECK-LABEL: func @batch(
// CHECK:         scf.forall (%[[B:.*]], %[[I:.*]]) in (%{{.*}}, %{{.*}}) shared_outs(
// CHECK:           %[[FIRST:.*]] = arith.muli %[[I]]
// CHECK:           tensor.extract_slice %{{.*}}[%[[B]], %[[FIRST]], 0] [1, %{{.*}}, 8]
// CHECK:           linalg.generic
// CHECK:             %[[TOKEN:.*]] = linalg.index 1
// CHECK:             affine.apply #{{.*}}(%[[FIRST]])[%[[TOKEN]]]
func.func @batch(%x: tensor<?x?x8xindex>) -> tensor<?x?x8xindex> {
  %y = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      outs(%x : tensor<?x?x8xindex>) attrs = {treadle.lowering = #treadle.rows<block = 4>} {
  ^bb0(%o: index):
    %token = linalg.index 1 : index
    linalg.yield %token : index
  } -> tensor<?x?x8xindex>
  return %y : tensor<?x?x8xindex>
}

// Functions that prepare parameters run alone, and stay.
// CHECK-LABEL: func @prepared(
// CHECK-NOT:     scf.forall
func.func @prepared(%x: tensor<8xf32>) -> tensor<8xf32> attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
