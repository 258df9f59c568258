//===- InterpretPass.cpp - Functions, run and printed -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Reference/Passes.h"

#include "treadle/Dialect/Treadle/IR/Treadle.h"
#include "treadle/Reference/Interpreter.h"
#include "treadle/Reference/TensorFiles.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace treadle;

namespace treadle {
#define GEN_PASS_DEF_INTERPRETPASS
#include "treadle/Reference/Passes.h.inc"
} // namespace treadle

namespace {
/// The files of one function.
struct Files {
  SmallVector<std::string> inputs;
  /// Empty where results are printed.
  SmallVector<std::string> outputs;
};

struct InterpretPass : treadle::impl::InterpretPassBase<InterpretPass> {
  using InterpretPassBase::InterpretPassBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    FailureOr<std::unique_ptr<ParameterSource>> parameters = openWeights();
    FailureOr<SmallVector<func::FuncOp>> functions = findFunctions();
    if (failed(parameters) || failed(functions))
      return signalPassFailure();
    InterpreterOptions options;
    options.parameters = parameters->get();
    options.maxWork = maxWork;
    options.maxElements = maxElements;
    for (func::FuncOp function : *functions)
      if (failed(runFunction(function, options)))
        signalPassFailure();
  }

private:
  LogicalResult fail(const Error &error) {
    InFlightDiagnostic diagnostic = emitError(getOperation().getLoc())
                                    << error.getMessage();
    for (const std::string &note : error.getNotes())
      diagnostic.attachNote() << note;
    return diagnostic;
  }

  FailureOr<std::unique_ptr<ParameterSource>> openWeights() {
    if (weights.empty())
      return std::unique_ptr<ParameterSource>();
    Findings findings;
    std::unique_ptr<ParameterSource> source = openParameters(weights, findings);
    for (const Error &error : findings.errors)
      (void)fail(error);
    if (!source)
      return failure();
    return source;
  }

  FailureOr<SmallVector<func::FuncOp>> findFunctions() {
    if (function.empty()) {
      if (!inputs.empty() || !outputs.empty())
        return emitError(getOperation().getLoc(),
                         "inputs and outputs are those of one function, "
                         "which is not named");
      return llvm::to_vector(
          llvm::make_filter_range(getOperation().getOps<func::FuncOp>(),
                                  [&](func::FuncOp op) { return isCase(op); }));
    }
    auto named = getOperation().lookupSymbol<func::FuncOp>(function);
    if (!named)
      return emitError(getOperation().getLoc())
             << "there is no function " << quoteForMessage(function);
    return SmallVector<func::FuncOp>{named};
  }

  /// Whether a function runs without being named.
  bool isCase(func::FuncOp op) {
    return op.isPublic() && !op.isExternal() &&
           !op->hasAttr(kPreparedAttrName) &&
           (!cases.empty() || op.getNumArguments() == 0);
  }

  Files getFiles(func::FuncOp op) {
    Files files{SmallVector<std::string>(inputs.begin(), inputs.end()),
                SmallVector<std::string>(outputs.begin(), outputs.end())};
    if (cases.empty())
      return files;
    auto getFile = [&](StringRef kind, unsigned number) {
      SmallString<128> path(cases);
      llvm::sys::path::append(path, op.getName() + "." + kind +
                                        std::to_string(number) + ".npy");
      return std::string(path);
    };
    if (files.inputs.empty())
      for (unsigned i = 0; i < op.getNumArguments(); ++i)
        files.inputs.push_back(getFile("arg", i));
    if (files.outputs.empty())
      for (unsigned i = 0; i < op.getNumResults(); ++i)
        files.outputs.push_back(getFile("result", i));
    return files;
  }

  LogicalResult runFunction(func::FuncOp op,
                            const InterpreterOptions &options) {
    Files files = getFiles(op);
    if (!files.outputs.empty() && files.outputs.size() != op.getNumResults())
      return op.emitOpError()
             << "has " << op.getNumResults() << " results, files for "
             << files.outputs.size() << " are given";
    SmallVector<Tensor> arguments;
    for (const std::string &path : files.inputs) {
      Result<Tensor> tensor = readTensorFile(path);
      if (!tensor)
        return fail(tensor.error());
      arguments.push_back(*tensor);
    }
    FailureOr<SmallVector<Tensor>> results = interpret(op, arguments, options);
    if (failed(results))
      return failure();
    for (auto [path, result] : llvm::zip(files.outputs, *results))
      if (Status written = writeTensorFile(path, result); !written)
        return fail(written.error());
    if (files.outputs.empty())
      print(op, *results);
    return success();
  }

  /// "f: 2xf32 [1, 2]", with "f#0:" and so on where there are several.
  void print(func::FuncOp op, ArrayRef<Tensor> results) {
    for (auto [i, result] : llvm::enumerate(results)) {
      llvm::outs() << op.getName();
      if (results.size() > 1)
        llvm::outs() << '#' << i;
      llvm::outs() << ": ";
      printTensor(llvm::outs(), result,
                  getElementTypeOrSelf(op.getResultTypes()[i]), digits);
      llvm::outs() << '\n';
    }
  }
};
} // namespace
