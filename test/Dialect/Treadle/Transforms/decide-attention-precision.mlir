// RUN: treadle-opt %s --treadle-decide --split-input-file | FileCheck %s

#q = affine_map<(h, m, n, d, e) -> (h, m, d)>
#k = affine_map<(h, m, n, d, e) -> (h, n, d)>
#v = affine_map<(h, m, n, d, e) -> (h, n, e)>
#o = affine_map<(h, m, n, d, e) -> (h, m, e)>
module attributes {treadle.precision = #treadle.precision<bf16>, treadle.target = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, dot = vdpbf16ps>} {
// Two blocks of queries share what is made of keys.
// CHECK-LABEL: func @many(
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12, precision = bf16, blocks = 2>)
func.func @many(%q: tensor<8x?x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x?x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x?x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x?x64xf32>
  return %o : tensor<8x?x64xf32>
}
// There is but one.
// CHECK-LABEL: func @block(
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12, precision = bf16>)
func.func @block(%q: tensor<8x32x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x32x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x32x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x32x64xf32>
  return %o : tensor<8x32x64xf32>
}
// One vector of queries uses what would be rounded for it once.
// CHECK-LABEL: func @few(
// CHECK:         plan(#treadle.attention_plan<queries = 4, keys = 64, tileRows = 28>)
func.func @few(%q: tensor<8x4x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x4x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x4x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x4x64xf32>
  return %o : tensor<8x4x64xf32>
}
}

// -----

// Without an instruction for pairs.
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>)
#q = affine_map<(h, m, n, d, e) -> (h, m, d)>
#k = affine_map<(h, m, n, d, e) -> (h, n, d)>
#v = affine_map<(h, m, n, d, e) -> (h, n, e)>
#o = affine_map<(h, m, n, d, e) -> (h, m, e)>
module attributes {treadle.precision = #treadle.precision<bf16>, treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
func.func @many(%q: tensor<8x?x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x?x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x?x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x?x64xf32>
  return %o : tensor<8x?x64xf32>
}
}

// -----

#q = affine_map<(h, m, n, d, e) -> (h, m, d)>
#k = affine_map<(h, m, n, d, e) -> (h, n, d)>
#v = affine_map<(h, m, n, d, e) -> (h, n, e)>
#o = affine_map<(h, m, n, d, e) -> (h, m, e)>
module attributes {treadle.precision = #treadle.precision<bf16>, treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+amx-tile,+amx-bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, tile = amx_bf16>} {
// On tiles: four blocks share what is made of keys, whatever the number of components is.
// CHECK-LABEL: func @many_on_tiles(
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 32, precision = bf16, blocks = 4, unit = amx_bf16>)
func.func @many_on_tiles(%q: tensor<8x?x20xf32>, %k: tensor<8x?x20xf32>) -> tensor<8x?x20xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x?x20xf32>, tensor<8x?x20xf32>, tensor<8x?x20xf32>) -> tensor<8x?x20xf32>
  return %o : tensor<8x?x20xf32>
}
// As many as there are.
// CHECK-LABEL: func @two_on_tiles(
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 32, precision = bf16, blocks = 2, unit = amx_bf16>)
func.func @two_on_tiles(%q: tensor<8x40x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x40x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x40x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x40x64xf32>
  return %o : tensor<8x40x64xf32>
}
// As many as half of the second cache has room for.
// CHECK-LABEL: func @wide(
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 32, precision = bf16, blocks = 3, unit = amx_bf16>)
func.func @wide(%q: tensor<8x?x1024xf32>, %k: tensor<8x?x1024xf32>) -> tensor<8x?x1024xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x?x1024xf32>, tensor<8x?x1024xf32>, tensor<8x?x1024xf32>) -> tensor<8x?x1024xf32>
  return %o : tensor<8x?x1024xf32>
}
// One register of queries.
// CHECK-LABEL: func @register(
// CHECK:         plan(#treadle.attention_plan<queries = 16, keys = 128, tileRows = 32, precision = bf16, unit = amx_bf16>)
func.func @register(%q: tensor<8x9x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x9x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x9x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x9x64xf32>
  return %o : tensor<8x9x64xf32>
}
// Not half of one.
// CHECK-LABEL: func @half(
// CHECK:         plan(#treadle.attention_plan<queries = 8, keys = 64, tileRows = 28>)
func.func @half(%q: tensor<8x8x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x8x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x8x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x8x64xf32>
  return %o : tensor<8x8x64xf32>
}
}

// -----

// Tiles multiply no f32.
// CHECK:         plan(#treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>)
#q = affine_map<(h, m, n, d, e) -> (h, m, d)>
#k = affine_map<(h, m, n, d, e) -> (h, n, d)>
#v = affine_map<(h, m, n, d, e) -> (h, n, e)>
#o = affine_map<(h, m, n, d, e) -> (h, m, e)>
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+amx-tile,+amx-bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, tile = amx_bf16>} {
func.func @exact(%q: tensor<8x?x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x?x64xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x?x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x?x64xf32>
  return %o : tensor<8x?x64xf32>
}
}

// -----

// Queries that were not widened are no factors of bf16.
// CHECK-LABEL: func @narrow(
// CHECK:         plan(#treadle.attention_plan<queries = 64, keys = 128, tileRows = 12>)
#q = affine_map<(h, m, n, d, e) -> (h, m, d)>
#k = affine_map<(h, m, n, d, e) -> (h, n, d)>
#v = affine_map<(h, m, n, d, e) -> (h, n, e)>
#o = affine_map<(h, m, n, d, e) -> (h, m, e)>
module attributes {treadle.precision = #treadle.precision<bf16>, treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+amx-tile,+amx-bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, tile = amx_bf16>} {
func.func @narrow(%q: tensor<8x?x64xf16>, %k: tensor<8x?x64xf16>) -> tensor<8x?x64xf16> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) indexing_maps = [#q, #k, #v, #o]
      : (tensor<8x?x64xf16>, tensor<8x?x64xf16>, tensor<8x?x64xf16>) -> tensor<8x?x64xf16>
  return %o : tensor<8x?x64xf16>
}
}
