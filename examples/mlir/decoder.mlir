// A layer of a decoder as in Llama (Touvron et al., 2023), small: RMS norm before each block,
// rotary positions, four heads that share two heads of keys, a gated network.
//
//   python3 make_weights.py weights decoder.mlir
//   treadle compile decoder.mlir --weights=weights -o decoder.treadle
//
// `layer` takes a whole sequence. `step` takes what comes next of each sequence, with the keys
// and values of what came before, and gives these with the new ones. Both give the same.

func.func @layer(%x: tensor<?x?x32xf32> {treadle.named = #treadle.named<"x", dims = ["batch", "sequence", ""]>})
    -> (tensor<?x?x32xf32> {treadle.named = #treadle.named<"y", dims = ["batch", "sequence", ""]>}) {
  %g1 = treadle.parameter "attention.gain" : tensor<32xf32>
  %wq = treadle.parameter "attention.query" : tensor<32x32xf32>
  %wk = treadle.parameter "attention.key" : tensor<16x32xf32>
  %wv = treadle.parameter "attention.value" : tensor<16x32xf32>
  %wo = treadle.parameter "attention.output" : tensor<32x32xf32>
  %1 = treadle.residual %x : tensor<?x?x32xf32> {
  ^branch(%u: tensor<?x?x32xf32>):
    %n = treadle.rms_norm %u, %g1 epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
    %a = treadle.multi_head_attention %n, %n, %n heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
        positions(#treadle.rotary<width = 8>) mask(#treadle.mask<causal>)
        : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<32x32xf32>, tensor<16x32xf32>,
           tensor<16x32xf32>, tensor<32x32xf32>) -> tensor<?x?x32xf32>
    treadle.yield %a : tensor<?x?x32xf32>
  }
  %g2 = treadle.parameter "network.gain" : tensor<32xf32>
  %wg = treadle.parameter "network.gate" : tensor<80x32xf32>
  %wu = treadle.parameter "network.up" : tensor<80x32xf32>
  %wd = treadle.parameter "network.down" : tensor<32x80xf32>
  %2 = treadle.residual %1 : tensor<?x?x32xf32> {
  ^branch(%u: tensor<?x?x32xf32>):
    %n = treadle.rms_norm %u, %g2 epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
    %f = treadle.gated_feed_forward %n, %wg, %wu, %wd activation(silu)
        : tensor<?x?x32xf32>, tensor<80x32xf32>, tensor<80x32xf32>, tensor<32x80xf32>
    treadle.yield %f : tensor<?x?x32xf32>
  }
  return %2 : tensor<?x?x32xf32>
}

func.func @step(
    %x: tensor<?x?x32xf32> {treadle.named = #treadle.named<"x", dims = ["batch", "sequence", ""]>},
    %past: tensor<?xi64> {treadle.named = #treadle.named<"past", dims = ["batch"]>},
    %keys: tensor<?x64x2x8xf32> {treadle.named = #treadle.named<"keys", dims = ["batch", "", "", ""]>},
    %values: tensor<?x64x2x8xf32> {treadle.named = #treadle.named<"values", dims = ["batch", "", "", ""]>})
    -> (tensor<?x?x32xf32> {treadle.named = #treadle.named<"y", dims = ["batch", "sequence", ""]>},
        tensor<?x64x2x8xf32> {treadle.named = #treadle.named<"new_keys", dims = ["batch", "", "", ""]>},
        tensor<?x64x2x8xf32> {treadle.named = #treadle.named<"new_values", dims = ["batch", "", "", ""]>}) {
  %g1 = treadle.parameter "attention.gain" : tensor<32xf32>
  %wq = treadle.parameter "attention.query" : tensor<32x32xf32>
  %wk = treadle.parameter "attention.key" : tensor<16x32xf32>
  %wv = treadle.parameter "attention.value" : tensor<16x32xf32>
  %wo = treadle.parameter "attention.output" : tensor<32x32xf32>
  // A block's branch gives one value; with the caches beside it, the sum is written out.
  %n = treadle.rms_norm %x, %g1 epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
  %a, %k, %v = treadle.multi_head_attention %n, %n, %n heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.rotary<width = 8>) mask(#treadle.mask<causal, align = offsets>) offsets(%past)
      cache(%keys, %values)
      : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<32x32xf32>, tensor<16x32xf32>,
         tensor<16x32xf32>, tensor<32x32xf32>, tensor<?xi64>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>)
        -> (tensor<?x?x32xf32>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>)
  %1 = arith.addf %x, %a : tensor<?x?x32xf32>
  %g2 = treadle.parameter "network.gain" : tensor<32xf32>
  %wg = treadle.parameter "network.gate" : tensor<80x32xf32>
  %wu = treadle.parameter "network.up" : tensor<80x32xf32>
  %wd = treadle.parameter "network.down" : tensor<32x80xf32>
  %2 = treadle.residual %1 : tensor<?x?x32xf32> {
  ^branch(%u: tensor<?x?x32xf32>):
    %m = treadle.rms_norm %u, %g2 epsilon(1.0e-6) : tensor<?x?x32xf32>, tensor<32xf32>
    %f = treadle.gated_feed_forward %m, %wg, %wu, %wd activation(silu)
        : tensor<?x?x32xf32>, tensor<80x32xf32>, tensor<80x32xf32>, tensor<32x80xf32>
    treadle.yield %f : tensor<?x?x32xf32>
  }
  return %2, %k, %v : tensor<?x?x32xf32>, tensor<?x64x2x8xf32>, tensor<?x64x2x8xf32>
}
