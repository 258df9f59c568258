// RUN: treadle-opt %s --treadle-to-linalg --split-input-file --verify-diagnostics

#target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>
module attributes {treadle.target = #target} {
  func.func @narrow_weight(%x: tensor<2x8xbf16>, %w: tensor<8x8xbf16>) -> tensor<2x8xbf16> {
    // expected-error@+1 {{is not supported by the compiler with these types}}
    %y = treadle.linear %x, %w : (tensor<2x8xbf16>, tensor<8x8xbf16>) -> tensor<2x8xbf16>
    return %y : tensor<2x8xbf16>
  }
}

// -----

#target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>
module attributes {treadle.target = #target} {
  func.func @narrow_sums(%x: tensor<2x8xf16>, %g: tensor<8xf16>) -> tensor<2x8xf16> {
    // expected-error@+1 {{is not supported by the compiler with these types}}
    %y = treadle.layer_norm %x, %g epsilon(1.0e-5) : tensor<2x8xf16>, tensor<8xf16>
    return %y : tensor<2x8xf16>
  }
}

// -----

// expected-error@+1 {{expects a 'treadle.target'; treadle-set-target gives one}}
module attributes {treadle.stage = #treadle.stage<model>} {
}

// -----

#target = #treadle.target<cpu = "sandybridge", features = "+avx", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>
// expected-error@+1 {{expects a target with the feature 'f16c' for the precision 'f16', and 'sandybridge' has no instruction that widens f16}}
module attributes {treadle.precision = #treadle.precision<f16>, treadle.target = #target} {
}
