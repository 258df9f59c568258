// Encoders of 64 layers at their beginning, with no gains and biases yet. `depth.py` changes the 64.

// x + f(norm(x)): the stream itself is never normalised.
func.func @pre(%x: tensor<?x4x32xf32>) -> tensor<?x4x32xf32> {
  %one = arith.constant dense<1.0> : tensor<32xf32>
  %y = treadle.stack 64 (%x) : tensor<?x4x32xf32> {
  ^layer(%h: tensor<?x4x32xf32>, %i: index):
    %wq = treadle.parameter "{}.q"[%i] : tensor<32x32xf32>
    %wk = treadle.parameter "{}.k"[%i] : tensor<32x32xf32>
    %wv = treadle.parameter "{}.v"[%i] : tensor<32x32xf32>
    %wo = treadle.parameter "{}.o"[%i] : tensor<32x32xf32>
    %w1 = treadle.parameter "{}.in"[%i] : tensor<32x32xf32>
    %w2 = treadle.parameter "{}.out"[%i] : tensor<32x32xf32>
    %1 = treadle.residual %h : tensor<?x4x32xf32> {
    ^branch(%u: tensor<?x4x32xf32>):
      %n = treadle.layer_norm %u, %one epsilon(0.0) : tensor<?x4x32xf32>, tensor<32xf32>
      %a = treadle.multi_head_attention %n, %n, %n heads(1) projections(%wq, %wk, %wv, %wo)
          : (tensor<?x4x32xf32>, tensor<?x4x32xf32>, tensor<?x4x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
             tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<?x4x32xf32>
      treadle.yield %a : tensor<?x4x32xf32>
    }
    %2 = treadle.residual %1 : tensor<?x4x32xf32> {
    ^branch(%u: tensor<?x4x32xf32>):
      %n = treadle.layer_norm %u, %one epsilon(0.0) : tensor<?x4x32xf32>, tensor<32xf32>
      %f = treadle.feed_forward %n, %w1, %w2 activation(relu)
          : tensor<?x4x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>
      treadle.yield %f : tensor<?x4x32xf32>
    }
    treadle.yield %2 : tensor<?x4x32xf32>
  }
  return %y : tensor<?x4x32xf32>
}

// norm(x + f(x)): the paper's, which normalises the sum.
func.func @post(%x: tensor<?x4x32xf32>) -> tensor<?x4x32xf32> {
  %one = arith.constant dense<1.0> : tensor<32xf32>
  %y = treadle.stack 64 (%x) : tensor<?x4x32xf32> {
  ^layer(%h: tensor<?x4x32xf32>, %i: index):
    %wq = treadle.parameter "{}.q"[%i] : tensor<32x32xf32>
    %wk = treadle.parameter "{}.k"[%i] : tensor<32x32xf32>
    %wv = treadle.parameter "{}.v"[%i] : tensor<32x32xf32>
    %wo = treadle.parameter "{}.o"[%i] : tensor<32x32xf32>
    %w1 = treadle.parameter "{}.in"[%i] : tensor<32x32xf32>
    %w2 = treadle.parameter "{}.out"[%i] : tensor<32x32xf32>
    %1 = treadle.residual %h : tensor<?x4x32xf32> {
    ^branch(%u: tensor<?x4x32xf32>):
      %a = treadle.multi_head_attention %u, %u, %u heads(1) projections(%wq, %wk, %wv, %wo)
          : (tensor<?x4x32xf32>, tensor<?x4x32xf32>, tensor<?x4x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,
             tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<?x4x32xf32>
      treadle.yield %a : tensor<?x4x32xf32>
    }
    %n1 = treadle.layer_norm %1, %one epsilon(0.0) : tensor<?x4x32xf32>, tensor<32xf32>
    %2 = treadle.residual %n1 : tensor<?x4x32xf32> {
    ^branch(%u: tensor<?x4x32xf32>):
      %f = treadle.feed_forward %u, %w1, %w2 activation(relu)
          : tensor<?x4x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>
      treadle.yield %f : tensor<?x4x32xf32>
    }
    %n2 = treadle.layer_norm %2, %one epsilon(0.0) : tensor<?x4x32xf32>, tensor<32xf32>
    treadle.yield %n2 : tensor<?x4x32xf32>
  }
  return %y : tensor<?x4x32xf32>
}
