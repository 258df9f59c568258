// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// attention_i2: queries are floats
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xi32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xi32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_i3: keys have a rank
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<*xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{operand #1 must be ranked tensor of floating-point values}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<*xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_i6: lengths are integers
#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @f(%q: tensor<2x7x4xf32>, %k: tensor<2x5x4xf32>, %v: tensor<2x5x6xf32>, %lengths: tensor<2xf32>) {
  // expected-error @below {{operand #3 must be ranked tensor of 64-bit signless integer or 32-bit signless integer values}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<2x7x4xf32>, tensor<2x5x4xf32>, tensor<2x5x6xf32>, tensor<2xf32>) -> tensor<2x7x6xf32>
  return
}

// -----

// attention_i6: a selection is of booleans
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#s = affine_map<(m, n, d, e) -> (m, n)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %selection: tensor<7x5xi8>) {
  // expected-error @below {{operand #3 must be ranked tensor of 1-bit signless integer values}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) selection(%selection)
      indexing_maps = [#q, #k, #v, #o, #s]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x5xi8>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c1: one map is missing
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects 4 indexing maps, found 3}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c1: a selection has a map, too
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %selection: tensor<7x5xi1>) {
  // expected-error @below {{expects 5 indexing maps, found 4}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) selection(%selection)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x5xi1>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c2: a space has m, n, d and e
#q = affine_map<(m, n, d) -> (m, d)>
#k = affine_map<(m, n, d) -> (n, d)>
#v = affine_map<(m, n, d) -> (n, d)>
#o = affine_map<(m, n, d) -> (m, d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects maps that are projected permutations of one space, found affine_map<(d0, d1, d2) -> (d0, d2)>}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c2: all maps are of one space
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(b, m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects maps that are projected permutations of one space, found affine_map<(d0, d1, d2, d3, d4) -> (d2, d3)>}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c2: a map has no symbols
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e)[s] -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects maps that are projected permutations of one space, found affine_map<(d0, d1, d2, d3)[s0] -> (d1, d2)>}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c2: a map names a dimension once
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, n)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects maps that are projected permutations of one space, found affine_map<(d0, d1, d2, d3) -> (d1, d1)>}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c2: a map computes nothing
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d + 1)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects maps that are projected permutations of one space, found affine_map<(d0, d1, d2, d3) -> (d1, d2 + 1)>}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c3: the keys have a dimension more
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<2x5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{to have a result for each dimension of 'tensor<2x5x4xf32>'}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<2x5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: queries have no components
#q = affine_map<(m, n, d, e) -> (m)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects the map of queries to have the dimensions of queries and no other of the last four}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: keys do not depend on the query
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (m, n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<7x5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects the map of keys to have the dimensions of keys and no other of the last four}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<7x5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: values have components of their own
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, d)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x4xf32>) {
  // expected-error @below {{expects the map of values}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: a result has no keys
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (n, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects the map of result}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return
}

// -----

// attention_c4: a selection has no components
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#s = affine_map<(m, n, d, e) -> (m, d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %selection: tensor<7x4xi1>) {
  // expected-error @below {{expects the map of selection}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) selection(%selection)
      indexing_maps = [#q, #k, #v, #o, #s]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x4xi1>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c5: queries have a head for each of the result
#q = affine_map<(h, m, n, d, e) -> (m, d)>
#k = affine_map<(h, m, n, d, e) -> (n, d)>
#v = affine_map<(h, m, n, d, e) -> (n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects queries and result to have outer dimension 0}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<3x7x6xf32>
  return
}

// -----

// attention_c5: the result has a head for each of the queries
#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(h, m, n, d, e) -> (n, d)>
#v = affine_map<(h, m, n, d, e) -> (n, e)>
#o = affine_map<(h, m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<3x7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects queries and result to have outer dimension 0}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<3x7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c6: there is a value for each key
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<3x6xf32>) {
  // expected-error @below {{expects dimension 0 of a tensor to be 5, found 3}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<3x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c6: what is static somewhere counts for all
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#s = affine_map<(m, n, d, e) -> (m, n)>
func.func @f(%q: tensor<?x4xf32>, %k: tensor<?x4xf32>, %v: tensor<6x6xf32>, %selection: tensor<7x5xi1>) {
  // expected-error @below {{expects dimension 1 of a tensor to be 6, found 5}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) selection(%selection)
      indexing_maps = [#q, #k, #v, #o, #s]
      : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<6x6xf32>, tensor<7x5xi1>) -> tensor<?x6xf32>
  return
}

// -----

// attention_c7: the result has the components of the values
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects dimension 1 of the result to be 6, found ?}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x?xf32>
  return
}

// -----

// attention_c7: the result knows as little as the queries
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<?x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects dimension 0 of the result to be ?, found 7}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<?x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c8: a mask asks for lengths
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects lengths exactly when its mask has keys_within_lengths or align = lengths}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal, keys_within_lengths>)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c8: nobody asks for lengths
#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @f(%q: tensor<2x7x4xf32>, %k: tensor<2x5x4xf32>, %v: tensor<2x5x6xf32>, %lengths: tensor<2xi64>) {
  // expected-error @below {{expects lengths exactly when its mask has keys_within_lengths or align = lengths}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal>) lengths(%lengths)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<2x7x4xf32>, tensor<2x5x4xf32>, tensor<2x5x6xf32>, tensor<2xi64>) -> tensor<2x7x6xf32>
  return
}

