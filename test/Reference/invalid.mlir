// RUN: treadle-opt %s --treadle-interpret -split-input-file -verify-diagnostics -o /dev/null

// What a program does wrong is a diagnostic on the operation that does it.

func.func @out_of_range() -> f32 {
  %x = arith.constant dense<0.0> : tensor<2xf32>
  %c2 = arith.constant 2 : index
  // expected-error@+1 {{has the index 2 in dimension 0, whose extent is 2}}
  %y = tensor.extract %x[%c2] : tensor<2xf32>
  return %y : f32
}

// -----

func.func @slice() -> tensor<?xf32> {
  %x = arith.constant dense<0.0> : tensor<4xf32>
  %c3 = arith.constant 3 : index
  // expected-error@+1 {{takes 3 elements from 0 on with the stride 2 of dimension 0, whose extent is 4}}
  %y = tensor.extract_slice %x[0] [%c3] [2] : tensor<4xf32> to tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

func.func @division() -> i32 {
  %x = arith.constant 1 : i32
  %zero = arith.constant 0 : i32
  // expected-error@+1 {{is undefined for 1, 0}}
  %y = arith.divsi %x, %zero : i32
  return %y : i32
}

// -----

func.func @conversion() -> i8 {
  %x = arith.constant 128.0 : f32
  // expected-error@+1 {{is undefined for 1.280000e+02}}
  %y = arith.fptosi %x : f32 to i8
  return %y : i8
}

// -----

func.func @cast() -> tensor<3xf32> {
  %x = arith.constant dense<0.0> : tensor<2xf32>
  %y = tensor.cast %x : tensor<2xf32> to tensor<?xf32>
  // expected-error@+1 {{a value of type 'tensor<3xf32>' would have the shape [2]}}
  %z = tensor.cast %y : tensor<?xf32> to tensor<3xf32>
  return %z : tensor<3xf32>
}

// -----

func.func @sum() -> tensor<?xf32> {
  %x = arith.constant dense<0.0> : tensor<2xf32>
  %y = arith.constant dense<0.0> : tensor<3xf32>
  %a = tensor.cast %x : tensor<2xf32> to tensor<?xf32>
  %b = tensor.cast %y : tensor<3xf32> to tensor<?xf32>
  // expected-error@+1 {{has operands of different shapes, [2] and [3]}}
  %z = arith.addf %a, %b : tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

func.func @copy() -> tensor<?xf32> {
  %x = arith.constant dense<0.0> : tensor<2xf32>
  %y = arith.constant dense<0.0> : tensor<3xf32>
  %a = tensor.cast %x : tensor<2xf32> to tensor<?xf32>
  %b = tensor.cast %y : tensor<3xf32> to tensor<?xf32>
  // expected-error@+1 {{has operands of 2 and 3 elements in dimension 0 of its iteration space}}
  %z = linalg.copy ins(%a : tensor<?xf32>) outs(%b : tensor<?xf32>) -> tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

func.func @unknown() -> vector<1xf32> {
  %x = arith.constant 0.0 : f32
  // expected-error@+1 {{is not an operation that the interpreter knows}}
  %y = vector.broadcast %x : f32 to vector<1xf32>
  return %y : vector<1xf32>
}

// -----

func.func @negative() -> tensor<?xf32> {
  %c = arith.constant -1 : index
  // expected-error@+1 {{asks for a tensor of the shape [-1]}}
  %x = tensor.empty(%c) : tensor<?xf32>
  return %x : tensor<?xf32>
}

// -----

func.func @huge() -> tensor<?x?xf32> {
  %c = arith.constant 4611686018427387904 : index
  // expected-error@+1 {{past the interpreter's limit of 1073741824 elements}}
  %x = tensor.empty(%c, %c) : tensor<?x?xf32>
  return %x : tensor<?x?xf32>
}

// -----

// expected-error@+1 {{is inside of more than 500 regions and calls}}
func.func @endless() {
  %true = arith.constant true
  scf.while : () -> () {
    func.call @endless() : () -> ()
    scf.condition(%true)
  } do {
    scf.yield
  }
  return
}

// -----

func.func @blocks() -> i32 {
  %x = arith.constant 1 : i32
  // expected-error@+1 {{has a region of several blocks}}
  %y = scf.execute_region -> i32 {
    cf.br ^next
  ^next:
    scf.yield %x : i32
  }
  return %y : i32
}

// -----

func.func @asserted() {
  %false = arith.constant false
  // expected-error@+1 {{does not hold: what must be}}
  cf.assert %false, "what must be"
  return
}

// -----

func.func @parameter() -> tensor<2xf32> {
  // expected-error@+1 {{needs weights, and none are given}}
  %w = treadle.parameter "w" : tensor<2xf32>
  return %w : tensor<2xf32>
}

// -----

func.func @id() -> tensor<1x1x1xf32> {
  %ids = arith.constant dense<-1> : tensor<1x1xi64>
  %table = arith.constant dense<0.0> : tensor<3x1xf32>
  // expected-error@+1 {{has the id -1, the table has 3 rows}}
  %x = treadle.embedding %ids, %table : (tensor<1x1xi64>, tensor<3x1xf32>) -> tensor<1x1x1xf32>
  return %x : tensor<1x1x1xf32>
}

// -----

func.func @position() -> tensor<1x2x1xf32> {
  %x = arith.constant dense<0.0> : tensor<1x2x1xf32>
  %table = arith.constant dense<0.0> : tensor<3x1xf32>
  %before = arith.constant dense<2> : tensor<1xi64>
  // expected-error@+1 {{has 2 tokens after 2, and the table has 3 positions}}
  %y = treadle.learned_position %x, %table offsets(%before) : tensor<1x2x1xf32>, tensor<3x1xf32>, tensor<1xi64>
  return %y : tensor<1x2x1xf32>
}

// -----

func.func @rotary_row() -> tensor<1x1x1x2xf32> {
  %x = arith.constant dense<0.0> : tensor<1x1x1x2xf32>
  %p = arith.constant dense<4> : tensor<1x1xi64>
  %t = arith.constant dense<0.0> : tensor<4x1xf32>
  // expected-error@+1 {{has the position 4, the tables have 4 rows}}
  %y = treadle.rotary %x rotary(#treadle.rotary<width = 2>) positions(%p) tables(%t, %t)
    : (tensor<1x1x1x2xf32>, tensor<1x1xi64>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<1x1x1x2xf32>
  return %y : tensor<1x1x1x2xf32>
}

// -----

func.func @head() -> f32 {
  %s = arith.constant 0.0 : f32
  %c4 = arith.constant 4 : index
  // expected-error@+1 {{has the head 4 of 4}}
  %y = treadle.alibi %s head(%c4 of 4) query(%c4) key(%c4) : f32
  return %y : f32
}

// -----

func.func @width() -> tensor<?x2xf32> {
  %x = arith.constant dense<0.0> : tensor<1x3xf32>
  %u = tensor.cast %x : tensor<1x3xf32> to tensor<?x?xf32>
  %w = arith.constant dense<0.0> : tensor<2x4xf32>
  // expected-error@+1 {{the columns of a weight is 4, the length of a vector is 3}}
  %y = treadle.linear %u, %w : (tensor<?x?xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @length() -> tensor<1x1xf32> {
  %x = arith.constant dense<0.0> : tensor<1x2x1xf32>
  %l = arith.constant dense<3> : tensor<1xi32>
  // expected-error@+1 {{has the length 3, and there are 2 tokens}}
  %y = treadle.pool mean %x lengths(%l) : (tensor<1x2x1xf32>, tensor<1xi32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}
