// The same four projections, used by one head and by two.

// The largest head: d_k = d_v = 16, one pattern of attention.
func.func @one(%x: tensor<?x8x16xf32>, %wq: tensor<16x16xf32>, %wk: tensor<16x16xf32>, %wv: tensor<16x16xf32>,
               %wo: tensor<16x16xf32>) -> tensor<?x8x16xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(1) projections(%wq, %wk, %wv, %wo) scale(1.0)
      : (tensor<?x8x16xf32>, tensor<?x8x16xf32>, tensor<?x8x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>,
         tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<?x8x16xf32>
  return %y : tensor<?x8x16xf32>
}

// Two of half the width: rows 0 to 7 of each projection are the first head's, 8 to 15 the second's.
func.func @two(%x: tensor<?x8x16xf32>, %wq: tensor<16x16xf32>, %wk: tensor<16x16xf32>, %wv: tensor<16x16xf32>,
               %wo: tensor<16x16xf32>) -> tensor<?x8x16xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%wq, %wk, %wv, %wo) scale(1.0)
      : (tensor<?x8x16xf32>, tensor<?x8x16xf32>, tensor<?x8x16xf32>, tensor<16x16xf32>, tensor<16x16xf32>,
         tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<?x8x16xf32>
  return %y : tensor<?x8x16xf32>
}
