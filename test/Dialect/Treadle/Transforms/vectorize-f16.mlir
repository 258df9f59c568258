// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse --split-input-file | FileCheck %s

// Few rows: each vector of the panel is widened where it is loaded, once for all rows of the tile. From four tiles of
// rows on the whole panel is, into memory of the thread's.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @avx512(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x7xf32>, %[[W:[^:]*]]: memref<1x7x32xf16>, %[[Y:[^:]*]]: memref<?x1x32xf32>
// CHECK-NOT:     linalg
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C7:.*]] = arith.constant 7 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C48:.*]] = arith.constant 48 : index
// CHECK:         %[[WIDE:.*]] = memref.alloc() : memref<7x32xf32>
// CHECK:         %[[MANY:.*]] = arith.cmpi uge, %{{.*}}, %[[C48]]
// CHECK:         scf.if %[[MANY]] {
// CHECK:           scf.for %[[J:[a-z0-9]+]] = %[[C0]] to %[[C7]]
// CHECK-NEXT:        %[[F0:.*]] = vector.load %[[W]][%[[C0]], %[[J]], %[[C0]]] : {{.*}}, vector<16xf16>
// CHECK-NEXT:        %[[S0:.*]] = arith.extf %[[F0]]
// CHECK-NEXT:        %[[F1:.*]] = vector.load %[[W]][%[[C0]], %[[J]], %[[C16]]] : {{.*}}, vector<16xf16>
// CHECK-NEXT:        %[[S1:.*]] = arith.extf %[[F1]]
// CHECK-NEXT:        vector.store %[[S0]], %[[WIDE]][%[[J]], %[[C0]]]
// CHECK-NEXT:        vector.store %[[S1]], %[[WIDE]][%[[J]], %[[C16]]]
// CHECK-NEXT:      }
// CHECK:           :24 = scf.for %[[K:[a-z0-9]+]] = %[[C0]] to
// CHECK:             memref.prefetch %[[W]]
// CHECK-NEXT:        vector.load %[[WIDE]][%[[K]], %[[C0]]] : {{.*}}, vector<16xf32>
// CHECK-NEXT:        vector.load %[[WIDE]][%[[K]], %[[C16]]] : {{.*}}, vector<16xf32>
// CHECK-NOT:         arith.extf
// CHECK:         } else {
// CHECK:           %[[ROWS:.*]] = memref.subview %[[X]][%{{.*}}, 0] [12, 7]
// A row of the next panel is one line.
// CHECK:           :24 = scf.for %[[K:[a-z0-9]+]] = %[[C0]] to
// CHECK-NEXT:        %[[AHEAD:.*]] = arith.muli %[[K]]
// CHECK-NEXT:        memref.prefetch %[[W]][%{{.*}}, %{{.*}}, %[[AHEAD]]]
// CHECK-NEXT:        %[[H0:.*]] = vector.load %[[W]][%[[C0]], %[[K]], %[[C0]]] : {{.*}}, vector<16xf16>
// CHECK-NEXT:        %[[W0:.*]] = arith.extf %[[H0]] : vector<16xf16> to vector<16xf32>
// CHECK-NEXT:        %[[H1:.*]] = vector.load %[[W]][%[[C0]], %[[K]], %[[C16]]] : {{.*}}, vector<16xf16>
// CHECK-NEXT:        %[[W1:.*]] = arith.extf %[[H1]] : vector<16xf16> to vector<16xf32>
// CHECK-NEXT:        %[[E:.*]] = memref.load %[[ROWS]][%[[C0]], %[[K]]]
// CHECK-NEXT:        %[[B:.*]] = vector.broadcast %[[E]]
// CHECK-NEXT:        vector.fma %[[B]], %[[W0]], %{{.*}} : vector<16xf32>
// CHECK-NEXT:        vector.fma %[[B]], %[[W1]], %{{.*}} : vector<16xf32>
// CHECK-NOT:         arith.extf
// CHECK-COUNT-22:    vector.fma {{.*}} : vector<16xf32>
// CHECK-NOT:         {{vector.fma|arith.extf}}
// CHECK:             scf.yield
func.func @avx512(%x: memref<?x7xf32>, %w: memref<1x7x32xf16>, %y: memref<?x1x32xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x7xf32>, memref<1x7x32xf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f16, %acc: f32):
    %b = arith.extf %r : f16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// An element of the left operand may be narrow, too.
// CHECK-LABEL: func @both(
// CHECK:         %[[E:.*]] = memref.load {{.*}} : memref<12x7xf16
// CHECK-NEXT:    %[[WIDE:.*]] = arith.extf %[[E]] : f16 to f32
// CHECK-NEXT:    vector.broadcast %[[WIDE]] : f32 to vector<16xf32>
func.func @both(%x: memref<?x7xf16>, %w: memref<1x7x32xf16>, %y: memref<?x1x32xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x7xf16>, memref<1x7x32xf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>} {
  ^bb0(%l: f16, %r: f16, %acc: f32):
    %a = arith.extf %l : f16 to f32
    %b = arith.extf %r : f16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// A panel of unknown length has no place in a thread's memory, nor has one of 320 KiB.
// CHECK-LABEL: func @unknown(
// CHECK-NOT:     {{memref.alloc|scf.if}}
// CHECK:         arith.extf
// CHECK-NOT:     {{memref.alloc|scf.if}}
func.func @unknown(%x: memref<?x?xf32>, %w: memref<1x?x32xf16>, %y: memref<?x1x32xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x?xf32>, memref<1x?x32xf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f16, %acc: f32):
    %b = arith.extf %r : f16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
// CHECK-LABEL: func @long(
// CHECK-NOT:     {{memref.alloc|scf.if}}
// CHECK:         arith.extf
// CHECK-NOT:     {{memref.alloc|scf.if}}
func.func @long(%x: memref<?x2560xf32>, %w: memref<1x2560x32xf16>, %y: memref<?x1x32xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x2560xf32>, memref<1x2560x32xf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f16, %acc: f32):
    %b = arith.extf %r : f16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// What has to be narrowed is no product of f32: loops do what its body says.
// CHECK-LABEL: func @wide(
// CHECK-NOT:     vector.fma
// CHECK:         arith.truncf {{.*}} : vector<16xf64>
func.func @wide(%x: memref<?x7xf32>, %w: memref<1x7x32xf64>, %y: memref<?x1x32xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : memref<?x7xf32>, memref<1x7x32xf64>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f64, %acc: f32):
    %b = arith.truncf %r : f64 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}
}
