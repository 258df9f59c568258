// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK: module attributes
// CHECK-SAME: treadle.stage = #treadle.stage<structured>
// CHECK-SAME: treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f,+fma", vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152>
module attributes {
  treadle.stage = #treadle.stage<structured>,
  treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f,+fma",
                                   vectorBits = 512, registers = 32, l1 = 49152, l2 = 2097152>
} {

// Parts are printed in one order, and those that say nothing are not.
// CHECK-LABEL: @named
// CHECK-SAME: #treadle.named<"ids", dims = ["batch", "sequence"], limits = [0, 512], below = 30522>
// CHECK-SAME: #treadle.named<"lengths", dims = ["batch"], maximum = "sequence", optional>
// CHECK-SAME: #treadle.named<"a \22result\22", dims = ["batch", "", ""], output>
// CHECK-SAME: #treadle.named<"number", dims = []>
// CHECK-SAME: -> (tensor<?x4xf32> {treadle.named = #treadle.named<"embedding", dims = ["batch", ""]>})
func.func @named(
    %ids: tensor<?x?xi64> {treadle.named = #treadle.named<"ids", below = 30522, limits = [0, 512], dims = ["batch", "sequence"]>},
    %lengths: tensor<?xi64> {treadle.named = #treadle.named<"lengths", dims = ["batch"], optional, maximum = "sequence">},
    %out: memref<?x3x4xf32> {treadle.named = #treadle.named<"a \"result\"", dims = ["batch", "", ""], output>},
    %number: tensor<f32> {treadle.named = #treadle.named<"number", dims = [], limits = [], below = 0>},
    %y: tensor<?x4xf32>)
    -> (tensor<?x4xf32> {treadle.named = #treadle.named<"embedding", dims = ["batch", ""]>}) {
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @prepare_0
// CHECK-SAME: treadle.prepared = #treadle.prepared<"layer.{}.weight.prepared", members = 6>
func.func private @prepare_0(tensor<i64>) -> tensor<4x4xf32> attributes {
  treadle.prepared = #treadle.prepared<"layer.{}.weight.prepared", members = 6>}

// CHECK-LABEL: @prepare_1
// CHECK-SAME: #treadle.prepared<"head.prepared", members = 0>
func.func private @prepare_1() -> tensor<4x4xf32> attributes {
  treadle.prepared = #treadle.prepared<"head.prepared", members = 0>}

// CHECK: module attributes {treadle.decisions = [#treadle.decision<"f", "up.weight", #treadle.rows<block = 4>>,
// CHECK-SAME: #treadle.decision<"f", "attention", #treadle.attention_plan<queries = 32, keys = 64, tileRows = 12>>]}
module attributes {treadle.decisions = [
  #treadle.decision<"f", "up.weight", #treadle.rows<block = 4>>,
  #treadle.decision<"f", "attention", #treadle.attention_plan<queries = 32, keys = 64, tileRows = 12>>]} {}

// CHECK-LABEL: @counters
// CHECK-SAME: treadle.counters = #treadle.counters<["layer.{}.up", "rest"], members = [6, 0]>
func.func private @counters() attributes {
  treadle.counters = #treadle.counters<["layer.{}.up", "rest"], members = [6, 0]>}

// CHECK-LABEL: @lowering
func.func @lowering(%a: tensor<4x4xf32>, %x: tensor<?x4xf32>) {
  // CHECK: linalg.matmul
  // CHECK-SAME: treadle.lowering = #treadle.product<block = [504, 64], tile = [12, 32], reduction = 512>
  %0 = linalg.matmul {treadle.lowering = #treadle.product<block = [504, 64], tile = [12, 32], reduction = 512>}
      ins(%a, %a : tensor<4x4xf32>, tensor<4x4xf32>) outs(%a : tensor<4x4xf32>) -> tensor<4x4xf32>
  // CHECK: linalg.add
  // CHECK-SAME: treadle.lowering = #treadle.rows<block = 16>
  %1 = linalg.add {treadle.lowering = #treadle.rows<block = 16>}
      ins(%a, %a : tensor<4x4xf32>, tensor<4x4xf32>) outs(%a : tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}

// A loop of one block stays a loop when its blocks are a team's.
// CHECK-LABEL: @team
func.func @team(%a: memref<1xf32>, %x: f32) {
  // CHECK: scf.forall
  // CHECK: mapping = [#treadle.team<0>]
  scf.forall (%i) in (1) {
    memref.store %x, %a[%i] : memref<1xf32>
  } {mapping = [#treadle.team<0>]}
  return
}

// What only appears inside an operation has a form of its own as well.
// CHECK-LABEL: @inner
// CHECK-SAME: test.all = [#treadle.mask<causal, keys_within_lengths>, #treadle.mask<causal>,
// CHECK-SAME: #treadle.mask<keys_within_lengths>, #treadle.mask<>,
// CHECK-SAME: #treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>,
// CHECK-SAME: #treadle.score<scaled_dot>, #treadle.score<dot>,
// CHECK-SAME: #treadle.activation<gelu_tanh>,
// CHECK-SAME: #treadle.pooling<mean>, #treadle.pooling<first>, #treadle.pooling<max>,
// CHECK-SAME: #treadle.stage<model>, #treadle.stage<tiled>, #treadle.stage<buffers>, #treadle.stage<llvm>]
func.func private @inner() attributes {test.all = [
  #treadle.mask<keys_within_lengths, causal>, #treadle.mask<causal>,
  #treadle.mask<keys_within_lengths>, #treadle.mask<>,
  #treadle.attention_plan<queries = 32, keys = 128, tileRows = 12>,
  #treadle.score<scaled_dot>, #treadle.score<dot>, #treadle.activation<gelu_tanh>,
  #treadle.pooling<mean>, #treadle.pooling<first>, #treadle.pooling<max>,
  #treadle.stage<model>, #treadle.stage<tiled>, #treadle.stage<buffers>, #treadle.stage<llvm>]}

}
