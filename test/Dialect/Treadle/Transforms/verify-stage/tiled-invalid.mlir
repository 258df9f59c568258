// RUN: treadle-opt %s --treadle-verify-stage=stage=tiled --split-input-file --verify-diagnostics

func.func @attention(%q: tensor<5x16xf32>) -> tensor<5x16xf32> {
  // expected-error@+1 {{in stage 'tiled', 'treadle.attention' is not tiled}}
  %o = treadle.attention dot queries(%q) keys(%q) values(%q)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<5x16xf32>, tensor<5x16xf32>, tensor<5x16xf32>) -> tensor<5x16xf32>
  return %o : tensor<5x16xf32>
}

// -----

func.func @not_parallel(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{in stage 'tiled', 'linalg.exp' is not inside of a loop over parallel blocks}}
  %y = linalg.exp ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
