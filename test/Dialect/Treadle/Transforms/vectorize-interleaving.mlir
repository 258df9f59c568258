// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, dot = vdpbf16ps>} {
// A vector of each of two rows, and their elements in turn; then one by one.
// CHECK-LABEL: func @rows(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x2x24xf32>, %[[Y:[^:]*]]: memref<?x24x2xbf16>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C24:.*]] = arith.constant 24 : index
// CHECK:         %[[PAIRS:.*]] = memref.collapse_shape %[[Y]] {{.*}} into memref<?x48xbf16>
// CHECK:         scf.for %[[ROW:[a-z0-9]+]] = %[[C0]]
// CHECK:           %[[A:.*]] = vector.load %[[X]][%[[ROW]], %[[C0]], %{{.*}}] : {{.*}}, vector<16xf32>
// CHECK:           %[[FIRST:.*]] = arith.truncf %[[A]]
// CHECK:           %[[B:.*]] = vector.load %[[X]][%[[ROW]], %[[C1]], %{{.*}}] : {{.*}}, vector<16xf32>
// CHECK:           %[[SECOND:.*]] = arith.truncf %[[B]]
// CHECK:           %[[BOTH:.*]] = vector.interleave %[[FIRST]], %[[SECOND]] : vector<16xbf16> -> vector<32xbf16>
// CHECK:           vector.store %[[BOTH]], %[[PAIRS]][%[[ROW]], %{{.*}}] : {{.*}}, vector<32xbf16>
// CHECK:           scf.for %[[COLUMN:[a-z0-9]+]] = %[[C16]] to %[[C24]] step %[[C1]]
// CHECK:             vector.interleave {{.*}} : vector<1xbf16> -> vector<2xbf16>
// CHECK:             %[[AT:.*]] = arith.muli %[[COLUMN]], %[[C2]]
// CHECK:             vector.store %{{.*}}, %[[PAIRS]][%[[ROW]], %[[AT]]]
func.func @rows(%x: memref<?x2x24xf32>, %y: memref<?x24x2xbf16>) {
  linalg.generic {indexing_maps = [affine_map<(p, x, i) -> (p, i, x)>, affine_map<(p, x, i) -> (p, x, i)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x2x24xf32>) outs(%y : memref<?x24x2xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %t = arith.truncf %in : f32 to bf16
    linalg.yield %t : bf16
  }
  return
}

// Sums over all rows stay in a register, and what is the same for all rows is done before them.
// CHECK-LABEL: func @sums(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x2x32xf32>, %[[M:[^:]*]]: memref<32xf32>, %{{.*}}: memref<?x32x2xbf16>, %[[S:[^:]*]]: memref<32xf32>
// CHECK:         scf.for %[[COLUMN:[a-z0-9]+]] =
// CHECK-DAG:       %[[MAX:.*]] = vector.load %[[M]][%[[COLUMN]]] : {{.*}}, vector<16xf32>
// CHECK-DAG:       %[[MINUS:.*]] = arith.negf %[[MAX]]
// CHECK-DAG:       %[[BEFORE:.*]] = vector.load %[[S]][%[[COLUMN]]]
// CHECK:           %[[AFTER:.*]] = scf.for {{.*}} iter_args(%[[SUM:.*]] = %[[BEFORE]]) -> (vector<16xf32>)
// CHECK-NOT:         negf
// CHECK:             %[[A:.*]] = arith.addf %{{.*}}, %[[MINUS]]
// CHECK:             %[[SUMA:.*]] = arith.addf %[[SUM]], %[[A]]
// CHECK:             %[[B:.*]] = arith.addf %{{.*}}, %[[MINUS]]
// CHECK:             %[[SUMB:.*]] = arith.addf %[[SUMA]], %[[B]]
// CHECK:             vector.interleave
// CHECK:             scf.yield %[[SUMB]]
// CHECK:           vector.store %[[AFTER]], %[[S]][%[[COLUMN]]]
func.func @sums(%x: memref<?x2x32xf32>, %m: memref<32xf32>, %y: memref<?x32x2xbf16>, %s: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(p, x, i) -> (p, i, x)>, affine_map<(p, x, i) -> (x)>,
                                   affine_map<(p, x, i) -> (p, x, i)>, affine_map<(p, x, i) -> (x)>],
                  iterator_types = ["reduction", "parallel", "reduction"]}
      ins(%x, %m : memref<?x2x32xf32>, memref<32xf32>) outs(%y, %s : memref<?x32x2xbf16>, memref<32xf32>) {
  ^bb0(%in: f32, %max: f32, %out: bf16, %sum: f32):
    %minus = arith.negf %max : f32
    %d = arith.addf %in, %minus : f32
    %next = arith.addf %sum, %d : f32
    %t = arith.truncf %d : f32 to bf16
    linalg.yield %t, %next : bf16, f32
  }
  return
}

// Columns that do not lie side by side are read one by one.
// CHECK-LABEL: func @apart(
// CHECK-NOT:     vector.interleave
// CHECK:         memref.store
func.func @apart(%x: memref<8x2x32xf32, strided<[128, 64, 2]>>, %y: memref<8x32x2xbf16>) {
  linalg.generic {indexing_maps = [affine_map<(p, x, i) -> (p, i, x)>, affine_map<(p, x, i) -> (p, x, i)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<8x2x32xf32, strided<[128, 64, 2]>>) outs(%y : memref<8x32x2xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %t = arith.truncf %in : f32 to bf16
    linalg.yield %t : bf16
  }
  return
}

// So are booleans, which have a byte each in memory and a bit in a vector.
// CHECK-LABEL: func @booleans(
// CHECK-NOT:     vector.interleave
// CHECK:         memref.store
func.func @booleans(%x: memref<8x2x32xi1>, %y: memref<8x32x2xi1>) {
  linalg.generic {indexing_maps = [affine_map<(p, x, i) -> (p, i, x)>, affine_map<(p, x, i) -> (p, x, i)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<8x2x32xi1>) outs(%y : memref<8x32x2xi1>) {
  ^bb0(%in: i1, %out: i1):
    linalg.yield %in : i1
  }
  return
}
}
