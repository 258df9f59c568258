// A whole encoder through all stages, for two CPUs.
//
// Going on from the printed text of a stage gives what going on in one process does.
// RUN: rm -rf %t && mkdir %t
// RUN: treadle-opt %s --treadle-model-to-structured=cpu=x86-64-v4 -o %t/structured.mlir
// RUN: treadle-opt %t/structured.mlir --treadle-structured-to-tiled -o %t/tiled.mlir
// RUN: treadle-opt %t/tiled.mlir --treadle-tiled-to-buffers -o %t/buffers.mlir
// RUN: treadle-opt %t/buffers.mlir --treadle-buffers-to-llvm -o %t/llvm.mlir
// RUN: treadle-opt %s --treadle-model-to-structured=cpu=x86-64-v4 --treadle-structured-to-tiled -o %t/tiled-at-once.mlir
// RUN: treadle-opt %s --treadle-model-to-structured=cpu=x86-64-v4 --treadle-structured-to-tiled --treadle-tiled-to-buffers -o %t/buffers-at-once.mlir
// RUN: treadle-opt %s --treadle-model-to-llvm=cpu=x86-64-v4 -o %t/llvm-at-once.mlir
// RUN: diff %t/tiled.mlir %t/tiled-at-once.mlir
// RUN: diff %t/buffers.mlir %t/buffers-at-once.mlir
// RUN: diff %t/llvm.mlir %t/llvm-at-once.mlir
// RUN: FileCheck %s --check-prefixes=STRUCTURED < %t/structured.mlir
// RUN: FileCheck %s --check-prefixes=TILED < %t/tiled.mlir
// RUN: FileCheck %s --check-prefixes=BUFFERS < %t/buffers.mlir
// RUN: FileCheck %s --check-prefixes=NEVER < %t/buffers.mlir
// RUN: FileCheck %s --check-prefixes=LLVM < %t/llvm.mlir
// RUN: treadle-opt %s --treadle-model-to-llvm=cpu=x86-64-v3 | FileCheck %s --check-prefixes=LLVM
//
// The layers are one loop, with one product for queries, keys and values; what is made of
// parameters is made elsewhere.
// STRUCTURED:      stage = #treadle.stage<structured>
// STRUCTURED-SAME: vectorBits = 512
// STRUCTURED:      func.func @embed(
// STRUCTURED-SAME:   limits = [0, 512], below = 100
// STRUCTURED-NOT:    tensor.concat
// STRUCTURED-NOT:    linalg.transpose
// STRUCTURED:        scf.for %[[I:[a-z0-9]+]] = {{.*}} iter_args(%[[STREAM:[a-z0-9]+]] =
// STRUCTURED:          treadle.parameter "layer.{}.q.prepared"[%[[I]] of 2] : tensor<6x64x32xf32>
// STRUCTURED-COUNT-1:  treadle.attention
// The residual addition writes into the stream.
// STRUCTURED:          %[[X:.*]] = tensor.expand_shape %[[STREAM]]
// STRUCTURED:          linalg.generic {{.*}} ins(%[[X]], {{.*}} outs(%[[X]] :
// STRUCTURED:          scf.yield
// STRUCTURED-NOT:      scf.for
// STRUCTURED:      func.func @prepare_0(
// STRUCTURED:        linalg.transpose
//
// TILED:      stage = #treadle.stage<tiled>
// TILED:      func.func @embed(
// TILED:        scf.forall
// TILED:        scf.for
// TILED-NOT:      treadle.attention
// TILED:          scf.forall
// TILED:            treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>
//
// One arena and one thread's stack, both before the first loop.
// BUFFERS:      stage = #treadle.stage<buffers>
// BUFFERS:      func.func @embed(
// BUFFERS-SAME:   memref<?x64xf32> {treadle.named = #treadle.named<"embeddings", dims = ["batch", ""], output>}
// BUFFERS:        memref.alloca() {alignment = 64 : i64} : memref<{{[0-9]+}}xi8>
// BUFFERS:        memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?xi8>
// BUFFERS-NOT:    memref.alloc
// BUFFERS:        scf.for
// BUFFERS-NOT:    memref.alloc
// BUFFERS:      func.func @prepare_0(
//
// NEVER-NOT: memref.copy
// NEVER-NOT: call
// NEVER-NOT: tensor<{{.*}}xf32>
// NEVER:     func.func @prepare_4(
// NEVER-NOT: memref.copy
// NEVER-NOT: call
//
// LLVM:     stage = #treadle.stage<llvm>
// LLVM:     llvm.func @embed_body(
// LLVM:     llvm.func @treadle_entry_embed(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// LLVM:     llvm.func @treadle_entry_prepare_0(
// LLVM-NOT: unrealized_conversion_cast

