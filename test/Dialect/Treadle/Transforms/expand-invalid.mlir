// RUN: treadle-opt %s --treadle-expand --verify-diagnostics

func.func @other_members(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{'treadle.stack' op was not expanded}}
  %y = treadle.stack 2(%x) : tensor<?x8xf32> {
  ^layer(%h: tensor<?x8xf32>, %i: index):
    %g = treadle.parameter "layer.{}.g"[%i of 3] : tensor<8xf32>
    %n = treadle.layer_norm %h, %g epsilon(1.0e-5) : tensor<?x8xf32>, tensor<8xf32>
    treadle.yield %n : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
