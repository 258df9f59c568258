module attributes {treadle.stage = #treadle.stage<model>} {
  func.func @layer(%x: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
    %wq = treadle.parameter "query.weight" : tensor<32x32xf32>
    %wk = treadle.parameter "key.weight" : tensor<32x32xf32>
    %wv = treadle.parameter "value.weight" : tensor<32x32xf32>
    %wo = treadle.parameter "output.weight" : tensor<32x32xf32>
    %y = treadle.residual %x : tensor<?x?x32xf32> {
    ^branch(%u: tensor<?x?x32xf32>):
      %a = treadle.multi_head_attention %u, %u, %u heads(2) projections(%wq, %wk, %wv, %wo)
          mask(#treadle.mask<causal>)
          : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<32x32xf32>,
             tensor<32x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<?x?x32xf32>
      treadle.yield %a : tensor<?x?x32xf32>
    }
    return %y : tensor<?x?x32xf32>
  }
}
