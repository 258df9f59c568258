// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse | FileCheck %s

#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+amx-tile,+amx-bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, tile = amx_bf16>} {
// Two tile registers of rows and two of columns: four products a step, whose sums are carried. Each begins with a zero of its own.
// CHECK-LABEL: func @tiles(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x64x2xbf16>, %[[W:[^:]*]]: memref<1x64x32x2xbf16>, %[[Y:[^:]*]]: memref<?x1x32xf32>
// CHECK-NOT:     linalg
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[ROWS:.*]] = memref.collapse_shape %[[X]] {{.*}} into memref<?x128xbf16>
// CHECK-DAG:     %[[PANEL:.*]] = memref.collapse_shape %[[W]] {{.*}} into memref<1x64x64xbf16>
// Rows that do not fill a tile are copied, once for all panels.
// CHECK-DAG:     %[[REST:.*]] = memref.alloc() : memref<16x160xbf16>
// CHECK-DAG:     %[[SUMS:.*]] = memref.alloc() : memref<16x1x32xf32>
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             vector.load %[[ROWS]]{{.*}} vector<32xbf16>
// CHECK:             vector.store {{.*}}, %[[REST]]
// CHECK:         scf.for %[[M:[a-z0-9]+]] = %[[C0]] to %{{.*}} step %[[C32]]
// CHECK-COUNT-4:   amx.tile_zero : !amx.tile<16x16xf32>
// CHECK:           %[[TILE:.*]] = arith.divui %[[M]], %[[C32]]
// CHECK:           %[[T:.*]]:4 = scf.for %[[K:[a-z0-9]+]] = %[[C0]] to %[[C64]] step %[[C16]] iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}, %[[D:.*]] = %{{.*}}) -> (!amx.tile<16x16xf32>
// CHECK-DAG:         %[[PAIR:.*]] = arith.muli %[[K]], %{{.*}}
// A tile of rows asks for one line in sixteen of the next panel.
// CHECK-DAG:         %[[NEXT:.*]] = arith.addi %[[K]], %[[C64]]
// CHECK-DAG:         %[[LINE:.*]] = arith.addi %[[NEXT]], %[[TILE]]
// CHECK-DAG:         memref.prefetch %[[PANEL]][%[[C0]], %[[LINE]], %[[C0]]], read, locality<2>
// CHECK-DAG:         memref.prefetch %[[PANEL]][%[[C0]], %[[LINE]], %[[C32]]], read, locality<2>
// CHECK-DAG:         %[[L0:.*]] = amx.tile_load %[[ROWS]][%[[M]], %[[PAIR]]] {{.*}} into !amx.tile<16x32xbf16>
// CHECK-DAG:         %[[SECOND:.*]] = arith.addi %[[M]], %[[C16]]
// CHECK-DAG:         %[[L1:.*]] = amx.tile_load %[[ROWS]][%[[SECOND]], %[[PAIR]]]
// CHECK-DAG:         %[[R0:.*]] = amx.tile_load %[[PANEL]][%[[C0]], %[[K]], %[[C0]]]
// CHECK-DAG:         %[[R1:.*]] = amx.tile_load %[[PANEL]][%[[C0]], %[[K]], %[[C32]]]
// CHECK:             amx.tile_mulf %[[L0]], %[[R0]], %[[A]]
// CHECK-NEXT:        amx.tile_mulf %[[L0]], %[[R1]], %[[B]]
// CHECK-NEXT:        amx.tile_mulf %[[L1]], %[[R0]], %[[C]]
// CHECK-NEXT:        amx.tile_mulf %[[L1]], %[[R1]], %[[D]]
// CHECK:           amx.tile_store %[[Y]][%[[M]], %[[C0]], %[[C0]]], %[[T]]#0, %[[C32]]
// CHECK:           amx.tile_store %[[Y]][%[[M]], %[[C0]], %[[C16]]], %[[T]]#1
// CHECK:           amx.tile_store %[[Y]][%{{.*}}, %[[C0]], %[[C0]]], %[[T]]#2
// CHECK:           amx.tile_store %[[Y]][%{{.*}}, %[[C0]], %[[C16]]], %[[T]]#3
// Sixteen rows, and then fewer.
// CHECK:         scf.for %{{.*}} = %{{.*}} to %{{.*}} step %[[C16]]
// CHECK:           :2 = scf.for
// CHECK:             amx.tile_load %[[ROWS]]
// CHECK:         scf.for %{{.*}} = %{{.*}} to %{{.*}} step %[[C16]]
// CHECK:           :2 = scf.for
// CHECK-NOT:         prefetch
// CHECK:             amx.tile_load %[[REST]][%[[C0]], %{{.*}}]
// CHECK:           amx.tile_store %[[SUMS]]
// CHECK:             vector.load %[[SUMS]]
// CHECK:             vector.store %{{.*}}, %[[Y]]
// CHECK-NOT:     amx
func.func @tiles(%x: memref<?x64x2xbf16>, %w: memref<1x64x32x2xbf16>, %y: memref<?x1x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<?x1x32xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x64x2xbf16>, memref<1x64x32x2xbf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [512, 32], tile = [32, 32], unit = amx_bf16>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// A depth: all rows are multiplied by a part of the panel before the next, and parts are added to zeros.
// CHECK-LABEL: func @depth(
// CHECK-SAME:    {{.*}}%[[Y:[^:,]*]]: memref<?x1x32xf32>
// CHECK:         vector.store %{{.*}}, %[[Y]]
// CHECK-NOT:     tile_zero
// CHECK:         scf.for %[[FIRST:[a-z0-9]+]] = %c0 to %c64 step %c32
// CHECK:           %[[LAST:.*]] = arith.addi %[[FIRST]], %c32
// CHECK:           scf.for
// CHECK-COUNT-4:     amx.tile_load %[[Y]]
// CHECK:             scf.for %{{.*}} = %[[FIRST]] to %{{.*}} step %c16
// CHECK-NOT:     tile_zero
func.func @depth(%x: memref<?x64x2xbf16>, %w: memref<1x64x32x2xbf16>, %y: memref<?x1x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<?x1x32xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x64x2xbf16>, memref<1x64x32x2xbf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [512, 32], tile = [32, 32], unit = amx_bf16, depth = 64>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// What is there is added to. A panel that is one register wide.
// CHECK-LABEL: func @narrow(
// CHECK-SAME:    {{.*}}%[[Y:[^:,]*]]: memref<?x1x16xf32>
// CHECK-NOT:     tile_zero
// CHECK-COUNT-2: amx.tile_load %[[Y]]
// CHECK:         :2 = scf.for
// CHECK-COUNT-2:   amx.tile_mulf
// CHECK-NOT:       amx.tile_mulf
// CHECK:           scf.yield
func.func @narrow(%x: memref<?x64x2xbf16>, %w: memref<1x64x16x2xbf16>, %y: memref<?x1x16xf32>) {
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x64x2xbf16>, memref<1x64x16x2xbf16>) outs(%y : memref<?x1x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [512, 16], tile = [32, 16], unit = amx_bf16>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// Rows that are known to fill tiles: there are no others.
// CHECK-LABEL: func @whole(
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for %{{.*}} = %c0 to %c64 step %c32
// CHECK-COUNT-4:   amx.tile_mulf
// CHECK-NOT:     amx.tile_mulf
// CHECK:         return
func.func @whole(%x: memref<64x64x2xbf16>, %w: memref<1x64x32x2xbf16>, %y: memref<64x1x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<64x1x32xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<64x64x2xbf16>, memref<1x64x32x2xbf16>) outs(%y : memref<64x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [64, 32], tile = [32, 32], unit = amx_bf16>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// A reduction that does not fill tiles is for vectors, whatever the decision says.
// CHECK-LABEL: func @no_tiles(
// CHECK-NOT:     amx
// CHECK:         vector.fma
func.func @no_tiles(%x: memref<?x20x2xbf16>, %w: memref<1x20x32x2xbf16>, %y: memref<?x1x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<?x1x32xf32>)
  linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : memref<?x20x2xbf16>, memref<1x20x32x2xbf16>) outs(%y : memref<?x1x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [512, 32], tile = [32, 32], unit = amx_bf16>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// One panel without a dimension for it, as attention has; a number of rows and of pairs that is a multiple of 32 and of 16,
// whatever it is. There are no other rows, and nothing lies behind what was just made.
// CHECK-LABEL: func @one_panel(
// CHECK-SAME:    %[[X:[^:]*]]: memref<128x64x2xbf16>, %[[W:[^:]*]]: memref<64x32x2xbf16>, %[[Y:[^:]*]]: memref<128x32xf32>, %[[N:[^:]*]]: index
// CHECK-DAG:     %[[ROWS:.*]] = arith.muli %[[N]], %c32
// CHECK-DAG:     %[[PAIRS:.*]] = arith.muli %[[N]], %c16
// CHECK-DAG:     %[[SUMS:.*]] = memref.subview %[[Y]][0, 0] [%[[ROWS]], 32]
// CHECK-NOT:     {{prefetch|memref.alloc}}
// CHECK:         scf.for %[[M:[a-z0-9]+]] = %c0 to %[[ROWS]] step %c32
// CHECK-COUNT-4:   amx.tile_load %[[SUMS]][
// CHECK:           :4 = scf.for %[[K:[a-z0-9]+]] = %c0 to %[[PAIRS]] step %c16
// CHECK:             amx.tile_load %{{.*}}[%[[M]], %{{.*}}] {{.*}} into !amx.tile<16x32xbf16>
// CHECK:             amx.tile_load %{{.*}}[%[[K]], %c32] {{.*}} into !amx.tile<16x32xbf16>
// CHECK-COUNT-4:     amx.tile_mulf
// CHECK-COUNT-4:   amx.tile_store
// CHECK-NOT:     {{amx.tile_|vector\.}}
func.func @one_panel(%x: memref<128x64x2xbf16>, %w: memref<64x32x2xbf16>, %y: memref<128x32xf32>, %n: index) {
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %rows = arith.muli %n, %c32 : index
  %pairs = arith.muli %n, %c16 : index
  %left = memref.subview %x[0, 0, 0] [%rows, %pairs, 2] [1, 1, 1] : memref<128x64x2xbf16> to memref<?x?x2xbf16, strided<[128, 2, 1]>>
  %right = memref.subview %w[0, 0, 0] [%pairs, 32, 2] [1, 1, 1] : memref<64x32x2xbf16> to memref<?x32x2xbf16, strided<[64, 2, 1]>>
  %sums = memref.subview %y[0, 0] [%rows, 32] [1, 1] : memref<128x32xf32> to memref<?x32xf32, strided<[32, 1]>>
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n, i) -> (m, k, i)>, affine_map<(m, k, n, i) -> (k, n, i)>, affine_map<(m, k, n, i) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel", "reduction"]}
      ins(%left, %right : memref<?x?x2xbf16, strided<[128, 2, 1]>>, memref<?x32x2xbf16, strided<[64, 2, 1]>>)
      outs(%sums : memref<?x32xf32, strided<[32, 1]>>)
      attrs = {treadle.lowering = #treadle.product<block = [128, 32], tile = [32, 32], unit = amx_bf16>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// Pairs of any number need not fill tiles.
// CHECK-LABEL: func @any_pairs(
// CHECK-NOT:     amx
// CHECK:         vector.fma
func.func @any_pairs(%left: memref<64x?x2xbf16>, %right: memref<?x32x2xbf16>, %sums: memref<64x32xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n, i) -> (m, k, i)>, affine_map<(m, k, n, i) -> (k, n, i)>, affine_map<(m, k, n, i) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel", "reduction"]}
      ins(%left, %right : memref<64x?x2xbf16>, memref<?x32x2xbf16>) outs(%sums : memref<64x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [128, 32], tile = [32, 32], unit = amx_bf16>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  }
  return
}

// Factors of rows that fill no tile are read where they are, if there is memory behind them: only their sums are copied.
// CHECK-LABEL: func @room(
// CHECK-SAME:    %[[X:[^:]*]]: memref<32x64x2xbf16>
// CHECK:         %[[LEFT:.*]] = memref.collapse_shape %{{.*}} into memref<20x128xbf16
// CHECK:         %[[SUMS:.*]] = memref.alloc() : memref<16x32xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         amx.tile_load %[[LEFT]][%c0,
// CHECK-COUNT-2: amx.tile_mulf
// CHECK:         amx.tile_load %[[LEFT]][%c16,
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-COUNT-2: amx.tile_store %[[SUMS]]
// CHECK:         vector.load %[[SUMS]]
func.func @room(%x: memref<32x64x2xbf16>, %w: memref<64x32x2xbf16>, %sums: memref<20x32xf32>) {
  %left = memref.subview %x[0, 0, 0] [20, 64, 2] [1, 1, 1] : memref<32x64x2xbf16> to memref<20x64x2xbf16, strided<[128, 2, 1]>>
  linalg.generic
      {indexing_maps = [affine_map<(m, k, n, i) -> (m, k, i)>, affine_map<(m, k, n, i) -> (k, n, i)>, affine_map<(m, k, n, i) -> (m, n)>],
       iterator_types = ["parallel", "reduction", "parallel", "reduction"]}
      ins(%left, %w : memref<20x64x2xbf16, strided<[128, 2, 1]>>, memref<64x32x2xbf16>) outs(%sums : memref<20x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [128, 32], tile = [32, 32], unit = amx_bf16>} {
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
