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
  let dependentDialects = ["::treadle::TreadleDialect"];
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
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def ExpandMathPass : Pass<"treadle-expand-math"> {
  let summary = "Compute elementary functions by polynomials";
  let description = [{
    These operations on f32 and on vectors of it, of any shape, become arithmetic without
    calls, branches or divisions, the same for every lane and for a scalar:

    | operation   | method                                      | largest error   |
    | ----------- | ------------------------------------------- | --------------- |
    | `math.exp2` | x = n + r, degree 6 in r, n in the exponent | 0.8 ulp         |
    | `math.exp`  | the same, x times log2(e) in two parts      | 1 ulp           |
    | `math.erf`  | x times degree 15 in x^2, cut off at ±1     | 1.6e-7 absolute |

    NaN gives NaN; exp2 and exp of -inf are 0 and of +inf are +inf, erf of ±inf is ±1.
    Results of exp2 and exp below 2^-125.5 are exactly 0.

    The same on narrower types goes through f32. Other functions are upstream's
    (`populateMathPolynomialApproximationPatterns`), whose tanh has a relative error of 3e-7.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect",
                           "::mlir::arith::ArithDialect"];
}

def LowerReshapesPass : Pass<"treadle-lower-reshapes"> {
  let summary = "Expand a dimension into several unknown extents";
  let description = [{
    `memref.expand_shape` with more than one unknown extent in a group becomes a
    `memref.reinterpret_cast`. Upstream's `expand-strided-metadata` (MLIR 22.1) takes for
    granted that there is one, and crashes.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
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
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::memref::MemRefDialect"];
}

#endif // TREADLE_CONVERSION_PASSES
