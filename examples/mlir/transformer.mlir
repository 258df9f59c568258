// The model of "Attention Is All You Need" (Vaswani et al., 2017), small: an encoder and a
// decoder of two layers each, d_model = 32, h = 4, d_ff = 64, one vocabulary of 48 for both.
// Norms come after each block's sum, as in the paper's figure 1.
//
//   python3 make_weights.py weights transformer.mlir
//   treadle compile transformer.mlir --weights=weights -o transformer.treadle

func.func @translate(
    %source: tensor<?x?xi64> {treadle.named = #treadle.named<"source", dims = ["batch", "source"]>},
    %lengths: tensor<?xi64> {treadle.named = #treadle.named<"lengths", dims = ["batch"], maximum = "source", optional>},
    %target: tensor<?x?xi64> {treadle.named = #treadle.named<"target", dims = ["batch", "target"]>})
    -> (tensor<?x?x48xf32> {treadle.named = #treadle.named<"probabilities", dims = ["batch", "target", ""]>}) {
  // Section 3.4: one matrix embeds and predicts; embeddings are multiplied by the root of
  // d_model.
  %vocabulary = treadle.parameter "embedding" : tensor<48x32xf32>
  %root = arith.constant dense<5.65685425> : tensor<48x32xf32>
  %table = arith.mulf %vocabulary, %root : tensor<48x32xf32>
  %words = treadle.embedding %source, %table : (tensor<?x?xi64>, tensor<48x32xf32>) -> tensor<?x?x32xf32>
  %x = treadle.sinusoidal_position %words base(1.0e4) : tensor<?x?x32xf32>

  // Section 3.1: the encoder.
  %memory = treadle.stack 2 (%x) : tensor<?x?x32xf32> {
  ^layer(%h: tensor<?x?x32xf32>, %i: index):
    %wq = treadle.parameter "encoder.{}.attention.query"[%i] : tensor<32x32xf32>
    %wk = treadle.parameter "encoder.{}.attention.key"[%i] : tensor<32x32xf32>
    %wv = treadle.parameter "encoder.{}.attention.value"[%i] : tensor<32x32xf32>
    %wo = treadle.parameter "encoder.{}.attention.output"[%i] : tensor<32x32xf32>
    %g1 = treadle.parameter "encoder.{}.attention.gain"[%i] : tensor<32xf32>
    %b1 = treadle.parameter "encoder.{}.attention.bias"[%i] : tensor<32xf32>
    %1 = treadle.residual %h : tensor<?x?x32xf32> {
    ^branch(%u: tensor<?x?x32xf32>):
      %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%wq, %wk, %wv, %wo)
          mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
          : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
             tensor<32x32xf32>, tensor<32x32xf32>, tensor<?xi64>) -> tensor<?x?x32xf32>
      treadle.yield %a : tensor<?x?x32xf32>
    }
    %2 = treadle.layer_norm %1, %g1, %b1 epsilon(1.0e-5) : tensor<?x?x32xf32>, tensor<32xf32>, tensor<32xf32>

    %w1 = treadle.parameter "encoder.{}.network.in"[%i] : tensor<64x32xf32>
    %w2 = treadle.parameter "encoder.{}.network.out"[%i] : tensor<32x64xf32>
    %c1 = treadle.parameter "encoder.{}.network.in_bias"[%i] : tensor<64xf32>
    %c2 = treadle.parameter "encoder.{}.network.out_bias"[%i] : tensor<32xf32>
    %g2 = treadle.parameter "encoder.{}.network.gain"[%i] : tensor<32xf32>
    %b2 = treadle.parameter "encoder.{}.network.bias"[%i] : tensor<32xf32>
    %3 = treadle.residual %2 : tensor<?x?x32xf32> {
    ^branch(%u: tensor<?x?x32xf32>):
      %f = treadle.feed_forward %u, %w1, %w2 biases(%c1, %c2) activation(relu)
          : tensor<?x?x32xf32>, tensor<64x32xf32>, tensor<32x64xf32>, tensor<64xf32>, tensor<32xf32>
      treadle.yield %f : tensor<?x?x32xf32>
    }
    %4 = treadle.layer_norm %3, %g2, %b2 epsilon(1.0e-5) : tensor<?x?x32xf32>, tensor<32xf32>, tensor<32xf32>
    treadle.yield %4 : tensor<?x?x32xf32>
  }

  // The decoder: it sees no later target, and all of the source.
  %heard = treadle.embedding %target, %table : (tensor<?x?xi64>, tensor<48x32xf32>) -> tensor<?x?x32xf32>
  %y = treadle.sinusoidal_position %heard base(1.0e4) : tensor<?x?x32xf32>
  %decoded = treadle.stack 2 (%y) : tensor<?x?x32xf32> {
  ^layer(%h: tensor<?x?x32xf32>, %i: index):
    %wq = treadle.parameter "decoder.{}.attention.query"[%i] : tensor<32x32xf32>
    %wk = treadle.parameter "decoder.{}.attention.key"[%i] : tensor<32x32xf32>
    %wv = treadle.parameter "decoder.{}.attention.value"[%i] : tensor<32x32xf32>
    %wo = treadle.parameter "decoder.{}.attention.output"[%i] : tensor<32x32xf32>
    %g1 = treadle.parameter "decoder.{}.attention.gain"[%i] : tensor<32xf32>
    %b1 = treadle.parameter "decoder.{}.attention.bias"[%i] : tensor<32xf32>
    %1 = treadle.residual %h : tensor<?x?x32xf32> {
    ^branch(%u: tensor<?x?x32xf32>):
      %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%wq, %wk, %wv, %wo)
          mask(#treadle.mask<causal>)
          : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
             tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<?x?x32xf32>
      treadle.yield %a : tensor<?x?x32xf32>
    }
    %2 = treadle.layer_norm %1, %g1, %b1 epsilon(1.0e-5) : tensor<?x?x32xf32>, tensor<32xf32>, tensor<32xf32>

    %xq = treadle.parameter "decoder.{}.cross.query"[%i] : tensor<32x32xf32>
    %xk = treadle.parameter "decoder.{}.cross.key"[%i] : tensor<32x32xf32>
    %xv = treadle.parameter "decoder.{}.cross.value"[%i] : tensor<32x32xf32>
    %xo = treadle.parameter "decoder.{}.cross.output"[%i] : tensor<32x32xf32>
    %gx = treadle.parameter "decoder.{}.cross.gain"[%i] : tensor<32xf32>
    %bx = treadle.parameter "decoder.{}.cross.bias"[%i] : tensor<32xf32>
    %3 = treadle.residual %2 : tensor<?x?x32xf32> {
    ^branch(%u: tensor<?x?x32xf32>):
      %a = treadle.multi_head_attention %u, %memory, %memory heads(4) projections(%xq, %xk, %xv, %xo)
          mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
          : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
             tensor<32x32xf32>, tensor<32x32xf32>, tensor<?xi64>) -> tensor<?x?x32xf32>
      treadle.yield %a : tensor<?x?x32xf32>
    }
    %4 = treadle.layer_norm %3, %gx, %bx epsilon(1.0e-5) : tensor<?x?x32xf32>, tensor<32xf32>, tensor<32xf32>

    %w1 = treadle.parameter "decoder.{}.network.in"[%i] : tensor<64x32xf32>
    %w2 = treadle.parameter "decoder.{}.network.out"[%i] : tensor<32x64xf32>
    %c1 = treadle.parameter "decoder.{}.network.in_bias"[%i] : tensor<64xf32>
    %c2 = treadle.parameter "decoder.{}.network.out_bias"[%i] : tensor<32xf32>
    %g2 = treadle.parameter "decoder.{}.network.gain"[%i] : tensor<32xf32>
    %b2 = treadle.parameter "decoder.{}.network.bias"[%i] : tensor<32xf32>
    %5 = treadle.residual %4 : tensor<?x?x32xf32> {
    ^branch(%u: tensor<?x?x32xf32>):
      %f = treadle.feed_forward %u, %w1, %w2 biases(%c1, %c2) activation(relu)
          : tensor<?x?x32xf32>, tensor<64x32xf32>, tensor<32x64xf32>, tensor<64xf32>, tensor<32xf32>
      treadle.yield %f : tensor<?x?x32xf32>
    }
    %6 = treadle.layer_norm %5, %g2, %b2 epsilon(1.0e-5) : tensor<?x?x32xf32>, tensor<32xf32>, tensor<32xf32>
    treadle.yield %6 : tensor<?x?x32xf32>
  }

  %logits = treadle.linear %decoded, %vocabulary : (tensor<?x?x32xf32>, tensor<48x32xf32>) -> tensor<?x?x48xf32>
  %probabilities = treadle.softmax %logits : tensor<?x?x48xf32>
  return %probabilities : tensor<?x?x48xf32>
}
