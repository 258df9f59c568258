//===- Passes.td - Passes on the dialect -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TRANSFORMS_PASSES
#define TREADLE_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def DeriveLimitsPass : Pass<"treadle-derive-limits", "::mlir::ModuleOp"> {
  let summary = "Derive what inputs may be from the tables that they index";
  let description = [{
    Precondition: stage `model`.
    Fills `below` and `limits` of the `treadle.named` of arguments: ids are rows of the
    tables of embeddings, and there are no more tokens than learned positions. Fails where
    ids cannot be traced to an argument: nothing would then check them.
  }];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def ExpandPass : Pass<"treadle-expand"> {
  let summary = "Expand blocks into the parts that they are made of";
  let description = [{
    Precondition: stage `model`.
    `treadle.multi_head_attention` becomes projections, `treadle.attention` and a
    projection; where queries, keys and values are one tensor, their projections become
    one with concatenated parameters. `treadle.feed_forward` becomes two linear maps,
    `treadle.residual` its branch and an addition, `treadle.stack` an `scf.for` that carries
    the residual stream.
    Postcondition: none of these four is left; parameters of a stack say how many
    members their families have.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
}

def FuseElementwisePass : Pass<"treadle-fuse-elementwise"> {
  let summary = "Fuse elementwise operations into one, next to their product";
  let description = [{
    Precondition: linalg on tensors.
    Chains of elementwise operations become one `linalg.generic`; one that reads a
    matrix product through a reshape takes the shape that the product has, so that
    biases, activations and residual additions are applied where the product is made.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::linalg::LinalgDialect"];
}

def ReuseOperandsPass : Pass<"treadle-reuse-operands"> {
  let summary = "Let an elementwise operation write where it reads for the last time";
  let description = [{
    Precondition: linalg on tensors, elementwise operations fused.
    An elementwise operation with an empty destination takes as its destination an operand
    that it reads at the same places and that nobody reads afterwards. A residual stream
    then stays in one buffer from layer to layer.

    ```mlir
    %y = linalg.generic … ins(%x, %f) outs(%empty)   // before
    %y = linalg.generic … ins(%x, %f) outs(%x)       // after
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def PrepareParametersPass : Pass<"treadle-prepare-parameters", "::mlir::ModuleOp"> {
  let summary = "Gather what depends on parameters alone";
  let description = [{
    Precondition: linalg on tensors.
    Each value that is computed from parameters alone becomes a function that carries
    `treadle.prepared`, and its uses a `treadle.parameter` of the name given there.
    The functions are run once, when an artifact is made.
    Postcondition: entry points compute nothing from parameters alone.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::func::FuncDialect"];
}

def PassDestinationsPass : Pass<"treadle-pass-destinations", "::mlir::ModuleOp"> {
  let summary = "Turn results of functions into destinations that are passed";
  let description = [{
    Each result of each public function becomes an argument, marked as an output, into
    which the function puts it.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::bufferization::BufferizationDialect"];
}

def DecidePass : Pass<"treadle-decide", "::mlir::ModuleOp"> {
  let summary = "Decide how each operation is tiled for the target";
  let description = [{
    Precondition: stage `structured`, a `treadle.target` on the module.
    Writes `#treadle.product`, `#treadle.rows` or `#treadle.attention_plan` on each
    operation that has none: what a user wrote stays.
  }];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def TilePass : Pass<"treadle-tile"> {
  let summary = "Obey the decisions: parallel blocks of kernel-sized work";
  let description = [{
    Precondition: each linalg operation of an entry point, and each attention, has its decision.
    Products with what follows them elementwise, groups of operations on rows, and
    attentions become `scf.forall` over blocks. Attention visits keys tile by tile
    with a running maximum and sum (Milakov and Gimelshein, 2018; Dao et al., 2022);
    keys that the mask hides from all queries are not visited.
    Postcondition: no `treadle.attention` is left.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::scf::SCFDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::affine::AffineDialect", "::mlir::math::MathDialect"];
}

def BufferizePass : Pass<"treadle-bufferize", "::mlir::ModuleOp"> {
  let summary = "Bufferise in one shot";
  let description = [{
    Precondition: stage `tiled`, results passed as destinations.
    Upstream's one-shot bufferisation across functions. Inputs are not written to.
    Allocations are aligned to 64 bytes, a cache line and the widest vector.
    Postcondition: no tensor is left.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect"];
}

def VectorizePass : Pass<"treadle-vectorize"> {
  let summary = "Turn linalg on buffers into loops over vectors";
  let description = [{
    Precondition: linalg and copies on memrefs.
    Products become loops over tiles whose accumulators are carried in registers by
    the loop over the reduction; other operations become loops over vectors along
    their contiguous dimension.
    Postcondition: no linalg is left.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::affine::AffineDialect", "::mlir::memref::MemRefDialect"];
}

def PlanMemoryPass : Pass<"treadle-plan-memory"> {
  let summary = "Place all buffers in one arena";
  let description = [{
    Precondition: bufferised functions.
    Buffers that threads share become views of one allocation at the function's
    entry; buffers whose lives do not overlap share a place. Buffers of one thread
    go to its stack.
    Postcondition: at most one `memref.alloc` a function, in its first block.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

def VerifyStagePass : Pass<"treadle-verify-stage", "::mlir::ModuleOp"> {
  let summary = "Check the invariants of a stage and record that it is reached";
  let description = [{
    docs/Pipelines.md lists the invariants. Fails with a diagnostic at the first
    operation that breaks one.
  }];
  let options = [Option<"stage", "stage", "::treadle::Stage", "::treadle::Stage::Model",
    "the stage", [{::llvm::cl::values(
      clEnumValN(::treadle::Stage::Model, "model", ""),
      clEnumValN(::treadle::Stage::Structured, "structured", ""),
      clEnumValN(::treadle::Stage::Tiled, "tiled", ""),
      clEnumValN(::treadle::Stage::Buffers, "buffers", ""),
      clEnumValN(::treadle::Stage::Llvm, "llvm", ""))}]>];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

#endif // TREADLE_TRANSFORMS_PASSES
