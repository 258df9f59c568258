// RUN: treadle-opt %s --treadle-expand --split-input-file | FileCheck %s

// One input: its three projections are one product, whose parts are the heads.
// CHECK-LABEL: func @self(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[WQ:[^:]*]]: tensor<8x8xf32>, %[[WK:[^:]*]]: tensor<8x8xf32>, %[[WV:[^:]*]]: tensor<12x8xf32>, %[[WO:[^:]*]]: tensor<8x12xf32>
func.func @self(%x: tensor<?x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>,
                %wv: tensor<12x8xf32>, %wo: tensor<8x12xf32>, %l: tensor<?xi64>) -> tensor<?x?x8xf32> {
  // CHECK:     %[[W:.*]] = tensor.concat dim(0) %[[WQ]], %[[WK]], %[[WV]] {{.*}} -> tensor<28x8xf32>
  // CHECK:     %[[ALL:.*]] = treadle.linear %[[X]], %[[W]] : {{.*}} -> tensor<?x?x28xf32>
  // CHECK:     %[[Q:.*]] = tensor.extract_slice %[[ALL]][0, 0, 0] [%{{.*}}, %{{.*}}, 8]
  // CHECK:     %[[K:.*]] = tensor.extract_slice %[[ALL]][0, 0, 8] [%{{.*}}, %{{.*}}, 8]
  // CHECK:     %[[V:.*]] = tensor.extract_slice %[[ALL]][0, 0, 16] [%{{.*}}, %{{.*}}, 12]
  // CHECK:     %[[QH:.*]] = tensor.expand_shape %[[Q]] {{.*}} into tensor<?x?x2x4xf32>
  // CHECK:     %[[KH:.*]] = tensor.expand_shape %[[K]] {{.*}} into tensor<?x?x2x4xf32>
  // CHECK:     %[[VH:.*]] = tensor.expand_shape %[[V]] {{.*}} into tensor<?x?x2x6xf32>
  // CHECK:     %[[A:.*]] = treadle.attention scaled_dot queries(%[[QH]]) keys(%[[KH]]) values(%[[VH]])
  // CHECK-SAME:  mask(#treadle.mask<keys_within_lengths>) lengths(
  // CHECK-SAME:  -> tensor<?x?x2x6xf32>
  // CHECK:     %[[JOINED:.*]] = tensor.collapse_shape %[[A]] {{.*}} into tensor<?x?x12xf32>
  // CHECK:     %[[O:.*]] = treadle.linear %[[JOINED]], %[[WO]] :
  // CHECK:     return %[[O]]
  %a = treadle.multi_head_attention %x, %x, %x heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<keys_within_lengths>) lengths(%l)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<12x8xf32>, tensor<8x12xf32>, tensor<?xi64>) -> tensor<?x?x8xf32>
  return %a : tensor<?x?x8xf32>
}

// -----

// CHECK-LABEL: func @biases(
// CHECK-SAME:    %[[BQ:[^:]*]]: tensor<8xf32>, %[[BK:[^:]*]]: tensor<8xf32>, %[[BV:[^:]*]]: tensor<8xf32>, %[[BO:[^:]*]]: tensor<8xf32>
func.func @biases(%bq: tensor<8xf32>, %bk: tensor<8xf32>, %bv: tensor<8xf32>,
                  %bo: tensor<8xf32>, %x: tensor<1x5x8xf32>, %w: tensor<8x8xf32>) -> tensor<1x5x8xf32> {
  // CHECK: %[[B:.*]] = tensor.concat dim(0) %[[BQ]], %[[BK]], %[[BV]] {{.*}} -> tensor<24xf32>
  // CHECK: treadle.linear %{{.*}}, %{{.*}} bias(%[[B]])
  // CHECK: treadle.attention scaled_dot {{.*}} mask(#treadle.mask<causal>) scale(5.000000e-01)
  // CHECK: treadle.linear %{{.*}}, %{{.*}} bias(%[[BO]])
  %a = treadle.multi_head_attention %x, %x, %x heads(2) projections(%w, %w, %w, %w)
      biases(%bq, %bk, %bv, %bo) mask(#treadle.mask<causal>) scale(0.5)
      : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
      -> tensor<1x5x8xf32>
  return %a : tensor<1x5x8xf32>
}

// -----

// Keys and values from elsewhere: three products.
// CHECK-LABEL: func @cross(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[Y:[^:]*]]: tensor<?x?x8xf32>, %[[WQ:[^:]*]]: tensor<8x8xf32>, %[[WK:[^:]*]]: tensor<8x8xf32>, %[[WV:[^:]*]]: tensor<8x8xf32>
func.func @cross(%x: tensor<?x?x8xf32>, %y: tensor<?x?x8xf32>, %wq: tensor<8x8xf32>,
                 %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>, %wo: tensor<8x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK-NOT: tensor.concat
  // CHECK:     %[[Q:.*]] = treadle.linear %[[X]], %[[WQ]]
  // CHECK:     %[[QH:.*]] = tensor.expand_shape %[[Q]]
  // CHECK:     %[[K:.*]] = treadle.linear %[[Y]], %[[WK]]
  // CHECK:     %[[KH:.*]] = tensor.expand_shape %[[K]]
  // CHECK:     %[[V:.*]] = treadle.linear %[[Y]], %[[WV]]
  // CHECK:     %[[VH:.*]] = tensor.expand_shape %[[V]]
  // CHECK:     treadle.attention scaled_dot queries(%[[QH]]) keys(%[[KH]]) values(%[[VH]]) indexing_maps
  %a = treadle.multi_head_attention %x, %y, %y heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  return %a : tensor<?x?x8xf32>
}