// -----

// attention_c9: lengths belong to a batch
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %lengths: tensor<2xi64>) {
  // expected-error @below {{expects lengths of one dimension where there is an outer one, and of none otherwise}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<2xi64>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c9: a batch has a length each
#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @f(%q: tensor<2x7x4xf32>, %k: tensor<2x5x4xf32>, %v: tensor<2x5x6xf32>, %lengths: tensor<3xi64>) {
  // expected-error @below {{expects the number of lengths to be 2, found 3}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<2x7x4xf32>, tensor<2x5x4xf32>, tensor<2x5x6xf32>, tensor<3xi64>) -> tensor<2x7x6xf32>
  return
}

// -----

// attention_c10: a scale is finite
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects a finite scale}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) scale(0x7FF0000000000000)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c10: an unscaled score has no scale
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects no scale with an unscaled score}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) scale(0.5)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c11: 1/√d_k needs d_k
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x?xf32>, %k: tensor<5x?xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects a scale where the number of components is zero or dynamic}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x?xf32>, tensor<5x?xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c11: 1/√0 is no number
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x0xf32>, %k: tensor<5x0xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects a scale where the number of components is zero or dynamic}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x0xf32>, tensor<5x0xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c12: values have the type of keys
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'f16'}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf16>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: score weights belong to components
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %w: tensor<7xf32>) {
  // expected-error @below {{expects the map of score weights}}
  %0 = treadle.attention additive queries(%q) keys(%k) values(%v) score_weights(%w)
      indexing_maps = [#q, #k, #v, #o, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: a bias has no components
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %b: tensor<7x6xf32>) {
  // expected-error @below {{expects the map of bias}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) bias(%b)
      indexing_maps = [#q, #k, #v, #o, #me]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: sinks have no queries
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %b: tensor<7xf32>) {
  // expected-error @below {{expects the map of sinks}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) sinks(%b)
      indexing_maps = [#q, #k, #v, #o, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c4: the log-sum-exp has queries
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects the map of log-sum-exp}}
  %0:2 = treadle.attention dot queries(%q) keys(%k) values(%v) 
      indexing_maps = [#q, #k, #v, #o, #c]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> (tensor<7x6xf32>, tensor<4xf32>)
  return
}

// -----

// attention_c7: the log-sum-exp has the queries of the queries
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects dimension 0 of the result to be 7, found ?}}
  %0:2 = treadle.attention dot queries(%q) keys(%k) values(%v) 
      indexing_maps = [#q, #k, #v, #o, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> (tensor<7x6xf32>, tensor<?xf32>)
  return
}

// -----

// attention_c8: an alignment asks for offsets
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects offsets exactly when its mask has align = offsets}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal, align = offsets>)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c8: nobody asks for prefixes
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %p: tensor<i64>) {
  // expected-error @below {{expects prefixes exactly when its mask has prefix}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal>) prefixes(%p)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<i64>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c12: a bias has the type of queries
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %b: tensor<7x5xf16>) {
  // expected-error @below {{expects tensors of one element type}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) bias(%b)
      indexing_maps = [#q, #k, #v, #o, #mn]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x5xf16>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c13: an additive score has weights
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects score weights exactly with an additive score}}
  %0 = treadle.attention additive queries(%q) keys(%k) values(%v) 
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c13: a dot product has none
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{expects score weights exactly with an additive score}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) score_weights(%w)
      indexing_maps = [#q, #k, #v, #o, #c]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<4xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c14: a change takes two indices here
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects its change to take a score in f32 and 2 indices}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) 
      indexing_maps = [#q, #k, #v, #o] score {
      ^change(%s: f32, %m: index):
        treadle.yield %s : f32
      }
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c14: a change gives a score
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %t: tensor<f32>) {
  // expected-error @below {{expects its change to yield a score in f32}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) 
      indexing_maps = [#q, #k, #v, #o] score {
      ^change(%s: f32, %m: index, %n: index):
        treadle.yield %t : tensor<f32>
      }
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c15: a call may do anything
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func private @g(f32) -> f32
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects its change to have no effects}}
  %0 = treadle.attention dot queries(%q) keys(%k) values(%v) 
      indexing_maps = [#q, #k, #v, #o] score {
      ^change(%s: f32, %m: index, %n: index):
        // expected-note @below {{this may have one}}
        %t = func.call @g(%s) : (f32) -> f32
        treadle.yield %t : f32
      }
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf32>
  return
}

// -----

// attention_c12: keys are not wider than queries
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf16>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) {
  // expected-error @below {{expects tensors of one element type, found 'f16' and 'f32'}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf16>, tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<7x6xf16>
  return
}

// -----

// attention_c12: values are stored as keys are
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xbf16>, %v: tensor<5x6xf16>) {
  // expected-error @below {{expects tensors of one element type, found 'bf16' and 'f16'}}
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      indexing_maps = [#q, #k, #v, #o]
      : (tensor<7x4xf32>, tensor<5x4xbf16>, tensor<5x6xf16>) -> tensor<7x6xf32>
  return
}
