// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse --split-input-file | FileCheck %s

// A pair of the row, broadcast as 32 bits, and one instruction for each vector of the panel: 12 rows of 2 vectors.
#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, dot = vdpbf16ps>} {
// CHECK-LABEL: func @instruction(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x32x2xbf16>, %[[W:[^:]*]]: memref<1x32x32x2xbf16>, %[[Y:[^:]*]]: memref<?x1x32xf32>
// CHECK-NOT:     linalg
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C12:.*]] = arith.constant 12 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK:         %[[PAIRS:.*]] = memref.collapse_shape %[[W]] {{.*}} into memref<1x32x64xbf16>
// Both elements of a pair are of one step.
// CHECK-NOT:     scf.for
// CHECK:         scf.for %[[M:[a-z0-9]+]] = %[[C0]] to %{{.*}} step %[[C12]]
// CHECK:           %[[ROWS:.*]] = memref.subview %[[X]][%[[M]], 0, 0] [12, 32, 2]
// CHECK:           %[[SUMS:.*]]:24 = scf.for %[[K:[a-z0-9]+]] = %[[C0]] to %[[C32]]
// CHECK-NEXT:        %[[AHEAD:.*]] = arith.muli %[[K]]
// CHECK-NEXT:        memref.prefetch %[[W]][%{{.*}}, %{{.*}}, %[[AHEAD]], %[[C0]]], read
// CHECK-NEXT:        %[[LINE:.*]] = arith.addi %[[AHEAD]], %[[C16:.*]] :
// CHECK-NEXT:        memref.prefetch %[[W]][%{{.*}}, %{{.*}}, %[[LINE]], %[[C0]]], read
// CHECK-NEXT:        %[[W0:.*]] = vector.load %[[PAIRS]][%[[C0]], %[[K]], %[[C0]]] : {{.*}}, vector<32xbf16>
// CHECK-NEXT:        %[[W1:.*]] = vector.load %[[PAIRS]][%[[C0]], %[[K]], %[[C32]]] : {{.*}}, vector<32xbf16>
// CHECK-NEXT:        %[[PAIR:.*]] = vector.load %[[ROWS]][%[[C0]], %[[K]], %[[C0]]] : {{.*}}, vector<2xbf16>
// CHECK-NEXT:        %[[BITS:.*]] = vector.bitcast %[[PAIR]] : vector<2xbf16> to vector<1xi32>
// CHECK-NEXT:        %[[LANE:.*]] = vector.extract %[[BITS]][0]
// CHECK-NEXT:        %[[ALL:.*]] = vector.broadcast %[[LANE]] : i32 to vector<16xi32>
// CHECK-NEXT:        %[[B:.*]] = vector.bitcast %[[ALL]] : vector<16xi32> to vector<32xbf16>
// CHECK-NEXT:        x86vector.avx512.dot %{{.*}}, %[[B]], %[[W0]]
// CHECK-NEXT:        x86vector.avx512.dot %{{.*}}, %[[B]], %[[W1]]
// CHECK-COUNT-22:    x86vector.avx512.dot
// CHECK-NOT:         {{dot|fma}}
// CHECK:             scf.yield
// CHECK:           vector.store %[[SUMS]]#0, %[[Y]][%[[M]], %[[C0]], %[[C0]]]
// CHECK:           :16 = scf.for
func.func @instruction(%x: memref<?x32x2xbf16>, %w: memref<1x32x32x2xbf16>, %y: memref<?x1x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<?x1x32xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x32x2xbf16>, memref<1x32x32x2xbf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// Pairs may lie before rows, as those of values do.
// CHECK-LABEL: func @transposed(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x12x2xbf16>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-NOT:     linalg
// CHECK:           %[[ROWS:.*]] = memref.subview %[[X]][0, 0, 0] [%{{.*}}, 12, 2]
// CHECK:           :24 = scf.for %[[K:[a-z0-9]+]] =
// CHECK:             vector.load %[[ROWS]][%[[K]], %[[C0]], %[[C0]]] : {{.*}}, vector<2xbf16>
// CHECK:             x86vector.avx512.dot
// CHECK:             vector.load %[[ROWS]][%[[K]], %[[C1]], %[[C0]]] : {{.*}}, vector<2xbf16>
func.func @transposed(%x: memref<?x12x2xbf16>, %w: memref<?x32x2xbf16>, %y: memref<12x32xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n, i) -> (k, m, i)>, affine_map<(m, k, n, i) -> (k, n, i)>,
                        affine_map<(m, k, n, i) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x12x2xbf16>, memref<?x32x2xbf16>) outs(%y : memref<12x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [12, 32], tile = [12, 32]>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// Vectors that are no register: as without the instruction.
// CHECK-LABEL: func @narrow(
// CHECK-NOT:     x86vector
// CHECK:         vector.fma {{.*}} : vector<8xf32>
func.func @narrow(%x: memref<?x32x2xbf16>, %w: memref<1x32x8x2xbf16>, %y: memref<?x1x8xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x32x2xbf16>, memref<1x32x8x2xbf16>) outs(%y : memref<?x1x8xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 8], tile = [12, 8]>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
}

// -----

// Without it: the second elements of all pairs, which lie in the upper halves, and then the first. The left operand may be f32.
#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @widened(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x32x2xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[UPPER:.*]] = arith.constant dense<-65536> : vector<8xi32>
// CHECK-DAG:     %[[SIXTEEN:.*]] = arith.constant dense<16> : vector<8xi32>
// CHECK:           %[[ROWS:.*]] = memref.subview %[[X]][%{{.*}}, 0, 0] [4, 32, 2]
// CHECK:           :8 = scf.for %[[K:[a-z0-9]+]] =
// CHECK:             %[[W0:.*]] = vector.load {{.*}} vector<16xbf16>
// CHECK:             %[[L0:.*]] = vector.bitcast %[[W0]] : vector<16xbf16> to vector<8xi32>
// CHECK:             %[[SECOND:.*]] = arith.andi %[[L0]], %[[UPPER]]
// CHECK:             %[[S0:.*]] = vector.bitcast %[[SECOND]]
// CHECK:             %[[E1:.*]] = memref.load %[[ROWS]][%[[C0]], %[[K]], %[[C1]]]
// CHECK:             %[[B1:.*]] = vector.broadcast %[[E1]]
// CHECK:             %[[SUM:.*]] = vector.fma %[[B1]], %[[S0]], %{{.*}} : vector<8xf32>
// CHECK-COUNT-7:     vector.fma
// CHECK:             %[[FIRST:.*]] = arith.shli %[[L0]], %[[SIXTEEN]]
// CHECK:             %[[F0:.*]] = vector.bitcast %[[FIRST]]
// CHECK:             %[[E0:.*]] = memref.load %[[ROWS]][%[[C0]], %[[K]], %[[C0]]]
// CHECK:             %[[B0:.*]] = vector.broadcast %[[E0]]
// CHECK:             vector.fma %[[B0]], %[[F0]], %[[SUM]]
// CHECK-COUNT-7:     vector.fma
// CHECK-NOT:         vector.fma
// CHECK:             scf.yield
func.func @widened(%x: memref<?x32x2xf32>, %w: memref<1x32x16x2xbf16>, %y: memref<?x1x16xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x32x2xf32>, memref<1x32x16x2xbf16>) outs(%y : memref<?x1x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 16], tile = [4, 16]>} {
  ^bb0(%l: f32, %r: bf16, %acc: f32):
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
}
