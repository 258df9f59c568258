// RUN: treadle-opt %s --treadle-to-linalg=precision=f16 --cse --split-input-file | FileCheck %s
// RUN: treadle-opt %s --treadle-to-linalg --cse --split-input-file | FileCheck %s --check-prefix=F32

// A weight of parameters lies in panels of f16, without pairs; what it multiplies and the bias stay f32.
// CHECK-DAG:   #[[SPLIT:.*]] = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
// CHECK-DAG:   #[[LEFT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2)>
// CHECK-DAG:   #[[RIGHT:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
// CHECK-DAG:   #[[MADE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK:       module attributes {{.*}}treadle.precision = #treadle.precision<f16>
// F32-NOT:     f16>
// F32:         func @parameters
#v4 = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>
module attributes {treadle.target = #v4} {
// CHECK-LABEL: func @parameters(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x7xf32>
// CHECK:         %[[W:.*]] = treadle.parameter "w"
// CHECK-DAG:     %[[PANELS:.*]] = tensor.expand_shape %[[W]] {{.*}} into tensor<3x32x7xf32>
// CHECK:         %[[PACKED:.*]] = linalg.generic {indexing_maps = [#[[SPLIT]], {{.*}} ins(%[[PANELS]] : tensor<3x32x7xf32>) outs(%{{.*}} : tensor<3x7x32xf16>)
// CHECK:           arith.truncf %{{.*}} : f32 to f16
// CHECK:         %[[Y:.*]] = linalg.generic {indexing_maps = [#[[LEFT]], #[[RIGHT]], #[[MADE]]], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
// CHECK-SAME:      ins(%[[X]], %[[PACKED]] : tensor<?x7xf32>, tensor<3x7x32xf16>) outs(%{{.*}} : tensor<?x3x32xf32>)
// CHECK-NEXT:    ^bb0(%[[L:.*]]: f32, %[[R:.*]]: f16, %[[SUM:.*]]: f32):
// CHECK-NEXT:      %[[WIDE:.*]] = arith.extf %[[R]] : f16 to f32
// CHECK-NEXT:      %[[T:.*]] = arith.mulf %[[L]], %[[WIDE]] : f32
// CHECK-NEXT:      arith.addf %[[SUM]], %[[T]] : f32
// CHECK:         linalg.generic {{.*}} ins(%[[Y]], %{{.*}} : tensor<?x3x32xf32>, tensor<3x32xf32>)
func.func @parameters(%x: tensor<?x7xf32>) -> tensor<?x96xf32> {
  %w = treadle.parameter "w" : tensor<96x7xf32>
  %b = treadle.parameter "b" : tensor<96xf32>
  %y = treadle.linear %x, %w bias(%b) : (tensor<?x7xf32>, tensor<96x7xf32>, tensor<96xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// Outputs that fill no panel are padded before they are rounded.
// CHECK-LABEL: func @padded(
// CHECK:         tensor.insert_slice {{.*}} : tensor<90x7xf32> into tensor<96x7xf32>
// CHECK:         ins(%{{.*}} : tensor<3x32x7xf32>) outs(%{{.*}} : tensor<3x7x32xf16>)
func.func @padded(%x: tensor<?x7xf32>) -> tensor<?x90xf32> {
  %w = treadle.parameter "w" : tensor<90x7xf32>
  %y = treadle.linear %x, %w : (tensor<?x7xf32>, tensor<90x7xf32>) -> tensor<?x90xf32>
  return %y : tensor<?x90xf32>
}
// A layer's.
// CHECK-LABEL: func @family(
// CHECK:         ins(%{{.*}}, %{{.*}} : tensor<?x7xf32>, tensor<3x7x32xf16>)
func.func @family(%x: tensor<?x7xf32>, %i: index) -> tensor<?x96xf32> {
  %w = treadle.parameter "layer.{}.w"[%i of 4] : tensor<96x7xf32>
  %y = treadle.linear %x, %w : (tensor<?x7xf32>, tensor<96x7xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// These are not made with the artifact: what a caller gives, what two layers have, what no parameter is in.
// CHECK-LABEL: func @given(
// CHECK-NOT:     f16
// CHECK:         return
func.func @given(%x: tensor<?x7xf32>, %w: tensor<96x7xf32>) -> tensor<?x96xf32> {
  %y = treadle.linear %x, %w : (tensor<?x7xf32>, tensor<96x7xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// CHECK-LABEL: func @layers(
// CHECK-NOT:     f16
// CHECK:         return
func.func @layers(%x: tensor<?x7xf32>, %i: index, %j: index) -> tensor<?x96xf32> {
  %v = treadle.parameter "layer.{}.w"[%i of 4] : tensor<96x7xf32>
  %u = treadle.parameter "layer.{}.w"[%j of 4] : tensor<96x7xf32>
  %w = arith.addf %v, %u : tensor<96x7xf32>
  %y = treadle.linear %x, %w : (tensor<?x7xf32>, tensor<96x7xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// CHECK-LABEL: func @constant(
// CHECK-NOT:     f16
// CHECK:         return
func.func @constant(%x: tensor<?x7xf32>) -> tensor<?x96xf32> {
  %w = arith.constant dense<2.0> : tensor<96x7xf32>
  %y = treadle.linear %x, %w : (tensor<?x7xf32>, tensor<96x7xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
}

// -----

// Tile registers multiply bf16, and the instruction for pairs does: neither is used.
// CHECK-LABEL: func @units(
// CHECK-NOT:     bf16
// CHECK:         ins(%{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<3x64x32xf16>)
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, dot = vdpbf16ps, tile = amx_bf16>} {
func.func @units(%x: tensor<?x64xf32>) -> tensor<?x96xf32> {
  %w = treadle.parameter "w" : tensor<96x64xf32>
  %y = treadle.linear %x, %w : (tensor<?x64xf32>, tensor<96x64xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
}
