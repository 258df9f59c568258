// Two scores of a query and a key, with all else equal: 512 queries and keys of 64 components.

// score(m, n) = q(m) · k(n) / √64
func.func @dot(%q: tensor<512x64xf32> {treadle.named = #treadle.named<"q", dims = ["", ""]>},
               %k: tensor<512x64xf32> {treadle.named = #treadle.named<"k", dims = ["", ""]>},
               %v: tensor<512x64xf32> {treadle.named = #treadle.named<"v", dims = ["", ""]>})
    -> (tensor<512x64xf32> {treadle.named = #treadle.named<"o", dims = ["", ""]>}) {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<512x64xf32>, tensor<512x64xf32>, tensor<512x64xf32>) -> tensor<512x64xf32>
  return %o : tensor<512x64xf32>
}

// score(m, n) = w · tanh(q(m) + k(n))
func.func @additive(%q: tensor<512x64xf32> {treadle.named = #treadle.named<"q", dims = ["", ""]>},
                    %k: tensor<512x64xf32> {treadle.named = #treadle.named<"k", dims = ["", ""]>},
                    %v: tensor<512x64xf32> {treadle.named = #treadle.named<"v", dims = ["", ""]>})
    -> (tensor<512x64xf32> {treadle.named = #treadle.named<"o", dims = ["", ""]>}) {
  %w = treadle.parameter "w" : tensor<64xf32>
  %o = treadle.attention additive queries(%q) keys(%k) values(%v) score_weights(%w)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>,
                       affine_map<(m, n, d, e) -> (d)>]
      : (tensor<512x64xf32>, tensor<512x64xf32>, tensor<512x64xf32>, tensor<64xf32>) -> tensor<512x64xf32>
  return %o : tensor<512x64xf32>
}
