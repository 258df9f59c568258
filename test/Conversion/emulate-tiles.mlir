// RUN: treadle-opt %s --treadle-emulate-tiles --canonicalize --split-input-file | FileCheck %s

// Without the feature a tile is a vector; sums of even and of odd k are each made on their own.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, tile = amx_bf16>} {
// CHECK-LABEL: func @product(
// CHECK-SAME:    %[[A:[^:]*]]: memref<16x64xbf16>, %[[B:[^:]*]]: memref<32x32xbf16>, %[[C:[^:]*]]: memref<16x1x48xf32>
// CHECK-NOT:     amx.
// CHECK-COUNT-3: memref.alloca()
// The sums' rows are 48 apart, and begin at the given element.
// CHECK:         %[[ROWS:.*]] = memref.reinterpret_cast %[[C]] to offset: [16], sizes: [16, 16], strides: [48, 1]
// CHECK-COUNT-16: vector.load %[[ROWS]]
// CHECK:         scf.for {{.*}} iter_args({{.*}}) -> (vector<16x16xf32>)
// CHECK:           memref.reinterpret_cast %[[A]] to offset: [%{{.*}}], sizes: [16, 32], strides: [64, 1]
// CHECK:           memref.reinterpret_cast %[[B]] to offset: [%{{.*}}], sizes: [16, 32], strides: [32, 1]
// CHECK:           scf.for %[[M:[a-z0-9]+]] = %c0 to %c16
// CHECK:             scf.for %[[K:[a-z0-9]+]] = %c0 to %c16 {{.*}} -> (vector<16xf32>, vector<16xf32>)
// CHECK:               %[[PAIRS:.*]] = vector.load %{{.*}}[%[[K]], %c0] : memref<16x16xi32>, vector<16xi32>
// CHECK:               arith.shli
// CHECK-COUNT-2:       vector.fma
// CHECK:             arith.addf
// CHECK:             arith.addf
// CHECK:         vector.store
// CHECK-NOT:     amx.
// CHECK:         return
func.func @product(%a: memref<16x64xbf16>, %b: memref<32x32xbf16>, %c: memref<16x1x48xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c48 = arith.constant 48 : index
  %sum = amx.tile_load %c[%c0, %c0, %c16], %c48 : memref<16x1x48xf32> into !amx.tile<16x16xf32>
  %r = scf.for %k = %c0 to %c32 step %c16 iter_args(%s = %sum) -> !amx.tile<16x16xf32> {
    %e = arith.muli %k, %c2 : index
    %x = amx.tile_load %a[%c0, %e] : memref<16x64xbf16> into !amx.tile<16x32xbf16>
    %y = amx.tile_load %b[%k, %c0] : memref<32x32xbf16> into !amx.tile<16x32xbf16>
    %n = amx.tile_mulf %x, %y, %s : !amx.tile<16x32xbf16>, !amx.tile<16x32xbf16>, !amx.tile<16x16xf32>
    scf.yield %n : !amx.tile<16x16xf32>
  }
  amx.tile_store %c[%c0, %c0, %c16], %r, %c48 : memref<16x1x48xf32>, !amx.tile<16x16xf32>
  return
}
}

// -----

// With it they are registers.
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+amx-tile,+amx-bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, tile = amx_bf16>} {
// CHECK-LABEL: func @zeros(
// CHECK:         amx.tile_zero
// CHECK:         amx.tile_store
func.func @zeros(%c: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %z = amx.tile_zero : !amx.tile<16x16xf32>
  amx.tile_store %c[%c0, %c0], %z : memref<16x16xf32>, !amx.tile<16x16xf32>
  return
}
}
