// Interleaved pairs mean what halves mean of permuted projections.
//
// RUN: treadle-opt %s --treadle-interpret="digits=9" -o /dev/null > %t.before
// RUN: treadle-opt %s --treadle-change-rotary-layout=any-weights --treadle-interpret="digits=9" -o /dev/null > %t.after
// RUN: diff %t.before %t.after
// RUN: FileCheck %s < %t.before

// Numbers that follow no pattern: sin(7 i + 3 j + k) of rows i and columns j.
func.func private @numbers(%rows: index, %columns: index, %k: index) -> tensor<?x?xf32> {
  %c3 = arith.constant 3 : index
  %c7 = arith.constant 7 : index
  %t = tensor.generate %rows, %columns {
  ^bb0(%i: index, %j: index):
    %a = arith.muli %i, %c7 : index
    %b = arith.muli %j, %c3 : index
    %s = arith.addi %a, %b : index
    %r = arith.addi %s, %k : index
    %n = arith.index_cast %r : index to i64
    %f = arith.sitofp %n : i64 to f64
    %sin = math.sin %f : f64
    %g = arith.truncf %sin : f64 to f32
    tensor.yield %g : f32
  } : tensor<?x?xf32>
  return %t : tensor<?x?xf32>
}

// Four heads that share two of keys, four of whose six components turn, with biases and norms.
// CHECK: attention: 2x3x8xf32 {{[^n]*$}}
func.func @attention() -> tensor<2x3x8xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %c8 = arith.constant 8 : index
  %c12 = arith.constant 12 : index
  %c16 = arith.constant 16 : index
  %c24 = arith.constant 24 : index
  %xs = call @numbers(%c6, %c8, %c1) : (index, index, index) -> tensor<?x?xf32>
  %x2 = tensor.cast %xs : tensor<?x?xf32> to tensor<6x8xf32>
  %x = tensor.expand_shape %x2 [[0, 1], [2]] output_shape [2, 3, 8] : tensor<6x8xf32> into tensor<2x3x8xf32>
  %qs = call @numbers(%c24, %c8, %c2) : (index, index, index) -> tensor<?x?xf32>
  %wq = tensor.cast %qs : tensor<?x?xf32> to tensor<24x8xf32>
  %ks = call @numbers(%c12, %c8, %c6) : (index, index, index) -> tensor<?x?xf32>
  %wk = tensor.cast %ks : tensor<?x?xf32> to tensor<12x8xf32>
  %vs = call @numbers(%c8, %c8, %c8) : (index, index, index) -> tensor<?x?xf32>
  %wv = tensor.cast %vs : tensor<?x?xf32> to tensor<8x8xf32>
  %os = call @numbers(%c8, %c16, %c12) : (index, index, index) -> tensor<?x?xf32>
  %wo = tensor.cast %os : tensor<?x?xf32> to tensor<8x16xf32>
  %bqs = call @numbers(%c24, %c1, %c16) : (index, index, index) -> tensor<?x?xf32>
  %bq2 = tensor.cast %bqs : tensor<?x?xf32> to tensor<24x1xf32>
  %bq = tensor.collapse_shape %bq2 [[0, 1]] : tensor<24x1xf32> into tensor<24xf32>
  %bks = call @numbers(%c12, %c1, %c24) : (index, index, index) -> tensor<?x?xf32>
  %bk2 = tensor.cast %bks : tensor<?x?xf32> to tensor<12x1xf32>
  %bk = tensor.collapse_shape %bk2 [[0, 1]] : tensor<12x1xf32> into tensor<12xf32>
  %b = arith.constant dense<0.125> : tensor<8xf32>
  %gq = arith.constant dense<[1.0, 0.5, 2.0, 1.5, 0.75, 3.0]> : tensor<6xf32>
  %gk = arith.constant dense<[0.25, 1.0, 1.25, 2.0, 0.5, 1.75]> : tensor<6xf32>
  %y = treadle.multi_head_attention %x, %x, %x heads(4) key_heads(2)
      projections(%wq, %wk, %wv, %wo) biases(%bq, %bk, %b, %b)
      query_gain(%gq) key_gain(%gk) norm_epsilon(1.0e-6)
      positions(#treadle.rotary<width = 4, base = 10.0, layout = interleaved>)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<24x8xf32>, tensor<12x8xf32>,
         tensor<8x8xf32>, tensor<8x16xf32>, tensor<24xf32>, tensor<12xf32>, tensor<8xf32>, tensor<8xf32>,
         tensor<6xf32>, tensor<6xf32>) -> tensor<2x3x8xf32>
  return %y : tensor<2x3x8xf32>
}
