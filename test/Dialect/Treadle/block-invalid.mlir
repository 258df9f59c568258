// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// yield_i1: a value has a rank
func.func @f(%x: tensor<4xf32>, %y: tensor<*xf32>) {
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    // expected-error @below {{operand #0 must be variadic of ranked tensor of any type values or floating-point}}
    "treadle.yield"(%y) : (tensor<*xf32>) -> ()
  }
  return
}

// -----

// yield_c1: it ends a residual block or a layer of a stack
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects parent op to be one of 'treadle.residual, treadle.stack, treadle.attention, treadle.online_attention'}}
  treadle.yield %x : tensor<4xf32>
}

// -----

// residual_i1: integers are not what is added
func.func @f(%x: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values}}
  %0 = treadle.residual %x : tensor<4xi32> {
  ^branch(%u: tensor<4xi32>):
    treadle.yield %u : tensor<4xi32>
  }
  return
}

// -----

// residual_c1: a branch takes one value
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a branch of one argument of type 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
    treadle.yield %x : tensor<4xf32>
  }
  return
}

// -----

// residual_c1: of the type of the input
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a branch of one argument of type 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<?xf32>):
    treadle.yield %x : tensor<4xf32>
  }
  return
}

// -----

// residual_c2: what a branch yields can be added to the input
func.func @f(%x: tensor<4xf32>, %y: tensor<1xf32>) {
  // expected-error @below {{expects a branch that yields 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %y : tensor<1xf32>
  }
  return
}

// -----

// residual_c2: it yields
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a branch that yields 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    llvm.unreachable
  }
  return
}

// -----

// residual_c3: a scale is a number
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a finite scale}}
  %0 = treadle.residual %x scale(0x7FF8000000000000) : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %u : tensor<4xf32>
  }
  return
}

// -----

// residual_c3: and so is one of the input
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a finite scale of the input}}
  %0 = treadle.residual %x input_scale(0x7FF0000000000000) : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %u : tensor<4xf32>
  }
  return
}

// -----

// residual_c4: a branch is one block
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects region #0 to have 0 or 1 blocks}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    cf.br ^next
  ^next:
    treadle.yield %u : tensor<4xf32>
  }
  return
}

// -----

// residual_c4: with something in it
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a non-empty block}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
  }
  return
}

// -----

// residual_c5: the result is of the input's type
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{failed to verify that all of {input, result} have same type}}
  %0 = "treadle.residual"(%x) ({
  ^branch(%u: tensor<4xf32>):
    treadle.yield %u : tensor<4xf32>
  }) : (tensor<4xf32>) -> tensor<?xf32>
  return
}

// -----

// residual_c6: a component has a gate
func.func @f(%x: tensor<2x4xf32>, %g: tensor<2xf32>) {
  // expected-error @below {{expects the gate's length to be 4, found 2}}
  %0 = treadle.residual %x gate(%g) : tensor<2x4xf32>, tensor<2xf32> {
  ^branch(%u: tensor<2x4xf32>):
    treadle.yield %u : tensor<2x4xf32>
  }
  return
}

// -----

// residual_c6: where there are components
func.func @f(%x: tensor<f32>, %g: tensor<1xf32>) {
  // expected-error @below {{expects vectors, found 'tensor<f32>'}}
  %0 = treadle.residual %x gate(%g) : tensor<f32>, tensor<1xf32> {
  ^branch(%u: tensor<f32>):
    treadle.yield %u : tensor<f32>
  }
  return
}

// -----

// residual_c7: a gate is of the input's elements
func.func @f(%x: tensor<4xf32>, %g: tensor<4xbf16>) {
  // expected-error @below {{expects tensors of one element type, found 'f32' and 'bf16'}}
  %0 = treadle.residual %x gate(%g) : tensor<4xf32>, tensor<4xbf16> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %u : tensor<4xf32>
  }
  return
}

// -----

// residual_c2: one value and no more
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a branch that yields 'tensor<4xf32>'}}
  %0 = treadle.residual %x : tensor<4xf32> {
  ^branch(%u: tensor<4xf32>):
    treadle.yield %u, %u : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

// stack_i1: there are layers, or none
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{attribute 'count' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = treadle.stack -1 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>, %i: index):
    treadle.yield %h : tensor<4xf32>
  }
  return
}

// -----

// stack_c1: a layer is told its index
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a layer of arguments of types 'tensor<4xf32>' and index}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>):
    treadle.yield %h : tensor<4xf32>
  }
  return
}

// -----

// stack_c1: which is an index
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a layer of arguments of types 'tensor<4xf32>' and index}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>, %i: i64):
    treadle.yield %h : tensor<4xf32>
  }
  return
}

// -----

// stack_c1: the first layer takes the initial value
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expects a layer of arguments of types 'tensor<4xf32>' and index}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<5xf32>, %i: index):
    treadle.yield %x : tensor<4xf32>
  }
  return
}

// -----

// stack_c2: the second layer takes what the first yields
func.func @f(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error @below {{expects a layer that yields 'tensor<4xf32>'}}
  %0 = treadle.stack 2 (%x) : tensor<4xf32> {
  ^layer(%h: tensor<4xf32>, %i: index):
    treadle.yield %y : tensor<5xf32>
  }
  return
}

// -----

// stack_c3: a layer is one block
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{region #0 ('layer') failed to verify constraint: region with 1 blocks}}
  %0 = "treadle.stack"(%x) <{count = 2 : i64}> ({
  }) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// stack_c4: the result is of the type of the initial value
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{failed to verify that the results are of the types of the initial values}}
  %0 = "treadle.stack"(%x) <{count = 2 : i64}> ({
  ^layer(%h: tensor<4xf32>, %i: index):
    treadle.yield %h : tensor<4xf32>
  }) : (tensor<4xf32>) -> tensor<?xf32>
  return
}

// -----

// stack_c2: each value that is carried
func.func @f(%x: tensor<4xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{expects a layer that yields 'tensor<4xf32>', 'tensor<2xf32>'}}
  %0:2 = treadle.stack 2 (%x, %y) : tensor<4xf32>, tensor<2xf32> {
  ^layer(%h: tensor<4xf32>, %g: tensor<2xf32>, %i: index):
    treadle.yield %h : tensor<4xf32>
  }
  return
}

// -----

// stack_c4: there is a result for each
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{failed to verify that the results are of the types of the initial values}}
  "treadle.stack"(%x) <{count = 2 : i64}> ({
  ^layer(%h: tensor<4xf32>, %i: index):
    treadle.yield %h : tensor<4xf32>
  }) : (tensor<4xf32>) -> ()
  return
}

// -----

// stack_c5: it carries a value
func.func @f() {
  // expected-error @below {{expects an initial value}}
  "treadle.stack"() <{count = 2 : i64}> ({
  ^layer(%i: index):
    treadle.yield
  }) : () -> ()
  return
}
