// Nothing but blocks, as ReZero begins: 64 layers whose gate is zero, which the compiler is not told.

!tokens = tensor<16x32xf32>
!weight = tensor<32x32xf32>

func.func @gated(%x: !tokens {treadle.named = #treadle.named<"x", dims = ["", ""]>})
    -> (!tokens {treadle.named = #treadle.named<"y", dims = ["", ""]>}) {
  %y = treadle.stack 64 (%x) : !tokens {
  ^layer(%h: !tokens, %i: index):
    %w = treadle.parameter "layer.{}.weight"[%i] : !weight
    %gate = treadle.parameter "layer.{}.gate"[%i] : tensor<1xf32>
    %z = treadle.residual %h gate(%gate) : !tokens, tensor<1xf32> {
    ^branch(%u: !tokens):
      %f = treadle.linear %u, %w activation(tanh) : (!tokens, !weight) -> !tokens
      treadle.yield %f : !tokens
    }
    treadle.yield %z : !tokens
  }
  return %y : !tokens
}
