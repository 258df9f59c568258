// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// multi_head_attention_i1: queries are [batch, tokens, width]
func.func @f(%q: tensor<3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{operand #0 must be 3D tensor of floating-point values}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_i4: there is a head
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{attribute 'heads' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(0) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_i9: a bias is a vector
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>, %b0: tensor<6x1xf32>, %b1: tensor<6xf32>,
               %b2: tensor<4xf32>, %b3: tensor<8xf32>) {
  // expected-error @below {{operand #7 must be variadic of 1D tensor of floating-point values}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      biases(%b0, %b1, %b2, %b3)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>, tensor<6x1xf32>, tensor<6xf32>,
         tensor<4xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c1: heads share a width evenly
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the rows of a projection to be a multiple of the number of heads, 4, found 'tensor<6x8xf32>'}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(4) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c1: a head has components
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<0x8xf32>,
               %wo: tensor<8x0xf32>) {
  // expected-error @below {{expects the rows of a projection to be a multiple of the number of heads, 2, found 'tensor<0x8xf32>'}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<0x8xf32>, tensor<8x0xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c1: how many, is known
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<?x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the rows of a projection to be a multiple of the number of heads, 2, found 'tensor<?x8xf32>'}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<?x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c1: key heads share a width evenly
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{expects the rows of a projection to be a multiple of the number of heads, 3}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(3) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c2: a query is as long as a key
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<4x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the rows of the keys' projection to be 6, found 4}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c2: a head of keys is as wide as one of queries
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{expects the rows of the keys' projection to be 4, found 8}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c3: queries are projected from their width
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x10xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the columns of the projection of queries to be 8, found 10}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x10xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c3: keys are
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x10xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the columns of the projection of keys to be 8, found 10}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x10xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c3: values are
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x10xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the columns of the projection of values to be 8, found 10}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x10xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c4: the output takes all heads
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x6xf32>) {
  // expected-error @below {{expects the columns of the output's projection to be 4, found 6}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x6xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c4: the output gives the result
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<10x4xf32>) {
  // expected-error @below {{expects the result's width to be 10, found 8}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<10x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c5: three have a bias and one has not
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>, %b0: tensor<6xf32>, %b1: tensor<6xf32>,
               %b2: tensor<4xf32>) {
  // expected-error @below {{expects no biases or four, found 3}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      biases(%b0, %b1, %b2)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>, tensor<6xf32>, tensor<6xf32>,
         tensor<4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c5: a bias is as long as its projection is wide
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>, %b0: tensor<6xf32>, %b1: tensor<6xf32>,
               %b2: tensor<6xf32>, %b3: tensor<8xf32>) {
  // expected-error @below {{expects the length of a bias to be 4, found 6}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      biases(%b0, %b1, %b2, %b3)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>, tensor<6xf32>, tensor<6xf32>,
         tensor<6xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c6: there is a value for each key
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x4x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the number of values to be 5, found 4}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x4x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c6: keys are of the same batch
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<3x5x8xf32>, %v: tensor<3x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects the size of the batch to be 2, found 3}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<3x5x8xf32>, tensor<3x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c7: there is a result for each query
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects dimension 1 of the result to be 3, found 5}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
  return
}

// -----

// multi_head_attention_c7: the result knows as much as the queries
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects dimension 0 of the result to be 2, found ?}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x3x8xf32>
  return
}

// -----

// multi_head_attention_c10: a bias has the weights' type
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>, %b0: tensor<6xf32>, %b1: tensor<6xf32>,
               %b2: tensor<4xf32>, %b3: tensor<8xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'bf16'}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      biases(%b0, %b1, %b2, %b3)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>, tensor<6xf32>, tensor<6xf32>,
         tensor<4xf32>, tensor<8xbf16>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c10: a sink has the type of the rest
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %s: tensor<4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'bf16'}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      sinks(%s)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<4xbf16>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c11: key heads have as many heads each
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<6x8xf32>,
             %wv: tensor<6x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{expects its 4 heads to be a multiple of its 3 key heads}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(3) projections(%wq, %wk, %wv, %wo)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<6x8xf32>, tensor<6x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}
