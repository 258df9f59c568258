// RUN: treadle-opt %s -treadle-derive-limits -split-input-file -verify-diagnostics

#ids = #treadle.named<"ids", dims = ["batch", "sequence"]>
func.func @computed_ids(%ids: tensor<?x?xi64> {treadle.named = #ids}) -> tensor<?x?x4xf32> {
  %table = treadle.parameter "table" : tensor<10x4xf32>
  %twice = arith.addi %ids, %ids : tensor<?x?xi64>
  // expected-error@+1 {{takes ids that are neither an argument of an entry point nor constant}}
  %x = treadle.embedding %twice, %table : (tensor<?x?xi64>, tensor<10x4xf32>) -> tensor<?x?x4xf32>
  return %x : tensor<?x?x4xf32>
}

// -----

// Narrowing makes ids that the caller did not give.
#ids = #treadle.named<"ids", dims = ["batch", "sequence"]>
func.func @narrowed_ids(%ids: tensor<?x?xi64> {treadle.named = #ids}) -> tensor<?x?x4xf32> {
  %table = treadle.parameter "table" : tensor<10x4xf32>
  %narrow = arith.trunci %ids : tensor<?x?xi64> to tensor<?x?xi32>
  // expected-error@+1 {{takes ids that are neither}}
  %x = treadle.embedding %narrow, %table : (tensor<?x?xi32>, tensor<10x4xf32>) -> tensor<?x?x4xf32>
  return %x : tensor<?x?x4xf32>
}

// -----

func.func @constant_out_of_range() -> tensor<1x2x4xf32> {
  %table = treadle.parameter "table" : tensor<10x4xf32>
  %ids = arith.constant dense<[[9, 10]]> : tensor<1x2xi64>
  // expected-error@+1 {{takes the id 10, which is not in its table of 10 rows}}
  %x = treadle.embedding %ids, %table : (tensor<1x2xi64>, tensor<10x4xf32>) -> tensor<1x2x4xf32>
  return %x : tensor<1x2x4xf32>
}

// -----

func.func @negative_splat() -> tensor<1x2x4xf32> {
  %table = treadle.parameter "table" : tensor<10x4xf32>
  %minus = arith.constant -1 : i32
  %ids = tensor.splat %minus : tensor<1x2xi32>
  // expected-error@+1 {{takes the id -1, which is not in its table}}
  %x = treadle.embedding %ids, %table : (tensor<1x2xi32>, tensor<10x4xf32>) -> tensor<1x2x4xf32>
  return %x : tensor<1x2x4xf32>
}

// -----

func.func @no_name(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
  %table = treadle.parameter "table" : tensor<10x4xf32>
  // expected-error@+1 {{depends on argument 0, which has no 'treadle.named'}}
  %x = treadle.embedding %ids, %table : (tensor<?x?xi64>, tensor<10x4xf32>) -> tensor<?x?x4xf32>
  return %x : tensor<?x?x4xf32>
}

// -----

#ids = #treadle.named<"ids", dims = ["batch", "sequence"]>
func.func private @not_an_entry(%ids: tensor<?x?xi64> {treadle.named = #ids}) -> tensor<?x?x4xf32> {
  %table = treadle.parameter "table" : tensor<10x4xf32>
  // expected-error@+1 {{depends on an argument of a function that is not an entry point}}
  %x = treadle.embedding %ids, %table : (tensor<?x?xi64>, tensor<10x4xf32>) -> tensor<?x?x4xf32>
  return %x : tensor<?x?x4xf32>
}

// -----

// A length that is computed has no bound that a caller is told of.
func.func @computed_length(%n: index) -> tensor<1x?x4xf32> {
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %x = tensor.empty(%n) : tensor<1x?x4xf32>
  // expected-error@+1 {{takes a number of tokens that no argument of an entry point gives}}
  %y = treadle.learned_position %x, %places : tensor<1x?x4xf32>, tensor<16x4xf32>
  return %y : tensor<1x?x4xf32>
}

// -----

#x = #treadle.named<"x", dims = ["batch", "sequence", ""]>
func.func @no_position_left(%x: tensor<?x?x4xf32> {treadle.named = #x}) -> tensor<?x?x4xf32> {
  %places = treadle.parameter "places" : tensor<18x4xf32>
  // expected-error@+1 {{has no position left in its table}}
  %y = treadle.learned_position %x, %places offset(18) : tensor<?x?x4xf32>, tensor<18x4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

func.func @cast_too_long(%x: tensor<1x17x4xf32>) -> tensor<1x?x4xf32> {
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %d = tensor.cast %x : tensor<1x17x4xf32> to tensor<1x?x4xf32>
  // expected-error@+1 {{takes 17 tokens and has positions for 16}}
  %y = treadle.learned_position %d, %places : tensor<1x?x4xf32>, tensor<16x4xf32>
  return %y : tensor<1x?x4xf32>
}

// -----

#ids = #treadle.named<"ids", dims = ["batch", "sequence"]>
func.func @no_such_dimension(%ids: tensor<?x?xf32> {treadle.named = #ids}) -> tensor<1x?x4xf32> {
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %zero = arith.constant 0.0 : f32
  %c7 = arith.constant 7 : index
  %n = tensor.dim %ids, %c7 : tensor<?x?xf32>
  %x = tensor.splat %zero[%n] : tensor<1x?x4xf32>
  // expected-error@+1 {{takes a number of tokens that no argument of an entry point gives}}
  %y = treadle.learned_position %x, %places : tensor<1x?x4xf32>, tensor<16x4xf32>
  return %y : tensor<1x?x4xf32>
}

// -----

func.func @no_rank(%x: tensor<*xf32>) -> tensor<1x?x4xf32> {
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %d = tensor.cast %x : tensor<*xf32> to tensor<1x?x4xf32>
  // expected-error@+1 {{takes a number of tokens that no argument of an entry point gives}}
  %y = treadle.learned_position %d, %places : tensor<1x?x4xf32>, tensor<16x4xf32>
  return %y : tensor<1x?x4xf32>
}
