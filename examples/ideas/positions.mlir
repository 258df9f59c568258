// Self-attention with two heads over vectors of eight components, six times:
// without positions, and with each way to tell it of them.

// result = concat(head_1, head_2) W_oᵀ, each head softmax(Q Kᵀ / √d_k) V.
func.func @none(%x: tensor<1x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>,
                %wo: tensor<8x8xf32>) -> tensor<1x?x8xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// Sines and cosines of the position are added to the input.
func.func @sinusoidal(%x: tensor<1x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>,
                      %wo: tensor<8x8xf32>) -> tensor<1x?x8xf32> {
  %p = treadle.sinusoidal_position %x : tensor<1x?x8xf32>
  %y = func.call @none(%p, %wq, %wk, %wv, %wo)
      : (tensor<1x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// A row of a table is added for each position.
func.func @learned(%x: tensor<1x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>,
                   %wo: tensor<8x8xf32>, %table: tensor<16x8xf32>) -> tensor<1x?x8xf32> {
  %p = treadle.learned_position %x, %table : tensor<1x?x8xf32>, tensor<16x8xf32>
  %y = func.call @none(%p, %wq, %wk, %wv, %wo)
      : (tensor<1x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// Queries and keys are turned by angles that grow with the position.
func.func @rotary(%x: tensor<1x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>,
                  %wo: tensor<8x8xf32>) -> tensor<1x?x8xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.rotary<width = 4>)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// The distance of query and key is taken from their score.
func.func @alibi(%x: tensor<1x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>,
                 %wo: tensor<8x8xf32>) -> tensor<1x?x8xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.alibi)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// A bias from a table, by the key's distance from the query and its side.
func.func @relative(%x: tensor<1x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>,
                    %wo: tensor<8x8xf32>, %table: tensor<16x2xf32>) -> tensor<1x?x8xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.relative<buckets = 16, max_distance = 32, bidirectional>) relative_table(%table)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>, tensor<16x2xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// No encoding, but a query does not see the keys after it.
func.func @causal(%x: tensor<1x?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>,
                  %wo: tensor<8x8xf32>) -> tensor<1x?x8xf32> {
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal>)
      : (tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}
