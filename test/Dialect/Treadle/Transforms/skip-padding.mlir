// RUN: treadle-opt %s --treadle-skip-padding=remarks --split-input-file --verify-diagnostics | FileCheck %s

// A map of each token is one of packed tokens, and the pooling gets sequences.
// CHECK-LABEL: func @linear(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x?x8xf32>, %[[W:[^:]*]]: tensor<4x8xf32>, %[[L:[^:]*]]: tensor<?xi64>
// CHECK:         %[[S:.*]] = tensor.dim %[[X]], %c1
// CHECK:         %[[STARTS:.*]] = treadle.sequence_starts %[[L]] of(%[[S]]) : tensor<?xi64> -> tensor<?xi64>
// CHECK-NEXT:    %[[R:.*]] = treadle.pack_tokens %[[X]] at(%[[STARTS]]) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
// CHECK-NEXT:    %[[Y:.*]] = treadle.linear %[[R]], %[[W]] : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
// CHECK-NEXT:    %[[U:.*]] = treadle.unpack_tokens %[[Y]] at(%[[STARTS]]) to(%[[S]]) : (tensor<?x4xf32>, tensor<?xi64>, index) -> tensor<?x?x4xf32>
// CHECK-NEXT:    %[[E:.*]] = treadle.pool mean %[[U]] lengths(%[[L]])
// CHECK-NEXT:    return %[[E]]
func.func @linear(%x: tensor<?x?x8xf32>, %w: tensor<4x8xf32>, %l: tensor<?xi64>) -> tensor<?x4xf32> {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<4x8xf32>) -> tensor<?x?x4xf32>
  %e = treadle.pool mean %y lengths(%l) : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  return %e : tensor<?x4xf32>
}

// -----

