// RUN: treadle-opt %s --treadle-to-linalg --cse --split-input-file | FileCheck %s

// The weight in panels of two vectors, and a product over them.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-DAG:   #[[LEFT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2)>
// CHECK-DAG:   #[[RIGHT:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
// CHECK-DAG:   #[[MADE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-LABEL: func @panels(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[W:[^:]*]]: tensor<48x8xf32>
// CHECK-DAG:     %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0, 1], [2]{{\]}}
// CHECK-DAG:     %[[SPLIT:.*]] = tensor.expand_shape %[[W]] {{.*}} into tensor<3x16x8xf32>
// CHECK-DAG:     %[[PACKED:.*]] = linalg.transpose ins(%[[SPLIT]] : {{.*}} outs(%{{.*}} : tensor<3x8x16xf32>) permutation = [0, 2, 1]
// CHECK-DAG:     %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<?x3x16xf32>
// CHECK:         %[[Y:.*]] = linalg.generic {indexing_maps = [#[[LEFT]], #[[RIGHT]], #[[MADE]]], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
// CHECK-SAME:      ins(%[[ROWS]], %[[PACKED]] :
// CHECK-SAME:      outs(%[[ZEROS]] :
// CHECK:           %[[TERM:.*]] = arith.mulf
// CHECK:           arith.addf %{{.*}}, %[[TERM]]
// CHECK-NOT:     linalg.generic
// CHECK:         %[[FLAT:.*]] = tensor.collapse_shape %[[Y]] {{\[}}[0], [1, 2]{{\]}} : tensor<?x3x16xf32> into tensor<?x48xf32>
// CHECK:         tensor.expand_shape %[[FLAT]] {{.*}} into tensor<?x?x48xf32>
func.func @panels(%x: tensor<?x?x8xf32>, %w: tensor<48x8xf32>) -> tensor<?x?x48xf32> {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<48x8xf32>) -> tensor<?x?x48xf32>
  return %y : tensor<?x?x48xf32>
}
}

// -----

// Wider vectors, wider panels. Forty outputs of a parameter are padded to three vectors, not to four, and the
// padding is left behind; those of a weight that an input is are in the widest panels that divide them.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @width(
// CHECK-DAG:     linalg.transpose {{.*}} outs(%{{.*}} : tensor<3x8x32xf32>)
// CHECK-DAG:     linalg.transpose {{.*}} outs(%{{.*}} : tensor<5x8x8xf32>)
// CHECK-DAG:     %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<48x8xf32>
// CHECK-DAG:     %[[PADDED:.*]] = tensor.insert_slice %{{.*}} into %[[ZEROS]][0, 0] [40, 8] [1, 1]
// CHECK-DAG:     tensor.expand_shape %[[PADDED]] {{.*}} into tensor<3x16x8xf32>
// CHECK-DAG:     linalg.transpose {{.*}} outs(%{{.*}} : tensor<3x8x16xf32>)
// CHECK:         %[[PART:.*]] = tensor.extract_slice %{{.*}}[0, 0] [2, 40] [1, 1] : tensor<2x48xf32> to tensor<2x40xf32>
// CHECK:         linalg.copy ins(%[[PART]] : tensor<2x40xf32>)
func.func @width(%x: tensor<2x8xf32>, %w: tensor<96x8xf32>, %v: tensor<40x8xf32>)
    -> (tensor<2x96xf32>, tensor<2x40xf32>, tensor<2x40xf32>) {
  %p = treadle.parameter "p" : tensor<40x8xf32>
  %y = treadle.linear %x, %w : (tensor<2x8xf32>, tensor<96x8xf32>) -> tensor<2x96xf32>
  %z = treadle.linear %x, %v : (tensor<2x8xf32>, tensor<40x8xf32>) -> tensor<2x40xf32>
  %u = treadle.linear %x, %p : (tensor<2x8xf32>, tensor<40x8xf32>) -> tensor<2x40xf32>
  return %y, %z, %u : tensor<2x96xf32>, tensor<2x40xf32>, tensor<2x40xf32>
}

// Sixty are padded to four vectors: two panels of two cost less than four of one. So is their bias.
// CHECK-LABEL: func @padded_bias(
// CHECK-DAG:     %[[BIAS:.*]] = tensor.insert_slice %{{.*}}[0] [60] [1] : tensor<60xf32> into tensor<64xf32>
// CHECK-DAG:     tensor.expand_shape %[[BIAS]] {{.*}} into tensor<2x32xf32>
// CHECK-DAG:     linalg.transpose {{.*}} outs(%{{.*}} : tensor<2x8x32xf32>)
func.func @padded_bias(%x: tensor<2x8xf32>) -> tensor<2x60xf32> {
  %b = treadle.parameter "b" : tensor<60xf32>
  %w = treadle.parameter "w" : tensor<60x8xf32>
  %y = treadle.linear %x, %w bias(%b) : (tensor<2x8xf32>, tensor<60x8xf32>, tensor<60xf32>) -> tensor<2x60xf32>
  return %y : tensor<2x60xf32>
}

// Bias and activation are an operation of the product's shape.
// CHECK-LABEL: func @bias(
// CHECK-SAME:    %[[B:[^:]*]]: tensor<32xf32>
// CHECK-DAG:     %[[PRODUCT:.*]] = linalg.generic {{.*}}"reduction"
// CHECK-DAG:     %[[PANELS:.*]] = tensor.expand_shape %[[B]] {{.*}} into tensor<1x32xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[PRODUCT]], %[[PANELS]] : tensor<2x1x32xf32>, tensor<1x32xf32>)
// CHECK:         ^bb0(%[[P:.*]]: f32, %[[BI:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[SUM:.*]] = arith.addf %[[P]], %[[BI]]
// CHECK:           math.tanh %[[SUM]]
func.func @bias(%b: tensor<32xf32>, %x: tensor<2x8xf32>, %w: tensor<32x8xf32>) -> tensor<2x32xf32> {
  %y = treadle.linear %x, %w bias(%b) activation(tanh)
      : (tensor<2x8xf32>, tensor<32x8xf32>, tensor<32xf32>) -> tensor<2x32xf32>
  return %y : tensor<2x32xf32>
}
}

// -----

// One vector is a matrix of one row.
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @vector(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<8xf32>
// CHECK:         %[[ROW:.*]] = tensor.expand_shape %[[X]] {{.*}} into tensor<1x8xf32>
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} ins(%[[ROW]], %{{.*}} : {{.*}} outs(%{{.*}} : tensor<1x3x16xf32>)
// CHECK:         %[[FLAT:.*]] = tensor.collapse_shape %[[Y]] {{.*}} into tensor<1x48xf32>
// CHECK:         tensor.collapse_shape %[[FLAT]] {{.*}} into tensor<48xf32>
func.func @vector(%x: tensor<8xf32>, %w: tensor<48x8xf32>) -> tensor<48xf32> {
  %y = treadle.linear %x, %w : (tensor<8xf32>, tensor<48x8xf32>) -> tensor<48xf32>
  return %y : tensor<48xf32>
}
}
