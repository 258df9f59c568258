// RUN: treadle-opt %s --treadle-verify-stage=stage=model | FileCheck %s -DSTAGE=model
// RUN: treadle-opt %s --treadle-verify-stage=stage=structured | FileCheck %s -DSTAGE=structured
// RUN: treadle-opt %s --treadle-verify-stage=stage=tiled | FileCheck %s -DSTAGE=tiled

// A stage that is reached is recorded, over what was recorded before; what runs when an
// artifact is made need not be tiled.
// CHECK: module attributes {treadle.stage = #treadle.stage<[[STAGE]]>}
module attributes {treadle.stage = #treadle.stage<model>} {
  func.func @prepare_0() -> tensor<2x4xf32> attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>} {
    %w = treadle.parameter "w" : tensor<4x2xf32>
    %e = tensor.empty() : tensor<2x4xf32>
    %t = linalg.transpose ins(%w : tensor<4x2xf32>) outs(%e : tensor<2x4xf32>) permutation = [1, 0]
    return %t : tensor<2x4xf32>
  }
}
