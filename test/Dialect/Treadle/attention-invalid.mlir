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
