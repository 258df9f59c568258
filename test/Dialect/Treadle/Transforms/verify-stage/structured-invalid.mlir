// RUN: treadle-opt %s --treadle-verify-stage=stage=structured --split-input-file --verify-diagnostics

func.func @not_expanded(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{in stage 'structured', 'treadle.linear' is neither linalg on tensors nor an attention, a cache's or a parameter}}
  %y = treadle.linear %x, %w : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

func.func @buffers() {
  // expected-error@+1 {{in stage 'structured', 'memref.alloc' is neither linalg on tensors}}
  %a = memref.alloc() : memref<8xf32>
  return
}
