// RUN: treadle-opt %s --treadle-to-linalg --canonicalize --cse | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @embedding(
// CHECK-SAME:    %[[IDS:[^:]*]]: tensor<?x?xi64>, %[[TABLE:[^:]*]]: tensor<50x8xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[IDS]] :
// CHECK:         ^bb0(%[[ID:.*]]: i64, %{{.*}}: f32):
// CHECK-DAG:       %[[ROW:.*]] = arith.index_cast %[[ID]] : i64 to index
// CHECK-DAG:       %[[COLUMN:.*]] = linalg.index 2
// CHECK:           tensor.extract %[[TABLE]][%[[ROW]], %[[COLUMN]]]
func.func @embedding(%ids: tensor<?x?xi64>, %table: tensor<50x8xf32>) -> tensor<?x?x8xf32> {
  %x = treadle.embedding %ids, %table : (tensor<?x?xi64>, tensor<50x8xf32>) -> tensor<?x?x8xf32>
  return %x : tensor<?x?x8xf32>
}

// CHECK-LABEL: func @learned(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[TABLE:[^:]*]]: tensor<50x8xf32>
// CHECK-DAG:     %[[OFFSET:.*]] = arith.constant 2 : index
// CHECK:         ^bb0(%[[XI:.*]]: f32, %{{.*}}: f32):
// CHECK-DAG:       %[[TOKEN:.*]] = linalg.index 1
// CHECK-DAG:       %[[ROW:.*]] = arith.addi %[[TOKEN]], %[[OFFSET]]
// CHECK-DAG:       %[[COLUMN:.*]] = linalg.index 2
// CHECK:           %[[PLACE:.*]] = tensor.extract %[[TABLE]][%[[ROW]], %[[COLUMN]]]
// CHECK:           arith.addf %[[XI]], %[[PLACE]]
func.func @learned(%x: tensor<?x?x8xf32>, %table: tensor<50x8xf32>) -> tensor<?x?x8xf32> {
  %y = treadle.learned_position %x, %table offset(2) : tensor<?x?x8xf32>, tensor<50x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Frequencies base^(-2i/width) / 2 pi, cosines a quarter of a turn later, and turns in f64.
// CHECK-LABEL: func @sinusoidal(
// CHECK-DAG:     arith.constant dense<[0.15915494309189535, 0.15915494309189535, 0.0015915494309189{{[0-9]+}}, 0.0015915494309189{{[0-9]+}}]> : tensor<4xf64>
// CHECK-DAG:     arith.constant dense<[0.000000e+00, 2.500000e-01, 0.000000e+00, 2.500000e-01]> : tensor<4xf64>
// CHECK:         ^bb0(
// CHECK:           %[[TURNS:.*]] = arith.addf %{{.*}}, %{{.*}} : f64
// CHECK:           %[[WHOLE:.*]] = math.roundeven %[[TURNS]] : f64
// CHECK:           %[[FRACTION:.*]] = arith.subf %[[TURNS]], %[[WHOLE]] : f64
// CHECK-NOT:       math.sin
// CHECK:           arith.truncf %{{.*}} : f64 to f32
func.func @sinusoidal(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %y = treadle.sinusoidal_position %x : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// A row that is none of the table is not read.
// CHECK-LABEL: func @after_others(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[TABLE:[^:]*]]: tensor<50x8xf32>, %[[O:[^:]*]]: tensor<?xi32>
// CHECK:         linalg.generic {{.*}} ins(%[[X]], %[[O]] :
// CHECK:         ^bb0(%{{.*}}: f32, %[[OFFSET:.*]]: i32, %{{.*}}: f32):
// CHECK:           %[[START:.*]] = arith.index_cast %[[OFFSET]] : i32 to index
// CHECK:           %[[ROW:.*]] = arith.addi %{{.*}}, %[[START]]
// CHECK:           %[[ABOVE:.*]] = arith.maxsi %[[ROW]], %c0
// CHECK:           %[[INSIDE:.*]] = arith.minsi %[[ABOVE]], %c49
// CHECK:           tensor.extract %[[TABLE]][%[[INSIDE]], %{{.*}}]
func.func @after_others(%x: tensor<?x?x8xf32>, %table: tensor<50x8xf32>, %o: tensor<?xi32>) -> tensor<?x?x8xf32> {
  %y = treadle.learned_position %x, %table offsets(%o) : tensor<?x?x8xf32>, tensor<50x8xf32>, tensor<?xi32>
  return %y : tensor<?x?x8xf32>
}
}
