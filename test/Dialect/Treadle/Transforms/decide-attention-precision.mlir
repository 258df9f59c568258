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
