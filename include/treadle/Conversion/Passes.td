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
    Precondition: none.
    Effect: puts a `treadle.target` on a module that has none. 'native' is this machine's
    features, caches and cores under the name of the nearest x86-64 level; other names have the
    caches of a common CPU, and one core. `cores` says it otherwise.
    Postcondition: the module has a `treadle.target`. Fails on a name that LLVM does not know.
  }];
  let options = [Option<"cpu", "cpu", "std::string", "\"native\"",
                        "'native', or LLVM's name of a CPU">,
                 Option<"cores", "cores", "int64_t", "0",
                        "how many cores to decide for; 0: those of 'native', or one">];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def TreadleToLinalgPass : Pass<"treadle-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Say in linalg what the parts of blocks compute";
  let description = [{
    Precondition: a module with a `treadle.target`, expanded by `treadle-expand`.
    Effect: embeddings, positions, norms, linear maps, pooling and elementwise operations on
    tensors become linalg on tensors; changes of scores become arithmetic where they are. The weight of a linear map is brought into panels as
    wide as the target's register tile, so that a product reads it in one sequential stream.
    With the precision `bf16`, the module's or else the option's, weights with an even number of
    inputs are rounded to bf16 and lie in panels of pairs of inputs, for instructions that sum two
    products a lane; so does what they multiply, where the target has such an instruction, or tile
    registers which the operands fill.
    Postcondition: `treadle.attention` and `treadle.parameter` are all that is left of
    the dialect. Fails on an operation whose types are not supported, such as a linear map
    of another type than f32.

    ```mlir
    %y = treadle.linear %x, %w : (tensor<?x8xf32>, tensor<48x8xf32>) -> tensor<?x48xf32>
    // after, for AVX2
    %s = tensor.expand_shape %w … into tensor<3x16x8xf32>
    %p = linalg.transpose ins(%s …) outs(… : tensor<3x8x16xf32>) permutation = [0, 2, 1]
    %t = linalg.generic … ins(%x, %p …) outs(%zeros : tensor<?x3x16xf32>)
    %y = tensor.collapse_shape %t … into tensor<?x48xf32>

    // after, with bf16 and a target with `dot = vdpbf16ps`
    %p = linalg.generic … ins(%s : tensor<3x16x4x2xf32>) outs(… : tensor<3x4x16x2xbf16>) { … arith.truncf … }
    %r = linalg.generic … ins(%x …) outs(… : tensor<?x8xbf16>) { … arith.truncf … }
    %t = linalg.generic … ins(%r as [?, 4, 2], %p …) outs(%zeros : tensor<?x3x16xf32>)
    ```
  }];
  let options = [Option<"precision", "precision", "::treadle::Precision", "::treadle::Precision::F32",
    "what products are computed in when the module does not say it", [{::llvm::cl::values(
      clEnumValN(::treadle::Precision::F32, "f32", ""),
      clEnumValN(::treadle::Precision::BF16, "bf16", "weights and what they multiply; sums in f32"))}]>];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def ExpandMathPass : Pass<"treadle-expand-math"> {
  let summary = "Compute elementary functions by polynomials";
  let description = [{
    Precondition: none; other operations stay.
    Effect: these operations on f32 and on vectors of it, of any shape, become arithmetic without
    calls, branches or divisions, the same for every lane and for a scalar:

    | operation   | method                                      | largest error   |
    | ----------- | ------------------------------------------- | --------------- |
    | `math.exp2` | x = n + r, degree 6 in r, n in the exponent | 0.8 ulp         |
    | `math.exp2` with `afn` | the same, degree 4              | 3e-6 relative   |
    | `math.exp`  | the same, x times log2(e) in two parts      | 1 ulp           |
    | `math.erf`  | x times degree 15 in x^2, cut off at ±1     | 1.6e-7 absolute |
    | `math.sin`, `math.cos` | x = (n + 0 or 1/2) π + r, degree 9 in r | 1.2e-7 absolute for \|x\| <= 2^16 |

    NaN gives NaN; exp2 and exp of -inf are 0 and of +inf are +inf, erf of ±inf is ±1.
    Results of exp2 and exp below 2^-125.5 are exactly 0. Sine and cosine of
    greater numbers are something in [-1, 1].

    The same on narrower types goes through f32, and f32 to and from bf16 through the bits.
    Other functions are upstream's (`populateMathPolynomialApproximationPatterns`), whose tanh
    has a relative error of 3e-7, log one of 1 ulp and log2 of 2 ulp.
    Postcondition: none of the five is left on these types.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect",
                           "::mlir::arith::ArithDialect"];
}

def LowerReshapesPass : Pass<"treadle-lower-reshapes"> {
  let summary = "Expand a dimension into several unknown extents";
  let description = [{
    Precondition: buffers that are expanded into several unknown extents have no gaps.
    Effect: `memref.expand_shape` with more than one unknown extent in a group becomes a
    `memref.reinterpret_cast`.
    Postcondition: upstream's `expand-strided-metadata` (MLIR 22.1), which takes for granted
    that there is one and crashes, can run.

    ```mlir
    %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%b, %s, 8] …
    // after
    %y = memref.reinterpret_cast %x to offset: [0], sizes: [%b, %s, 8], strides: [%n, 8, 1] …
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

def EmitEntryPointsPass : Pass<"treadle-emit-entry-points", "::mlir::ModuleOp"> {
  let summary = "Make teams of parallel loops, and entry points of functions";
  let description = [{
    Precondition: stage `buffers`.
    Effect: each function becomes a body `NAME_body` that all threads of one team run, with
    the blocks of an `scf.forall` divided among them and a meeting after it, and an entry
    point `treadle_entry_NAME` of the form that treadle-c/Code.h fixes: it asks for the arena
    and runs the team. Parameters become addresses that the host gives. A function that
    carries `treadle.prepared` is run by one thread.
    Postcondition: no `scf.forall`, `treadle.parameter` or `memref.alloc` is left.

    ```mlir
    scf.forall (%i) in (%n) { … }
    // after
    scf.for %i = %t * %n / %threads to (%t + 1) * %n / %threads { … }
    llvm.call %meet(%host) : …
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::memref::MemRefDialect"];
}

def EmulateTilesPass : Pass<"treadle-emulate-tiles", "::mlir::ModuleOp"> {
  let summary = "Compute on vectors what tile registers would";
  let description = [{
    Precondition: functions on buffers; tiles are carried by `scf.for` at most.
    Effect: in a module whose `treadle.target` does not have the feature amx-bf16, each tile
    becomes a vector of its shape, and `amx` operations become loads, stores and FMAs of its
    rows, in the order in which Intel's Software Developer's Manual defines TDPBF16PS: sums of
    even and of odd k are made each on its own, for the elements of one tile. Denormals are kept,
    where the instruction takes them for zero. This is slow, and is there so that code for
    tile registers can be tested everywhere. Other modules stay as they are.
    Postcondition: no tile is left, or the target has the feature.

    ```mlir
    %c = amx.tile_mulf %a, %b, %d : !amx.tile<16x32xbf16>, !amx.tile<16x32xbf16>, !amx.tile<16x16xf32>
    // after
    %sums:2 = scf.for %k … iter_args(…) -> (vector<16xf32>, vector<16xf32>) { … vector.fma … }
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect", "::mlir::amx::AMXDialect"];
}

#endif // TREADLE_CONVERSION_PASSES
