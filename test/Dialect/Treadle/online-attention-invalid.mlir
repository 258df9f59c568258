// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// online_attention_c1: the accumulator is what is added to
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %o: tensor<7x6xf32>, %m: tensor<7xf32>, %l: tensor<7xf32>) {
  // expected-error @below {{expected type of operand #3 ('tensor<7x6xf32>') to match type of corresponding result ('tensor<?x6xf32>')}}
  %0:3 = treadle.online_attention dot queries(%q) keys(%k) values(%v)  outs(%o, %m, %l)
      indexing_maps = [#q, #k, #v, #o, #m, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<?x6xf32>, tensor<7xf32>, tensor<7xf32>)
  return
}

// -----

// online_attention_c2: the sum has a map
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %o: tensor<7x6xf32>, %m: tensor<7xf32>, %l: tensor<7xf32>) {
  // expected-error @below {{expects 6 indexing maps, found 5}}
  %0:3 = treadle.online_attention dot queries(%q) keys(%k) values(%v)  outs(%o, %m, %l)
      indexing_maps = [#q, #k, #v, #o, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>)
  return
}

// -----

// online_attention_c3: a maximum is of queries
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %o: tensor<7x6xf32>, %m: tensor<4xf32>, %l: tensor<7xf32>) {
  // expected-error @below {{expects the map of maximum and sum}}
  %0:3 = treadle.online_attention dot queries(%q) keys(%k) values(%v)  outs(%o, %m, %l)
      indexing_maps = [#q, #k, #v, #o, #c, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x6xf32>, tensor<4xf32>, tensor<7xf32>) -> (tensor<7x6xf32>, tensor<4xf32>, tensor<7xf32>)
  return
}

// -----

// online_attention_c4: nobody asks for lengths
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %o: tensor<7x6xf32>, %m: tensor<7xf32>, %l: tensor<7xf32>, %n: tensor<i64>) {
  // expected-error @below {{expects lengths exactly when its mask has}}
  %0:3 = treadle.online_attention dot queries(%q) keys(%k) values(%v) lengths(%n) outs(%o, %m, %l)
      indexing_maps = [#q, #k, #v, #o, #m, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<i64>, tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>)
  return
}

// -----

// online_attention_c5: an origin has a query and a key
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %o: tensor<7x6xf32>, %m: tensor<7xf32>, %l: tensor<7xf32>, %i: index) {
  // expected-error @below {{expects no origin or one of 2 indices, found 1}}
  %0:3 = treadle.online_attention dot queries(%q) keys(%k) values(%v) origin(%i) outs(%o, %m, %l)
      indexing_maps = [#q, #k, #v, #o, #m, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, index, tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>)
  return
}

// -----

// online_attention_c6: a tile is as wide as its plan
#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#m = affine_map<(m, n, d, e) -> (m)>
#mn = affine_map<(m, n, d, e) -> (m, n)>
#me = affine_map<(m, n, d, e) -> (m, e)>
#c = affine_map<(m, n, d, e) -> (d)>
func.func @f(%q: tensor<7x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>, %o: tensor<7x6xf32>, %m: tensor<7xf32>, %l: tensor<7xf32>) {
  // expected-error @below {{expects a tile of 8 queries}}
  %0:3 = treadle.online_attention dot queries(%q) keys(%k) values(%v) plan(#treadle.attention_plan<queries = 8, keys = 16, tileRows = 4>) outs(%o, %m, %l)
      indexing_maps = [#q, #k, #v, #o, #m, #m]
      : (tensor<7x4xf32>, tensor<5x4xf32>, tensor<5x6xf32>, tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>) -> (tensor<7x6xf32>, tensor<7xf32>, tensor<7xf32>)
  return
}
