// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse | FileCheck %s

#read = affine_map<(x, p, i) -> (p, i, x)>
#made = affine_map<(x, p, i) -> (x, p, i)>
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152>} {
// Squares of 16 pairs and 16 columns: 32 rows are read, 64 shuffles of pairs transpose them, and 16
// rows are written. Of what is left over the last 16 pairs are one; less are written one by one.
// CHECK-LABEL: func @rows(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x2x32xf32>, %[[Y:[^:]*]]: memref<32x?x2xbf16>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK:         %[[ROWS:.*]] = memref.collapse_shape %[[Y]] {{.*}} into memref<32x?xbf16>
// CHECK:         scf.for %[[COLUMN:[a-z0-9]+]] = %[[C0]] to %[[C32]] step %[[C16]]
// CHECK:           %[[PAIRS:.*]] = memref.dim %[[X]], %[[C0]]
// CHECK:           scf.for %[[PAIR:[a-z0-9]+]] = %[[C0]] to %[[WHOLE:.*]] step %[[C16]]
// CHECK:             %[[A:.*]] = vector.load %[[X]][%[[PAIR]], %[[C0]], %[[COLUMN]]] : {{.*}}, vector<16xf32>
// CHECK:             %[[FIRST:.*]] = arith.truncf %[[A]]
// CHECK:             %[[B:.*]] = vector.load %[[X]][%[[PAIR]], %[[C1]], %[[COLUMN]]] : {{.*}}, vector<16xf32>
// CHECK:             %[[SECOND:.*]] = arith.truncf %[[B]]
// CHECK:             %[[BOTH:.*]] = vector.interleave %[[FIRST]], %[[SECOND]] : vector<16xbf16> -> vector<32xbf16>
// CHECK:             vector.bitcast %[[BOTH]] : vector<32xbf16> to vector<16xi32>
// CHECK-COUNT-15:    vector.interleave
// CHECK-COUNT-64:    vector.shuffle {{.*}} : vector<16xi32>, vector<16xi32>
// CHECK-NOT:         vector.shuffle
// CHECK:             vector.store %{{.*}}, %[[ROWS]][%[[COLUMN]], %{{.*}}] : {{.*}}, vector<32xbf16>
// CHECK-COUNT-15:    vector.store
// CHECK-NOT:         vector.store
// CHECK:           scf.for %{{.*}} = %[[WHOLE]] to %[[PAIRS]] step %[[C16]]
// CHECK:             %[[LAST:.*]] = arith.subi %[[PAIRS]], %[[C16]]
// CHECK:             %[[LARGE:.*]] = arith.cmpi sge, %[[LAST]], %[[C0]]
// CHECK:             scf.if %[[LARGE]]
// CHECK:               vector.load %[[X]][%[[LAST]], %[[C0]], %[[COLUMN]]]
// CHECK-COUNT-64:      vector.shuffle
// CHECK-COUNT-16:      vector.store {{.*}} vector<32xbf16>
// CHECK:             else
// CHECK:               scf.for %[[PAIR:[a-z0-9]+]] = %[[C0]] to %[[PAIRS]] step %[[C1]]
// CHECK:                 vector.load %[[X]][%[[PAIR]], %[[C0]], %[[COLUMN]]]
// CHECK-COUNT-16:        vector.store {{.*}} vector<2xbf16>
// CHECK-NOT:         vector.store
func.func @rows(%x: memref<?x2x32xf32>, %y: memref<32x?x2xbf16>) {
  linalg.generic {indexing_maps = [#read, #made], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x2x32xf32>) outs(%y : memref<32x?x2xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %t = arith.truncf %in : f32 to bf16
    linalg.yield %t : bf16
  }
  return
}

// Columns that fill no square are done in one that others have been in, and whole pairs without a mask.
// CHECK-LABEL: func @columns(
// CHECK-SAME:    %[[X:[^:]*]]: memref<16x2x20xbf16>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK:         vector.load %[[X]][%[[C0]], %[[C0]], %[[C0]]]
// CHECK-COUNT-16: vector.store
// CHECK:         vector.load %[[X]][%[[C0]], %[[C0]], %[[C4]]]
// CHECK-COUNT-16: vector.store
// CHECK-NOT:     {{vector.(store|maskedstore)}}
func.func @columns(%x: memref<16x2x20xbf16>, %y: memref<20x16x2xbf16>) {
  linalg.generic {indexing_maps = [#read, #made], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<16x2x20xbf16>) outs(%y : memref<20x16x2xbf16>) {
  ^bb0(%in: bf16, %out: bf16):
    linalg.yield %in : bf16
  }
  return
}

// Less than a square has are done one by one.
// CHECK-LABEL: func @few(
// CHECK-NOT:     vector.shuffle
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-COUNT-2:     vector.store {{.*}} vector<1xbf16>
func.func @few(%x: memref<?x2x5xf32>, %y: memref<5x?x2xbf16>) {
  linalg.generic {indexing_maps = [#read, #made], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x2x5xf32>) outs(%y : memref<5x?x2xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %t = arith.truncf %in : f32 to bf16
    linalg.yield %t : bf16
  }
  return
}

// Pairs that are summed, and what is added to what is there, are left to other loops.
// CHECK-LABEL: func @added(
// CHECK-NOT:     vector.shuffle
// CHECK:         arith.addf
func.func @added(%x: memref<?x2x32xbf16>, %y: memref<32x?x2xbf16>) {
  linalg.generic {indexing_maps = [#read, #made], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x2x32xbf16>) outs(%y : memref<32x?x2xbf16>) {
  ^bb0(%in: bf16, %out: bf16):
    %t = arith.addf %in, %out : bf16
    linalg.yield %t : bf16
  }
  return
}
}
