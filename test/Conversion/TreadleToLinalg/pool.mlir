// RUN: treadle-opt %s --treadle-to-linalg --canonicalize --cse | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// Tokens beyond a length do not count, and an empty sequence gives zeros.
// CHECK-LABEL: func @mean(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[L:[^:]*]]: tensor<?xi64>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0 : i64
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}}"parallel", "reduction", "parallel"]} ins(%[[X]], %[[L]] :
// CHECK:         ^bb0(%[[XI:.*]]: f32, %[[LI:.*]]: i64, %[[ACC:.*]]: f32):
// CHECK:           %[[TOKEN:.*]] = linalg.index 1
// CHECK:           %[[T:.*]] = arith.index_cast %[[TOKEN]]
// CHECK:           %[[COUNTS:.*]] = arith.cmpi slt, %[[T]], %[[LI]]
// CHECK:           %[[V:.*]] = arith.select %[[COUNTS]], %[[XI]], %[[ZERO]]
// CHECK:           arith.addf %[[ACC]], %[[V]]
// CHECK:         linalg.generic {{.*}} ins(%[[SUM]], %[[L]] :
// CHECK:           %[[EMPTY:.*]] = arith.cmpi eq, %[[N:.*]], %[[NONE]]
// CHECK:           %[[COUNT:.*]] = arith.sitofp %[[N]]
// CHECK:           %[[MEAN:.*]] = arith.divf %{{.*}}, %[[COUNT]]
// CHECK:           arith.select %[[EMPTY]], %[[ZERO]], %[[MEAN]]
func.func @mean(%x: tensor<?x?x8xf32>, %l: tensor<?xi64>) -> tensor<?x8xf32> {
  %y = treadle.pool mean %x lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func @max(
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         linalg.fill ins(%[[LOW]] :
// CHECK:         linalg.generic {{.*}}"reduction"
// CHECK:           arith.maximumf
// CHECK-NOT:     arith.divf
func.func @max(%x: tensor<?x?x8xf32>) -> tensor<?x8xf32> {
  %y = treadle.pool max %x : (tensor<?x?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func @first(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>
// CHECK-NOT:     linalg
// CHECK:         tensor.extract_slice %[[X]][0, 0, 0] [%{{.*}}, 1, 8] [1, 1, 1] : tensor<?x?x8xf32> to tensor<?x8xf32>
// CHECK-NOT:     linalg
func.func @first(%x: tensor<?x?x8xf32>) -> tensor<?x8xf32> {
  %y = treadle.pool first %x : (tensor<?x?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
}
