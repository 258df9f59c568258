// RUN: treadle-opt %s --treadle-interpret -o /dev/null | FileCheck %s

// What nobody has written is NaN.
// CHECK: empty: 2xf32 [nan, nan]
func.func @empty() -> tensor<2xf32> {
  %x = tensor.empty() : tensor<2xf32>
  return %x : tensor<2xf32>
}

// CHECK: none: 0x3xf32 []
func.func @none() -> tensor<0x3xf32> {
  %x = arith.constant dense<> : tensor<0x3xf32>
  return %x : tensor<0x3xf32>
}

// CHECK: elements#0: i32 6
// CHECK: elements#1: 2x3xi32 [ [1, 2, 3], [4, 7, 6] ]
// CHECK: elements#2: index 3
func.func @elements() -> (i32, tensor<2x3xi32>, index) {
  %x = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c7 = arith.constant 7 : i32
  %last = tensor.extract %x[%c1, %c2] : tensor<2x3xi32>
  %changed = tensor.insert %c7 into %x[%c1, %c1] : tensor<2x3xi32>
  %columns = tensor.dim %x, %c1 : tensor<2x3xi32>
  return %last, %changed, %columns : i32, tensor<2x3xi32>, index
}

// An insertion makes a new value; the old one is as it was.
// CHECK: values#0: 2xi32 [1, 2]
// CHECK: values#1: 2xi32 [9, 2]
func.func @values() -> (tensor<2xi32>, tensor<2xi32>) {
  %x = arith.constant dense<[1, 2]> : tensor<2xi32>
  %c0 = arith.constant 0 : index
  %c9 = arith.constant 9 : i32
  %y = tensor.insert %c9 into %x[%c0] : tensor<2xi32>
  return %x, %y : tensor<2xi32>, tensor<2xi32>
}

// CHECK: slices#0: 2x2xi32 [ [1, 3], [5, 7] ]
// CHECK: slices#1: 2xi32 [6, 7]
// CHECK: slices#2: 2x4xi32 [ [0, 1, 3, 3], [4, 5, 7, 7] ]
func.func @slices() -> (tensor<2x2xi32>, tensor<2xi32>, tensor<2x4xi32>) {
  %x = arith.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7]]> : tensor<2x4xi32>
  %odd = tensor.extract_slice %x[0, 1] [2, 2] [1, 2] : tensor<2x4xi32> to tensor<2x2xi32>
  %row = tensor.extract_slice %x[1, 2] [1, 2] [1, 1] : tensor<2x4xi32> to tensor<2xi32>
  %back = tensor.insert_slice %odd into %x[0, 1] [2, 2] [1, 1] : tensor<2x2xi32> into tensor<2x4xi32>
  return %odd, %row, %back : tensor<2x2xi32>, tensor<2xi32>, tensor<2x4xi32>
}

// CHECK: shapes#0: 6xi32 [1, 2, 3, 4, 5, 6]
// CHECK: shapes#1: 1x3x2xi32 [ [ [1, 2], [3, 4], [5, 6] ] ]
// CHECK: shapes#2: 3x2xi32 [ [1, 2], [3, 4], [5, 6] ]
func.func @shapes() -> (tensor<6xi32>, tensor<1x3x?xi32>, tensor<3x2xi32>) {
  %x = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %c2 = arith.constant 2 : index
  %shape = arith.constant dense<[3, 2]> : tensor<2xindex>
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<2x3xi32> into tensor<6xi32>
  %some = tensor.cast %flat : tensor<6xi32> to tensor<?xi32>
  %deep = tensor.expand_shape %some [[0, 1, 2]] output_shape [1, 3, %c2] : tensor<?xi32> into tensor<1x3x?xi32>
  %other = tensor.reshape %x(%shape) : (tensor<2x3xi32>, tensor<2xindex>) -> tensor<3x2xi32>
  return %flat, %deep, %other : tensor<6xi32>, tensor<1x3x?xi32>, tensor<3x2xi32>
}

// CHECK: made#0: 2x2xindex [ [0, 1], [10, 11] ]
// CHECK: made#1: 2xf32 [0.5, 0.5]
// CHECK: made#2: 2xf32 [0.5, 1.5]
// CHECK: made#3: 5xf32 [0, 0.5, 1.5, 0, 0]
// CHECK: made#4: 2x3xf32 [ [0.5, 1.5, 0.5], [0.5, 0.5, 1.5] ]
func.func @made() -> (tensor<2x2xindex>, tensor<2xf32>, tensor<2xf32>, tensor<5xf32>, tensor<2x3xf32>) {
  %c10 = arith.constant 10 : index
  %half = arith.constant 0.5 : f32
  %more = arith.constant 1.5 : f32
  %zero = arith.constant 0.0 : f32
  %generated = tensor.generate {
  ^bb0(%i: index, %j: index):
    %tens = arith.muli %i, %c10 : index
    %sum = arith.addi %tens, %j : index
    tensor.yield %sum : index
  } : tensor<2x2xindex>
  %same = tensor.splat %half : tensor<2xf32>
  %listed = tensor.from_elements %half, %more : tensor<2xf32>
  %padded = tensor.pad %listed low[1] high[2] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<2xf32> to tensor<5xf32>
  %a = tensor.expand_shape %listed [[0, 1]] output_shape [2, 1] : tensor<2xf32> into tensor<2x1xf32>
  %b = arith.constant dense<[[1.5, 0.5], [0.5, 1.5]]> : tensor<2x2xf32>
  %r = arith.constant dense<[[0.5], [0.5]]> : tensor<2x1xf32>
  %joined = tensor.concat dim(1) %r, %b : (tensor<2x1xf32>, tensor<2x2xf32>) -> tensor<2x3xf32>
  return %generated, %same, %listed, %padded, %joined : tensor<2x2xindex>, tensor<2xf32>, tensor<2xf32>, tensor<5xf32>, tensor<2x3xf32>
}

// MLIR's verifiers take the indices of a reassociation modulo 2^32: these are 0 and 1.
// CHECK: index_beyond_all_dimensions: 4xi32 [1, 2, 3, 4]
func.func @index_beyond_all_dimensions() -> tensor<4xi32> {
  %x = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %y = tensor.collapse_shape %x [[-9223372036854775808, 4294967297]] : tensor<2x2xi32> into tensor<4xi32>
  return %y : tensor<4xi32>
}
