// UNSUPPORTED: sanitizers

// DEFINE: %{plugged} = %mlir_opt --load-dialect-plugin=%treadle_plugin --load-pass-plugin=%treadle_plugin

// One pass of ours between passes of mlir-opt's.
// RUN: %{plugged} %s --pass-pipeline='builtin.module(canonicalize,func.func(treadle-expand),cse)' \
// RUN:   | FileCheck %s --check-prefix=EXPANDED

// A pipeline with its options.
// RUN: %{plugged} %s --pass-pipeline='builtin.module(treadle-model-to-structured{cpu=x86-64-v3})' \
// RUN:   | FileCheck %s --check-prefix=STRUCTURED

// All stages, whose dialects and interfaces the plugin brings.
// RUN: %{plugged} %s --pass-pipeline='builtin.module(treadle-model-to-llvm{cpu=x86-64-v3})' \
// RUN:   | FileCheck %s --check-prefix=LLVM

// EXPANDED-LABEL: @layer
// EXPANDED-NOT: treadle.residual
// EXPANDED: treadle.layer_norm
// EXPANDED: treadle.linear
// EXPANDED: activation(gelu)
// EXPANDED: treadle.linear
// EXPANDED: arith.addf

// STRUCTURED: treadle.stage = #treadle.stage<structured>
// STRUCTURED-SAME: treadle.target = #treadle.target<cpu = "x86-64-v3"
// STRUCTURED-LABEL: @layer
// STRUCTURED: linalg.generic

// LLVM: treadle.stage = #treadle.stage<llvm>
// LLVM: llvm.func

func.func @layer(%x: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
  %gain = treadle.parameter "norm.weight" : tensor<32xf32>
  %w1 = treadle.parameter "in.weight" : tensor<64x32xf32>
  %w2 = treadle.parameter "out.weight" : tensor<32x64xf32>
  %y = treadle.residual %x : tensor<?x?x32xf32> {
  ^branch(%u: tensor<?x?x32xf32>):
    %n = treadle.layer_norm %u, %gain epsilon(1.0e-5) : tensor<?x?x32xf32>, tensor<32xf32>
    %f = treadle.feed_forward %n, %w1, %w2 activation(gelu)
        : tensor<?x?x32xf32>, tensor<64x32xf32>, tensor<32x64xf32>
    treadle.yield %f : tensor<?x?x32xf32>
  }
  return %y : tensor<?x?x32xf32>
}