// The first token of an empty sequence is looked at, too: one row of it is kept. Which lengths there are attention
// says.
// CHECK-LABEL: func @first(
// CHECK:         %[[STARTS:.*]] = treadle.sequence_starts %{{.*}} of(%{{.*}}) at_least(1)
// CHECK:         treadle.attention
// CHECK-NEXT:    %[[R:.*]] = treadle.pack_tokens %{{.*}} at(%[[STARTS]])
// CHECK-NEXT:    treadle.linear %[[R]]
// CHECK:         treadle.pool first
#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @first(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>) -> tensor<?x8xf32> {
  %a = treadle.attention dot queries(%x) keys(%x) values(%x) mask(#treadle.mask<keys_within_lengths>) lengths(%l)
      indexing_maps = [#q, #k, #v, #o] : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x?x8xf32>
  %y = treadle.linear %a, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %e = treadle.pool first %y : (tensor<?x?x8xf32>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

// -----

// A loop over layers carries rows without padding; attention is given sequences, and what it gives is packed.
// CHECK-LABEL: func @layers(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x?x8xf32>
// CHECK:         %[[STARTS:.*]] = treadle.sequence_starts %{{.*}} of(%[[S:.*]]) : tensor<2xi64> -> tensor<3xi64>
// CHECK:         %[[R:.*]] = treadle.pack_tokens %[[X]] at(%[[STARTS]]) : (tensor<2x?x8xf32>, tensor<3xi64>) -> tensor<?x8xf32>
// CHECK:         %[[LOOP:.*]] = scf.for {{.*}} iter_args(%[[H:.*]] = %[[R]]) -> (tensor<?x8xf32>)
// CHECK-NEXT:      %[[QKV:.*]] = treadle.linear %[[H]], %{{.*}} : (tensor<?x8xf32>, tensor<24x8xf32>) -> tensor<?x24xf32>
// CHECK:           %[[Q:.*]] = tensor.extract_slice %[[QKV]][0, 0] [%{{.*}}, 8] [1, 1] : tensor<?x24xf32> to tensor<?x8xf32>
// CHECK:           %[[QH:.*]] = tensor.expand_shape %[[Q]] {{\[\[}}0], [1, 2]] {{.*}} : tensor<?x8xf32> into tensor<?x2x4xf32>
// Rotary positions go by the place in a sequence.
// CHECK:           %[[QU:.*]] = treadle.unpack_tokens %[[QH]] at(%[[STARTS]]) to(%[[S]]) : (tensor<?x2x4xf32>, tensor<3xi64>, index) -> tensor<2x?x2x4xf32>
// CHECK-NEXT:      %[[QR:.*]] = treadle.rotary %[[QU]]
// CHECK-NEXT:      %[[QP:.*]] = treadle.pack_tokens %[[QR]]
// CHECK:           %[[QA:.*]] = treadle.unpack_tokens %[[QP]]
// CHECK-NEXT:      %[[A:.*]] = treadle.attention scaled_dot queries(%[[QA]])
// CHECK-NEXT:      %[[AP:.*]] = treadle.pack_tokens %[[A]] at(%[[STARTS]])
// CHECK-NEXT:      %[[AR:.*]] = tensor.collapse_shape %[[AP]] {{\[\[}}0], [1, 2]] : tensor<?x2x4xf32> into tensor<?x8xf32>
// CHECK:           %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[H]], %[[AR]], %{{.*}} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>)
// CHECK:           %[[N:.*]] = treadle.rms_norm %[[SUM]] epsilon({{.*}}) : tensor<?x8xf32>
// CHECK:           %[[G:.*]] = treadle.activate gelu %[[N]] : tensor<?x8xf32>
// CHECK:           %[[P:.*]] = arith.mulf %[[N]], %[[G]] : tensor<?x8xf32>
// CHECK-NEXT:      scf.yield %[[P]] : tensor<?x8xf32>
// CHECK:         %[[U:.*]] = treadle.unpack_tokens %[[LOOP]] at(%[[STARTS]])
// CHECK:         treadle.pool max %[[U]]
// CHECK-NOT:     treadle.unpack_tokens
#q = affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>
#k = affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>
#v = affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>
#o = affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>
#rows = affine_map<(r, c) -> (r, c)>
#gate = affine_map<(r, c) -> (c)>
func.func @layers(%x: tensor<2x?x8xf32>, %w: tensor<24x8xf32>, %g: tensor<8xf32>, %l: tensor<2xi64>) -> tensor<2x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %s = tensor.dim %x, %c1 : tensor<2x?x8xf32>
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x?x8xf32> into tensor<?x8xf32>
  %r = scf.for %i = %c0 to %c6 step %c1 iter_args(%h = %flat) -> (tensor<?x8xf32>) {
    %u = tensor.expand_shape %h [[0, 1], [2]] output_shape [2, %s, 8] : tensor<?x8xf32> into tensor<2x?x8xf32>
    %qkv = treadle.linear %u, %w : (tensor<2x?x8xf32>, tensor<24x8xf32>) -> tensor<2x?x24xf32>
    %qs = tensor.extract_slice %qkv[0, 0, 0] [2, %s, 8] [1, 1, 1] : tensor<2x?x24xf32> to tensor<2x?x8xf32>
    %ks = tensor.extract_slice %qkv[0, 0, 8] [2, %s, 8] [1, 1, 1] : tensor<2x?x24xf32> to tensor<2x?x8xf32>
    %vs = tensor.extract_slice %qkv[0, 0, 16] [2, %s, 8] [1, 1, 1] : tensor<2x?x24xf32> to tensor<2x?x8xf32>
    %q = tensor.expand_shape %qs [[0], [1], [2, 3]] output_shape [2, %s, 2, 4] : tensor<2x?x8xf32> into tensor<2x?x2x4xf32>
    %k = tensor.expand_shape %ks [[0], [1], [2, 3]] output_shape [2, %s, 2, 4] : tensor<2x?x8xf32> into tensor<2x?x2x4xf32>
    %v = tensor.expand_shape %vs [[0], [1], [2, 3]] output_shape [2, %s, 2, 4] : tensor<2x?x8xf32> into tensor<2x?x2x4xf32>
    %qr = treadle.rotary %q rotary(#treadle.rotary<width = 4>) : (tensor<2x?x2x4xf32>) -> tensor<2x?x2x4xf32>
    %a = treadle.attention scaled_dot queries(%qr) keys(%k) values(%v) mask(#treadle.mask<keys_within_lengths>) lengths(%l)
        indexing_maps = [#q, #k, #v, #o]
        : (tensor<2x?x2x4xf32>, tensor<2x?x2x4xf32>, tensor<2x?x2x4xf32>, tensor<2xi64>) -> tensor<2x?x2x4xf32>
    %ar = tensor.collapse_shape %a [[0, 1], [2, 3]] : tensor<2x?x2x4xf32> into tensor<?x8xf32>
    %n = tensor.dim %h, %c0 : tensor<?x8xf32>
    %empty = tensor.empty(%n) : tensor<?x8xf32>
    %sum = linalg.generic {indexing_maps = [#rows, #rows, #gate, #rows], iterator_types = ["parallel", "parallel"]}
        ins(%h, %ar, %g : tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>) outs(%empty : tensor<?x8xf32>) {
    ^bb0(%e0: f32, %e1: f32, %e2: f32, %e3: f32):
      %p = arith.mulf %e1, %e2 : f32
      %t = arith.addf %e0, %p : f32
      linalg.yield %t : f32
    } -> tensor<?x8xf32>
    %norm = treadle.rms_norm %sum epsilon(1.0e-6) : tensor<?x8xf32>
    %act = treadle.activate gelu %norm : tensor<?x8xf32>
    %next = arith.mulf %norm, %act : tensor<?x8xf32>
    scf.yield %next : tensor<?x8xf32>
  }
  %y = tensor.expand_shape %r [[0, 1], [2]] output_shape [2, %s, 8] : tensor<?x8xf32> into tensor<2x?x8xf32>
  %e = treadle.pool max %y lengths(%l) : (tensor<2x?x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return %e : tensor<2x8xf32>
}
