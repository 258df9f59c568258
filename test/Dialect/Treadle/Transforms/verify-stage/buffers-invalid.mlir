// RUN: treadle-opt %s --treadle-verify-stage=stage=buffers --split-input-file --verify-diagnostics

func.func @linalg(%x: memref<8xf32>) {
  // expected-error@+1 {{in stage 'buffers', 'linalg.exp' is neither a buffer's nor a vector's}}
  linalg.exp ins(%x : memref<8xf32>) outs(%x : memref<8xf32>)
  return
}

// -----

func.func @tensor() {
  // expected-error@+1 {{in stage 'buffers', 'arith.constant' gives a tensor}}
  %x = arith.constant dense<0.0> : tensor<8xf32>
  return
}

// -----

func.func @copy(%x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error@+1 {{in stage 'buffers', 'memref.copy' copies: copies are vector code}}
  memref.copy %x, %y : memref<8xf32> to memref<8xf32>
  return
}

// -----

func.func @allocation(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    // expected-error@+1 {{in stage 'buffers', 'memref.alloc' allocates outside of the arena}}
    %a = memref.alloc() : memref<8xf32>
  }
  return
}
