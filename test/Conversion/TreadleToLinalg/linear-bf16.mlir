// RUN: treadle-opt %s --treadle-to-linalg=precision=bf16 --cse --split-input-file | FileCheck %s
// RUN: treadle-opt %s --treadle-to-linalg --split-input-file | FileCheck %s --check-prefix=F32

// Weights in panels of pairs; the input is rounded once for both maps.
#znver4 = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576, dot = vdpbf16ps>
// CHECK-DAG:   #[[SPLIT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1, d3)>
// CHECK-DAG:   #[[LEFT:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d4)>
// CHECK-DAG:   #[[RIGHT:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2, d3, d4)>
// CHECK-DAG:   #[[MADE:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3)>
// CHECK:       module attributes {{.*}}treadle.precision = #treadle.precision<bf16>
// F32-NOT:     bf16>
// F32:         func @pairs
module attributes {treadle.target = #znver4} {
// CHECK-LABEL: func @pairs(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>, %[[W:[^:]*]]: tensor<96x8xf32>
// CHECK-DAG:     %[[PANELS:.*]] = tensor.expand_shape %[[W]] {{.*}} into tensor<3x32x4x2xf32>
// CHECK-DAG:     %[[PACKED:.*]] = linalg.generic {indexing_maps = [#[[SPLIT]], {{.*}} ins(%[[PANELS]] : {{.*}} outs(%{{.*}} : tensor<3x4x32x2xbf16>)
// CHECK-DAG:     %[[ROUND:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<?x8xf32>) outs(%{{.*}} : tensor<?x8xbf16>)
// CHECK-DAG:     %[[ROWS:.*]] = tensor.expand_shape %[[ROUND]] {{.*}} : tensor<?x8xbf16> into tensor<?x4x2xbf16>
// CHECK:         linalg.generic {indexing_maps = [#[[LEFT]], #[[RIGHT]], #[[MADE]]], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
// CHECK-SAME:      ins(%[[ROWS]], %[[PACKED]] :
// CHECK:           arith.extf
// CHECK:           arith.extf
// CHECK:           arith.mulf
// CHECK-NOT:     tensor<?x8xbf16>)
// CHECK:         linalg.generic {{.*}} ins(%[[ROWS]], %{{.*}} : tensor<?x4x2xbf16>, tensor<5x4x8x2xbf16>)
func.func @pairs(%x: tensor<?x8xf32>, %w: tensor<96x8xf32>, %v: tensor<40x8xf32>) -> (tensor<?x96xf32>, tensor<?x40xf32>) {
  %y = treadle.linear %x, %w : (tensor<?x8xf32>, tensor<96x8xf32>) -> tensor<?x96xf32>
  %z = treadle.linear %x, %v : (tensor<?x8xf32>, tensor<40x8xf32>) -> tensor<?x40xf32>
  return %y, %z : tensor<?x96xf32>, tensor<?x40xf32>
}
// The last of an odd number of inputs has no other: the product of f32 is added to those of pairs.
// CHECK-LABEL: func @odd(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x7xf32>, %[[W:[^:]*]]: tensor<96x7xf32>, %[[BIAS:[^:]*]]: tensor<96xf32>
// CHECK-DAG:     %[[LAST:.*]] = tensor.extract_slice %[[X]][0, 6] [%{{.*}}, 1] [1, 1] : {{.*}} to tensor<?xf32>
// CHECK-DAG:     %[[COLUMN:.*]] = tensor.extract_slice %[[W]][0, 6] [96, 1] [1, 1] : {{.*}} to tensor<96xf32>
// CHECK-DAG:     %[[OTHERS:.*]] = tensor.extract_slice %[[X]][0, 0] [%{{.*}}, 6] [1, 1]
// CHECK-DAG:     %[[WEIGHTS:.*]] = tensor.extract_slice %[[W]][0, 0] [96, 6] [1, 1]
// CHECK-DAG:     linalg.generic {{.*}} ins(%[[OTHERS]] : tensor<?x6xf32>) outs(%{{.*}} : tensor<?x6xbf16>)
// CHECK-DAG:     tensor.expand_shape %[[WEIGHTS]] {{.*}} into tensor<3x32x3x2xf32>
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x3x2xbf16>, tensor<3x3x32x2xbf16>)
// CHECK-DAG:     %[[B:.*]] = tensor.expand_shape %[[BIAS]]
// CHECK-DAG:     %[[V:.*]] = tensor.expand_shape %[[COLUMN]]
// CHECK:         linalg.generic {{.*}} ins(%[[SUM]], %[[B]], %[[V]], %[[LAST]] : tensor<?x3x32xf32>, tensor<3x32xf32>, tensor<3x32xf32>, tensor<?xf32>)
// CHECK-NEXT:    ^bb0(%[[S:.*]]: f32, %[[BI:.*]]: f32, %[[VI:.*]]: f32, %[[LI:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[ALL:.*]] = math.fma %[[LI]], %[[VI]], %[[S]]
// CHECK-NEXT:      arith.addf %[[ALL]], %[[BI]]
func.func @odd(%x: tensor<?x7xf32>, %w: tensor<96x7xf32>, %b: tensor<96xf32>) -> tensor<?x96xf32> {
  %y = treadle.linear %x, %w bias(%b) : (tensor<?x7xf32>, tensor<96x7xf32>, tensor<96xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// One input makes no pair, and no row has no column.
// CHECK-LABEL: func @one(
// CHECK-NOT:     bf16
// CHECK-LABEL: func @none(
// CHECK-NOT:     bf16
// CHECK:         return
func.func @one(%x: tensor<?x1xf32>, %w: tensor<96x1xf32>) -> tensor<?x96xf32> {
  %y = treadle.linear %x, %w : (tensor<?x1xf32>, tensor<96x1xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
func.func @none(%x: tensor<0x7xf32>, %w: tensor<96x7xf32>) -> tensor<0x96xf32> {
  %y = treadle.linear %x, %w : (tensor<0x7xf32>, tensor<96x7xf32>) -> tensor<0x96xf32>
  return %y : tensor<0x96xf32>
}
}

// -----

// Without an instruction for products of bf16 the input stays f32.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @widened(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x8xf32>
// CHECK:         %[[ROWS:.*]] = tensor.expand_shape %[[X]] {{.*}} : tensor<?x8xf32> into tensor<?x4x2xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[ROWS]], %{{.*}} : tensor<?x4x2xf32>, tensor<3x4x32x2xbf16>)
func.func @widened(%x: tensor<?x8xf32>, %w: tensor<96x8xf32>) -> tensor<?x96xf32> {
  %y = treadle.linear %x, %w : (tensor<?x8xf32>, tensor<96x8xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
}

// -----

// What a module says is meant, whatever the option is.
module attributes {treadle.precision = #treadle.precision<f32>, treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @says(
// CHECK-NOT:     bf16
// CHECK:         return
func.func @says(%x: tensor<?x8xf32>, %w: tensor<96x8xf32>) -> tensor<?x96xf32> {
  %y = treadle.linear %x, %w : (tensor<?x8xf32>, tensor<96x8xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
}

// -----

// Tile registers multiply bf16, where they are filled: inputs are 32 to a tile, and columns 16.
module attributes {treadle.target = #treadle.target<cpu = "sapphirerapids", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152, tile = amx_bf16>} {
// CHECK-LABEL: func @tiles(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x64xf32>
// CHECK:         %[[ROUND:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x64xbf16>)
// CHECK:         %[[ROWS:.*]] = tensor.expand_shape %[[ROUND]] {{.*}} : tensor<?x64xbf16> into tensor<?x32x2xbf16>
// CHECK:         linalg.generic {{.*}} ins(%[[ROWS]], %{{.*}} : tensor<?x32x2xbf16>, tensor<3x32x32x2xbf16>)
func.func @tiles(%x: tensor<?x64xf32>, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %y = treadle.linear %x, %w : (tensor<?x64xf32>, tensor<96x64xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// CHECK-LABEL: func @no_tiles(
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x20x2xf32>, tensor<3x20x32x2xbf16>)
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x32x2xf32>, tensor<5x32x8x2xbf16>)
func.func @no_tiles(%x: tensor<?x40xf32>, %y: tensor<?x64xf32>, %w: tensor<96x40xf32>, %v: tensor<40x64xf32>) -> (tensor<?x96xf32>, tensor<?x40xf32>) {
  %a = treadle.linear %x, %w : (tensor<?x40xf32>, tensor<96x40xf32>) -> tensor<?x96xf32>
  %b = treadle.linear %y, %v : (tensor<?x64xf32>, tensor<40x64xf32>) -> tensor<?x40xf32>
  return %a, %b : tensor<?x96xf32>, tensor<?x40xf32>
}
}
