// RUN: treadle-opt %s --treadle-to-linalg --canonicalize --cse | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// Tables of cosines and sines have a row for each token and none for heads or sequences; a
// cosine is the sine a quarter of a turn later. Vectors are two parts of as many components as
// there are pairs.
// CHECK-LABEL: func @half(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x5x4xf32>
// CHECK-DAG:     %[[FREQUENCIES:.*]] = arith.constant dense<[0.15915494309189535, 0.0015915494309189{{[0-9]+}}]> : tensor<2xf64>
// CHECK-DAG:     %[[QUARTER:.*]] = arith.constant 2.500000e-01 : f64
// CHECK:         %[[COSINES:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]{{.*}} ins(%[[FREQUENCIES]] : {{.*}} outs(%{{.*}} : tensor<?x2xf32>)
// CHECK-NOT:       math.sin
// CHECK:           arith.addf %{{.*}}, %[[QUARTER]] : f64
// CHECK:           math.roundeven
// CHECK:           arith.truncf %{{.*}} : f64 to f32
// CHECK:         %[[SINES:.*]] = linalg.generic {{.*}} ins(%[[FREQUENCIES]] :
// CHECK-NOT:       %[[QUARTER]]
// CHECK:         %[[PARTS:.*]] = tensor.expand_shape %[[X]] {{.*}} into tensor<?x?x5x2x2xf32>
// CHECK:         %[[TURNED:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?x?x5x2x2xf32>)
// CHECK-DAG:       %[[B:.*]] = linalg.index 0
// CHECK-DAG:       %[[S:.*]] = linalg.index 1
// CHECK-DAG:       %[[H:.*]] = linalg.index 2
// CHECK-DAG:       %[[COMPONENT:.*]] = linalg.index 3
// CHECK-DAG:       %[[PAIR:.*]] = linalg.index 4
// CHECK:           %[[FIRST:.*]] = tensor.extract %[[PARTS]][%[[B]], %[[S]], %[[H]], %c0, %[[PAIR]]]
// CHECK:           %[[SECOND:.*]] = tensor.extract %[[PARTS]][%[[B]], %[[S]], %[[H]], %c1, %[[PAIR]]]
// CHECK:           %[[COSINE:.*]] = tensor.extract %[[COSINES]][%[[S]], %[[PAIR]]]
// CHECK:           %[[SINE:.*]] = tensor.extract %[[SINES]][%[[S]], %[[PAIR]]]
// CHECK-DAG:       %[[MINUS:.*]] = arith.negf %[[SECOND]]
// CHECK-DAG:       %[[SAME:.*]] = arith.select %{{.*}}, %[[FIRST]], %[[SECOND]]
// CHECK:           %[[OTHER:.*]] = arith.select %{{.*}}, %[[MINUS]], %[[FIRST]]
// CHECK:           arith.mulf %[[SAME]], %[[COSINE]]
// CHECK:           arith.mulf %[[OTHER]], %[[SINE]]
// CHECK:         tensor.collapse_shape %[[TURNED]]
func.func @half(%x: tensor<?x?x5x4xf32>) -> tensor<?x?x5x4xf32> {
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 4>) : (tensor<?x?x5x4xf32>) -> tensor<?x?x5x4xf32>
  return %y : tensor<?x?x5x4xf32>
}

// In the layout interleaved a part is a pair. What is not turned stays.
// CHECK-LABEL: func @interleaved(
// CHECK:         %[[PARTS:.*]] = tensor.expand_shape %{{.*}} into tensor<?x?x5x4x2xf32>
// CHECK:         linalg.generic {{.*}} outs(%{{.*}} : tensor<?x?x5x4x2xf32>)
// CHECK-DAG:       %[[PAIR:.*]] = linalg.index 3
// CHECK-DAG:       %[[COMPONENT:.*]] = linalg.index 4
// CHECK:           %[[TURNS:.*]] = arith.cmpi slt, %[[PAIR]], %c2
// CHECK:           %[[KEPT:.*]] = tensor.extract %[[PARTS]][%{{.*}}, %{{.*}}, %{{.*}}, %[[PAIR]], %[[COMPONENT]]]
// CHECK:           arith.select %[[TURNS]], %{{.*}}, %[[KEPT]]
func.func @interleaved(%x: tensor<?x?x5x8xf32>) -> tensor<?x?x5x8xf32> {
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 4, layout = interleaved>)
      : (tensor<?x?x5x8xf32>) -> tensor<?x?x5x8xf32>
  return %y : tensor<?x?x5x8xf32>
}

