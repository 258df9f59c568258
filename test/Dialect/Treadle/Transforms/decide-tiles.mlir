// RUN: treadle-opt %s --treadle-decide | FileCheck %s

#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+amx-tile,+amx-bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, tile = amx_bf16>} {
// 2^20 / (2 * 384) rows are more than 512; a panel of 384 * 64 bytes is half of the first cache.
// CHECK-LABEL: func @fits(
// CHECK:         treadle.lowering = #treadle.product<block = [512, 32], tile = [32, 32], unit = amx_bf16>
func.func @fits(%x: tensor<?x192x2xbf16>, %w: tensor<3x192x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x192x2xbf16>, tensor<3x192x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %p : tensor<?x3x32xf32>
}

// Half of a panel is: all rows are multiplied by it before the other half.
// CHECK-LABEL: func @deep(
// CHECK:         treadle.lowering = #treadle.product<block = [512, 32], tile = [32, 32], unit = amx_bf16, depth = 384>
func.func @deep(%x: tensor<?x384x2xbf16>, %w: tensor<3x384x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x384x2xbf16>, tensor<3x384x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %p : tensor<?x3x32xf32>
}

// 2^20 / (2 * 2048) rows; for a block of one panel nothing is gained by bringing them together.
// CHECK-LABEL: func @few_panels(
// CHECK:         treadle.lowering = #treadle.product<block = [256, 32], tile = [32, 32], unit = amx_bf16, depth = 352>
func.func @few_panels(%x: tensor<?x1024x2xbf16>, %w: tensor<3x1024x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x1024x2xbf16>, tensor<3x1024x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %p : tensor<?x3x32xf32>
}

// For eight it is.
// CHECK-LABEL: func @many_panels(
// CHECK:         treadle.lowering = #treadle.product<block = [256, 256], tile = [32, 32], reduction = 352, unit = amx_bf16>
func.func @many_panels(%x: tensor<?x1024x2xbf16>, %w: tensor<64x1024x32x2xbf16>, %y: tensor<?x64x32xf32>) -> tensor<?x64x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x1024x2xbf16>, tensor<64x1024x32x2xbf16>) outs(%y : tensor<?x64x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x64x32xf32>
  return %p : tensor<?x64x32xf32>
}

// Rows of which 64 would fit.
// CHECK-LABEL: func @long(
// CHECK:         treadle.lowering = #treadle.product<block = [256, 32], tile = [32, 32], reduction = 384, unit = amx_bf16>
func.func @long(%x: tensor<?x4096x2xbf16>, %w: tensor<3x4096x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x4096x2xbf16>, tensor<3x4096x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %p : tensor<?x3x32xf32>
}

// A panel of half the width has half of the bytes.
// CHECK-LABEL: func @one_wide(
// CHECK:         treadle.lowering = #treadle.product<block = [512, 16], tile = [32, 16], unit = amx_bf16>
func.func @one_wide(%x: tensor<?x384x2xbf16>, %w: tensor<3x384x16x2xbf16>, %y: tensor<?x3x16xf32>) -> tensor<?x3x16xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x384x2xbf16>, tensor<3x384x16x2xbf16>) outs(%y : tensor<?x3x16xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x16xf32>
  return %p : tensor<?x3x16xf32>
}

// What is not bf16, and what does not fill tiles, is multiplied by vectors.
// CHECK-LABEL: func @f32(
// CHECK:         treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>
func.func @f32(%x: tensor<?x192x2xf32>, %w: tensor<3x192x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x192x2xf32>, tensor<3x192x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: f32, %r: bf16, %acc: f32):
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %l, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %p : tensor<?x3x32xf32>
}

// CHECK-LABEL: func @short(
// CHECK:         treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>
func.func @short(%x: tensor<?x20x2xbf16>, %w: tensor<3x20x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x20x2xbf16>, tensor<3x20x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %p : tensor<?x3x32xf32>
}

// CHECK-LABEL: func @narrow(
// CHECK:         treadle.lowering = #treadle.product<block = [192, 8], tile = [12, 8]>
func.func @narrow(%x: tensor<?x192x2xbf16>, %w: tensor<3x192x8x2xbf16>, %y: tensor<?x3x8xf32>) -> tensor<?x3x8xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x192x2xbf16>, tensor<3x192x8x2xbf16>) outs(%y : tensor<?x3x8xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x8xf32>
  return %p : tensor<?x3x8xf32>
}

// Where there is nothing to add up there are no tiles either.
// CHECK-LABEL: func @empty(
// CHECK:         treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>
func.func @empty(%x: tensor<?x0x2xbf16>, %w: tensor<3x0x32x2xbf16>, %y: tensor<?x3x32xf32>) -> tensor<?x3x32xf32> {
  %p = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x0x2xbf16>, tensor<3x0x32x2xbf16>) outs(%y : tensor<?x3x32xf32>) {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  return %p : tensor<?x3x32xf32>
}
}