module @tiny attributes {treadle.stage = #treadle.stage<model>} {
  func.func @embed(%ids: tensor<?x?xi64> {treadle.named = #treadle.named<"ids", dims = ["batch", "sequence"]>},
                   %lengths: tensor<?xi64> {treadle.named = #treadle.named<"lengths", dims = ["batch"], maximum = "sequence", optional>})
      -> (tensor<?x64xf32> {treadle.named = #treadle.named<"embeddings", dims = ["batch", ""]>}) {
    %words = treadle.parameter "words" : tensor<100x64xf32>
    %places = treadle.parameter "places" : tensor<512x64xf32>
    %g = treadle.parameter "g" : tensor<64xf32>
    %e = treadle.embedding %ids, %words : (tensor<?x?xi64>, tensor<100x64xf32>) -> tensor<?x?x64xf32>
    %p = treadle.learned_position %e, %places : tensor<?x?x64xf32>, tensor<512x64xf32>
    %x = treadle.layer_norm %p, %g, %g epsilon(1.0e-12) : tensor<?x?x64xf32>, tensor<64xf32>, tensor<64xf32>
    %y = treadle.stack 2(%x) : tensor<?x?x64xf32> {
    ^layer(%h: tensor<?x?x64xf32>, %i: index):
      %wq = treadle.parameter "layer.{}.q"[%i of 2] : tensor<64x64xf32>
      %wk = treadle.parameter "layer.{}.k"[%i] : tensor<64x64xf32>
      %wv = treadle.parameter "layer.{}.v"[%i] : tensor<64x64xf32>
      %wo = treadle.parameter "layer.{}.o"[%i] : tensor<64x64xf32>
      %bq = treadle.parameter "layer.{}.bq"[%i] : tensor<64xf32>
      %bk = treadle.parameter "layer.{}.bk"[%i] : tensor<64xf32>
      %bv = treadle.parameter "layer.{}.bv"[%i] : tensor<64xf32>
      %bo = treadle.parameter "layer.{}.bo"[%i] : tensor<64xf32>
      %g1 = treadle.parameter "layer.{}.g1"[%i] : tensor<64xf32>
      %b1 = treadle.parameter "layer.{}.b1"[%i] : tensor<64xf32>
      %w1 = treadle.parameter "layer.{}.w1"[%i] : tensor<256x64xf32>
      %w2 = treadle.parameter "layer.{}.w2"[%i] : tensor<64x256xf32>
      %c1 = treadle.parameter "layer.{}.c1"[%i] : tensor<256xf32>
      %c2 = treadle.parameter "layer.{}.c2"[%i] : tensor<64xf32>
      %g2 = treadle.parameter "layer.{}.g2"[%i] : tensor<64xf32>
      %b2 = treadle.parameter "layer.{}.b2"[%i] : tensor<64xf32>
      %1 = treadle.residual %h : tensor<?x?x64xf32> {
      ^branch(%u: tensor<?x?x64xf32>):
        %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%wq, %wk, %wv, %wo)
          biases(%bq, %bk, %bv, %bo) mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
          : (tensor<?x?x64xf32>, tensor<?x?x64xf32>, tensor<?x?x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<?xi64>) -> tensor<?x?x64xf32>
        treadle.yield %a : tensor<?x?x64xf32>
      }
      %2 = treadle.layer_norm %1, %g1, %b1 epsilon(1.0e-12) : tensor<?x?x64xf32>, tensor<64xf32>, tensor<64xf32>
      %3 = treadle.residual %2 : tensor<?x?x64xf32> {
      ^branch(%u: tensor<?x?x64xf32>):
        %f = treadle.feed_forward %u, %w1, %w2 biases(%c1, %c2) activation(gelu) : tensor<?x?x64xf32>, tensor<256x64xf32>, tensor<64x256xf32>, tensor<256xf32>, tensor<64xf32>
        treadle.yield %f : tensor<?x?x64xf32>
      }
      %4 = treadle.layer_norm %3, %g2, %b2 epsilon(1.0e-12) : tensor<?x?x64xf32>, tensor<64xf32>, tensor<64xf32>
      treadle.yield %4 : tensor<?x?x64xf32>
    }
    %e1 = treadle.pool mean %y lengths(%lengths) : (tensor<?x?x64xf32>, tensor<?xi64>) -> tensor<?x64xf32>
    %e2 = treadle.unit_norm %e1 epsilon(1.0e-12) : tensor<?x64xf32>
    return %e2 : tensor<?x64xf32>
  }
}
