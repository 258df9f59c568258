// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// embedding_i1: ids are integers
func.func @f(%ids: tensor<2x3xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{operand #0 must be 2D tensor of 64-bit signless integer or 32-bit signless integer values}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xf32>, tensor<9x4xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// embedding_i2: a table has rows
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<*xf32>) {
  // expected-error @below {{operand #1 must be 2D tensor of floating-point values}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<*xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// embedding_c1: a row is as wide as the result
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects the result's width to be 4, found 9}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<9x4xf32>) -> tensor<2x3x9xf32>
  return
}

// -----

// embedding_c2: an id gives a vector
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects dimension 1 of the result to be 3, found 5}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<9x4xf32>) -> tensor<2x5x4xf32>
  return
}

// -----

// embedding_c2: whose number is known where that of the ids is
func.func @f(%ids: tensor<2x?xi64>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects dimension 0 of the result to be 2, found ?}}
  %0 = treadle.embedding %ids, %table : (tensor<2x?xi64>, tensor<9x4xf32>) -> tensor<?x?x4xf32>
  return
}

// -----

// embedding_c3: rows are not converted
func.func @f(%ids: tensor<2x3xi64>, %table: tensor<9x4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'bf16' and 'f32'}}
  %0 = treadle.embedding %ids, %table : (tensor<2x3xi64>, tensor<9x4xbf16>) -> tensor<2x3x4xf32>
  return
}

// -----

// learned_position_c1: a row is as wide as a token
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x6xf32>) {
  // expected-error @below {{expects the table's width to be 4, found 6}}
  %0 = treadle.learned_position %x, %table : tensor<2x3x4xf32>, tensor<9x6xf32>
  return
}

// -----

// learned_position_c2: positions begin in the table
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects an offset that is not negative}}
  %0 = treadle.learned_position %x, %table offset(-1) : tensor<2x3x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c3: and end in it
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects a row for each position, the table has 9}}
  %0 = treadle.learned_position %x, %table offset(7) : tensor<2x3x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c3: whatever the number of tokens
func.func @f(%x: tensor<2x?x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects a row for each position, the table has 9}}
  %0 = treadle.learned_position %x, %table offset(10) : tensor<2x?x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c3: where offset and tokens exceed 64 bits
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{expects a row for each position, the table has 9}}
  %0 = treadle.learned_position %x, %table offset(9223372036854775807)
      : tensor<2x3x4xf32>, tensor<9x4xf32>
  return
}

// -----

// learned_position_c4: rows are not converted
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf64>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f64'}}
  %0 = treadle.learned_position %x, %table : tensor<2x3x4xf32>, tensor<9x4xf64>
  return
}

// -----

// learned_position_c5: the result is of the input's type
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.learned_position"(%x, %table) : (tensor<2x3x4xf32>, tensor<9x4xf32>) -> tensor<2x?x4xf32>
  return
}

// -----

// sinusoidal_position_c1: a power of a negative base is no frequency
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{expects a base that is positive and finite}}
  %0 = treadle.sinusoidal_position %x base(-1.0e4) : tensor<2x3x4xf32>
  return
}

// -----

// sinusoidal_position_c1: nor is one of zero
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{expects a base that is positive and finite}}
  %0 = treadle.sinusoidal_position %x base(0.0) : tensor<2x3x4xf32>
  return
}

// -----

// sinusoidal_position_c2: a sine goes with a cosine
func.func @f(%x: tensor<2x3x5xf32>) {
  // expected-error @below {{expects a width that is static and even}}
  %0 = treadle.sinusoidal_position %x : tensor<2x3x5xf32>
  return
}

// -----

// sinusoidal_position_c2: frequencies depend on the width
func.func @f(%x: tensor<2x3x?xf32>) {
  // expected-error @below {{expects a width that is static and even}}
  %0 = treadle.sinusoidal_position %x : tensor<2x3x?xf32>
  return
}

// -----

// sinusoidal_position_c3: the result is of the input's type
func.func @f(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.sinusoidal_position"(%x) : (tensor<2x3x4xf32>) -> tensor<2x?x4xf32>
  return
}

// -----

// learned_position_c6: each sequence begins somewhere
func.func @f(%x: tensor<2x3x4xf32>, %table: tensor<9x4xf32>, %o: tensor<3xi64>) {
  // expected-error @below {{expects the number of offsets to be 2, found 3}}
  %0 = treadle.learned_position %x, %table offsets(%o) : tensor<2x3x4xf32>, tensor<9x4xf32>, tensor<3xi64>
  return
}

// -----

// sinusoidal_position_c4: each sequence begins somewhere
func.func @f(%x: tensor<2x3x4xf32>, %o: tensor<1xi32>) {
  // expected-error @below {{expects the number of offsets to be 2, found 1}}
  %0 = treadle.sinusoidal_position %x offsets(%o) : tensor<2x3x4xf32>, tensor<1xi32>
  return
}

// -----

