// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// multi_head_attention_i17: a mask is no position
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{#treadle.rotary, #treadle.alibi or #treadle.relative}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.mask<causal>)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c8: nobody asks for lengths
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>, %lengths: tensor<2xi64>) {
  // expected-error @below {{expects lengths exactly when its mask has keys_within_lengths}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      lengths(%lengths)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>,
         tensor<2xi64>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c8: a batch has a length each
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>, %lengths: tensor<3xi64>) {
  // expected-error @below {{expects the number of lengths to be 2, found 3}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>,
         tensor<3xi64>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c8: prefixes are asked for
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %p: tensor<2xi64>) {
  // expected-error @below {{expects prefixes exactly when its mask has prefix}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal>) prefixes(%p)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c9: a scale is a number
func.func @f(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>,
               %wq: tensor<6x8xf32>, %wk: tensor<6x8xf32>, %wv: tensor<4x8xf32>,
               %wo: tensor<8x4xf32>) {
  // expected-error @below {{expects a finite scale}}
  %0 = treadle.multi_head_attention %q, %k, %v heads(2) projections(%wq, %wk, %wv, %wo)
      scale(0x7FF8000000000000)
      : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<6x8xf32>,
         tensor<6x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c12: a component has a gain
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %g: tensor<8xf32>) {
  // expected-error @below {{expects the length of a gain to be 2, found 8}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      query_gain(%g) norm_epsilon(1.0e-6)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c12: a norm has an epsilon
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %g: tensor<2xf32>) {
  // expected-error @below {{expects a norm_epsilon exactly when it has a gain}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      key_gain(%g)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c12: which is not negative
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %g: tensor<2xf32>) {
  // expected-error @below {{expects a norm_epsilon that is finite and not negative}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      key_gain(%g) norm_epsilon(-1.0)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c13: pairs are of components that there are
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{expects a rotary encoding of at most 2 components, found 4}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.rotary<width = 4>)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c14: relative positions have a table
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{expects a relative_table exactly when its positions are relative}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.relative<buckets = 32, max_distance = 128>)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c14: with a column for each head
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %t: tensor<32x2xf32>) {
  // expected-error @below {{expects the table's columns to be 4, found 2}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.relative<buckets = 32, max_distance = 128>) relative_table(%t)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<32x2xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c14: and a row for each bucket
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %t: tensor<16x4xf32>) {
  // expected-error @below {{expects the table's rows to be 32, found 16}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      positions(#treadle.relative<buckets = 32, max_distance = 128>) relative_table(%t)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<16x4xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c15: a cap bounds
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{expects a cap that is finite and positive}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      soft_cap(0.0)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c16: a head has a sink
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %s: tensor<2xf32>) {
  // expected-error @below {{expects the number of sinks to be 4, found 2}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      sinks(%s)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c17: a mask at offsets has offsets
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>) {
  // expected-error @below {{expects offsets, which its mask asks for}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal, align = offsets>)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c17: and so has a cache
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %l: tensor<2xi64>, %ck: tensor<2x16x2x2xf32>, %cv: tensor<2x16x2x2xf32>) {
  // expected-error @below {{expects offsets, which its cache asks for}}
  %0:3 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<keys_within_lengths>) lengths(%l) cache(%ck, %cv)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>, tensor<2x16x2x2xf32>,
         tensor<2x16x2x2xf32>) -> (tensor<2x3x8xf32>, tensor<2x16x2x2xf32>, tensor<2x16x2x2xf32>)
  return
}

// -----

// multi_head_attention_c17: offsets are of use
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %o: tensor<2xi64>) {
  // expected-error @below {{expects no offsets, which nothing uses}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      offsets(%o)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c17: a sequence has an offset
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %o: tensor<3xi64>) {
  // expected-error @below {{expects the number of offsets to be 2, found 3}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal, align = offsets>) offsets(%o)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<3xi64>) -> tensor<2x3x8xf32>
  return
}

// -----

// multi_head_attention_c18: a cache has the heads of keys
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %o: tensor<2xi64>, %ck: tensor<2x16x4x2xf32>, %cv: tensor<2x16x2x2xf32>) {
  // expected-error @below {{expects the heads of the cache of keys to be 2, found 4}}
  %0:3 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal, align = offsets>) offsets(%o) cache(%ck, %cv)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>, tensor<2x16x4x2xf32>,
         tensor<2x16x2x2xf32>) -> (tensor<2x3x8xf32>, tensor<2x16x4x2xf32>, tensor<2x16x2x2xf32>)
  return
}

// -----

// multi_head_attention_c18: and their components
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %o: tensor<2xi64>, %ck: tensor<2x16x2x2xf32>, %cv: tensor<2x16x2x3xf32>) {
  // expected-error @below {{expects the components of the cache of values to be 2, found 3}}
  %0:3 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal, align = offsets>) offsets(%o) cache(%ck, %cv)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>, tensor<2x16x2x2xf32>,
         tensor<2x16x2x3xf32>) -> (tensor<2x3x8xf32>, tensor<2x16x2x2xf32>, tensor<2x16x2x3xf32>)
  return
}

// -----

// multi_head_attention_c18: keys and values have as many places
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %o: tensor<2xi64>, %ck: tensor<2x16x2x2xf32>, %cv: tensor<2x8x2x2xf32>) {
  // expected-error @below {{expects the capacity of the cache of values to be 16, found 8}}
  %0:3 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal, align = offsets>) offsets(%o) cache(%ck, %cv)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>, tensor<2x16x2x2xf32>,
         tensor<2x8x2x2xf32>) -> (tensor<2x3x8xf32>, tensor<2x16x2x2xf32>, tensor<2x8x2x2xf32>)
  return
}

// -----

// multi_head_attention_c19: what a cache does not hold yet is hidden
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %o: tensor<2xi64>, %ck: tensor<2x16x2x2xf32>, %cv: tensor<2x16x2x2xf32>) {
  // expected-error @below {{expects a mask that hides what a cache does not hold yet}}
  %0:3 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal>) offsets(%o) cache(%ck, %cv)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>, tensor<2x16x2x2xf32>,
         tensor<2x16x2x2xf32>) -> (tensor<2x3x8xf32>, tensor<2x16x2x2xf32>, tensor<2x16x2x2xf32>)
  return
}

// -----

// multi_head_attention_c20: caches come out as they went in
func.func @f(%q: tensor<2x3x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<4x8xf32>,
             %wv: tensor<4x8xf32>, %wo: tensor<8x8xf32>,
             %o: tensor<2xi64>, %ck: tensor<2x16x2x2xf32>, %cv: tensor<2x16x2x2xf32>) {
  // expected-error @below {{expects results of the types of its caches, 'tensor<2x16x2x2xf32>' and 'tensor<2x16x2x2xf32>'}}
  %0 = treadle.multi_head_attention %q, %q, %q heads(4) key_heads(2) projections(%wq, %wk, %wv, %wo)
      mask(#treadle.mask<causal, align = offsets>) offsets(%o) cache(%ck, %cv)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<8x8xf32>,
         tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x8xf32>, tensor<2xi64>, tensor<2x16x2x2xf32>,
         tensor<2x16x2x2xf32>) -> tensor<2x3x8xf32>
  return
}
