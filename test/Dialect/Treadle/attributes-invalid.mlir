// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// mask_c1: the same twice is a slip of the pen
// expected-error @below {{expected 'causal', 'window', 'prefix', 'keys_within_lengths' or 'align', each once}}
func.func private @f() attributes {test.mask = #treadle.mask<causal, causal>}

// -----

// mask_c1: what a mask may be made of
// expected-error @below {{expected 'causal', 'window', 'prefix', 'keys_within_lengths' or 'align', each once}}
func.func private @f() attributes {test.mask = #treadle.mask<sliding>}

// -----

// named_c1: callers use the name
// expected-error @below {{expects a name}}
func.func private @f(tensor<?xf32> {treadle.named = #treadle.named<"", dims = ["n"]>})

// -----

// named_c2: a limit belongs to a dimension
// expected-error @below {{expects a limit for each dimension}}
func.func private @f(tensor<?xf32> {treadle.named = #treadle.named<"x", dims = ["n"], limits = [4, 5]>})

// -----

// named_c3: no extent is below zero
// expected-error @below {{expects limits that are not negative}}
func.func private @f(tensor<?xf32> {treadle.named = #treadle.named<"x", dims = ["n"], limits = [-1]>})

// -----

// named_c3: and no element is in [0, -1)
// expected-error @below {{expects limits that are not negative}}
func.func private @f(tensor<?xi64> {treadle.named = #treadle.named<"x", dims = ["n"], below = -1>})

// -----

// named_c4: what is left out is as large as it may be
// expected-error @below {{expects an optional argument to have a maximum}}
func.func private @f(tensor<?xi64> {treadle.named = #treadle.named<"x", dims = ["n"], optional>})

// -----

// named_c5: an argument or a result is what has a name
// expected-error @below {{has an attribute 'treadle.named' that the dialect does not know}}
func.func private @f(tensor<?xf32>) attributes {treadle.named = #treadle.named<"x", dims = ["n"]>}

// -----

// named_c5: it has no other attribute of the dialect
// expected-error @below {{has an attribute 'treadle.name' that the dialect does not know}}
func.func private @f(tensor<?xf32> {treadle.name = "x"})

// -----

// named_c5: and says what it says in the dialect's terms
// expected-error @below {{expects 'treadle.named' to be a #treadle.named}}
func.func private @f() -> (tensor<?xf32> {treadle.named = "x"})

// -----

// named_c6: a dimension is left out
// expected-error @below {{to name each dimension of 'tensor<?x?xf32>'}}
func.func private @f(tensor<?x?xf32> {treadle.named = #treadle.named<"x", dims = ["n"]>})

// -----

// named_c6: nobody knows how many there are
// expected-error @below {{to name each dimension of 'tensor<*xf32>'}}
func.func private @f(tensor<*xf32> {treadle.named = #treadle.named<"x", dims = ["n"]>})

// -----

// named_c6: there are none
// expected-error @below {{to name each dimension of 'f32'}}
func.func private @f() -> (f32 {treadle.named = #treadle.named<"x", dims = []>})

// -----

// named_c7: a dynamic dimension has no name
// expected-error @below {{to name the dynamic dimensions of 'tensor<?x4xf32>' and no other}}
func.func private @f(tensor<?x4xf32> {treadle.named = #treadle.named<"x", dims = ["", ""]>})

// -----

// named_c7: a static one has
// expected-error @below {{to name the dynamic dimensions of 'tensor<?x4xf32>' and no other}}
func.func private @f(tensor<?x4xf32> {treadle.named = #treadle.named<"x", dims = ["n", "width"]>})

// -----

// expected-error @below {{part 'below' is there twice}}
func.func private @f(tensor<?xi64> {treadle.named = #treadle.named<"x", below = 4, dims = ["n"], below = 5>})

// -----

// expected-error @below {{unknown part 'above'}}
func.func private @f(tensor<?xi64> {treadle.named = #treadle.named<"x", dims = ["n"], above = 4>})

// -----

// stage_c1: a function has no stage of its own
// expected-error @below {{may not carry 'treadle.stage', which belongs on a module}}
func.func private @f() attributes {treadle.stage = #treadle.stage<model>}

// -----

// stage_c1: a stage is one of those that there are
// expected-error @below {{expects 'treadle.stage' to be a #treadle.stage}}
module attributes {treadle.stage = "model"} {}

// -----

// target_c1: nor is one function made for another CPU
// expected-error @below {{may not carry 'treadle.target', which belongs on a module}}
func.func private @f() attributes {treadle.target = #treadle.target<
  cpu = "x86-64", features = "", vectorBits = 128, registers = 16, l1 = 32768, l2 = 1048576>}

// -----

// target_c1: a name alone is no description
// expected-error @below {{expects 'treadle.target' to be a #treadle.target}}
module attributes {treadle.target = "x86-64"} {}

// -----

// target_c2: there are no such vectors
module attributes {treadle.target =
  // expected-error @below {{expects vectorBits to be a power of two of at least 128}}
  #treadle.target<cpu = "x86-64", features = "", vectorBits = 384, registers = 16, l1 = 1, l2 = 1>} {}

// -----

// target_c2: and none so short
module attributes {treadle.target =
  // expected-error @below {{expects vectorBits to be a power of two of at least 128}}
  #treadle.target<cpu = "x86-64", features = "", vectorBits = 64, registers = 16, l1 = 1, l2 = 1>} {}

// -----

// target_c3: a tile needs registers
module attributes {treadle.target =
  // expected-error @below {{expects 8 to 1024 registers}}
  #treadle.target<cpu = "x86-64", features = "", vectorBits = 128, registers = 7, l1 = 1, l2 = 1>} {}

// -----

// target_c3: no CPU has so many
module attributes {treadle.target =
  // expected-error @below {{expects 8 to 1024 registers}}
  #treadle.target<cpu = "x86-64", features = "", vectorBits = 128, registers = 1025, l1 = 1, l2 = 1>} {}

// -----

// target_c4: a block needs a cache
module attributes {treadle.target =
  // expected-error @below {{expects caches of positive size}}
  #treadle.target<cpu = "x86-64", features = "", vectorBits = 128, registers = 16, l1 = 1, l2 = 0>} {}

// -----

// target_c5: a CPU without the instruction
module attributes {treadle.target =
  // expected-error @below {{expects vectors of 512 bits and the feature '+avx512bf16' for vdpbf16ps}}
  #treadle.target<cpu = "x86-64-v4", features = "+avx512f,-avx512bf16", vectorBits = 512, registers = 32, l1 = 1, l2 = 1, dot = vdpbf16ps>} {}

// -----

// target_c5: and not for shorter vectors
module attributes {treadle.target =
  // expected-error @below {{expects vectors of 512 bits and the feature '+avx512bf16' for vdpbf16ps}}
  #treadle.target<cpu = "znver4", features = "+avx512bf16", vectorBits = 256, registers = 16, l1 = 1, l2 = 1, dot = vdpbf16ps>} {}

// -----

// precision_c1: all functions of a module have one
// expected-error @below {{may not carry 'treadle.precision', which belongs on a module}}
func.func private @f() attributes {treadle.precision = #treadle.precision<bf16>}

// -----

// precision_c1: a name is no attribute
// expected-error @below {{expects 'treadle.precision' to be a #treadle.precision}}
module attributes {treadle.precision = "bf16"} {}

// -----

// prepared_c1: a function makes a parameter
// expected-error @below {{expects 'treadle.prepared' to be a #treadle.prepared on a function}}
module attributes {treadle.prepared = #treadle.prepared<"w", members = 0>} {}

// -----

// prepared_c1: and says of which one
// expected-error @below {{expects 'treadle.prepared' to be a #treadle.prepared on a function}}
func.func private @f() attributes {treadle.prepared = "w"}

// -----

// decision_c1: a module is decided of
// expected-error @below {{expects 'treadle.decisions' to be an array of #treadle.decision on a module}}
func.func private @f() attributes {treadle.decisions = [#treadle.decision<"f", "a", #treadle.rows<block = 4>>]}

// -----

// decision_c1: by decisions
// expected-error @below {{expects 'treadle.decisions' to be an array of #treadle.decision on a module}}
module attributes {treadle.decisions = [#treadle.rows<block = 4>]} {}

// -----

// decision_c2: about how it is lowered
// expected-error @below {{expects a #treadle.product, a #treadle.rows or a #treadle.attention_plan}}
module attributes {treadle.decisions = [#treadle.decision<"f", "a", "fast">]} {}

// -----

// counters_c1: a function counts
// expected-error @below {{expects 'treadle.counters' to be a #treadle.counters on a function}}
module attributes {treadle.counters = #treadle.counters<["a"], members = [0]>} {}

// -----

// counters_c2: each name says how many it stands for
// expected-error @below {{expects a number of members for each name}}
func.func private @f() attributes {treadle.counters = #treadle.counters<["a", "b"], members = [0]>}

// -----

// counters_c3: and none stands for less than nothing
// expected-error @below {{expects no negative number of members}}
func.func private @f() attributes {treadle.counters = #treadle.counters<["a"], members = [-1]>}

// -----

// prepared_c2: it has a name
// expected-error @below {{expects a name}}
func.func private @f() attributes {treadle.prepared = #treadle.prepared<"", members = 0>}

// -----

// prepared_c3: it is made a number of times
// expected-error @below {{expects a number of members that is not negative}}
func.func private @f() attributes {treadle.prepared = #treadle.prepared<"w.{}", members = -1>}

// -----

// prepared_c4: members have names of their own
// expected-error @below {{expects one hole in the name exactly when there are members}}
func.func private @f() attributes {treadle.prepared = #treadle.prepared<"w", members = 6>}

// -----

// prepared_c4: one that is alone has no hole in its name
// expected-error @below {{expects one hole in the name exactly when there are members}}
func.func private @f() attributes {treadle.prepared = #treadle.prepared<"w.{}", members = 0>}

// -----

// product_c1, rows_c1: a lowering is one of the two
// expected-error @below {{expects 'treadle.lowering' to be a #treadle.product or #treadle.rows}}
func.func private @f() attributes {treadle.lowering = #treadle.mask<causal>}

// -----

// product_c2: a tile has a row
// expected-error @below {{expects positive sizes}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [504, 64], tile = [0, 32]>}

// -----

// product_c3: a part has no negative size
// expected-error @below {{expects no negative part of a reduction}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [504, 64], tile = [12, 32], reduction = -1>}

// -----

// rows_c2: a block has a row
// expected-error @below {{expects positive sizes}}
func.func private @f() attributes {treadle.lowering = #treadle.rows<block = 0>}

// -----

// team_c1: the dimension is not negative
// expected-error @below {{expects a dimension that is not negative}}
func.func private @f() attributes {test.team = #treadle.team<-1>}

// -----

// attention_plan_c3: all scores at once are a product of tensors, which are f32
// expected-error @below {{expects the precision 'f32' with the strategy 'decomposed'}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<strategy = decomposed, queries = 32, keys = 128, tileRows = 12, precision = bf16>}

// -----

// attention_plan_c4: nothing is made of f32 that could be shared
// expected-error @below {{expects blocks with the precision 'bf16' only}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 32, keys = 128, tileRows = 12, blocks = 2>}

// -----

// attention_plan_c5: no f16 is made of what a task reads
// expected-error @below {{expects the precision 'f32' or 'bf16'}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 32, keys = 128, tileRows = 12, precision = f16>}

// -----

// attention_plan_c6: of f32 there are no factors for tile registers
// expected-error @below {{expects the precision 'bf16' in tile registers}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 32, keys = 128, tileRows = 32, unit = amx_bf16>}

// -----

// attention_plan_c7: registers of tiles are 16 rows high
// expected-error @below {{expects 16 or 32 rows and queries in tile registers, and a multiple of 32 keys}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 32, keys = 128, tileRows = 12, precision = bf16, unit = amx_bf16>}

// -----

// attention_plan_c7: and 16 sums wide
// expected-error @below {{expects 16 or 32 rows and queries in tile registers, and a multiple of 32 keys}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 64, keys = 128, tileRows = 32, precision = bf16, unit = amx_bf16>}

// -----

// attention_plan_c7: and a step takes 32 keys
// expected-error @below {{expects 16 or 32 rows and queries in tile registers, and a multiple of 32 keys}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 32, keys = 48, tileRows = 32, precision = bf16, unit = amx_bf16>}

// -----

// attention_plan_c1: a tile has a key
// expected-error @below {{expects positive sizes}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 32, keys = -128, tileRows = 12>}

// -----

// expected-error @below {{has an attribute 'treadle.lowring' that the dialect does not know}}
func.func private @f() attributes {treadle.lowring = #treadle.rows<block = 16>}

// -----

// An enumeration tells what it knows.
func.func @f(%x: tensor<2x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{expected one of [identity, gelu, gelu_tanh, relu, silu, tanh, sigmoid, quick_gelu, relu_squared] for an elementwise function, got: swish}}
  %0 = treadle.linear %x, %w activation(swish) : (tensor<2x4xf32>, tensor<6x4xf32>) -> tensor<2x6xf32>
  return
}

// -----

// mask_c2: a window of nothing shows nothing
// expected-error @below {{expects a positive window}}
func.func private @f() attributes {any.name = #treadle.mask<window = 0>}

// -----

// mask_c3: what all see needs no prefix
// expected-error @below {{expects a prefix and an alignment with 'causal' or 'window' only}}
func.func private @f() attributes {any.name = #treadle.mask<keys_within_lengths, prefix>}

// -----

// attention_plan_c2: one range is no split
func.func private @f() attributes {
  // expected-error @below {{expects splits with the strategy 'split' only}}
  any.name = #treadle.attention_plan<strategy = rows, queries = 16, keys = 128, tileRows = 12, splits = 2>}

// -----

// target_c6: a row of a tile is 64 bytes
module attributes {treadle.target =
  // expected-error @below {{expects vectors of 512 bits for tiles}}
  #treadle.target<cpu = "x86-64", features = "", vectorBits = 256, registers = 16, l1 = 1, l2 = 1, tile = amx_bf16>} {}

// -----

// product_c4: tile registers have 16 rows
// expected-error @below {{expects tiles of 16 or 32 rows and columns}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [96, 32], tile = [12, 32], unit = amx_bf16>}

// -----

// product_c4: and three of them leave no register
// expected-error @below {{expects tiles of 16 or 32 rows and columns}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [96, 48], tile = [16, 48], unit = amx_bf16>}

// -----

// product_c5: half of a tile is no part
// expected-error @below {{expects parts of tiles to be multiples of 32}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [96, 32], tile = [32, 32], reduction = 400, unit = amx_bf16>}

// -----

// product_c5: nor the next to be multiplied by
// expected-error @below {{expects parts of tiles to be multiples of 32}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [96, 32], tile = [32, 32], unit = amx_bf16, depth = 16>}

// -----

// product_c6: sums in vectors are carried for the whole reduction
// expected-error @below {{expects no depth but that of tile registers}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [96, 32], tile = [12, 32], depth = 32>}

// -----

// target_c7: nothing computes without a core
module attributes {treadle.target =
  // expected-error @below {{expects at least one core}}
  #treadle.target<cpu = "x86-64", features = "", vectorBits = 256, registers = 16, l1 = 1, l2 = 1, cores = 0>} {}

// -----

// product_c2: somebody makes the rows
// expected-error @below {{expects positive sizes}}
func.func private @f() attributes {treadle.lowering = #treadle.product<block = [96, 32], tile = [12, 32], threads = 0>}

// -----

// attention_plan_c1: no task has so many queries
// expected-error @below {{expects positive sizes, at most 2^31}}
func.func private @f() attributes {test.plan = #treadle.attention_plan<queries = 8, keys = 32, tileRows = 6, precision = bf16, blocks = 2147483649>}
