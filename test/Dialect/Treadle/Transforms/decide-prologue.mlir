// RUN: split-file %s %t
// RUN: cat %t/vectors.mlir %t/body.mlir | treadle-opt --treadle-decide=remarks 2>&1 | FileCheck %s --check-prefixes=CHECK,VECTORS
// RUN: cat %t/tiles.mlir %t/body.mlir | treadle-opt --treadle-decide | FileCheck %s --check-prefixes=CHECK,TILES

// Half of the second cache holds eight tiles of such rows, so blocks make them, for all panels; nothing is left
// for a group of rows.
// VECTORS: remark: made: product, ? x 192 x 2 by 3 x 192 x 32 x 2: {{.*}} 192 rows, which are 144 KiB, of 1024 KiB of L2, are made in a block for all of its panels
// CHECK-LABEL: func @made(
// CHECK-NOT:     treadle.rows
// VECTORS:       #treadle.product<block = [192, 96], tile = [12, 32], reduction = 384>
// TILES:         #treadle.product<block = [512, 96], tile = [32, 32], reduction = 384, unit = amx_bf16>

// Of these it holds less, unless there are few to make.
// CHECK-LABEL: func @long(
// CHECK:         #treadle.rows
// CHECK:         #treadle.product
// CHECK-LABEL: func @few(
// VECTORS-NOT:   treadle.rows
// VECTORS:       #treadle.product<block = [24, 96], tile = [12, 32], reduction = 8192>
// CHECK-LABEL: func @given(

// Rows that are there, and are not made, stay where they are.
// VECTORS:       #treadle.product<block = [192, 32], tile = [12, 32]>
// TILES:         #treadle.product<block = [512, 32], tile = [32, 32], unit = amx_bf16>

// What ends a product of its own is made with that.
// CHECK-LABEL: func @epilogue(
// CHECK:         #treadle.product
// VECTORS:       #treadle.product<block = [192, 32], tile = [12, 32]>
// TILES:         #treadle.product<block = [512, 32], tile = [32, 32], unit = amx_bf16>

//--- vectors.mlir
module attributes {treadle.target = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, dot = vdpbf16ps>} {
//--- tiles.mlir
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+amx-tile,+amx-bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, tile = amx_bf16>} {
//--- body.mlir
func.func @made(%x: tensor<?x384xf32>, %w: tensor<3x192x32x2xbf16>, %init: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x384xf32>
  %e = tensor.empty(%m) : tensor<?x384xbf16>
  %r = linalg.generic
      {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x384xf32>) outs(%e : tensor<?x384xbf16>) {
  ^bb0(%v: f32, %o: bf16):
    %t = arith.truncf %v : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x384xbf16>
  %p = tensor.expand_shape %r [[0], [1, 2]] output_shape [%m, 192, 2] : tensor<?x384xbf16> into tensor<?x192x2xbf16>
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n, i) -> (m, k, i)>, affine_map<(m, p, k, n, i) -> (p, k, n, i)>,
                        affine_map<(m, p, k, n, i) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%p, %w : tensor<?x192x2xbf16>, tensor<3x192x32x2xbf16>) outs(%init : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r2: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r2 : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %y : tensor<?x3x32xf32>
}
func.func @long(%x: tensor<?x8192xf32>, %w: tensor<3x4096x32x2xbf16>, %init: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x8192xf32>
  %e = tensor.empty(%m) : tensor<?x8192xbf16>
  %r = linalg.generic
      {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8192xf32>) outs(%e : tensor<?x8192xbf16>) {
  ^bb0(%v: f32, %o: bf16):
    %t = arith.truncf %v : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x8192xbf16>
  %p = tensor.expand_shape %r [[0], [1, 2]] output_shape [%m, 4096, 2] : tensor<?x8192xbf16> into tensor<?x4096x2xbf16>
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n, i) -> (m, k, i)>, affine_map<(m, p, k, n, i) -> (p, k, n, i)>,
                        affine_map<(m, p, k, n, i) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%p, %w : tensor<?x4096x2xbf16>, tensor<3x4096x32x2xbf16>) outs(%init : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r2: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r2 : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %y : tensor<?x3x32xf32>
}
func.func @few(%x: tensor<16x8192xf32>, %w: tensor<3x4096x32x2xbf16>, %init: tensor<16x3x32xf32>) -> tensor<16x3x32xf32> {
  %e = tensor.empty() : tensor<16x8192xbf16>
  %r = linalg.generic
      {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<16x8192xf32>) outs(%e : tensor<16x8192xbf16>) {
  ^bb0(%v: f32, %o: bf16):
    %t = arith.truncf %v : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<16x8192xbf16>
  %p = tensor.expand_shape %r [[0], [1, 2]] output_shape [16, 4096, 2] : tensor<16x8192xbf16> into tensor<16x4096x2xbf16>
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n, i) -> (m, k, i)>, affine_map<(m, p, k, n, i) -> (p, k, n, i)>,
                        affine_map<(m, p, k, n, i) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%p, %w : tensor<16x4096x2xbf16>, tensor<3x4096x32x2xbf16>) outs(%init : tensor<16x3x32xf32>) {
  ^bb0(%l: bf16, %r2: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r2 : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<16x3x32xf32>
  return %y : tensor<16x3x32xf32>
}
func.func @given(%r: tensor<?x384xbf16>, %w: tensor<3x192x32x2xbf16>, %init: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %r, %c0 : tensor<?x384xbf16>
  %p = tensor.expand_shape %r [[0], [1, 2]] output_shape [%m, 192, 2] : tensor<?x384xbf16> into tensor<?x192x2xbf16>
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n, i) -> (m, k, i)>, affine_map<(m, p, k, n, i) -> (p, k, n, i)>,
                        affine_map<(m, p, k, n, i) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%p, %w : tensor<?x192x2xbf16>, tensor<3x192x32x2xbf16>) outs(%init : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r2: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r2 : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %y : tensor<?x3x32xf32>
}
func.func @epilogue(%x: tensor<?x64xf32>, %v: tensor<64x384xf32>, %y0: tensor<?x384xf32>, %w: tensor<3x192x32x2xbf16>, %init: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %h = linalg.generic
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %v : tensor<?x64xf32>, tensor<64x384xf32>) outs(%y0 : tensor<?x384xf32>) {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %acc, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x384xf32>
  %e = tensor.empty(%m) : tensor<?x384xbf16>
  %r = linalg.generic
      {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>], iterator_types = ["parallel", "parallel"]}
      ins(%h : tensor<?x384xf32>) outs(%e : tensor<?x384xbf16>) {
  ^bb0(%a: f32, %o: bf16):
    %t = arith.truncf %a : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x384xbf16>
  %p = tensor.expand_shape %r [[0], [1, 2]] output_shape [%m, 192, 2] : tensor<?x384xbf16> into tensor<?x192x2xbf16>
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n, i) -> (m, k, i)>, affine_map<(m, p, k, n, i) -> (p, k, n, i)>,
                        affine_map<(m, p, k, n, i) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%p, %w : tensor<?x192x2xbf16>, tensor<3x192x32x2xbf16>) outs(%init : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r2: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r2 : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %y : tensor<?x3x32xf32>
}
}
