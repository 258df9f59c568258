// A sentence encoder in the dialect: two layers of the post-norm Transformer
// (Vaswani et al., 2017), learned positions, and the mean of the tokens as the
// sentence. Parameters have names and no values; make_weights.py makes some.

module @encoder {
  func.func @embed(
      %ids: tensor<?x?xi64> {treadle.named = #treadle.named<"ids", dims = ["batch", "sequence"]>},
      %lengths: tensor<?xi64> {treadle.named = #treadle.named<"lengths", dims = ["batch"], maximum = "sequence", optional>})
      -> (tensor<?x64xf32> {treadle.named = #treadle.named<"embeddings", dims = ["batch", ""]>}) {
    // Words and places: x = word[id] + place[position].
    %words = treadle.parameter "words" : tensor<100x64xf32>
    %places = treadle.parameter "places" : tensor<48x64xf32>
    %word = treadle.embedding %ids, %words : (tensor<?x?xi64>, tensor<100x64xf32>) -> tensor<?x?x64xf32>
    %x = treadle.learned_position %word, %places : tensor<?x?x64xf32>, tensor<48x64xf32>

    // The layers are alike: one region over families of parameters, whose names
    // have a hole for the index of the layer.
    %y = treadle.stack 2(%x) : tensor<?x?x64xf32> {
    ^layer(%h: tensor<?x?x64xf32>, %i: index):
      // h = norm(h + attention(h)). Keys beyond the length of a sentence are
      // not looked at.
      %wq = treadle.parameter "layer.{}.attention.query.weight"[%i] : tensor<64x64xf32>
      %wk = treadle.parameter "layer.{}.attention.key.weight"[%i] : tensor<64x64xf32>
      %wv = treadle.parameter "layer.{}.attention.value.weight"[%i] : tensor<64x64xf32>
      %wo = treadle.parameter "layer.{}.attention.output.weight"[%i] : tensor<64x64xf32>
      %attended = treadle.residual %h : tensor<?x?x64xf32> {
      ^branch(%u: tensor<?x?x64xf32>):
        %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%wq, %wk, %wv, %wo)
          mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
          : (tensor<?x?x64xf32>, tensor<?x?x64xf32>, tensor<?x?x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<?xi64>) -> tensor<?x?x64xf32>
        treadle.yield %a : tensor<?x?x64xf32>
      }
      %g1 = treadle.parameter "layer.{}.attention.norm.weight"[%i] : tensor<64xf32>
      %b1 = treadle.parameter "layer.{}.attention.norm.bias"[%i] : tensor<64xf32>
      %n1 = treadle.layer_norm %attended, %g1, %b1 epsilon(1.0e-12) : tensor<?x?x64xf32>, tensor<64xf32>, tensor<64xf32>

      // h = norm(h + feed_forward(h)).
      %w1 = treadle.parameter "layer.{}.feed_forward.in.weight"[%i] : tensor<256x64xf32>
      %c1 = treadle.parameter "layer.{}.feed_forward.in.bias"[%i] : tensor<256xf32>
      %w2 = treadle.parameter "layer.{}.feed_forward.out.weight"[%i] : tensor<64x256xf32>
      %c2 = treadle.parameter "layer.{}.feed_forward.out.bias"[%i] : tensor<64xf32>
      %fed = treadle.residual %n1 : tensor<?x?x64xf32> {
      ^branch(%u: tensor<?x?x64xf32>):
        %f = treadle.feed_forward %u, %w1, %w2 biases(%c1, %c2) activation(gelu)
          : tensor<?x?x64xf32>, tensor<256x64xf32>, tensor<64x256xf32>, tensor<256xf32>, tensor<64xf32>
        treadle.yield %f : tensor<?x?x64xf32>
      }
      %g2 = treadle.parameter "layer.{}.feed_forward.norm.weight"[%i] : tensor<64xf32>
      %b2 = treadle.parameter "layer.{}.feed_forward.norm.bias"[%i] : tensor<64xf32>
      %n2 = treadle.layer_norm %fed, %g2, %b2 epsilon(1.0e-12) : tensor<?x?x64xf32>, tensor<64xf32>, tensor<64xf32>
      treadle.yield %n2 : tensor<?x?x64xf32>
    }

    // A sentence is the mean of its tokens, made as long as 1.
    %mean = treadle.pool mean %y lengths(%lengths) : (tensor<?x?x64xf32>, tensor<?xi64>) -> tensor<?x64xf32>
    %unit = treadle.unit_norm %mean epsilon(1.0e-12) : tensor<?x64xf32>
    return %unit : tensor<?x64xf32>
  }
}
