// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse --split-input-file | FileCheck %s

// 12 rows of 2 vectors for AVX-512: 24 accumulators, which the loop over the reduction carries.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @avx512(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x64xf32>, %[[W:[^:]*]]: memref<1x64x32xf32>, %[[Y:[^:]*]]: memref<?x1x32xf32>
// CHECK-NOT:     linalg
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C12:.*]] = arith.constant 12 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK:         scf.for %[[M:[a-z0-9]+]] = %[[C0]] to %{{.*}} step %[[C12]]
// One address for the tile's rows, so that they need one register.
// CHECK:           %[[ROWS:.*]] = memref.subview %[[X]][%[[M]], 0] [12, 64]
// The tile's share of the next panel begins at step 64 M / rows, and each step asks for 12 of rows of its columns.
// CHECK:           %[[DONE:.*]] = arith.muli %[[M]], %[[C64]]
// CHECK:           %[[SHARE:.*]] = arith.divui %[[DONE]], %[[COUNT:.*]]
// CHECK:           %[[PIECE:.*]] = arith.ceildivui %c384, %[[COUNT]]
// CHECK:           %[[SUMS:.*]]:24 = scf.for %[[K:[a-z0-9]+]] = %[[C0]] to %[[C64]]
// CHECK-NEXT:        %[[AHEAD:.*]] = arith.muli %[[K]], %[[PIECE]]
// CHECK-NEXT:        memref.prefetch %[[W]][%[[C1]], %[[SHARE]], %[[AHEAD]]], read, locality<3>, data
// CHECK-NEXT:        %[[LINE:.*]] = arith.addi %[[AHEAD]], %[[C16]]
// CHECK-NEXT:        memref.prefetch %[[W]][%[[C1]], %[[SHARE]], %[[LINE]]], read, locality<3>, data
// CHECK-NEXT:        %[[W0:.*]] = vector.load %[[W]][%[[C0]], %[[K]], %[[C0]]]
// CHECK-NEXT:        %[[W1:.*]] = vector.load %[[W]][%[[C0]], %[[K]], %[[C16]]]
// CHECK-NEXT:        %[[E:.*]] = memref.load %[[ROWS]][%[[C0]], %[[K]]]
// CHECK-NEXT:        %[[B:.*]] = vector.broadcast %[[E]]
// CHECK-NEXT:        vector.fma %[[B]], %[[W0]], %{{.*}} : vector<16xf32>
// CHECK-NEXT:        vector.fma %[[B]], %[[W1]], %{{.*}} : vector<16xf32>
// CHECK-NEXT:        memref.load %[[ROWS]][%[[C1]], %[[K]]]
// CHECK-COUNT-22:    vector.fma {{.*}} : vector<16xf32>
// CHECK-NOT:         vector.fma
// CHECK-NOT:         {{vector|memref}}.{{load|store}}
// CHECK:             scf.yield
// The fill is gone: sums begin at zero, and the result is not read.
// CHECK-NOT:       vector.load
// CHECK:           vector.store %[[SUMS]]#0, %[[Y]][%[[M]], %[[C0]], %[[C0]]]
// CHECK-COUNT-23:  vector.store
// Rows that do not fill a tile. Few leave the next panel to the hardware.
// CHECK:           :16 = scf.for {{.*}} to %[[C64]]
// CHECK:             memref.prefetch
// CHECK:           :8 = scf.for {{.*}} to %[[C64]]
// CHECK-NOT:         memref.prefetch
// CHECK:           :4 = scf.for {{.*}} to %[[C64]]
// CHECK-NOT:         memref.prefetch
// CHECK:           :2 = scf.for {{.*}} to %[[C64]]
// CHECK-NOT:     {{scf.for|memref.prefetch}}
func.func @avx512(%x: memref<?x64xf32>, %w: memref<1x64x32xf32>, %y: memref<?x1x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<?x1x32xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x64xf32>, memref<1x64x32xf32>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
}

// -----

// 6 rows of 2 vectors for AVX2. Without a fill, what is there is added once, after the sum.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @avx2(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x64xf32>, %[[W:[^:]*]]: memref<1x64x16xf32>, %[[Y:[^:]*]]: memref<?x1x16xf32>
// CHECK:         %[[SUMS:.*]]:12 = scf.for
// CHECK-COUNT-12:  vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT:       vector.fma
// CHECK:           scf.yield
// CHECK:         %[[BEFORE:.*]] = vector.load %[[Y]]
// CHECK:         %[[AFTER:.*]] = arith.addf %[[BEFORE]], %[[SUMS]]#0
// CHECK:         vector.store %[[AFTER]], %[[Y]]
// CHECK:         :8 = scf.for
// CHECK:         :4 = scf.for
// CHECK:         :2 = scf.for
// CHECK-NOT:     scf.for
func.func @avx2(%x: memref<?x64xf32>, %w: memref<1x64x16xf32>, %y: memref<?x1x16xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x64xf32>, memref<1x64x16xf32>) outs(%y : memref<?x1x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 16], tile = [6, 16]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
}

// -----

// A fill with something else than zero stays, and is added to.
#left = affine_map<(m, k, n) -> (m, k)>
#right = affine_map<(m, k, n) -> (k, n)>
#made = affine_map<(m, k, n) -> (m, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @filled(
// CHECK:         vector.store %{{.*}} : memref<4x16xf32>, vector<16xf32>
// CHECK:         :4 = scf.for
// CHECK:         vector.load {{.*}} : memref<4x16xf32>, vector<8xf32>
func.func @filled(%x: memref<4x64xf32>, %w: memref<64x16xf32>, %y: memref<4x16xf32>) {
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%y : memref<4x16xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<4x64xf32>, memref<64x16xf32>) outs(%y : memref<4x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [4, 16], tile = [2, 16]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
}
