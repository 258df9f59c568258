// RUN: treadle-opt %s --treadle-interpret -o /dev/null | FileCheck %s

// Mean 2 and variance 1 of (1, 3); epsilon 3 makes the divisor 2.
// CHECK: layer_norm#0: 2x2xf32 [ [-1, 1], [0, 0] ]
// CHECK: layer_norm#1: 2x2xf32 [ [9, 21], [10, 20] ]
func.func @layer_norm() -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %x = arith.constant dense<[[1.0, 3.0], [5.0, 5.0]]> : tensor<2x2xf32>
  %ones = arith.constant dense<1.0> : tensor<2xf32>
  %twos = arith.constant dense<2.0> : tensor<2xf32>
  %bias = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %tiny = treadle.layer_norm %x, %ones epsilon(1.0e-12) : tensor<2x2xf32>, tensor<2xf32>
  %y = treadle.layer_norm %x, %twos, %bias epsilon(3.0) : tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>
  return %tiny, %y : tensor<2x2xf32>, tensor<2x2xf32>
}

// CHECK: unit_norm: 3x2xf32 [ [0.6, 0.8], [0, 0], [nan, nan] ]
func.func @unit_norm() -> tensor<3x2xf32> {
  %x = arith.constant dense<[[3.0, 4.0], [0.0, 0.0], [0x7FC00000, 1.0]]> : tensor<3x2xf32>
  %y = treadle.unit_norm %x epsilon(1.0e-12) : tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// Mean squares of (1, 7) and (3, 4) are 25 and 12.5; epsilon 12.5 makes the second divisor 5.
// CHECK: rms_norm#0: 1x2xf32 [ [0.2, 1.4] ]
// CHECK: rms_norm#1: 1x2xf32 [ [6, 16] ]
func.func @rms_norm() -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %x = arith.constant dense<[[1.0, 7.0]]> : tensor<1x2xf32>
  %z = arith.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32>
  %gain = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %a = treadle.rms_norm %x epsilon(0.0) : tensor<1x2xf32>
  %b = treadle.rms_norm %z, %gain epsilon(12.5) : tensor<1x2xf32>, tensor<2xf32>
  return %a, %b : tensor<1x2xf32>, tensor<1x2xf32>
}

// Scores far apart do not overflow; a vector of -inf is zeros; NaN and +inf make a vector NaN.
// CHECK: softmax: 5x2xf64 [ [0.25, 0.75], [0, 1], [0, 0], [nan, nan], [nan, nan] ]
func.func @softmax() -> tensor<5x2xf64> {
  %x = arith.constant dense<[[0.0, 1.0986122886681098], [-1.0e+04, 1.0e+04], [0xFFF0000000000000, 0xFFF0000000000000],
                             [0.0, 0x7FF8000000000000], [0.0, 0x7FF0000000000000]]> : tensor<5x2xf64>
  %y = treadle.softmax %x : tensor<5x2xf64>
  return %y : tensor<5x2xf64>
}

