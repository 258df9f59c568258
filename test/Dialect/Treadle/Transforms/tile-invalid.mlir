// RUN: treadle-opt %s --treadle-tile --split-input-file --verify-diagnostics

func.func @undecided(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{expects a decision; treadle-decide makes one}}
  %y = linalg.exp ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

func.func @no_plan(%q: tensor<5x16xf32>) -> tensor<5x16xf32> {
  // expected-error@+1 {{expects a plan; treadle-decide makes one}}
  %o = treadle.attention dot queries(%q) keys(%q) values(%q)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<5x16xf32>, tensor<5x16xf32>, tensor<5x16xf32>) -> tensor<5x16xf32>
  return %o : tensor<5x16xf32>
}

// -----

func.func @dynamic_components(%q: tensor<5x?xf32>) -> tensor<5x?xf32> {
  // expected-error@+1 {{is not supported by the compiler: components of static number}}
  %o = treadle.attention dot queries(%q) keys(%q) values(%q)
      plan(#treadle.attention_plan<queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<5x?xf32>, tensor<5x?xf32>, tensor<5x?xf32>) -> tensor<5x?xf32>
  return %o : tensor<5x?xf32>
}

// -----

func.func @rows(%q: tensor<5x16xf32>, %k: tensor<?x16xf32>) -> tensor<5x16xf32> {
  // expected-error@+1 {{the strategy 'rows' with no more keys than 4096, and of static number, is}}
  %o = treadle.attention dot queries(%q) keys(%k) values(%k)
      plan(#treadle.attention_plan<strategy = rows, queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<5x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<5x16xf32>
  return %o : tensor<5x16xf32>
}
