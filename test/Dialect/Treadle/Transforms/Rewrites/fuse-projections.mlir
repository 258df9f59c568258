// RUN: treadle-opt %s --treadle-fuse-projections -split-input-file | FileCheck %s
// RUN: treadle-opt %s --treadle-fuse-projections=any-weights -split-input-file | FileCheck %s --check-prefix=ANY

// The parameters of the later maps are moved; a missing bias adds nothing.
// CHECK-LABEL: @bias_of_some
// CHECK-SAME: %[[X:.*]]: tensor<2x?x8xf32>
func.func @bias_of_some(%x: tensor<2x?x8xf32>) -> (tensor<2x?x4xf32>, tensor<2x?x6xf32>) {
  // CHECK-DAG: %[[NONE:.*]] = arith.constant dense<-0.000000e+00> : tensor<4xf32>
  // CHECK-DAG: %[[WK:.*]] = treadle.parameter "k"
  // CHECK-DAG: %[[WV:.*]] = treadle.parameter "v"
  // CHECK-DAG: %[[BV:.*]] = treadle.parameter "c"
  // CHECK-DAG: %[[W:.*]] = tensor.concat dim(0) %[[WK]], %[[WV]] : {{.*}} -> tensor<10x8xf32>
  // CHECK-DAG: %[[B:.*]] = tensor.concat dim(0) %[[NONE]], %[[BV]] : {{.*}} -> tensor<10xf32>
  // CHECK: %[[Y:.*]] = treadle.linear %[[X]], %[[W]] bias(%[[B]]) :
  // CHECK-DAG: %[[K:.*]] = tensor.extract_slice %[[Y]][0, 0, 0] [2, %{{.*}}, 4] [1, 1, 1]
  // CHECK-DAG: %[[V:.*]] = tensor.extract_slice %[[Y]][0, 0, 4] [2, %{{.*}}, 6] [1, 1, 1]
  // CHECK: return %[[K]], %[[V]]
  %wk = treadle.parameter "k" : tensor<4x8xf32>
  %k = treadle.linear %x, %wk : (tensor<2x?x8xf32>, tensor<4x8xf32>) -> tensor<2x?x4xf32>
  %wv = treadle.parameter "v" : tensor<6x8xf32>
  %bv = treadle.parameter "c" : tensor<6xf32>
  %v = treadle.linear %x, %wv bias(%bv) : (tensor<2x?x8xf32>, tensor<6x8xf32>, tensor<6xf32>) -> tensor<2x?x6xf32>
  return %k, %v : tensor<2x?x4xf32>, tensor<2x?x6xf32>
}

// -----

// An activation of all of them is that of the one.
// CHECK-LABEL: @same_activation
// CHECK: treadle.linear {{.*}} activation(relu) : {{.*}} -> tensor<3x12xf32>
// CHECK-NOT: treadle.linear
func.func @same_activation(%x: tensor<3x8xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>) {
  %w0 = treadle.parameter "0" : tensor<4x8xf32>
  %w1 = treadle.parameter "1" : tensor<4x8xf32>
  %w2 = treadle.parameter "2" : tensor<4x8xf32>
  %0 = treadle.linear %x, %w0 activation(relu) : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x4xf32>
  %1 = treadle.linear %x, %w1 activation(relu) : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x4xf32>
  %2 = treadle.linear %x, %w2 activation(relu) : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x4xf32>
  return %0, %1, %2 : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>
}

// -----

// Families of parameters in a stack.
// CHECK-LABEL: @stack
// CHECK: treadle.stack
// CHECK: treadle.linear {{.*}} -> tensor<?x16xf32>
// CHECK-NOT: treadle.linear
func.func @stack(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = treadle.stack 2 (%x) : tensor<?x8xf32> {
  ^layer(%h: tensor<?x8xf32>, %i: index):
    %w = treadle.parameter "layer.{}.w"[%i] : tensor<8x8xf32>
    %v = treadle.parameter "layer.{}.v"[%i] : tensor<8x8xf32>
    %0 = treadle.linear %h, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    %1 = treadle.linear %h, %v : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    %s = arith.mulf %0, %1 : tensor<?x8xf32>
    treadle.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// Weights that are arguments would be concatenated in each call.
// CHECK-LABEL: @arguments
// CHECK-NOT: tensor.concat
// CHECK-COUNT-2: treadle.linear
// ANY-LABEL: @arguments
// ANY: tensor.concat
// ANY: treadle.linear
// ANY-NOT: treadle.linear
func.func @arguments(%x: tensor<3x8xf32>, %w: tensor<4x8xf32>, %v: tensor<4x8xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %0 = treadle.linear %x, %w : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x4xf32>
  %1 = treadle.linear %x, %v : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x4xf32>
  return %0, %1 : tensor<3x4xf32>, tensor<3x4xf32>
}

// -----

// The second weight comes from the first map.
// ANY-LABEL: @dependent
// ANY-NOT: tensor.concat
// ANY-COUNT-2: treadle.linear
func.func @dependent(%x: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = treadle.linear %x, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = treadle.linear %x, %0 : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}

// -----

// Another input, and a map that is in another block.
// CHECK-LABEL: @apart
// CHECK-NOT: tensor.concat
// CHECK-COUNT-3: treadle.linear
func.func @apart(%x: tensor<8x8xf32>, %z: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %w = treadle.parameter "w" : tensor<8x8xf32>
  %0 = treadle.linear %x, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = treadle.linear %z, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %y = treadle.residual %1 : tensor<8x8xf32> {
  ^branch(%u: tensor<8x8xf32>):
    %2 = treadle.linear %x, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    treadle.yield %2 : tensor<8x8xf32>
  }
  return %0, %y : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// A gate has an activation and what it gates has none: it is applied to the part.
// CHECK-LABEL: @gate
// CHECK: %[[Y:.*]] = treadle.linear %{{[^,]*}}, %{{[^,]*}} : {{.*}} -> tensor<3x8xf32>
// CHECK: %[[G:.*]] = tensor.extract_slice %[[Y]][0, 0] [3, 4] [1, 1]
// CHECK: %[[A:.*]] = treadle.activate silu %[[G]]
// CHECK: %[[U:.*]] = tensor.extract_slice %[[Y]][0, 4] [3, 4] [1, 1]
// CHECK: arith.mulf %[[A]], %[[U]]
func.func @gate(%x: tensor<3x8xf32>) -> tensor<3x4xf32> {
  %wg = treadle.parameter "g" : tensor<4x8xf32>
  %wu = treadle.parameter "u" : tensor<4x8xf32>
  %g = treadle.linear %x, %wg activation(silu) : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x4xf32>
  %u = treadle.linear %x, %wu : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x4xf32>
  %y = arith.mulf %g, %u : tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}
