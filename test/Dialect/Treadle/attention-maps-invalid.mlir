// RUN: treadle-opt %s -split-input-file -verify-diagnostics

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
