// RUN: treadle-opt %s --treadle-raise -split-input-file -verify-diagnostics -o /dev/null

func.func @raised(%q: tensor<4x7x8xf32>, %k: tensor<4x8x9xf32>, %v: tensor<4x9x5xf32>) -> tensor<4x7x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x7x9xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x7x8xf32>, tensor<4x8x9xf32>) outs(%f : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x7x9xf32>) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %g = tensor.empty() : tensor<4x7x5xf32>
  %h = linalg.fill ins(%zero : f32) outs(%g : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  // expected-remark @below {{attention raised}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x9xf32>, tensor<4x9x5xf32>) outs(%h : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  return %o : tensor<4x7x5xf32>
}

// -----

func.func @scores_used(%q: tensor<4x7x8xf32>, %k: tensor<4x8x9xf32>, %v: tensor<4x9x5xf32>) -> (tensor<4x7x5xf32>, tensor<4x7x9xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x7x9xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x7x8xf32>, tensor<4x8x9xf32>) outs(%f : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  // expected-remark @below {{softmax raised}}
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x7x9xf32>) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %g = tensor.empty() : tensor<4x7x5xf32>
  %h = linalg.fill ins(%zero : f32) outs(%g : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  // expected-remark @below {{attention not raised: the scores have another user}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x9xf32>, tensor<4x9x5xf32>) outs(%h : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  // expected-note @below {{here}}
  return %o, %p : tensor<4x7x5xf32>, tensor<4x7x9xf32>
}

// -----

// The weights of a key add up to one, not those of a query.
func.func @other_dimension(%q: tensor<4x7x8xf32>, %k: tensor<4x8x9xf32>, %v: tensor<4x9x5xf32>) -> tensor<4x7x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x7x9xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x7x8xf32>, tensor<4x8x9xf32>) outs(%f : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  // expected-remark @below {{softmax not raised: it is not over the last dimension}}
  %p = linalg.softmax dimension(1) ins(%s : tensor<4x7x9xf32>) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %g = tensor.empty() : tensor<4x7x5xf32>
  %h = linalg.fill ins(%zero : f32) outs(%g : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  // expected-remark @below {{attention not raised: the softmax is not over the dimension of the keys}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x9xf32>, tensor<4x9x5xf32>) outs(%h : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  return %o : tensor<4x7x5xf32>
}

// -----

// Scores that nobody made of queries and keys.
func.func @no_products(%s: tensor<4x7x9xf32>, %v: tensor<4x9x5xf32>) -> tensor<4x7x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x7x9xf32>
  // expected-remark @below {{softmax raised}}
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x7x9xf32>) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %g = tensor.empty() : tensor<4x7x5xf32>
  %h = linalg.fill ins(%zero : f32) outs(%g : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  // expected-remark @below {{attention not raised: the scores are not made of products of queries and keys}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x9xf32>, tensor<4x9x5xf32>) outs(%h : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  return %o : tensor<4x7x5xf32>
}

// -----

#matrix = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
// Without the maximum e^100 overflows, and softmax does not.
func.func @no_maximum(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = math.exp %x : tensor<3x4xf32>
  %r = tensor.empty() : tensor<3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%r : tensor<3xf32>) -> tensor<3xf32>
  %s = linalg.generic {indexing_maps = [#matrix, #row], iterator_types = ["parallel", "reduction"]} ins(%e : tensor<3x4xf32>) outs(%z : tensor<3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<3xf32>
  %d = tensor.empty() : tensor<3x4xf32>
  // expected-remark @below {{softmax not raised: its exponentials are not of differences to a maximum, and overflow where softmax does not}}
  %y = linalg.generic {indexing_maps = [#matrix, #row, #matrix], iterator_types = ["parallel", "parallel"]} ins(%e, %s : tensor<3x4xf32>, tensor<3xf32>) outs(%d : tensor<3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.divf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// -----

// The tables have a cosine for each component, and nothing says that those of a pair are equal.
func.func @unequal(%x: tensor<2x5x3x8xf32>, %cos: tensor<5x8xf32>, %sin: tensor<5x8xf32>) -> tensor<2x5x3x8xf32> {
  %x1 = tensor.extract_slice %x[0, 0, 0, 0] [2, 5, 3, 4] [1, 1, 1, 1] : tensor<2x5x3x8xf32> to tensor<2x5x3x4xf32>
  %x2 = tensor.extract_slice %x[0, 0, 0, 4] [2, 5, 3, 4] [1, 1, 1, 1] : tensor<2x5x3x8xf32> to tensor<2x5x3x4xf32>
  %neg = arith.negf %x2 : tensor<2x5x3x4xf32>
  %rot = tensor.concat dim(3) %neg, %x1 : (tensor<2x5x3x4xf32>, tensor<2x5x3x4xf32>) -> tensor<2x5x3x8xf32>
  %e = tensor.empty() : tensor<2x5x3x8xf32>
  %c = linalg.broadcast ins(%cos : tensor<5x8xf32>) outs(%e : tensor<2x5x3x8xf32>) dimensions = [0, 2]
  %s = linalg.broadcast ins(%sin : tensor<5x8xf32>) outs(%e : tensor<2x5x3x8xf32>) dimensions = [0, 2]
  %0 = arith.mulf %x, %c : tensor<2x5x3x8xf32>
  %1 = arith.mulf %rot, %s : tensor<2x5x3x8xf32>
  // expected-remark @below {{rotary not raised: its cosines and sines are not known to be the same for both components of a pair}}
  %y = arith.addf %0, %1 : tensor<2x5x3x8xf32>
  return %y : tensor<2x5x3x8xf32>
}

// -----

// Where a part begins is known when the program runs: it is read as it is.
func.func @moving_part(%all: tensor<12x7x8xf32>, %i: index, %k: tensor<4x8x9xf32>, %v: tensor<4x9x5xf32>) -> tensor<4x7x5xf32> {
  %zero = arith.constant 0.0 : f32
  %q = tensor.extract_slice %all[%i, 0, 0] [4, 7, 8] [1, 1, 1] : tensor<12x7x8xf32> to tensor<4x7x8xf32>
  %e = tensor.empty() : tensor<4x7x9xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x7x8xf32>, tensor<4x8x9xf32>) outs(%f : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x7x9xf32>) outs(%e : tensor<4x7x9xf32>) -> tensor<4x7x9xf32>
  %g = tensor.empty() : tensor<4x7x5xf32>
  %h = linalg.fill ins(%zero : f32) outs(%g : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  // expected-remark @below {{attention raised}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x9xf32>, tensor<4x9x5xf32>) outs(%h : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  return %o : tensor<4x7x5xf32>
}
