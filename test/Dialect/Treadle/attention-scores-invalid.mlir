// RUN: treadle-opt %s -split-input-file -verify-diagnostics

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
