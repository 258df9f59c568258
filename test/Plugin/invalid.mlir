// UNSUPPORTED: sanitizers

// Verifiers come with the dialect.
// RUN: %mlir_opt --load-dialect-plugin=%treadle_plugin %s --verify-diagnostics

func.func @f(%x: tensor<2x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{expects the result's width to be 6, found 4}}
  %0 = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<6x4xf32>) -> tensor<2x4xf32>
  return
}
