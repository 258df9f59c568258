// RUN: split-file %s %t
// RUN: cat %t/avx512.mlir %t/body.mlir | treadle-opt --treadle-decide | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: cat %t/avx2.mlir %t/body.mlir | treadle-opt --treadle-decide | FileCheck %s --check-prefixes=CHECK,AVX2

// Two vectors by as many rows as there are registers left for accumulators; rows of a block
// fill half of the second cache with what the reduction reads: 2^20/2 / (64 * 4) is more than
// the sixteen tiles that are the most. Two cores share them.

// CHECK-LABEL: func @product(
// AVX512:        treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32], threads = 2>
// AVX2:          treadle.lowering = #treadle.product<block = [96, 16], tile = [6, 16]>

// Rows of 4096 numbers lie a multiple of 4096 bytes apart: they are brought into the thread's memory, a
// quarter of the second cache at a time, and used for more than one panel: a quarter of the 32 for two cores.
// CHECK-LABEL: func @aliased(
// AVX512:        treadle.lowering = #treadle.product<block = [120, 256], tile = [12, 32], reduction = 512, threads = 2>
// AVX2:          treadle.lowering = #treadle.product<block = [60, 256], tile = [6, 32], reduction = 1024>

// So are rows of which the second cache does not hold eight tiles.
// CHECK-LABEL: func @long(
// AVX512:        treadle.lowering = #treadle.product<block = [120, 96], tile = [12, 32], reduction = 512, threads = 2>
// AVX2:          treadle.lowering = #treadle.product<block = [30, 32], tile = [6, 32]>

// 32768/2 / (512 * 4) rows of a norm; its three operations have one decision.
// CHECK-LABEL: func @rows(
// CHECK:         linalg.generic
// CHECK-NOT:     treadle.lowering
// CHECK:         linalg.generic {{.*}}treadle.lowering = #treadle.rows<block = 8>

// CHECK-LABEL: func @attention(
// AVX512:        plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>)
// AVX2:          plan(#treadle.attention_plan<queries = 16, keys = 128, tileRows = 6>)

// No more lanes than queries need; where they are less than a vector has, tiles have half of the keys.
// CHECK-LABEL: func @few_queries(
// AVX512:        plan(#treadle.attention_plan<queries = 4, keys = 64, tileRows = 28>)
// AVX512:        plan(#treadle.attention_plan<queries = 8, keys = 64, tileRows = 28>)
// AVX512:        plan(#treadle.attention_plan<queries = 16, keys = 128, tileRows = 28>)
// AVX2:          plan(#treadle.attention_plan<queries = 4, keys = 64, tileRows = 12>)
// AVX2:          plan(#treadle.attention_plan<queries = 8, keys = 128, tileRows = 12>)
// AVX2:          plan(#treadle.attention_plan<queries = 16, keys = 128, tileRows = 6>)

// What a user wrote stays.
// CHECK-LABEL: func @user(
// CHECK:         treadle.lowering = #treadle.product<block = [7, 16], tile = [7, 16]>
// CHECK:         plan(#treadle.attention_plan<queries = 8, keys = 9, tileRows = 3>)

// Rows of less than a byte are rows.
// CHECK-LABEL: func @booleans(
// CHECK:         treadle.lowering = #treadle.rows<block = 16>

// CHECK-LABEL: func @prepared(
// CHECK-NOT:     treadle.lowering

