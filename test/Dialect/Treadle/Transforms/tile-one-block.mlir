// RUN: treadle-opt %s --treadle-set-target=cpu=x86-64-v4 --treadle-model-to-structured --treadle-structured-to-tiled | FileCheck %s

// What is so small that it is one block is made in a loop over one block: it is one thread's,
// and no other begins before it is done.

// CHECK-LABEL: @norm
// CHECK:         scf.forall
// CHECK:           linalg.generic
// CHECK:         } {mapping = [#treadle.team<0>]}
func.func @norm(%x: tensor<2x8xf32>, %g: tensor<8xf32>) -> tensor<2x8xf32> {
  %y = treadle.layer_norm %x, %g epsilon(1.0e-5) : tensor<2x8xf32>, tensor<8xf32>
  return %y : tensor<2x8xf32>
}
