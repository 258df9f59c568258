// Attention of any length, of heads of 64 components.
func.func @attention(
    %q: tensor<8x?x64xf32> {treadle.named = #treadle.named<"q", dims = ["", "queries", ""]>},
    %k: tensor<8x?x64xf32> {treadle.named = #treadle.named<"k", dims = ["", "keys", ""]>},
    %v: tensor<8x?x64xf32> {treadle.named = #treadle.named<"v", dims = ["", "keys", ""]>})
    -> (tensor<8x?x64xf32> {treadle.named = #treadle.named<"y", dims = ["", "queries", ""]>}) {
  %y = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal>)
      indexing_maps = [affine_map<(h, m, n, d, e) -> (h, m, d)>, affine_map<(h, m, n, d, e) -> (h, n, d)>,
                       affine_map<(h, m, n, d, e) -> (h, n, e)>, affine_map<(h, m, n, d, e) -> (h, m, e)>]
      : (tensor<8x?x64xf32>, tensor<8x?x64xf32>, tensor<8x?x64xf32>) -> tensor<8x?x64xf32>
  return %y : tensor<8x?x64xf32>
}
