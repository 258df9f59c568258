// RUN: treadle-opt %s --treadle-interpret -o /dev/null | FileCheck %s

// CHECK: matmul: 2x2xf32 [ [6, 8], [15, 20] ]
func.func @matmul() -> tensor<2x2xf32> {
  %a = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<[[1.0, 2.0], [1.0, 0.0], [1.0, 2.0]]> : tensor<3x2xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x2xf32>) -> tensor<2x2xf32>
  %c = linalg.matmul ins(%a, %b : tensor<2x3xf32>, tensor<3x2xf32>) outs(%zeros : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %c : tensor<2x2xf32>
}

// A product of two results, with a body of its own: row sums, and the largest of a row.
// CHECK: generic#0: 2xf32 [6, 15]
// CHECK: generic#1: 2xf32 [3, 6]
func.func @generic() -> (tensor<2xf32>, tensor<2xf32>) {
  %a = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %zeros = arith.constant dense<0.0> : tensor<2xf32>
  %low = arith.constant dense<0xFF800000> : tensor<2xf32>
  %r:2 = linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>],
    iterator_types = ["parallel", "reduction"]}
    ins(%a : tensor<2x3xf32>) outs(%zeros, %low : tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%x: f32, %s: f32, %m: f32):
    %t = arith.addf %s, %x : f32
    %l = arith.maximumf %m, %x : f32
    linalg.yield %t, %l : f32, f32
  } -> (tensor<2xf32>, tensor<2xf32>)
  return %r#0, %r#1 : tensor<2xf32>, tensor<2xf32>
}

// CHECK: index: 2x2xindex [ [0, 1], [10, 11] ]
func.func @index() -> tensor<2x2xindex> {
  %empty = tensor.empty() : tensor<2x2xindex>
  %c10 = arith.constant 10 : index
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    outs(%empty : tensor<2x2xindex>) {
  ^bb0(%o: index):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %t = arith.muli %i, %c10 : index
    %u = arith.addi %t, %j : index
    linalg.yield %u : index
  } -> tensor<2x2xindex>
  return %r : tensor<2x2xindex>
}

// CHECK: moved#0: 2x1xf32 [ [1], [2] ]
// CHECK: moved#1: 2x2xf32 [ [1, 2], [1, 2] ]
// CHECK: moved#2: 1xf32 [3]
// CHECK: moved#3: 1x2xf32 [ [2, 4] ]
func.func @moved() -> (tensor<2x1xf32>, tensor<2x2xf32>, tensor<1xf32>, tensor<1x2xf32>) {
  %x = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %row = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e0 = tensor.empty() : tensor<2x1xf32>
  %e1 = tensor.empty() : tensor<2x2xf32>
  %zero = arith.constant dense<0.0> : tensor<1xf32>
  %e3 = tensor.empty() : tensor<1x2xf32>
  %t = linalg.transpose ins(%x : tensor<1x2xf32>) outs(%e0 : tensor<2x1xf32>) permutation = [1, 0]
  %b = linalg.broadcast ins(%row : tensor<2xf32>) outs(%e1 : tensor<2x2xf32>) dimensions = [0]
  %s = linalg.reduce { arith.addf } ins(%x : tensor<1x2xf32>) outs(%zero : tensor<1xf32>) dimensions = [1]
  %m = linalg.map { arith.addf } ins(%x, %x : tensor<1x2xf32>, tensor<1x2xf32>) outs(%e3 : tensor<1x2xf32>)
  return %t, %b, %s, %m : tensor<2x1xf32>, tensor<2x2xf32>, tensor<1xf32>, tensor<1x2xf32>
}

// exp(0) : exp(ln 3) is 1 : 3; a row of -inf is NaN here, as upstream decomposes it.
// CHECK: softmax: 2x2xf32 [ [0.25, 0.75], [nan, nan] ]
func.func @softmax() -> tensor<2x2xf32> {
  %x = arith.constant dense<[[0.0, 1.0986122886681098], [0xFFF0000000000000, 0xFFF0000000000000]]> : tensor<2x2xf64>
  %y = arith.truncf %x : tensor<2x2xf64> to tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %s = linalg.softmax dimension(1) ins(%y : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %s : tensor<2x2xf32>
}

// Three columns in tiles of two: the last has padding.
// CHECK: packed#0: 2x1x2x1xf32 [ [ [ [1], [2] ] ], [ [ [3], [0] ] ] ]
// CHECK: packed#1: 1x3xf32 [ [1, 2, 3] ]
func.func @packed() -> (tensor<2x1x2x1xf32>, tensor<1x3xf32>) {
  %x = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<2x1x2x1xf32>
  %e1 = tensor.empty() : tensor<1x3xf32>
  %p = linalg.pack %x padding_value(%zero : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [2, 1]
    into %e0 : tensor<1x3xf32> -> tensor<2x1x2x1xf32>
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [2, 1]
    into %e1 : tensor<2x1x2x1xf32> -> tensor<1x3xf32>
  return %p, %u : tensor<2x1x2x1xf32>, tensor<1x3xf32>
}
