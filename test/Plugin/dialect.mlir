// UNSUPPORTED: sanitizers

// A stock mlir-opt knows the dialect once it has the plugin, and not before.
// RUN: %mlir_opt --load-dialect-plugin=%treadle_plugin %s | FileCheck %s
// RUN: not %mlir_opt %s 2>&1 | FileCheck %s --check-prefix=WITHOUT
// WITHOUT: Dialect `treadle' not found

// CHECK-LABEL: @block
// CHECK: treadle.residual
// CHECK: treadle.layer_norm
func.func @block(%x: tensor<?x4xf32>, %gain: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = treadle.residual %x : tensor<?x4xf32> {
  ^branch(%u: tensor<?x4xf32>):
    %f = treadle.layer_norm %u, %gain epsilon(1.0e-5) : tensor<?x4xf32>, tensor<4xf32>
    treadle.yield %f : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}