//--- avx512.mlir
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, cores = 2>} {
func.func @product(%x: tensor<?x64xf32>, %w: tensor<4x64x32xf32>, %init: tensor<?x4x32xf32>) -> tensor<?x4x32xf32> {
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n) -> (m, k)>, affine_map<(m, p, k, n) -> (p, k, n)>,
                        affine_map<(m, p, k, n) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x64xf32>, tensor<4x64x32xf32>) outs(%init : tensor<?x4x32xf32>) {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x4x32xf32>
  return %y : tensor<?x4x32xf32>
}
//--- avx2.mlir
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
func.func @product(%x: tensor<?x64xf32>, %w: tensor<4x64x16xf32>, %init: tensor<?x4x16xf32>) -> tensor<?x4x16xf32> {
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n) -> (m, k)>, affine_map<(m, p, k, n) -> (p, k, n)>,
                        affine_map<(m, p, k, n) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x64xf32>, tensor<4x64x16xf32>) outs(%init : tensor<?x4x16xf32>) {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x4x16xf32>
  return %y : tensor<?x4x16xf32>
}
//--- body.mlir
func.func @aliased(%x: tensor<?x4096xf32>, %w: tensor<32x4096x32xf32>, %init: tensor<?x32x32xf32>) -> tensor<?x32x32xf32> {
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n) -> (m, k)>, affine_map<(m, p, k, n) -> (p, k, n)>,
                        affine_map<(m, p, k, n) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x4096xf32>, tensor<32x4096x32xf32>) outs(%init : tensor<?x32x32xf32>) {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x32x32xf32>
  return %y : tensor<?x32x32xf32>
}
func.func @long(%x: tensor<?x4090xf32>, %w: tensor<12x4090x32xf32>, %init: tensor<?x12x32xf32>) -> tensor<?x12x32xf32> {
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n) -> (m, k)>, affine_map<(m, p, k, n) -> (p, k, n)>,
                        affine_map<(m, p, k, n) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x4090xf32>, tensor<12x4090x32xf32>) outs(%init : tensor<?x12x32xf32>) {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x12x32xf32>
  return %y : tensor<?x12x32xf32>
}
func.func @rows(%x: tensor<?x512xf32>, %sums: tensor<?xf32>) -> tensor<?x512xf32> {
  %sum = linalg.generic
      {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>],
       iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x512xf32>) outs(%sums : tensor<?xf32>) {
  ^bb0(%i: f32, %acc: f32):
    %s = arith.addf %acc, %i : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, n) -> (m)>, affine_map<(m, n) -> (m, n)>],
       iterator_types = ["parallel", "parallel"]}
      ins(%sum : tensor<?xf32>) outs(%x : tensor<?x512xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.divf %o, %i : f32
    linalg.yield %s : f32
  } -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}
func.func @attention(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  return %o : tensor<?x16xf32>
}
func.func @few_queries(%q3: tensor<3x16xf32>, %q8: tensor<8x16xf32>, %q9: tensor<9x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>)
    -> (tensor<3x16xf32>, tensor<8x16xf32>, tensor<9x16xf32>) {
  %o3 = treadle.attention scaled_dot queries(%q3) keys(%k) values(%v)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<3x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<3x16xf32>
  %o8 = treadle.attention scaled_dot queries(%q8) keys(%k) values(%v)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<8x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<8x16xf32>
  %o9 = treadle.attention scaled_dot queries(%q9) keys(%k) values(%v)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<9x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<9x16xf32>
  return %o3, %o8, %o9 : tensor<3x16xf32>, tensor<8x16xf32>, tensor<9x16xf32>
}
func.func @user(%x: tensor<?x64xf32>, %w: tensor<1x64x16xf32>, %init: tensor<?x1x16xf32>,
                %q: tensor<?x16xf32>) -> (tensor<?x1x16xf32>, tensor<?x16xf32>) {
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, p, k, n) -> (m, k)>, affine_map<(m, p, k, n) -> (p, k, n)>,
                        affine_map<(m, p, k, n) -> (m, p, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x64xf32>, tensor<1x64x16xf32>) outs(%init : tensor<?x1x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [7, 16], tile = [7, 16]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x1x16xf32>
  %o = treadle.attention scaled_dot queries(%q) keys(%q) values(%q)
      plan(#treadle.attention_plan<queries = 8, keys = 9, tileRows = 3>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  return %y, %o : tensor<?x1x16xf32>, tensor<?x16xf32>
}
func.func @booleans(%x: tensor<?x4xf32>, %m: tensor<?x4xi1>) -> tensor<?x4xi1> {
  %y = linalg.generic
      {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x4xf32>) outs(%m : tensor<?x4xi1>) {
  ^bb0(%i: f32, %o: i1):
    %s = arith.cmpf uno, %i, %i : f32
    linalg.yield %s : i1
  } -> tensor<?x4xi1>
  return %y : tensor<?x4xi1>
}
func.func @prepared(%x: tensor<8xf32>) -> tensor<8xf32> attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
}