// CHECK: linear#0: 2x3xf32 [ [1, 2, 3], [-3, 4, 1] ]
// CHECK: linear#1: 2x3xf32 [ [0.5, 3, 2], [0, 5, 0] ]
func.func @linear() -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %x = arith.constant dense<[[1.0, 2.0], [-3.0, 4.0]]> : tensor<2x2xf32>
  %w = arith.constant dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]> : tensor<3x2xf32>
  %b = arith.constant dense<[-0.5, 1.0, -1.0]> : tensor<3xf32>
  %y = treadle.linear %x, %w : (tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<2x3xf32>
  %z = treadle.linear %x, %w bias(%b) activation(relu) : (tensor<2x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %y, %z : tensor<2x3xf32>, tensor<2x3xf32>
}

// f(1) and f(-1) of each activation. gelu(1) = (1 + erf(1/√2))/2 = 0.841345.
// CHECK: activations#0: 2x1xf32 [ [0.841345], [-0.158655] ]
// CHECK: activations#1: 2x1xf32 [ [0.841192], [-0.158808] ]
// CHECK: activations#2: 2x1xf32 [ [1], [0] ]
// CHECK: activations#3: 2x1xf32 [ [0.731059], [-0.268941] ]
// CHECK: activations#4: 2x1xf32 [ [0.761594], [-0.761594] ]
func.func @activations() -> (tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) {
  %x = arith.constant dense<[[1.0], [-1.0]]> : tensor<2x1xf32>
  %w = arith.constant dense<1.0> : tensor<1x1xf32>
  %0 = treadle.linear %x, %w activation(gelu) : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %1 = treadle.linear %x, %w activation(gelu_tanh) : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %2 = treadle.linear %x, %w activation(relu) : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %3 = treadle.linear %x, %w activation(silu) : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %4 = treadle.linear %x, %w activation(tanh) : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  return %0, %1, %2, %3, %4 : tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>
}

// 1/(1 + 1/e), 1/(1 + e^-1.702), and squares.
// CHECK: activate#0: 2xf32 [0.731059, 0.268941]
// CHECK: activate#1: 2xf32 [0.845796, -0.154204]
// CHECK: activate#2: 2xf32 [1, 0]
// CHECK: activate#3: 2xf32 [1, -1]
// A NaN stays one, of relu also.
// CHECK: activate#4: 2xf32 [nan, 4]
func.func @activate() -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %x = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %nan = arith.constant dense<[0x7FC00000, 2.0]> : tensor<2xf32>
  %0 = treadle.activate sigmoid %x : tensor<2xf32>
  %1 = treadle.activate quick_gelu %x : tensor<2xf32>
  %2 = treadle.activate relu_squared %x : tensor<2xf32>
  %3 = treadle.activate identity %x : tensor<2xf32>
  %4 = treadle.activate relu_squared %nan : tensor<2xf32>
  return %0, %1, %2, %3, %4 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// relu(2x + 1, -x) is (7, 0) for 3 and (0, 2) for -2; the second map adds both and 0.5.
// CHECK: feed_forward: 2x1xf32 [ [7.5], [2.5] ]
func.func @feed_forward() -> tensor<2x1xf32> {
  %x = arith.constant dense<[[3.0], [-2.0]]> : tensor<2x1xf32>
  %in = arith.constant dense<[[2.0], [-1.0]]> : tensor<2x1xf32>
  %out = arith.constant dense<1.0> : tensor<1x2xf32>
  %b1 = arith.constant dense<[1.0, 0.0]> : tensor<2xf32>
  %b2 = arith.constant dense<0.5> : tensor<1xf32>
  %y = treadle.feed_forward %x, %in, %out biases(%b1, %b2) activation(relu)
    : tensor<2x1xf32>, tensor<2x1xf32>, tensor<1x2xf32>, tensor<2xf32>, tensor<1xf32>
  return %y : tensor<2x1xf32>
}

// Gate relu(2x, -x), up (x, x/2): for 3 (6, 0) ⊙ (3, 1.5), for -2 (0, 2) ⊙ (-2, -1).
// CHECK: gated: 2x1xf32 [ [18], [-2] ]
// CHECK: biased: 2x1xf32 [ [18.5], [-1.5] ]
func.func @gated() -> tensor<2x1xf32> {
  %x = arith.constant dense<[[3.0], [-2.0]]> : tensor<2x1xf32>
  %gate = arith.constant dense<[[2.0], [-1.0]]> : tensor<2x1xf32>
  %up = arith.constant dense<[[1.0], [0.5]]> : tensor<2x1xf32>
  %down = arith.constant dense<1.0> : tensor<1x2xf32>
  %y = treadle.gated_feed_forward %x, %gate, %up, %down activation(relu)
    : tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<1x2xf32>
  return %y : tensor<2x1xf32>
}
func.func @biased() -> tensor<2x1xf32> {
  %x = arith.constant dense<[[3.0], [-2.0]]> : tensor<2x1xf32>
  %gate = arith.constant dense<[[2.0], [-1.0]]> : tensor<2x1xf32>
  %up = arith.constant dense<[[0.0], [1.0]]> : tensor<2x1xf32>
  %down = arith.constant dense<1.0> : tensor<1x2xf32>
  %b0 = arith.constant dense<[0.0, 0.0]> : tensor<2xf32>
  %b1 = arith.constant dense<[3.0, 1.0]> : tensor<2xf32>
  %b2 = arith.constant dense<0.5> : tensor<1xf32>
  // 3: (6, 0) ⊙ (3, 4); -2: (0, 2) ⊙ (3, -1).
  %y = treadle.gated_feed_forward %x, %gate, %up, %down biases(%b0, %b1, %b2) activation(relu)
    : tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<1xf32>
  return %y : tensor<2x1xf32>
}

// x + 0.5 (x · x), and an input whose branch does not count.
// CHECK: residual#0: 2xf32 [1.5, 12]
// CHECK: residual#1: 2xf32 [1, 4]
func.func @residual() -> (tensor<2xf32>, tensor<2xf32>) {
  %x = arith.constant dense<[1.0, 4.0]> : tensor<2xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<2xf32>
  %y = treadle.residual %x scale(0.5) : tensor<2xf32> {
  ^branch(%u: tensor<2xf32>):
    %f = arith.mulf %u, %u : tensor<2xf32>
    treadle.yield %f : tensor<2xf32>
  }
  %z = treadle.residual %x scale(0.0) : tensor<2xf32> {
  ^branch(%u: tensor<2xf32>):
    treadle.yield %nan : tensor<2xf32>
  }
  return %y, %z : tensor<2xf32>, tensor<2xf32>
}

// 2x + 3 g ⊙ x² with g = (1, 0.5); 2x + 0.5 x²; a constant gate of zeros takes the branch away, NaN included.
// CHECK: gates#0: 1x2xf32 [ [5, 32] ]
// CHECK: gates#1: 1x2xf32 [ [2.5, 16] ]
// CHECK: gates#2: 1x2xf32 [ [1, 4] ]
// CHECK: gates#3: 1x2xf32 [ [1, 16] ]
func.func @gates() -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  %x = arith.constant dense<[[1.0, 4.0]]> : tensor<1x2xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<1x2xf32>
  %g = arith.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %half = arith.constant dense<0.5> : tensor<1xf32>
  %none = arith.constant dense<0.0> : tensor<1xf32>
  %a = treadle.residual %x input_scale(2.0) scale(3.0) gate(%g) : tensor<1x2xf32>, tensor<2xf32> {
  ^branch(%u: tensor<1x2xf32>):
    %f = arith.mulf %u, %u : tensor<1x2xf32>
    treadle.yield %f : tensor<1x2xf32>
  }
  %b = treadle.residual %x input_scale(2.0) gate(%half) : tensor<1x2xf32>, tensor<1xf32> {
  ^branch(%u: tensor<1x2xf32>):
    %f = arith.mulf %u, %u : tensor<1x2xf32>
    treadle.yield %f : tensor<1x2xf32>
  }
  %c = treadle.residual %x gate(%none) : tensor<1x2xf32>, tensor<1xf32> {
  ^branch(%u: tensor<1x2xf32>):
    treadle.yield %nan : tensor<1x2xf32>
  }
  %d = treadle.residual %x input_scale(0.0) : tensor<1x2xf32> {
  ^branch(%u: tensor<1x2xf32>):
    %f = arith.mulf %u, %u : tensor<1x2xf32>
    treadle.yield %f : tensor<1x2xf32>
  }
  return %a, %b, %c, %d : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}

