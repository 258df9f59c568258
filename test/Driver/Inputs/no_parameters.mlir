func.func @scores(%q: tensor<?x8xf32> {treadle.named = #treadle.named<"queries", dims = ["tokens", ""]>})
    -> (tensor<?x8xf32> {treadle.named = #treadle.named<"result", dims = ["tokens", ""]>}) {
  %n = treadle.unit_norm %q epsilon(1.0e-12) : tensor<?x8xf32>
  return %n : tensor<?x8xf32>
}
