// UNSUPPORTED: sanitizers

// Attention is tiled by MLIR's own transformations, which know its interfaces and nothing else of it.
// RUN: %mlir_opt --load-dialect-plugin=%treadle_plugin --load-pass-plugin=%treadle_plugin \
// RUN:   --pass-pipeline='builtin.module(transform-interpreter,canonicalize,cse)' --split-input-file %s | FileCheck %s

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, e, m)>
#l = affine_map<(b, m, n, d, e) -> (b, m)>

// Tiles over queries and keys: the loop over keys carries the state, and a tile knows where it is.
// CHECK-LABEL: func @tiled(
// CHECK:         scf.for %[[M:[a-z0-9]+]] = %c0 to %c32 step %c8
// CHECK:           scf.for %[[N:[a-z0-9]+]] = %c0 to %c64 step %c16
// CHECK:             treadle.online_attention scaled_dot
// CHECK-SAME:          mask(#treadle.mask<causal>)
// CHECK-SAME:          origin(%c0, %[[M]], %[[N]])
// CHECK-SAME:          tensor<2x8x4xf32>, tensor<2x16x4xf32>, tensor<2x16x6xf32>
// CHECK-SAME:          -> (tensor<2x6x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
module attributes {transform.with_named_sequence} {
  func.func @tiled(%q: tensor<2x32x4xf32>, %k: tensor<2x64x4xf32>, %v: tensor<2x64x6xf32>, %o: tensor<2x6x32xf32>,
                   %m: tensor<2x32xf32>, %s: tensor<2x32xf32>) -> tensor<2x6x32xf32> {
    %c32 = arith.constant 32 : index
    %r:3 = treadle.online_attention scaled_dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal>)
        shift(%c32) outs(%o, %m, %s) indexing_maps = [#q, #k, #v, #o, #l, #l]
        : (tensor<2x32x4xf32>, tensor<2x64x4xf32>, tensor<2x64x6xf32>, index, tensor<2x6x32xf32>, tensor<2x32xf32>,
           tensor<2x32xf32>) -> (tensor<2x6x32xf32>, tensor<2x32xf32>, tensor<2x32xf32>)
    return %r#0 : tensor<2x6x32xf32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["treadle.online_attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %loops:2 = transform.structured.tile_using_for %op tile_sizes [0, 8, 16, 0, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (e, m)>
#l = affine_map<(m, n, d, e) -> (m)>

// Four parts of the keys side by side, whose states are combined.
// CHECK-LABEL: func @split(
// CHECK:         %[[PARTS:.*]]:3 = scf.forall (%[[P:.*]]) in (4)
// CHECK-SAME:      -> (tensor<4x6x32xf32>, tensor<4x32xf32>, tensor<4x32xf32>)
// CHECK:           treadle.online_attention dot
// CHECK-SAME:        tensor<16x4xf32>
// CHECK:         %[[MAX:.*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[PARTS]]#1
// CHECK:         linalg.generic {{.*}} ins(%[[PARTS]]#2, %[[PARTS]]#1, %[[MAX]]
// CHECK:         linalg.generic {{.*}} ins(%[[PARTS]]#0, %[[PARTS]]#1, %[[MAX]]
module attributes {transform.with_named_sequence} {
  func.func @split(%q: tensor<32x4xf32>, %k: tensor<64x4xf32>, %v: tensor<64x6xf32>, %o: tensor<6x32xf32>,
                   %m: tensor<32xf32>, %s: tensor<32xf32>) -> (tensor<6x32xf32>, tensor<32xf32>, tensor<32xf32>) {
    %r:3 = treadle.online_attention dot queries(%q) keys(%k) values(%v) outs(%o, %m, %s)
        indexing_maps = [#q, #k, #v, #o, #l, #l]
        : (tensor<32x4xf32>, tensor<64x4xf32>, tensor<64x6xf32>, tensor<6x32xf32>, tensor<32xf32>, tensor<32xf32>)
          -> (tensor<6x32xf32>, tensor<32xf32>, tensor<32xf32>)
    return %r#0, %r#1, %r#2 : tensor<6x32xf32>, tensor<32xf32>, tensor<32xf32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["treadle.online_attention"]} in %root : (!transform.any_op) -> !transform.any_op
    %fill:3, %t, %combine:3, %loop = transform.structured.tile_reduction_using_forall %op by num_threads = [0, 4, 0, 0]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op,
           !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