// x -> 2 x + i for i = 0, 1, 2: 1, 2, 5, 12.
// CHECK: stack#0: 1xf32 [12]
// CHECK: stack#1: 1xf32 [1]
func.func @stack() -> (tensor<1xf32>, tensor<1xf32>) {
  %x = arith.constant dense<1.0> : tensor<1xf32>
  %y = treadle.stack 3 (%x) : tensor<1xf32> {
  ^layer(%h: tensor<1xf32>, %i: index):
    %n = arith.index_cast %i : index to i32
    %f = arith.sitofp %n : i32 to f32
    %t = tensor.splat %f : tensor<1xf32>
    %double = arith.addf %h, %h : tensor<1xf32>
    %o = arith.addf %double, %t : tensor<1xf32>
    treadle.yield %o : tensor<1xf32>
  }
  %none = treadle.stack 0 (%x) : tensor<1xf32> {
  ^layer(%h: tensor<1xf32>, %i: index):
    %o = arith.addf %h, %h : tensor<1xf32>
    treadle.yield %o : tensor<1xf32>
  }
  return %y, %none : tensor<1xf32>, tensor<1xf32>
}

// Two values through a stack: a doubles, b counts what a was. (1, 0), (2, 1), (4, 3).
// CHECK: two#0: 1xf32 [4]
// CHECK: two#1: 1xf32 [3]
func.func @two() -> (tensor<1xf32>, tensor<1xf32>) {
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %zero = arith.constant dense<0.0> : tensor<1xf32>
  %r:2 = treadle.stack 2 (%one, %zero) : tensor<1xf32>, tensor<1xf32> {
  ^layer(%a: tensor<1xf32>, %b: tensor<1xf32>, %i: index):
    %double = arith.addf %a, %a : tensor<1xf32>
    %sum = arith.addf %b, %a : tensor<1xf32>
    treadle.yield %double, %sum : tensor<1xf32>, tensor<1xf32>
  }
  return %r#0, %r#1 : tensor<1xf32>, tensor<1xf32>
}

// What lies past a length does not count, an empty sequence gives zeros.
// CHECK: pool#0: 3x1xf32 [ [3], [0], [-1] ]
// CHECK: pool#1: 3x1xf32 [ [4], [0], [-1] ]
// CHECK: pool#2: 3x1xf32 [ [2], [nan], [-1] ]
// CHECK: pool#3: 3x1xf32 [ [nan], [nan], [-3] ]
func.func @pool() -> (tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>) {
  %x = arith.constant dense<[[[2.0], [4.0], [0x7FC00000]], [[0x7FC00000], [1.0], [1.0]], [[-1.0], [-5.0], [-3.0]]]> : tensor<3x3x1xf32>
  %l = arith.constant dense<[2, 0, 1]> : tensor<3xi64>
  %mean = treadle.pool mean %x lengths(%l) : (tensor<3x3x1xf32>, tensor<3xi64>) -> tensor<3x1xf32>
  %max = treadle.pool max %x lengths(%l) : (tensor<3x3x1xf32>, tensor<3xi64>) -> tensor<3x1xf32>
  %first = treadle.pool first %x lengths(%l) : (tensor<3x3x1xf32>, tensor<3xi64>) -> tensor<3x1xf32>
  %all = treadle.pool mean %x : (tensor<3x3x1xf32>) -> tensor<3x1xf32>
  return %mean, %max, %first, %all : tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>
}