// rotary_c1: more is turned than there is
func.func @f(%x: tensor<2x3x5x8xf32>) {
  // expected-error @below {{expects vectors of a static width of at least 16}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 16>) : (tensor<2x3x5x8xf32>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c1: what is turned is known
func.func @f(%x: tensor<2x3x5x?xf32>) {
  // expected-error @below {{expects vectors of a static width of at least 4}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) : (tensor<2x3x5x?xf32>) -> tensor<2x3x5x?xf32>
  return
}

// -----

// rotary_c2: a position is said in one way
func.func @f(%x: tensor<2x3x5x8xf32>, %p: tensor<2x3xi64>, %o: tensor<2xi64>) {
  // expected-error @below {{expects positions or offsets, not both}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) positions(%p) offsets(%o) : (tensor<2x3x5x8xf32>, tensor<2x3xi64>, tensor<2xi64>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c3: each token is somewhere
func.func @f(%x: tensor<2x3x5x8xf32>, %p: tensor<2x4xi64>) {
  // expected-error @below {{expects dimension 1 of positions to be 3, found 4}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) positions(%p) : (tensor<2x3x5x8xf32>, tensor<2x4xi64>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c3: each sequence begins somewhere
func.func @f(%x: tensor<2x3x5x8xf32>, %o: tensor<3xi64>) {
  // expected-error @below {{expects the number of offsets to be 2, found 3}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) offsets(%o) : (tensor<2x3x5x8xf32>, tensor<3xi64>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c4: a cosine goes with a sine
func.func @f(%x: tensor<2x3x5x8xf32>, %t: tensor<9x2xf32>) {
  // expected-error @below {{expects cosines and sines together, of one type}}
  %0 = "treadle.rotary"(%x, %t) <{rotary = #treadle.rotary<width = 4>, operandSegmentSizes = array<i32: 1, 0, 0, 1, 0>}>
      : (tensor<2x3x5x8xf32>, tensor<9x2xf32>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c4: of the same position
func.func @f(%x: tensor<2x3x5x8xf32>, %c: tensor<9x2xf32>, %s: tensor<8x2xf32>) {
  // expected-error @below {{expects cosines and sines together, of one type}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) tables(%c, %s) : (tensor<2x3x5x8xf32>, tensor<9x2xf32>, tensor<8x2xf32>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c5: a pair has its angle
func.func @f(%x: tensor<2x3x5x8xf32>, %t: tensor<9x4xf32>) {
  // expected-error @below {{expects a table's width to be 2, found 4}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) tables(%t, %t) : (tensor<2x3x5x8xf32>, tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c6: a row belongs to a token or a position
func.func @f(%x: tensor<2x3x5x8xf32>, %o: tensor<2xi64>, %t: tensor<2x3x2xf32>) {
  // expected-error @below {{expects no positions and offsets with tables that have a row for each token}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) offsets(%o) tables(%t, %t) : (tensor<2x3x5x8xf32>, tensor<2xi64>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c6: a token has its row
func.func @f(%x: tensor<2x3x5x8xf32>, %t: tensor<2x9x2xf32>) {
  // expected-error @below {{expects dimension 1 of a table to be 3, found 9}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) tables(%t, %t) : (tensor<2x3x5x8xf32>, tensor<2x9x2xf32>, tensor<2x9x2xf32>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c7: a table has the angles that it has
func.func @f(%x: tensor<2x3x5x8xf32>, %t: tensor<9x2xf32>) {
  // expected-error @below {{expects no scaling of what tables give}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4, scaling = linear, factor = 2.0>) tables(%t, %t) : (tensor<2x3x5x8xf32>, tensor<9x2xf32>, tensor<9x2xf32>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c7: and is not converted
func.func @f(%x: tensor<2x3x5x8xf32>, %t: tensor<9x2xf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f16'}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) tables(%t, %t) : (tensor<2x3x5x8xf32>, tensor<9x2xf16>, tensor<9x2xf16>) -> tensor<2x3x5x8xf32>
  return
}

// -----

// rotary_c8: the result is of the input's type
func.func @f(%x: tensor<2x3x5x8xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) : (tensor<2x3x5x8xf32>) -> tensor<2x3x5x8xf16>
  return
}

// -----

// rotary_i1: heads are a dimension
func.func @f(%x: tensor<2x3x8xf32>) {
  // expected-error @below {{operand #0 must be 4D tensor of floating-point values}}
  %0 = treadle.rotary %x rotary(#treadle.rotary<width = 4>) : (tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// soft_cap_c1: nothing is within a bound below zero
func.func @f(%s: f32) {
  // expected-error @below {{expects a cap that is positive and finite}}
  %0 = treadle.soft_cap %s cap(-5.0) : f32
  return
}

// -----

// soft_cap_c1: or within zero
func.func @f(%s: f32) {
  // expected-error @below {{expects a cap that is positive and finite}}
  %0 = treadle.soft_cap %s cap(0.0) : f32
  return
}

// -----

// soft_cap_c1: and all is within infinity
func.func @f(%s: f32) {
  // expected-error @below {{expects a cap that is positive and finite}}
  %0 = treadle.soft_cap %s cap(0x7FF0000000000000) : f32
  return
}

// -----

// soft_cap_c2: the result is of the input's type
func.func @f(%s: f32) {
  // expected-error @below {{requires the same type for all operands and results}}
  %0 = "treadle.soft_cap"(%s) <{cap = 5.0}> : (f32) -> f64
  return
}

// -----

// alibi_c1: the result is of the score's type
func.func @f(%s: f32, %i: index) {
  // expected-error @below {{failed to verify that all of {score, result} have same type}}
  %0 = "treadle.alibi"(%s, %i, %i, %i) <{heads = 4}> : (f32, index, index, index) -> f64
  return
}

// -----

// alibi_i5: there are heads
func.func @f(%s: f32, %i: index) {
  // expected-error @below {{attribute 'heads' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = treadle.alibi %s head(%i of 0) query(%i) key(%i) : f32
  return
}

// -----

// relative_bucket_c1: both directions have as many
func.func @f(%i: index) {
  // expected-error @below {{expects two buckets or more for each direction, and as many for both}}
  %0 = treadle.relative_bucket query(%i) key(%i) buckets(33) max_distance(128) bidirectional : index
  return
}

// -----

// relative_bucket_c1: ratios are of something
func.func @f(%i: index) {
  // expected-error @below {{expects a largest distance of more than 16, as shorter ones have a bucket each}}
  %0 = treadle.relative_bucket query(%i) key(%i) buckets(32) max_distance(16) : index
  return
}
