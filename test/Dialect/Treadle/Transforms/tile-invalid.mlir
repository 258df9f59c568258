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
  // expected-error@+1 {{is not supported by the compiler with the strategy 'rows': all keys at once are of static number}}
  %o = treadle.attention dot queries(%q) keys(%k) values(%k)
      plan(#treadle.attention_plan<strategy = rows, queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<5x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<5x16xf32>
  return %o : tensor<5x16xf32>
}

// -----

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 1, l2 = 1>} {
func.func @f(%q: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error @below {{has a plan for tile registers, which the target does not have}}
  %o = treadle.attention scaled_dot queries(%q) keys(%q) values(%q)
      plan(#treadle.attention_plan<queries = 32, keys = 32, tileRows = 32, precision = bf16, unit = amx_bf16>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  return %o : tensor<?x32xf32>
}
}

// -----

func.func @no_product(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error @below {{has the decision of a product, and is none}}
  %0 = linalg.matmul {treadle.lowering = #treadle.product<block = [504, 64], tile = [12, 32], reduction = 512>}
      ins(%a, %a : tensor<4x4xf32>, tensor<4x4xf32>) outs(%a : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
