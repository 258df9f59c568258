//===- Passes.td - From one dialect to others -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_CONVERSION_PASSES
#define TREADLE_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def SetTargetPass : Pass<"treadle-set-target", "::mlir::ModuleOp"> {
  let summary = "Describe the CPU that decisions are made for";
  let description = [{
    Puts a `treadle.target` on a module that has none.
  }];
  let options = [Option<"cpu", "cpu", "std::string", "\"native\"",
                        "'native', or LLVM's name of a CPU">];
}

def TreadleToLinalgPass : Pass<"treadle-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Say in linalg what the parts of blocks compute";
  let description = [{
    Precondition: a module with a `treadle.target`, expanded by `treadle-expand`.
    Embeddings, positions, norms, linear maps and pooling become `linalg.generic` on
    tensors. The weight of a linear map is brought into panels as wide as the target's
    register tile, so that a product reads it in one sequential stream.
    Postcondition: `treadle.attention` and `treadle.parameter` are all that is left of
    the dialect.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def ExpandMathPass : Pass<"treadle-expand-math"> {
  let summary = "Compute exp2 on vectors by a polynomial";
  let description = [{
    `math.exp2` on f32 becomes range reduction, a polynomial and an addition to the exponent.
    Other functions are upstream's: `populateMathPolynomialApproximationPatterns`.
  }];
  let dependentDialects = ["::mlir::math::MathDialect", "::mlir::vector::VectorDialect",
                           "::mlir::arith::ArithDialect"];
}

def EmitEntryPointsPass : Pass<"treadle-emit-entry-points", "::mlir::ModuleOp"> {
  let summary = "Make teams of parallel loops, and entry points of functions";
  let description = [{
    Precondition: stage `buffers`.
    Each function becomes a body that all threads of one team run, with the blocks of an
    `scf.forall` divided among them and a meeting after it, and an entry point of the form
    that treadle-c/Code.h fixes: it asks for the arena and runs the team. Parameters become
    addresses that the host gives.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::memref::MemRefDialect"];
}

#endif // TREADLE_CONVERSION_PASSES
