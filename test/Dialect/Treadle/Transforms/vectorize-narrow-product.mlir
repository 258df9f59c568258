// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse | FileCheck %s

// Four columns and vectors of eight lanes: these lie along what is contiguous in the left operand.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {

// Along the reduction, where that is contiguous in both: two rows make a vector of eight sums. They go one after the
// other, in the order of memory, and what lies behind the tile is asked for.
// CHECK-LABEL: func @keys(
// CHECK-SAME:    %[[K:[^:]*]]: memref<?x64xf32>, %[[Q:[^:]*]]: memref<4x64xf32>, %[[S:[^:]*]]: memref<?x4xf32>
// CHECK:         scf.for %[[ROW:[a-z0-9]*]] = %c0 to %{{.*}} step %c2
// CHECK:           %[[SUMS:.*]]:4 = scf.for %[[D:.*]] = %c0 to %c64 step %c8 iter_args
// CHECK:             %[[Q0:.*]] = vector.load %[[Q]][%c0, %[[D]]] : memref<4x64xf32>, vector<8xf32>
// CHECK-COUNT-3:     vector.load %[[Q]]
// CHECK:             memref.prefetch %[[K]][%{{.*}}, %[[D]]], read
// CHECK:             %[[K0:.*]] = vector.load %[[K]][%[[ROW]], %[[D]]]
// CHECK:             vector.fma %[[K0]], %[[Q0]], %{{.*}} : vector<8xf32>
// CHECK-COUNT-3:     vector.fma %[[K0]]
// CHECK-NOT:         vector.fma
// CHECK:             scf.yield
// CHECK:           :4 = scf.for %[[D:.*]] = %c0 to %c64 step %c8 iter_args
// CHECK:             %[[SECOND:.*]] = arith.addi %[[ROW]], %c1
// CHECK:             %[[K1:.*]] = vector.load %[[K]][%[[SECOND]], %[[D]]]
// CHECK-COUNT-4:     vector.fma %[[K1]]
// CHECK-NOT:         vector.fma
// Eight vectors of partial sums are four, two and one of sums.
// CHECK:           %[[A:.*]] = vector.shuffle %[[SUMS]]#0, %[[SUMS]]#1 [0, 8, 2, 10, 4, 12, 6, 14]
// CHECK:           %[[B:.*]] = vector.shuffle %[[SUMS]]#0, %[[SUMS]]#1 [1, 9, 3, 11, 5, 13, 7, 15]
// CHECK:           %[[C:.*]] = arith.addf %[[A]], %[[B]]
// CHECK-COUNT-6:   arith.addf {{.*}} : vector<8xf32>
// CHECK:           %[[FIRST:.*]] = vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [4]
// CHECK:           %[[BEFORE:.*]] = vector.load %[[S]][%[[ROW]], %c0] : memref<?x4xf32>, vector<4xf32>
// CHECK:           %[[AFTER:.*]] = arith.addf %[[BEFORE]], %[[FIRST]]
// CHECK:           vector.store %[[AFTER]], %[[S]][%[[ROW]], %c0]
// What is left goes row by row.
// CHECK:         scf.for %{{.*}} step %c1 {
// CHECK:           scf.for {{.*}} step %c8 iter_args
// CHECK-COUNT-4:     vector.fma
// CHECK-NOT:         vector.fma
// CHECK:         return
func.func @keys(%k: memref<?x64xf32>, %q: memref<4x64xf32>, %s: memref<?x4xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (m, k)>, affine_map<(m, k, n) -> (n, k)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%k, %q : memref<?x64xf32>, memref<4x64xf32>) outs(%s : memref<?x4xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 4], tile = [12, 4]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// Keys that are stored narrower go together: the queries are loaded once for both.
// CHECK-LABEL: func @narrow_keys(
// CHECK-SAME:    %[[K:[^:]*]]: memref<?x64xbf16>, %[[Q:[^:]*]]: memref<4x64xf32>
// CHECK:           :8 = scf.for %[[D:.*]] = %c0 to %c64 step %c8 iter_args
// CHECK-COUNT-4:     vector.load %[[Q]]
// CHECK:             vector.load %[[K]][%{{.*}}, %[[D]]]
// CHECK-COUNT-4:     vector.fma
// CHECK:             vector.load %[[K]][%{{.*}}, %[[D]]]
// CHECK-COUNT-4:     vector.fma
// CHECK-NOT:         vector.load %[[Q]]
// CHECK:             scf.yield
func.func @narrow_keys(%k: memref<?x64xbf16>, %q: memref<4x64xf32>, %s: memref<?x4xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (m, k)>, affine_map<(m, k, n) -> (n, k)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%k, %q : memref<?x64xbf16>, memref<4x64xf32>) outs(%s : memref<?x4xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 4], tile = [12, 4]>} {
  ^bb0(%l: bf16, %r: f32, %acc: f32):
    %w = arith.extf %l : bf16 to f32
    %t = arith.mulf %w, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// Along rows: three vectors, for two columns at a time, as sixteen registers hold six sums, three vectors and two
// factors, but not twelve. So rows are read whole, and those that lie a part further on are asked for. Sums go
// from part to part in memory.
// CHECK-LABEL: func @values(
// CHECK-SAME:    %[[V:[^:]*]]: memref<?x24xf32>, %[[P:[^:]*]]: memref<?x4xf32>, %[[O:[^:]*]]: memref<24x4xf32>
// CHECK:         %[[LINE:.*]] = memref.collapse_shape %[[O]] {{.*}} into memref<96xf32>
// CHECK:         %[[OWN:.*]] = memref.alloc() : memref<4x24xf32>
// CHECK-COUNT-12: vector.store %{{.*}}, %[[OWN]]
// CHECK:         scf.for %[[FIRST:.*]] = %c0 to %[[COUNT:.*]] step %c32 {
// CHECK:           %[[NEXT:.*]] = arith.addi %[[FIRST]], %c32
// CHECK:           %[[LAST:.*]] = arith.minsi %[[NEXT]], %[[COUNT]]
// CHECK:           scf.for %[[J:.*]] = %c0 to %c4 step %c2 {
// CHECK:             %[[S00:.*]] = vector.load %[[OWN]][%[[J]], %c0]
// CHECK:             %[[J1:.*]] = arith.addi %[[J]], %c1
// CHECK:             %[[S10:.*]] = vector.load %[[OWN]][%[[J1]], %c0]
// CHECK-COUNT-4:     vector.load %[[OWN]]
// CHECK:             %[[SUMS:.*]]:6 = scf.for %[[N:.*]] = %[[FIRST]] to %[[LAST]] step %c1 iter_args(%[[A:.*]] = %[[S00]], %[[B:.*]] = %[[S10]],
// CHECK-NEXT:          %[[AHEAD:.*]] = arith.addi %[[N]], %c32
// CHECK-NEXT:          memref.prefetch %[[V]][%[[AHEAD]], %c0]
// CHECK-NEXT:          %[[V0:.*]] = vector.load %[[V]][%[[N]], %c0] : memref<?x24xf32>, vector<8xf32>
// CHECK-NEXT:          memref.prefetch %[[V]][%[[AHEAD]], %c8]
// CHECK-NEXT:          vector.load %[[V]][%[[N]], %c8]
// CHECK-NEXT:          memref.prefetch %[[V]][%[[AHEAD]], %c16]
// CHECK-NEXT:          vector.load %[[V]][%[[N]], %c16]
// CHECK:               %[[P0:.*]] = memref.load %[[P]][%[[N]], %[[J]]]
// CHECK:               %[[B0:.*]] = vector.broadcast %[[P0]]
// CHECK:               %[[P1:.*]] = memref.load %[[P]][%[[N]], %{{.*}}]
// CHECK:               %[[B1:.*]] = vector.broadcast %[[P1]]
// CHECK:               vector.fma %[[V0]], %[[B0]], %[[A]]
// CHECK:               vector.fma %[[V0]], %[[B1]], %[[B]]
// CHECK-COUNT-4:       vector.fma
// CHECK-NOT:           {{vector.fma|vector.store|vector.load}}
// CHECK:             vector.store %[[SUMS]]#0, %[[OWN]][%[[J]], %c0]
// CHECK:             vector.store %[[SUMS]]#1, %[[OWN]][%{{.*}}, %c0]
// CHECK-COUNT-4:     vector.store %{{.*}}, %[[OWN]]
// CHECK-NOT:     scf.for
// What there was is known to be zero.
// CHECK:         %[[R0:.*]] = vector.load %[[OWN]][%c0, %c0]
// CHECK:         %[[R1:.*]] = vector.load %[[OWN]][%c1, %c0]
// CHECK:         %[[R2:.*]] = vector.load %[[OWN]][%c2, %c0]
// CHECK:         %[[R3:.*]] = vector.load %[[OWN]][%c3, %c0]
// CHECK:         %[[EVEN:.*]] = vector.interleave %[[R0]], %[[R2]]
// CHECK:         %[[ODD:.*]] = vector.interleave %[[R1]], %[[R3]]
// CHECK:         %[[ALL:.*]] = vector.interleave %[[EVEN]], %[[ODD]] : vector<16xf32> -> vector<32xf32>
// CHECK:         vector.store %[[ALL]], %[[LINE]][%c0]
// CHECK:         vector.store %{{.*}}, %[[LINE]][%c32]
// CHECK:         vector.store %{{.*}}, %[[LINE]][%c64]
func.func @values(%v: memref<?x24xf32>, %p: memref<?x4xf32>, %o: memref<24x4xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%o : memref<24x4xf32>)
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (k, m)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%v, %p : memref<?x24xf32>, memref<?x4xf32>) outs(%o : memref<24x4xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 4], tile = [12, 4]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// So many rows leave one column at a time: two vectors are done for all columns, then the next two.
// CHECK-LABEL: func @wide(
// CHECK:         %[[SUMS:.*]]:8 = scf.for %[[N:.*]] = %c0 to %{{.*}} step %c1 iter_args
// CHECK:           memref.prefetch
// CHECK:           %[[V0:.*]] = vector.load %{{.*}}[%[[N]], %c0] : memref<?x64xf32>, vector<8xf32>
// CHECK:           vector.load %{{.*}}[%[[N]], %c8]
// CHECK:           vector.fma %[[V0]]
// CHECK-COUNT-7:   vector.fma
// CHECK-NOT:       vector.fma
// CHECK:         vector.interleave %[[SUMS]]#0, %[[SUMS]]#2
// CHECK-COUNT-3: :8 = scf.for
// CHECK-NOT:     scf.for
func.func @wide(%v: memref<?x64xf32>, %p: memref<?x4xf32>, %o: memref<64x4xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (k, m)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%v, %p : memref<?x64xf32>, memref<?x4xf32>) outs(%o : memref<64x4xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 4], tile = [12, 4]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// What is stored in 16 bits is widened after it is read, once for all columns.
// CHECK-LABEL: func @stored(
// CHECK:         %[[STORED:.*]] = vector.load %{{.*}} : memref<?x24xbf16>, vector<8xbf16>
// CHECK-NEXT:    %[[WIDE:.*]] = arith.extf %[[STORED]] : vector<8xbf16> to vector<8xf32>
// CHECK-COUNT-4: vector.fma %[[WIDE]]
func.func @stored(%v: memref<?x24xbf16>, %p: memref<?x4xf32>, %o: memref<24x4xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (k, m)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%v, %p : memref<?x24xbf16>, memref<?x4xf32>) outs(%o : memref<24x4xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 4], tile = [12, 4]>} {
  ^bb0(%l: bf16, %r: f32, %acc: f32):
    %w = arith.extf %l : bf16 to f32
    %t = arith.mulf %w, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}

// Rows that are no whole vectors: as other products.
// CHECK-LABEL: func @ragged(
// CHECK:         vector.fma {{.*}} : vector<4xf32>
func.func @ragged(%v: memref<?x20xf32>, %p: memref<?x4xf32>, %o: memref<20x4xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n) -> (k, m)>, affine_map<(m, k, n) -> (k, n)>, affine_map<(m, k, n) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%v, %p : memref<?x20xf32>, memref<?x4xf32>) outs(%o : memref<20x4xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 4], tile = [12, 4]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %a = arith.addf %acc, %t : f32
    linalg.yield %a : f32
  }
  return
}
}
