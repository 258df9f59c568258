// RUN: treadle-opt %s --treadle-vectorize --split-input-file --verify-diagnostics

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
  func.func @tensors(%x: tensor<8xf32>) -> tensor<8xf32> {
    // expected-error@+1 {{expects operands on buffers; treadle-bufferize puts them there}}
    %y = linalg.exp ins(%x : tensor<8xf32>) outs(%x : tensor<8xf32>) -> tensor<8xf32>
    return %y : tensor<8xf32>
  }
}
