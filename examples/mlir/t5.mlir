// An encoder's block as in T5 (Raffel et al., 2019), small: RMS norm before each block, no scale
// of scores, and a bias that a table has for each head and distance.
//
//   python3 make_weights.py weights t5.mlir
//   treadle compile t5.mlir --weights=weights -o t5.treadle

func.func @block(%x: tensor<?x?x32xf32> {treadle.named = #treadle.named<"x", dims = ["batch", "sequence", ""]>})
    -> (tensor<?x?x32xf32> {treadle.named = #treadle.named<"y", dims = ["batch", "sequence", ""]>}) {
  %g1 = treadle.parameter "attention.gain" : tensor<32xf32>
  %wq = treadle.parameter "attention.query" : tensor<32x32xf32>
  %wk = treadle.parameter "attention.key" : tensor<32x32xf32>
  %wv = treadle.parameter "attention.value" : tensor<32x32xf32>
  %wo = treadle.parameter "attention.output" : tensor<32x32xf32>
  %bias = treadle.parameter "attention.relative_bias" : tensor<32x4xf32>
  %1 = treadle.residual %x : tensor<?x?x32xf32> {
  ^branch(%u: tensor<?x?x32xf32>):
    %n = treadle.rms_norm %u, %g1 epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
    %a = treadle.multi_head_attention %n, %n, %n heads(4) projections(%wq, %wk, %wv, %wo) scale(1.0)
        positions(#treadle.relative<buckets = 32, max_distance = 128, bidirectional>) relative_table(%bias)
        : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
           tensor<32x32xf32>, tensor<32x32xf32>, tensor<32x4xf32>) -> tensor<?x?x32xf32>
    treadle.yield %a : tensor<?x?x32xf32>
  }
  %g2 = treadle.parameter "network.gain" : tensor<32xf32>
  %wi = treadle.parameter "network.in" : tensor<64x32xf32>
  %wf = treadle.parameter "network.out" : tensor<32x64xf32>
  %2 = treadle.residual %1 : tensor<?x?x32xf32> {
  ^branch(%u: tensor<?x?x32xf32>):
    %n = treadle.rms_norm %u, %g2 epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
    %f = treadle.feed_forward %n, %wi, %wf activation(relu)
        : tensor<?x?x32xf32>, tensor<64x32xf32>, tensor<32x64xf32>
    treadle.yield %f : tensor<?x?x32xf32>
  }
  return %2 : tensor<?x?x32xf32>
}
