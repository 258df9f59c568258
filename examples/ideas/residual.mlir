// Two linear maps, and a place between them where `residual.py` puts blocks that change nothing.

!tokens = tensor<16x32xf32>
!weight = tensor<32x32xf32>

func.func @network(%x: !tokens {treadle.named = #treadle.named<"x", dims = ["", ""]>})
    -> (!tokens {treadle.named = #treadle.named<"y", dims = ["", ""]>}) {
  %w1 = treadle.parameter "in" : !weight
  %w2 = treadle.parameter "out" : !weight
  %inner = treadle.linear %x, %w1 activation(relu) : (!tokens, !weight) -> !tokens
  // BLOCKS
  %y = treadle.linear %inner, %w2 : (!tokens, !weight) -> !tokens
  return %y : !tokens
}
