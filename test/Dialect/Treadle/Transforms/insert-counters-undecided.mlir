// RUN: treadle-opt %s --treadle-insert-counters | FileCheck %s

// Attention of which nothing was decided is counted where it is.
// CHECK-LABEL: func @attention(
// CHECK:         treadle.attention
// CHECK:         treadle.count "attention"
func.func @attention(%q: tensor<?x?x12x32xf32>, %lengths: tensor<?xi64>) -> tensor<?x?x12x32xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%q) values(%q)
      mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
      indexing_maps = [affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>, affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>,
                       affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>, affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>]
      : (tensor<?x?x12x32xf32>, tensor<?x?x12x32xf32>, tensor<?x?x12x32xf32>, tensor<?xi64>) -> tensor<?x?x12x32xf32>
  return %o : tensor<?x?x12x32xf32>
}
