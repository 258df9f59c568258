// RUN: treadle-opt %s --treadle-model-to-structured=cpu=x86-64-v3 \
// RUN:   --treadle-structured-to-tiled --treadle-tiled-to-buffers | FileCheck %s

// Layers that append to a cache which they carry: one copy, of what the caller gave, into
// what the caller is to be given, and none in the loop.
// CHECK-LABEL: func.func @decode
// CHECK-SAME: %{{[a-z0-9]*}}: memref<2x1x16xf32>, %[[GIVEN:[a-z0-9]*]]: memref<2x64x2x8xf32>
// CHECK-SAME: %[[RESULT:[a-z0-9]*]]: memref<2x64x2x8xf32> {
// CHECK: scf.forall {{.*}} in (2, 64, 1)
// CHECK-NEXT: memref.subview %[[RESULT]]
// CHECK-NEXT: memref.subview %[[GIVEN]]
// CHECK: scf.for {{.*}} to %c3
// CHECK-NOT: %[[GIVEN]]{{[^0-9]}}
// CHECK-NOT: in (2, 64, 1)
// CHECK: memref.subview %[[RESULT]]
// CHECK-NOT: %[[GIVEN]]{{[^0-9]}}
// CHECK-NOT: in (2, 64, 1)
// CHECK: return
func.func @decode(%x: tensor<2x1x16xf32>, %cache: tensor<2x64x2x8xf32>, %lengths: tensor<2xi64>)
    -> (tensor<2x1x16xf32>, tensor<2x64x2x8xf32>) {
  %r:2 = treadle.stack 3 (%x, %cache) : tensor<2x1x16xf32>, tensor<2x64x2x8xf32> {
  ^layer(%h: tensor<2x1x16xf32>, %c: tensor<2x64x2x8xf32>, %i: index):
    %w = treadle.parameter "layer.{}.weight"[%i] : tensor<16x16xf32>
    %k = treadle.linear %h, %w : (tensor<2x1x16xf32>, tensor<16x16xf32>) -> tensor<2x1x16xf32>
    %t = tensor.expand_shape %k [[0], [1], [2, 3]] output_shape [2, 1, 2, 8]
        : tensor<2x1x16xf32> into tensor<2x1x2x8xf32>
    %d = treadle.cache_append %t to(%c) at(%lengths)
        : tensor<2x1x2x8xf32>, tensor<2x64x2x8xf32>, tensor<2xi64>
    %o = treadle.attention scaled_dot queries(%t) keys(%d) values(%d)
        mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
        indexing_maps = [affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>,
                         affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>,
                         affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>,
                         affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>]
        : (tensor<2x1x2x8xf32>, tensor<2x64x2x8xf32>, tensor<2x64x2x8xf32>, tensor<2xi64>)
          -> tensor<2x1x2x8xf32>
    %j = tensor.collapse_shape %o [[0], [1], [2, 3]] : tensor<2x1x2x8xf32> into tensor<2x1x16xf32>
    treadle.yield %j, %d : tensor<2x1x16xf32>, tensor<2x64x2x8xf32>
  }
  return %r#0, %r#1 : tensor<2x1x16xf32>, tensor<2x64x2x8xf32>
}
