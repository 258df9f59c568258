// RUN: treadle-opt %s --canonicalize | FileCheck %s

// x + 0 is x.
// CHECK-LABEL: @zero_branch
// CHECK-SAME: %[[X:.*]]: tensor<2x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @zero_branch(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y = treadle.residual %x : tensor<2x4xf32> {
  ^branch(%u: tensor<2x4xf32>):
    %zero = arith.constant dense<0.0> : tensor<2x4xf32>
    treadle.yield %zero : tensor<2x4xf32>
  }
  return %y : tensor<2x4xf32>
}

// And so is x - 0.
// CHECK-LABEL: @negative_zero_branch
// CHECK-SAME: %[[X:.*]]: tensor<2x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @negative_zero_branch(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %zero = arith.constant dense<-0.0> : tensor<2x4xf32>
  %y = treadle.residual %x scale(3.0) : tensor<2x4xf32> {
  ^branch(%u: tensor<2x4xf32>):
    treadle.yield %zero : tensor<2x4xf32>
  }
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: @zero_scale
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @zero_scale(%x: tensor<?x4xf32>, %gain: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = treadle.residual %x scale(0.0) : tensor<?x4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    %f = treadle.layer_norm %u, %gain epsilon(1.0e-5) : tensor<?x4xf32>, tensor<4xf32>
    treadle.yield %f : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// x + x is not x.
// CHECK-LABEL: @identity_branch
// CHECK: treadle.residual
func.func @identity_branch(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = treadle.residual %x : tensor<?x4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// Nor is x + 1.
// CHECK-LABEL: @constant_branch
// CHECK: treadle.residual
func.func @constant_branch(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y = treadle.residual %x : tensor<2x4xf32> {
  ^branch(%u: tensor<2x4xf32>):
    %one = arith.constant dense<1.0> : tensor<2x4xf32>
    treadle.yield %one : tensor<2x4xf32>
  }
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: @no_layers
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @no_layers(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = treadle.stack 0 (%x) : tensor<?x4xf32> {
  ^layer(%h: tensor<?x4xf32>, %i: index):
    %w = treadle.parameter "layer.{}.weight"[%i] : tensor<4x4xf32>
    %o = treadle.linear %h, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
    treadle.yield %o : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// Layers that give what they are given; what they compute beside it is dropped.
// CHECK-LABEL: @identity_layers
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @identity_layers(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = treadle.stack 12 (%x) : tensor<?x4xf32> {
  ^layer(%h: tensor<?x4xf32>, %i: index):
    %w = treadle.parameter "layer.{}.weight"[%i] : tensor<4x4xf32>
    treadle.yield %h : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// A layer of blocks that do nothing does nothing.
// CHECK-LABEL: @identity_blocks
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @identity_blocks(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = treadle.stack 12 (%x) : tensor<?x4xf32> {
  ^layer(%h: tensor<?x4xf32>, %i: index):
    %r = treadle.residual %h scale(0.0) : tensor<?x4xf32> {
    ^branch(%u: tensor<?x4xf32>):
      treadle.yield %u : tensor<?x4xf32>
    }
    treadle.yield %r : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// A layer that gives what it is not given is kept, though all layers but the last
// are for nothing.
// CHECK-LABEL: @other_value
// CHECK: treadle.stack 2
func.func @other_value(%x: tensor<?x4xf32>, %z: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = treadle.stack 2 (%x) : tensor<?x4xf32> {
  ^layer(%h: tensor<?x4xf32>, %i: index):
    treadle.yield %z : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @unused_parameter
// CHECK-NEXT: return
func.func @unused_parameter() {
  %w = treadle.parameter "weight" : tensor<4x4xf32>
  return
}

// A gate that begins at zero, as zero initialisation has it.
// CHECK-LABEL: @zero_gate
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @zero_gate(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %gate = arith.constant dense<0.0> : tensor<4xf32>
  %y = treadle.residual %x gate(%gate) : tensor<?x4xf32>, tensor<4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// The input is still multiplied.
// CHECK-LABEL: @zero_branch_of_scaled_input
// CHECK: treadle.residual
func.func @zero_branch_of_scaled_input(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y = treadle.residual %x input_scale(2.0) : tensor<2x4xf32> {
  ^branch(%u: tensor<2x4xf32>):
    %zero = arith.constant dense<0.0> : tensor<2x4xf32>
    treadle.yield %zero : tensor<2x4xf32>
  }
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: @unit_factors
// CHECK: treadle.residual %{{[a-z0-9]*}} : tensor<?x4xf32> {
func.func @unit_factors(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %y = treadle.residual %x input_scale(1.0) scale(1.0) gate(%one) : tensor<?x4xf32>, tensor<1xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @constant_gate
// CHECK: treadle.residual %{{.*}} scale(2.500000e-01) : tensor<?x4xf32> {
func.func @constant_gate(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %gate = arith.constant dense<0.25> : tensor<4xf32>
  %y = treadle.residual %x gate(%gate) : tensor<?x4xf32>, tensor<4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// Two factors are not made one, which would be rounded.
// CHECK-LABEL: @two_factors
// CHECK: treadle.residual %{{.*}} scale({{.*}}) gate(
func.func @two_factors(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %gate = arith.constant dense<0.1> : tensor<4xf32>
  %y = treadle.residual %x scale(0.1) gate(%gate) : tensor<?x4xf32>, tensor<4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    treadle.yield %u : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// Without its input a block is its branch.
// CHECK-LABEL: @no_input
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[GAIN:.*]]: tensor<4xf32>
// CHECK-NEXT: %[[F:.*]] = treadle.rms_norm %[[X]], %[[GAIN]]
// CHECK-NEXT: return %[[F]]
func.func @no_input(%x: tensor<?x4xf32>, %gain: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = treadle.residual %x input_scale(0.0) : tensor<?x4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    %f = treadle.rms_norm %u, %gain epsilon(1.0e-6) : tensor<?x4xf32>, tensor<4xf32>
    treadle.yield %f : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// A block in a block's branch that does nothing leaves the branch.
// CHECK-LABEL: @empty_inner_block
// CHECK: ^bb0(%[[U:.*]]: tensor<2x4xf32>):
// CHECK-NEXT: treadle.yield %[[U]]
func.func @empty_inner_block(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y = treadle.residual %x : tensor<2x4xf32> {
  ^branch(%u: tensor<2x4xf32>):
    %inner = treadle.residual %u : tensor<2x4xf32> {
    ^branch(%v: tensor<2x4xf32>):
      %zero = arith.constant dense<0.0> : tensor<2x4xf32>
      treadle.yield %zero : tensor<2x4xf32>
    }
    treadle.yield %inner : tensor<2x4xf32>
  }
  return %y : tensor<2x4xf32>
}

// What layers do not change, and what nobody reads, is not carried.
// CHECK-LABEL: @carried_in_vain
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>, %[[Z:.*]]: tensor<?x4xf32>
func.func @carried_in_vain(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %z: tensor<?x4xf32>)
    -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: %[[R:.*]] = treadle.stack 3(%[[X]]) : tensor<?x4xf32> {
  // CHECK-NEXT: ^bb0(%[[H:.*]]: tensor<?x4xf32>, %{{.*}}: index):
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[H]], %[[Y]]
  // CHECK-NEXT: treadle.yield %[[S]] :
  %r:3 = treadle.stack 3 (%x, %y, %z) : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32> {
  ^layer(%h: tensor<?x4xf32>, %same: tensor<?x4xf32>, %unread: tensor<?x4xf32>, %i: index):
    %s = arith.addf %h, %same : tensor<?x4xf32>
    treadle.yield %s, %same, %s : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }
  // CHECK: return %[[R]], %[[Y]]
  return %r#0, %r#1 : tensor<?x4xf32>, tensor<?x4xf32>
}
