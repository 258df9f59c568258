// Scores and weights of attention, at d_k = 64: `scale.py` changes the 64.

// scores(m, n) = q(m) · k(n). A linear map whose weight has the keys as rows.
func.func @scores(%q: tensor<32x64xf32>, %k: tensor<128x64xf32>) -> tensor<32x128xf32> {
  %s = treadle.linear %q, %k : (tensor<32x64xf32>, tensor<128x64xf32>) -> tensor<32x128xf32>
  return %s : tensor<32x128xf32>
}

// softmax(Q Kᵀ) V. With the unit matrix as values the result is the softmax.
func.func @plain(%q: tensor<32x64xf32>, %k: tensor<128x64xf32>, %unit: tensor<128x128xf32>) -> tensor<32x128xf32> {
  %p = treadle.attention dot queries(%q) keys(%k) values(%unit)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<32x64xf32>, tensor<128x64xf32>, tensor<128x128xf32>) -> tensor<32x128xf32>
  return %p : tensor<32x128xf32>
}

// softmax(Q Kᵀ / √d_k) V.
func.func @scaled(%q: tensor<32x64xf32>, %k: tensor<128x64xf32>, %unit: tensor<128x128xf32>) -> tensor<32x128xf32> {
  %p = treadle.attention scaled_dot queries(%q) keys(%k) values(%unit)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<32x64xf32>, tensor<128x64xf32>, tensor<128x128xf32>) -> tensor<32x128xf32>
  return %p : tensor<32x128xf32>
}
