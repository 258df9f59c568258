// RUN: treadle-opt %s --treadle-interpret -o /dev/null | FileCheck %s

// The special cases of the contract. Queries and keys have one component, so that a score is a product; ln 3 = 1.09861
// makes weights of quarters: exp(0) : exp(ln 3) = 1 : 3.

#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>
#s = affine_map<(m, n, d, e) -> (m, n)>
#w = affine_map<(m, n, d, e) -> (d)>
#l = affine_map<(m, n, d, e) -> (m)>
#one = affine_map<(m, n, d, e) -> ()>

// (100 + 3 · 200)/4 = 175; without a scale of 2, with it 1 : 9. The log-sum-exp is ln 4 = 1.38629, ln 10 = 2.30259.
// CHECK: scales#0: 1x1xf64 [ [175] ]
// CHECK: scales#1: 1xf32 [1.38629]
// CHECK: scales#2: 1x1xf64 [ [190] ]
// CHECK: scales#3: 1xf32 [2.30259]
func.func @scales() -> (tensor<1x1xf64>, tensor<1xf32>, tensor<1x1xf64>, tensor<1xf32>) {
  %q = arith.constant dense<1.0> : tensor<1x1xf64>
  %k = arith.constant dense<[[0.0], [1.0986122886681098]]> : tensor<2x1xf64>
  %v = arith.constant dense<[[100.0], [200.0]]> : tensor<2x1xf64>
  %a, %la = treadle.attention dot queries(%q) keys(%k) values(%v) indexing_maps = [#q, #k, #v, #o, #l]
    : (tensor<1x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>) -> (tensor<1x1xf64>, tensor<1xf32>)
  %b, %lb = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) scale(2.0) indexing_maps = [#q, #k, #v, #o, #l]
    : (tensor<1x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>) -> (tensor<1x1xf64>, tensor<1xf32>)
  return %a, %la, %b, %lb : tensor<1x1xf64>, tensor<1xf32>, tensor<1x1xf64>, tensor<1xf32>
}

// Four components of 1, keys of c: c · 4 / sqrt(4) = 2c is ln 3.
// CHECK: by_width: 1x1xf64 [ [175] ]
func.func @by_width() -> tensor<1x1xf64> {
  %q = arith.constant dense<1.0> : tensor<1x4xf64>
  %k = arith.constant dense<[[0.0, 0.0, 0.0, 0.0], [1.0986122886681098, 1.0986122886681098, 0.0, 0.0]]> : tensor<2x4xf64>
  %v = arith.constant dense<[[100.0], [200.0]]> : tensor<2x1xf64>
  %a = treadle.attention scaled_dot queries(%q) keys(%k) values(%v) indexing_maps = [#q, #k, #v, #o]
    : (tensor<1x4xf64>, tensor<2x4xf64>, tensor<2x1xf64>) -> tensor<1x1xf64>
  return %a : tensor<1x1xf64>
}

// w tanh(q + k): tanh(1.5 - 1.5) = 0, and 1.2137 tanh(1.5) = 1.0986.
// CHECK: additive: 1x1xf64 [ [175] ]
func.func @additive() -> tensor<1x1xf64> {
  %q = arith.constant dense<1.5> : tensor<1x1xf64>
  %k = arith.constant dense<[[-1.5], [0.0]]> : tensor<2x1xf64>
  %v = arith.constant dense<[[100.0], [200.0]]> : tensor<2x1xf64>
  %ln3 = arith.constant 1.0986122886681098 : f64
  %x = arith.constant 1.5 : f64
  %t = math.tanh %x : f64
  %c = arith.divf %ln3, %t : f64
  %w = tensor.from_elements %c : tensor<1xf64>
  %a = treadle.attention additive queries(%q) keys(%k) values(%v) score_weights(%w) indexing_maps = [#q, #k, #v, #o, #w]
    : (tensor<1x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>, tensor<1xf64>) -> tensor<1x1xf64>
  return %a : tensor<1x1xf64>
}

// Equal scores: the result is the mean of the visible values, which are bits, so that the result says which they are.
// Three queries, four keys: the last query sees all, the first two.
// CHECK: causal#0: 3x1xf32 [ [1.5], [2.33333], [3.75] ]
// Aligned at the top left, they see 1, 2 and 3.
// CHECK: causal#1: 3x1xf32 [ [1], [1.5], [2.33333] ]
// A window of 2 back from there: {0}, {0, 1}, {1, 2}; of 2 both ways {0, 1}, {0, 1, 2}, {1, 2, 3}.
// CHECK: causal#2: 3x1xf32 [ [1], [1.5], [3] ]
// CHECK: causal#3: 3x1xf32 [ [1.5], [2.33333], [4.66667] ]
func.func @causal() -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>) {
  %q = arith.constant dense<0.0> : tensor<3x1xf32>
  %k = arith.constant dense<0.0> : tensor<4x1xf32>
  %v = arith.constant dense<[[1.0], [2.0], [4.0], [8.0]]> : tensor<4x1xf32>
  %a = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal>) indexing_maps = [#q, #k, #v, #o]
    : (tensor<3x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<3x1xf32>
  %b = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal, align = top_left>) indexing_maps = [#q, #k, #v, #o]
    : (tensor<3x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<3x1xf32>
  %c = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal, window = 2, align = top_left>) indexing_maps = [#q, #k, #v, #o]
    : (tensor<3x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<3x1xf32>
  %d = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<window = 2, align = top_left>) indexing_maps = [#q, #k, #v, #o]
    : (tensor<3x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<3x1xf32>
  return %a, %b, %c, %d : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>
}

// More queries than keys: those before the first key see none, and give zeros and -inf.
// CHECK: nothing#0: 3x1xf32 [ [0], [1], [1.5] ]
// CHECK: nothing#1: 3xf32 [-inf, 0, 0.693147]
// No key at all.
// CHECK: nothing#2: 3x1xf32 [ [0], [0], [0] ]
// CHECK: nothing#3: 3xf32 [-inf, -inf, -inf]
func.func @nothing() -> (tensor<3x1xf32>, tensor<3xf32>, tensor<3x1xf32>, tensor<3xf32>) {
  %q = arith.constant dense<0.0> : tensor<3x1xf32>
  %k = arith.constant dense<0.0> : tensor<2x1xf32>
  %v = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %none = arith.constant dense<> : tensor<0x1xf32>
  %a, %la = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal>) indexing_maps = [#q, #k, #v, #o, #l]
    : (tensor<3x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> (tensor<3x1xf32>, tensor<3xf32>)
  %b, %lb = treadle.attention dot queries(%q) keys(%none) values(%none) indexing_maps = [#q, #k, #v, #o, #l]
    : (tensor<3x1xf32>, tensor<0x1xf32>, tensor<0x1xf32>) -> (tensor<3x1xf32>, tensor<3xf32>)
  return %a, %la, %b, %lb : tensor<3x1xf32>, tensor<3xf32>, tensor<3x1xf32>, tensor<3xf32>
}

// What is hidden is not looked at: a NaN in the hidden key and the hidden value changes nothing. Visible, it is all
// that is left; so is an infinite score. Scores of -inf alone give zeros.
// CHECK: infinite#0: 1x1xf32 [ [1] ]
// CHECK: infinite#1: 1x1xf32 [ [nan] ]
// CHECK: infinite#2: 1x1xf32 [ [nan] ]
// CHECK: infinite#3: 1x1xf32 [ [0] ]
func.func @infinite() -> (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %q = arith.constant dense<1.0> : tensor<1x1xf32>
  %nan = arith.constant dense<[[0.0], [0x7FC00000]]> : tensor<2x1xf32>
  %inf = arith.constant dense<[[0.0], [0x7F800000]]> : tensor<2x1xf32>
  %low = arith.constant dense<0xFF800000> : tensor<2x1xf32>
  %v = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %vn = arith.constant dense<[[1.0], [0x7FC00000]]> : tensor<2x1xf32>
  %first = arith.constant dense<[[true, false]]> : tensor<1x2xi1>
  %a = treadle.attention dot queries(%q) keys(%nan) values(%vn) selection(%first) indexing_maps = [#q, #k, #v, #o, #s]
    : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<1x2xi1>) -> tensor<1x1xf32>
  %b = treadle.attention dot queries(%q) keys(%nan) values(%v) indexing_maps = [#q, #k, #v, #o]
    : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
  %c = treadle.attention dot queries(%q) keys(%inf) values(%v) indexing_maps = [#q, #k, #v, #o]
    : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
  %d = treadle.attention dot queries(%q) keys(%low) values(%v) indexing_maps = [#q, #k, #v, #o]
    : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
  return %a, %b, %c, %d : tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}

// A bias of ln 3 on the second key; a bias of -inf hides, and of all keys gives zeros.
// CHECK: biased: 3x1xf64 [ [175], [100], [0] ]
func.func @biased() -> tensor<3x1xf64> {
  %q = arith.constant dense<0.0> : tensor<3x1xf64>
  %k = arith.constant dense<0.0> : tensor<2x1xf64>
  %v = arith.constant dense<[[100.0], [200.0]]> : tensor<2x1xf64>
  %b = arith.constant dense<[[0.0, 1.0986122886681098], [0.0, 0xFFF0000000000000], [0xFFF0000000000000, 0xFFF0000000000000]]> : tensor<3x2xf64>
  %a = treadle.attention dot queries(%q) keys(%k) values(%v) bias(%b) indexing_maps = [#q, #k, #v, #o, #s]
    : (tensor<3x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>, tensor<3x2xf64>) -> tensor<3x1xf64>
  return %a : tensor<3x1xf64>
}

// A sink of ln 2 beside two scores of 0: weights 1/4, 1/4 and 1/2 for nothing. Seeing no key, the query gives zeros, and
// the sink is the log-sum-exp.
// CHECK: sunk#0: 1x1xf64 [ [75] ]
// CHECK: sunk#1: 1xf32 [1.38629]
// CHECK: sunk#2: 1x1xf64 [ [0] ]
// CHECK: sunk#3: 1xf32 [0.693147]
func.func @sunk() -> (tensor<1x1xf64>, tensor<1xf32>, tensor<1x1xf64>, tensor<1xf32>) {
  %q = arith.constant dense<0.0> : tensor<1x1xf64>
  %k = arith.constant dense<0.0> : tensor<2x1xf64>
  %v = arith.constant dense<[[100.0], [200.0]]> : tensor<2x1xf64>
  %sink = arith.constant dense<0.69314718055994529> : tensor<f64>
  %none = arith.constant dense<false> : tensor<1x2xi1>
  %a, %la = treadle.attention dot queries(%q) keys(%k) values(%v) sinks(%sink) indexing_maps = [#q, #k, #v, #o, #one, #l]
    : (tensor<1x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>, tensor<f64>) -> (tensor<1x1xf64>, tensor<1xf32>)
  %b, %lb = treadle.attention dot queries(%q) keys(%k) values(%v) selection(%none) sinks(%sink)
      indexing_maps = [#q, #k, #v, #o, #s, #one, #l]
    : (tensor<1x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>, tensor<1x2xi1>, tensor<f64>) -> (tensor<1x1xf64>, tensor<1xf32>)
  return %a, %la, %b, %lb : tensor<1x1xf64>, tensor<1xf32>, tensor<1x1xf64>, tensor<1xf32>
}

// The region makes the score of key n for query m m · n · ln 3, whatever it was.
// CHECK: changed: 2x1xf32 [ [150], [175] ]
func.func @changed() -> tensor<2x1xf32> {
  %q = arith.constant dense<5.0> : tensor<2x1xf32>
  %k = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %v = arith.constant dense<[[100.0], [200.0]]> : tensor<2x1xf32>
  %table = arith.constant dense<[0.0, 1.0986122886681098]> : tensor<2xf64>
  %a = treadle.attention dot queries(%q) keys(%k) values(%v) indexing_maps = [#q, #k, #v, #o]
    score {
    ^change(%s: f32, %m: index, %n: index):
      %mn = arith.muli %m, %n : index
      %t = tensor.extract %table[%mn] : tensor<2xf64>
      %x = arith.truncf %t : f64 to f32
      treadle.yield %x : f32
    } : (tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  return %a : tensor<2x1xf32>
}

#bq = affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>
#bk = affine_map<(b, h, m, n, d, e) -> (b, n, d)>
#bv = affine_map<(b, h, m, n, d, e) -> (b, n, e)>
#bo = affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>

// Two sequences of different lengths, two query heads of each that share keys. A negative length is none, a large one all.
// CHECK: lengths: 3x1x2x1xf32 [ [ [ [1], [1] ] ], [ [ [0], [0] ] ], [ [ [2], [2] ] ] ]
func.func @lengths() -> tensor<3x1x2x1xf32> {
  %q = arith.constant dense<0.0> : tensor<3x1x2x1xf32>
  %k = arith.constant dense<0.0> : tensor<3x2x1xf32>
  %v = arith.constant dense<[[[1.0], [3.0]], [[1.0], [3.0]], [[1.0], [3.0]]]> : tensor<3x2x1xf32>
  %l = arith.constant dense<[1, -1, 9]> : tensor<3xi32>
  %a = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<keys_within_lengths>) lengths(%l)
      indexing_maps = [#bq, #bk, #bv, #bo]
    : (tensor<3x1x2x1xf32>, tensor<3x2x1xf32>, tensor<3x2x1xf32>, tensor<3xi32>) -> tensor<3x1x2x1xf32>
  return %a : tensor<3x1x2x1xf32>
}

// Positions in a cache: sequence 0 has none before, sequence 1 two. With a prefix of two, all see keys 0 and 1.
// CHECK: cached#0: 2x2x1x1xf32 [ [ [ [1] ], [ [1.5] ] ], [ [ [2.33333] ], [ [3.75] ] ] ]
// CHECK: cached#1: 2x2x1x1xf32 [ [ [ [1.5] ], [ [1.5] ] ], [ [ [2.33333] ], [ [3.75] ] ] ]
// The last query of sequence b lies at its last token, 2 and 3.
// CHECK: cached#2: 2x2x1x1xf32 [ [ [ [1] ], [ [1.5] ] ], [ [ [1.5] ], [ [2.33333] ] ] ]
func.func @cached() -> (tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>) {
  %q = arith.constant dense<0.0> : tensor<2x2x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<2x4x1xf32>
  %v = arith.constant dense<[[[1.0], [2.0], [4.0], [8.0]], [[1.0], [2.0], [4.0], [8.0]]]> : tensor<2x4x1xf32>
  %before = arith.constant dense<[0, 2]> : tensor<2xi64>
  %two = arith.constant dense<2> : tensor<2xi64>
  %tokens = arith.constant dense<[2, 3]> : tensor<2xi64>
  %a = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal, align = offsets>) offsets(%before)
      indexing_maps = [#bq, #bk, #bv, #bo]
    : (tensor<2x2x1x1xf32>, tensor<2x4x1xf32>, tensor<2x4x1xf32>, tensor<2xi64>) -> tensor<2x2x1x1xf32>
  %b = treadle.attention dot queries(%q) keys(%k) values(%v)
      mask(#treadle.mask<causal, prefix, align = offsets>) offsets(%before) prefixes(%two)
      indexing_maps = [#bq, #bk, #bv, #bo]
    : (tensor<2x2x1x1xf32>, tensor<2x4x1xf32>, tensor<2x4x1xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x2x1x1xf32>
  %c = treadle.attention dot queries(%q) keys(%k) values(%v) mask(#treadle.mask<causal, align = lengths>) lengths(%tokens)
      indexing_maps = [#bq, #bk, #bv, #bo]
    : (tensor<2x2x1x1xf32>, tensor<2x4x1xf32>, tensor<2x4x1xf32>, tensor<2xi64>) -> tensor<2x2x1x1xf32>
  return %a, %b, %c : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
}

// Key 1, then key 0: scores are in units of log 2. exp2(0) and exp2(2) make 1 and 4; after key 1, μ = 2, l = 1, O = 200;
// after key 0, l = 1 + 1/4 and O = 200 + 100/4.
// CHECK: online#0: 1x1xf64 [ [200] ]
// CHECK: online#1: 1xf64 [2]
// CHECK: online#2: 1xf64 [1]
// CHECK: online#3: 1x1xf64 [ [225] ]
// CHECK: online#4: 1xf64 [2]
// CHECK: online#5: 1xf64 [1.25]
func.func @online() -> (tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>, tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>) {
  %q = arith.constant dense<1.0> : tensor<1x1xf64>
  // 2 ln 2
  %k1 = arith.constant dense<1.3862943611198906> : tensor<1x1xf64>
  %k0 = arith.constant dense<0.0> : tensor<1x1xf64>
  %v1 = arith.constant dense<200.0> : tensor<1x1xf64>
  %v0 = arith.constant dense<100.0> : tensor<1x1xf64>
  %o = arith.constant dense<0.0> : tensor<1x1xf64>
  %mu = arith.constant dense<0xFFF0000000000000> : tensor<1xf64>
  %l = arith.constant dense<0.0> : tensor<1xf64>
  %a:3 = treadle.online_attention dot queries(%q) keys(%k1) values(%v1) outs(%o, %mu, %l)
      indexing_maps = [#q, #k, #v, #o, #l, #l]
    : (tensor<1x1xf64>, tensor<1x1xf64>, tensor<1x1xf64>, tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>)
      -> (tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>)
  %b:3 = treadle.online_attention dot queries(%q) keys(%k0) values(%v0) outs(%a#0, %a#1, %a#2)
      indexing_maps = [#q, #k, #v, #o, #l, #l]
    : (tensor<1x1xf64>, tensor<1x1xf64>, tensor<1x1xf64>, tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>)
      -> (tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>)
  return %a#0, %a#1, %a#2, %b#0, %b#1, %b#2
    : tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>, tensor<1x1xf64>, tensor<1xf64>, tensor<1xf64>
}

// Keys 2 and 3 of a causal whole: queries 1 and 2 of three, which lies one behind, at positions 2 and 3. What hides all
// keys leaves a maximum of -inf and sums of zero.
// CHECK: tile#0: 2x1xf64 [ [1], [3] ]
// CHECK: tile#1: 2xf64 [1, 2]
// CHECK: tile#2: 2x1xf64 [ [0], [0] ]
// CHECK: tile#3: 2xf64 [-inf, -inf]
// CHECK: tile#4: 2xf64 [0, 0]
func.func @tile() -> (tensor<2x1xf64>, tensor<2xf64>, tensor<2x1xf64>, tensor<2xf64>, tensor<2xf64>) {
  %z = arith.constant dense<0.0> : tensor<2x1xf64>
  %v = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf64>
  %mu = arith.constant dense<0xFFF0000000000000> : tensor<2xf64>
  %l = arith.constant dense<0.0> : tensor<2xf64>
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c9 = arith.constant 9 : index
  %a:3 = treadle.online_attention dot queries(%z) keys(%z) values(%v) mask(#treadle.mask<causal>) shift(%c1) origin(%c1, %c2)
      outs(%z, %mu, %l) indexing_maps = [#q, #k, #v, #o, #l, #l]
    : (tensor<2x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>, index, index, index, tensor<2x1xf64>, tensor<2xf64>, tensor<2xf64>)
      -> (tensor<2x1xf64>, tensor<2xf64>, tensor<2xf64>)
  %b:3 = treadle.online_attention dot queries(%z) keys(%z) values(%v) mask(#treadle.mask<causal>) shift(%c1) origin(%c1, %c9)
      outs(%z, %mu, %l) indexing_maps = [#q, #k, #v, #o, #l, #l]
    : (tensor<2x1xf64>, tensor<2x1xf64>, tensor<2x1xf64>, index, index, index, tensor<2x1xf64>, tensor<2xf64>, tensor<2xf64>)
      -> (tensor<2x1xf64>, tensor<2xf64>, tensor<2xf64>)
  return %a#0, %a#2, %b#0, %b#1, %b#2 : tensor<2x1xf64>, tensor<2xf64>, tensor<2x1xf64>, tensor<2xf64>, tensor<2xf64>
}

// Two heads of one component, which the projections swap and double: head 0 looks at component 1. With equal scores, a
// head's result is the mean of its values; the output adds both heads and a bias.
// CHECK: multi_head: 1x2x1xf32 [ [ [31], [46] ] ]
func.func @multi_head() -> tensor<1x2x1xf32> {
  %x = arith.constant dense<[[[1.0, 10.0], [2.0, 20.0]]]> : tensor<1x2x2xf32>
  %zero = arith.constant dense<0.0> : tensor<2x2xf32>
  %swap = arith.constant dense<[[0.0, 2.0], [1.0, 0.0]]> : tensor<2x2xf32>
  %sum = arith.constant dense<[[1.0, 10.0]]> : tensor<1x2xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %bo = arith.constant dense<1.0> : tensor<1xf32>
  // Values (20, 1) and (40, 2): their means are (20, 1), and (30, 1.5).
  %y = treadle.multi_head_attention %x, %x, %x heads(2) projections(%zero, %zero, %swap, %sum) biases(%b, %b, %b, %bo)
      mask(#treadle.mask<causal>)
    : (tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>,
       tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<1xf32>) -> tensor<1x2x1xf32>
  return %y : tensor<1x2x1xf32>
}
