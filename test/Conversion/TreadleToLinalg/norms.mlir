// RUN: treadle-opt %s --treadle-to-linalg --canonicalize --cse | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// Two passes, and a third that writes where the input is.
// CHECK-DAG:   #[[MATRIX:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG:   #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG:   #[[COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @layer_norm(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>, %[[B:[^:]*]]: tensor<8xf32>
// CHECK-DAG:     %[[SHARE:.*]] = arith.constant 1.250000e-01 : f32
// CHECK-DAG:     %[[EPSILON:.*]] = arith.constant 9.99999974E-6 : f32
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK:         %[[ROWS:.*]] = tensor.collapse_shape %[[X]]
// CHECK:         %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[MATRIX]], #[[ROW]]], iterator_types = ["parallel", "reduction"]} ins(%[[ROWS]] :
// CHECK:         %[[SQUARES:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[ROWS]], %[[SUM]] :
// CHECK:         ^bb0(%[[XI:.*]]: f32, %[[S:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[MEAN:.*]] = arith.mulf %[[S]], %[[SHARE]]
// CHECK:           %[[CENTRED:.*]] = arith.subf %[[XI]], %[[MEAN]]
// CHECK:           arith.mulf %[[CENTRED]], %[[CENTRED]]
// CHECK:         linalg.generic {indexing_maps = [#[[MATRIX]], #[[ROW]], #[[ROW]], #[[COLUMN]], #[[COLUMN]], #[[MATRIX]]], iterator_types = ["parallel", "parallel"]}
// CHECK-SAME:      ins(%[[ROWS]], %[[SUM]], %[[SQUARES]], %[[G]], %[[B]] :
// CHECK-SAME:      outs(%[[ROWS]] :
// CHECK:         ^bb0(%{{.*}}: f32, %{{.*}}: f32, %[[SQ:.*]]: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32):
// CHECK:           %[[VARIANCE:.*]] = arith.mulf %[[SQ]], %[[SHARE]]
// CHECK:           %[[SAFE:.*]] = arith.addf %[[VARIANCE]], %[[EPSILON]]
// CHECK:           %[[DEVIATION:.*]] = math.sqrt %[[SAFE]]
// CHECK:           arith.divf %[[ONE]], %[[DEVIATION]]
func.func @layer_norm(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x?x8xf32> {
  %y = treadle.layer_norm %x, %g, %b epsilon(1.0e-5) : tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  return %y : tensor<?x?x8xf32>
}

// CHECK-LABEL: func @unit_norm(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>
// CHECK-DAG:     %[[EPSILON:.*]] = arith.constant 9.99999996E-13 : f32
// CHECK:         %[[SQUARES:.*]] = linalg.generic {{.*}}"reduction"]} ins(%[[X]] :
// CHECK:         linalg.generic {{.*}} ins(%[[X]], %[[SQUARES]] : {{.*}} outs(%[[X]] :
// CHECK:         ^bb0(%[[XI:.*]]: f32, %[[SQ:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[NORM:.*]] = math.sqrt %[[SQ]]
// CHECK:           %[[LENGTH:.*]] = arith.maximumf %[[NORM]], %[[EPSILON]]
// CHECK:           arith.divf %[[XI]], %[[LENGTH]]
func.func @unit_norm(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = treadle.unit_norm %x epsilon(1.0e-12) : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func @rms_norm(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>
// CHECK-DAG:     %[[SHARE:.*]] = arith.constant 1.250000e-01 : f32
// CHECK-DAG:     %[[EPSILON:.*]] = arith.constant 9.99999997E-7 : f32
// CHECK:         %[[SQUARES:.*]] = linalg.generic {{.*}}"reduction"]} ins(%[[X]] :
// CHECK:         linalg.generic {{.*}} ins(%[[X]], %[[SQUARES]], %[[G]] :
// CHECK:         ^bb0(%[[XI:.*]]: f32, %[[SQ:.*]]: f32, %[[GI:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[MEAN:.*]] = arith.mulf %[[SQ]], %[[SHARE]]
// CHECK:           %[[SAFE:.*]] = arith.addf %[[MEAN]], %[[EPSILON]]
// CHECK:           math.sqrt %[[SAFE]]
func.func @rms_norm(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> {
  %y = treadle.rms_norm %x, %g epsilon(1.0e-6) : tensor<?x8xf32>, tensor<8xf32>
  return %y : tensor<?x8xf32>
}

// A width that is known when the program runs is divided by then.
// CHECK-LABEL: func @dynamic_width(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x?xf32>
// CHECK:         %[[D:.*]] = tensor.dim %[[X]]
// CHECK:         %[[I:.*]] = arith.index_cast %[[D]]
// CHECK:         %[[F:.*]] = arith.sitofp %[[I]]
// CHECK:         %[[SHARE:.*]] = arith.divf %{{.*}}, %[[F]]
// CHECK:         arith.mulf %{{.*}}, %[[SHARE]]
func.func @dynamic_width(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %y = treadle.rms_norm %x epsilon(1.0e-6) : tensor<2x?xf32>
  return %y : tensor<2x?xf32>
}

// The exponentials are made once, where the result goes; a row that has no maximum or no
// sum is neither shifted nor divided.
// CHECK-LABEL: func @softmax(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         %[[MAX:.*]] = linalg.generic {{.*}}"reduction"]} ins(%[[X]] :
// CHECK:           arith.maximumf
// CHECK:         %[[E:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[MAX]] :
// CHECK:           arith.cmpf oeq, %{{.*}}, %[[NONE]]
// CHECK:           %[[SHIFT:.*]] = arith.select
// CHECK:           %[[SHIFTED:.*]] = arith.subf %{{.*}}, %[[SHIFT]]
// CHECK:           math.exp %[[SHIFTED]]
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}}"reduction"]} ins(%[[E]] :
// CHECK:         linalg.generic {{.*}} ins(%[[E]], %[[SUM]] : {{.*}} outs(%[[E]] :
func.func @softmax(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = treadle.softmax %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// One vector is one row.
// CHECK-LABEL: func @one_vector(
// CHECK:         tensor.expand_shape %{{.*}} {{\[\[}}0, 1]] output_shape [1, 8]
// CHECK:         tensor.collapse_shape %{{.*}} {{\[\[}}0, 1]] : tensor<1x8xf32> into tensor<8xf32>
func.func @one_vector(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = treadle.rms_norm %x epsilon(1.0e-6) : tensor<8xf32>
  return %y : tensor<8xf32>
}
}