// Queries and keys at the same positions share the tables.
// CHECK-LABEL: func @shared(
// CHECK-COUNT-2: math.roundeven
// CHECK-NOT:     math.roundeven
func.func @shared(%q: tensor<2x7x5x4xf32>, %k: tensor<2x7x5x4xf32>, %o: tensor<2xi64>)
    -> (tensor<2x7x5x4xf32>, tensor<2x7x5x4xf32>) {
  %0 = treadle.rotary %q rotary(#treadle.rotary<width = 4>) offsets(%o)
      : (tensor<2x7x5x4xf32>, tensor<2xi64>) -> tensor<2x7x5x4xf32>
  %1 = treadle.rotary %k rotary(#treadle.rotary<width = 4>) offsets(%o)
      : (tensor<2x7x5x4xf32>, tensor<2xi64>) -> tensor<2x7x5x4xf32>
  return %0, %1 : tensor<2x7x5x4xf32>, tensor<2x7x5x4xf32>
}

// How long the run is, is asked inside of what depends on it: nothing is read between loops.
// CHECK-LABEL: func @longrope(
// CHECK-SAME:    %{{[^:]*}}: tensor<2x7x5x4xf32>, %[[P:[^:]*]]: tensor<2x7xi32>
// CHECK:         %[[GREATEST:.*]] = linalg.generic {{.*}} ins(%[[P]] : {{.*}} outs(%{{.*}} : tensor<1xi64>)
// CHECK:           arith.maxsi
// CHECK-NOT:     tensor.extract
// CHECK:         linalg.generic {{.*}} outs(%{{.*}} : tensor<2x7x2xf32>)
// CHECK:         ^bb0(%[[SHORT:.*]]: f64, %[[LONG:.*]]: f64, %{{.*}}: i32, %{{.*}}: f32):
// CHECK:           %[[LAST:.*]] = tensor.extract %[[GREATEST]][%c0]
// CHECK:           %[[LENGTH:.*]] = arith.addi %[[LAST]], %{{.*}} : i64
// CHECK:           %[[IS_LONG:.*]] = arith.cmpi sgt, %[[LENGTH]], %{{.*}} : i64
// CHECK:           arith.select %[[IS_LONG]], %[[LONG]], %[[SHORT]] : f64
func.func @longrope(%x: tensor<2x7x5x4xf32>, %p: tensor<2x7xi32>) -> tensor<2x7x5x4xf32> {
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 4, scaling = longrope, original = 4096,
      magnitude = 1.25, short = [1.0, 1.5], long = [2.0, 8.0]>) positions(%p)
      : (tensor<2x7x5x4xf32>, tensor<2x7xi32>) -> tensor<2x7x5x4xf32>
  return %y : tensor<2x7x5x4xf32>
}

// The power is arithmetic: code calls no function.
// CHECK-LABEL: func @dynamic(
// CHECK-NOT:     math.{{log|exp|pow}}
// CHECK:         %[[FREQUENCIES:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<2xf64>)
// CHECK-NOT:     math.{{log|exp|pow}}
// CHECK:         linalg.generic {{.*}} ins(%[[FREQUENCIES]] : tensor<2xf64>)
func.func @dynamic(%x: tensor<?x?x5x4xf32>) -> tensor<?x?x5x4xf32> {
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 4, scaling = dynamic, factor = 2.0, original = 2048>)
      : (tensor<?x?x5x4xf32>) -> tensor<?x?x5x4xf32>
  return %y : tensor<?x?x5x4xf32>
}

// A row that is none of the table is not read.
// CHECK-LABEL: func @tables(
// CHECK-SAME:    %{{[^:]*}}: tensor<?x?x5x4xf32>, %[[O:[^:]*]]: tensor<?xi64>, %[[TABLE:[^:]*]]: tensor<9x2xf32>
// CHECK-NOT:     math.
// CHECK:         %[[OFFSET:.*]] = tensor.extract %[[O]]
// CHECK:         %[[ROW:.*]] = arith.addi
// CHECK:         %[[ABOVE:.*]] = arith.maxsi %[[ROW]], %c0
// CHECK:         %[[INSIDE:.*]] = arith.minsi %[[ABOVE]], %c8
// CHECK:         tensor.extract %[[TABLE]][%[[INSIDE]], %{{.*}}]
func.func @tables(%x: tensor<?x?x5x4xf32>, %o: tensor<?xi64>, %t: tensor<9x2xf32>) -> tensor<?x?x5x4xf32> {
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 4>) offsets(%o) tables(%t, %t)
      : (tensor<?x?x5x4xf32>, tensor<?xi64>, tensor<9x2xf32>, tensor<9x2xf32>) -> tensor<?x?x5x4xf32>
  return %y : tensor<?x?x5x4xf32>
}
}
