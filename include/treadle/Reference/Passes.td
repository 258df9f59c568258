//===- Passes.td - Running programs -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_REFERENCE_PASSES
#define TREADLE_REFERENCE_PASSES

include "mlir/Pass/PassBase.td"

def InterpretPass : Pass<"treadle-interpret", "::mlir::ModuleOp"> {
  let summary = "Run functions with the reference interpreter";
  let description = [{
    Precondition: stage `model` or `structured`, or any other program of tensors in the
    operations that docs/Interpreter.md lists.
    Effect: runs functions in f64, in the order of the module, and prints a line for each
    of their results, or writes these to files. Without `function` all public functions run
    that have no arguments, and with `cases` those that have arguments, too.
    Postcondition: the module is as it was. Fails with a diagnostic on the operation that
    does what it must not; the other functions run all the same.

    ```mlir
    func.func @sum() -> f32 {
      %a = arith.constant 1.5 : f32
      %b = arith.constant 2.0 : f32
      %c = arith.addf %a, %b : f32
      return %c : f32
    }
    // prints
    sum: f32 3.5
    ```
  }];
  let options = [
    Option<"function", "function", "std::string", /*default=*/"",
           "The function to run">,
    ListOption<"inputs", "inputs", "std::string",
               "Files (.npy) of the function's arguments">,
    ListOption<"outputs", "outputs", "std::string",
               "Files (.npy) to write the function's results to, as f64 or i64">,
    Option<"cases", "cases", "std::string", /*default=*/"",
           "A folder: argument 0 of function f is read from f.arg0.npy in it, and its "
           "result 0 written to f.result0.npy">,
    Option<"weights", "weights", "std::string", /*default=*/"",
           "Where parameters are: a safetensors file or a folder of them">,
    Option<"digits", "digits", "unsigned", /*default=*/"6",
           "Significant digits of printed floats">,
    Option<"maxWork", "max-work", "int64_t", /*default=*/"274877906944",
           "Steps that a function may take">,
    Option<"maxElements", "max-elements", "int64_t", /*default=*/"1073741824",
           "Elements that a function may keep at a time">,
  ];
}

#endif // TREADLE_REFERENCE_PASSES
