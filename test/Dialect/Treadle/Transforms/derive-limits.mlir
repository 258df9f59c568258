// RUN: treadle-opt %s -treadle-derive-limits -split-input-file | FileCheck %s
// RUN: treadle-opt %s -treadle-derive-limits -treadle-derive-limits -split-input-file | FileCheck %s

// Ids are below the rows of the smallest table; tokens are as many as there are
// places after the offset, in every argument that has the dimension.

// CHECK-LABEL: func.func @tables
// CHECK-SAME: <"ids", dims = ["batch", "sequence"], limits = [0, 14], below = 50>
// CHECK-SAME: <"types", dims = ["batch", "sequence"], limits = [0, 14], below = 2>
// CHECK-SAME: <"lengths", dims = ["batch"], maximum = "sequence", optional>
func.func @tables(
    %ids: tensor<?x?xi64> {treadle.named = #treadle.named<"ids", dims = ["batch", "sequence"]>},
    %types: tensor<?x?xi32> {treadle.named = #treadle.named<"types", dims = ["batch", "sequence"]>},
    %lengths: tensor<?xi64> {treadle.named = #treadle.named<"lengths", dims = ["batch"], maximum = "sequence", optional>})
    -> tensor<?x?x4xf32> {
  %big = treadle.parameter "big" : tensor<100x4xf32>
  %small = treadle.parameter "small" : tensor<50x4xf32>
  %kinds = treadle.parameter "kinds" : tensor<2x4xf32>
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %a = treadle.embedding %ids, %big : (tensor<?x?xi64>, tensor<100x4xf32>) -> tensor<?x?x4xf32>
  %b = treadle.embedding %ids, %small : (tensor<?x?xi64>, tensor<50x4xf32>) -> tensor<?x?x4xf32>
  %wide = arith.extsi %types : tensor<?x?xi32> to tensor<?x?xi64>
  %c = treadle.embedding %wide, %kinds : (tensor<?x?xi64>, tensor<2x4xf32>) -> tensor<?x?x4xf32>
  %ab = arith.addf %a, %b : tensor<?x?x4xf32>
  %abc = arith.addf %ab, %c : tensor<?x?x4xf32>
  %x = treadle.learned_position %abc, %places offset(2) : tensor<?x?x4xf32>, tensor<16x4xf32>
  return %x : tensor<?x?x4xf32>
}

// -----

// What is smaller already stays; a limit goes to every argument with the name.

// CHECK-LABEL: func.func @smaller
// CHECK-SAME: <"ids", dims = ["batch", "sequence"], limits = [3, 5], below = 7>
// CHECK-SAME: <"more", dims = ["sequence"], limits = [16]>
func.func @smaller(
    %ids: tensor<?x?xi64> {treadle.named = #treadle.named<"ids", dims = ["batch", "sequence"], limits = [3, 5], below = 7>},
    %more: tensor<?xf32> {treadle.named = #treadle.named<"more", dims = ["sequence"], limits = [20]>})
    -> tensor<?x?x4xf32> {
  %table = treadle.parameter "table" : tensor<100x4xf32>
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %a = treadle.embedding %ids, %table : (tensor<?x?xi64>, tensor<100x4xf32>) -> tensor<?x?x4xf32>
  %x = treadle.learned_position %a, %places : tensor<?x?x4xf32>, tensor<16x4xf32>
  return %x : tensor<?x?x4xf32>
}

// -----

// Tokens are followed through everything that keeps their number, and into
// regions.

// CHECK-LABEL: func.func @through
// CHECK-SAME: <"x", dims = ["batch", "sequence", ""], limits = [0, 16, 0]>
func.func @through(
    %x: tensor<?x?x4xf32> {treadle.named = #treadle.named<"x", dims = ["batch", "sequence", ""]>})
    -> tensor<?x?x4xf32> {
  %g = treadle.parameter "g" : tensor<4xf32>
  %w = treadle.parameter "w" : tensor<4x4xf32>
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %y = treadle.stack 2 (%x) : tensor<?x?x4xf32> {
  ^layer(%h: tensor<?x?x4xf32>, %i: index):
    %r = treadle.residual %h : tensor<?x?x4xf32> {
    ^branch(%u: tensor<?x?x4xf32>):
      %a = treadle.multi_head_attention %u, %u, %u heads(2) projections(%w, %w, %w, %w)
          : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
      %l = treadle.linear %a, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
      %n = treadle.layer_norm %l, %g epsilon(1.0e-5) : tensor<?x?x4xf32>, tensor<4xf32>
      %s = treadle.sinusoidal_position %n : tensor<?x?x4xf32>
      %f = treadle.feed_forward %s, %w, %w activation(relu) : tensor<?x?x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
      %p = treadle.learned_position %f, %places : tensor<?x?x4xf32>, tensor<16x4xf32>
      treadle.yield %p : tensor<?x?x4xf32>
    }
    treadle.yield %r : tensor<?x?x4xf32>
  }
  return %y : tensor<?x?x4xf32>
}

// -----

// Constant ids in range need nothing; a splat is as long as its source.

// CHECK-LABEL: func.func @constants
// CHECK-SAME: <"ids", dims = ["batch", "sequence"], limits = [0, 16]>
func.func @constants(
    %ids: tensor<?x?xi64> {treadle.named = #treadle.named<"ids", dims = ["batch", "sequence"]>})
    -> (tensor<?x?x4xf32>, tensor<1x2x4xf32>) {
  %table = treadle.parameter "table" : tensor<2x4xf32>
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %one = arith.constant 1 : i64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %ids, %c0 : tensor<?x?xi64>
  %s = tensor.dim %ids, %c1 : tensor<?x?xi64>
  %ones = tensor.splat %one[%b, %s] : tensor<?x?xi64>
  %a = treadle.embedding %ones, %table : (tensor<?x?xi64>, tensor<2x4xf32>) -> tensor<?x?x4xf32>
  %x = treadle.learned_position %a, %places : tensor<?x?x4xf32>, tensor<16x4xf32>
  %few = arith.constant dense<[[0, 1]]> : tensor<1x2xi64>
  %c = treadle.embedding %few, %table : (tensor<1x2xi64>, tensor<2x4xf32>) -> tensor<1x2x4xf32>
  %y = treadle.learned_position %c, %places : tensor<1x2x4xf32>, tensor<16x4xf32>
  return %x, %y : tensor<?x?x4xf32>, tensor<1x2x4xf32>
}

// -----

// Sums of sums are followed in linear time.

// CHECK-LABEL: func.func @deep
// CHECK-SAME: limits = [0, 16, 0]
func.func @deep(
    %x: tensor<?x?x4xf32> {treadle.named = #treadle.named<"x", dims = ["batch", "sequence", ""]>})
    -> tensor<?x?x4xf32> {
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %a = arith.addf %x, %x : tensor<?x?x4xf32>
  %b = arith.addf %a, %a : tensor<?x?x4xf32>
  %p = treadle.learned_position %b, %places : tensor<?x?x4xf32>, tensor<16x4xf32>
  return %p : tensor<?x?x4xf32>
}

// -----

// Offsets leave room for the least number of tokens.

// CHECK-LABEL: func.func @offsets
// CHECK-SAME: <"x", dims = ["batch", "sequence", ""], limits = [0, 14, 0]>
// CHECK-SAME: <"before", dims = ["batch"], below = 14>
// CHECK-SAME: <"step", dims = ["batch", "", ""]>
// CHECK-SAME: <"count", dims = ["batch"], below = 12>
func.func @offsets(
    %x: tensor<?x?x4xf32> {treadle.named = #treadle.named<"x", dims = ["batch", "sequence", ""]>},
    %before: tensor<?xi32> {treadle.named = #treadle.named<"before", dims = ["batch"]>},
    %step: tensor<?x3x4xf32> {treadle.named = #treadle.named<"step", dims = ["batch", "", ""]>},
    %count: tensor<?xi64> {treadle.named = #treadle.named<"count", dims = ["batch"]>})
    -> (tensor<?x?x4xf32>, tensor<?x3x4xf32>) {
  %places = treadle.parameter "places" : tensor<16x4xf32>
  %wide = arith.extsi %before : tensor<?xi32> to tensor<?xi64>
  %0 = treadle.learned_position %x, %places offset(2) offsets(%wide) : tensor<?x?x4xf32>, tensor<16x4xf32>, tensor<?xi64>
  %1 = treadle.learned_position %step, %places offset(2) offsets(%count) : tensor<?x3x4xf32>, tensor<16x4xf32>, tensor<?xi64>
  return %0, %1 : tensor<?x?x4xf32>, tensor<?x3x4xf32>
}
