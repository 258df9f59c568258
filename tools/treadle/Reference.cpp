//===- Reference.cpp - What an artifact is compared with ------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reference.h"

#include "Terminal.h"

#include "treadle/Compiler/Compiler.h"
#include "treadle/Importer/Importer.h"
#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Reference/Interpreter.h"
#include "treadle/Reference/TensorFiles.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"

#include <cstring>

using namespace treadle;

/// The tensor of the C interface; nothing of a type that is not supported.
static std::optional<Tensor> convert(const treadle_tensor &tensor) {
  std::vector<int64_t> shape(tensor.shape, tensor.shape + tensor.rank);
  auto type = static_cast<ElementType>(tensor.type);
  std::optional<int64_t> bytes = getByteSize(type, shape);
  if (!bytes)
    return std::nullopt;
  return readTensor(
      type, shape,
      {static_cast<const uint8_t *>(tensor.data), static_cast<size_t>(*bytes)});
}

std::optional<std::vector<Output>> treadle::runCall(EntryCall &call,
                                                    int &exitCode) {
  exitCode = reportRuntime(treadle_call_run(call.get()));
  std::vector<Output> outputs;
  for (int32_t i = 0; i < call.getEntry().num_outputs && exitCode == 0; ++i) {
    treadle_tensor tensor = {};
    exitCode =
        reportRuntime(treadle_call_get_output_at(call.get(), i, &tensor));
    if (exitCode != 0)
      break;
    std::optional<Tensor> converted = convert(tensor);
    if (!converted) {
      exitCode = report(Error(ErrorId::WrongType,
                              std::string("output '") +
                                  call.getEntry().outputs[i].name +
                                  "' has a type that cannot be compared"));
      break;
    }
    outputs.push_back({call.getEntry().outputs[i].name, *converted});
  }
  if (exitCode != 0)
    return std::nullopt;
  return outputs;
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

namespace {
/// Interprets the entry point of a module that a call is of.
class ModelReference : public CompileObserver {
public:
  ModelReference(const EntryCall &call, std::string weights)
      : call(call), weights(std::move(weights)) {}

  void warn(llvm::StringRef text) override { treadle::warn(text); }

  /// Of a text, whose module lives no longer than this.
  void reachStage(Stage, mlir::ModuleOp module) override {
    std::unique_ptr<ParameterSource> source;
    if (!weights.empty()) {
      source = openParameters(weights, findings);
      if (!source)
        return;
    }
    run(module, source.get());
  }

  void run(mlir::ModuleOp module, const ParameterSource *parameters);

  Findings findings;
  std::optional<std::vector<Output>> outputs;

private:
  Result<std::vector<Tensor>> makeArguments(mlir::func::FuncOp function);

  const EntryCall &call;
  std::string weights;
};
} // namespace

/// The inputs of the call by the names that the function's arguments have. One
/// that is left out has the extent of `maximum` everywhere.
Result<std::vector<Tensor>>
ModelReference::makeArguments(mlir::func::FuncOp function) {
  std::vector<std::optional<Tensor>> given;
  llvm::StringMap<int64_t> extents;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto named = function.getArgAttrOfType<NamedAttr>(i, kNamedAttrName);
    given.emplace_back();
    for (const InputTensor &input : call.getInputs())
      if (named && named.getName() == input.name)
        given.back() = convert(input.tensor);
    if (given.back())
      for (auto [dim, extent] :
           llvm::zip(named.getDims(), given.back()->getShape()))
        extents[dim.getValue()] = extent;
  }
  std::vector<Tensor> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto named = function.getArgAttrOfType<NamedAttr>(i, kNamedAttrName);
    if (!given[i] && named && named.getOptional()) {
      std::vector<int64_t> shape;
      for (mlir::StringAttr dim : named.getDims())
        shape.push_back(extents.lookup(dim.getValue()));
      std::vector<int64_t> elements(
          countElements(shape).value_or(0),
          extents.lookup(named.getMaximum().getValue()));
      given[i] = Tensor(shape, std::move(elements));
    }
    if (!given[i])
      return Error(ErrorId::MissingInput,
                   "the reference's argument " + std::to_string(i) +
                       (named ? " '" + named.getName().str() + "'" : "") +
                       " is no input of entry point '" + call.getEntry().name +
                       "'");
    arguments.push_back(*given[i]);
  }
  return arguments;
}

void ModelReference::run(mlir::ModuleOp module,
                         const ParameterSource *parameters) {
  std::string name = call.getEntry().name;
  auto function = module.lookupSymbol<mlir::func::FuncOp>(name);
  if (!function)
    return findings.add(
        Error(ErrorId::UnknownEntryPoint,
              "the reference has no entry point " + quoteForMessage(name)));
  Result<std::vector<Tensor>> arguments = makeArguments(function);
  if (!arguments)
    return findings.add(arguments.takeError());

  std::string text;
  mlir::ScopedDiagnosticHandler handler(
      module.getContext(), [&](mlir::Diagnostic &diagnostic) {
        llvm::raw_string_ostream os(text);
        os << (text.empty() ? "" : "; ");
        // Operations of an importer come from no file.
        if (auto place =
                llvm::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
          os << place.getFilename().getValue() << ":" << place.getLine() << ":"
             << place.getColumn() << ": ";
        os << diagnostic;
      });
  InterpreterOptions options;
  options.parameters = parameters;
  llvm::FailureOr<llvm::SmallVector<Tensor>> results =
      interpret(function, *arguments, options);
  if (failed(results))
    return findings.add(Error(ErrorId::NotInterpreted, text));
  outputs.emplace();
  for (auto [i, result] : llvm::enumerate(*results)) {
    auto named = function.getResultAttrOfType<NamedAttr>(i, kNamedAttrName);
    outputs->push_back({named ? named.getName().str() : "", result});
  }
}

static std::optional<std::vector<Output>>
interpretModel(const std::string &path, const Arguments &arguments,
               const EntryCall &call, int &exitCode) {
  ModelReference reference(call, arguments.get(OPT_weights));
  Findings &findings = reference.findings;
  Result<ModelKind> kind = identifyModel(path);
  if (!kind) {
    findings.add(kind.takeError());
  } else if (*kind == ModelKind::HuggingFace) {
    mlir::DialectRegistry registry;
    registerPipelineDialects(registry);
    mlir::MLIRContext context(registry);
    context.loadAllAvailableDialects();
    if (std::optional<ImportedModel> model =
            importModel(context, path, findings))
      reference.run(*model->module, model->parameters.get());
  } else {
    Findings reading;
    readModel(path, reference, reading);
    for (Error &error : reading.errors)
      findings.add(std::move(error));
  }
  for (const Error &error : findings.errors)
    report(error);
  exitCode = findings.getExitCode();
  return reference.outputs;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static bool isNpy(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  return file && file->text().substr(0, 6) == "\x93NUMPY";
}

static std::string getStoredPath(const std::string &folder,
                                 const char *output) {
  return folder + "/" + output + ".npy";
}

std::optional<std::vector<Output>>
treadle::computeReference(const std::string &path, const Arguments &arguments,
                          const EntryCall &call, int &exitCode) {
  const treadle_entry_info &entry = call.getEntry();
  exitCode = 0;
  if (llvm::sys::fs::exists(path + "/model.json")) {
    std::optional<EntryCall> other =
        EntryCall::createLike(call, path, arguments, exitCode);
    if (!other)
      return std::nullopt;
    return runCall(*other, exitCode);
  }
  // A file of the only output, or a folder with one for each.
  std::vector<std::pair<std::string, std::string>> files;
  bool isFile = llvm::sys::fs::is_regular_file(path) && isNpy(path);
  bool isFolder =
      entry.num_outputs > 0 &&
      llvm::sys::fs::exists(getStoredPath(path, entry.outputs[0].name));
  if (!isFile && !isFolder)
    return interpretModel(path, arguments, call, exitCode);
  std::vector<Output> outputs;
  for (int32_t i = 0; i < entry.num_outputs; ++i) {
    std::string name = entry.outputs[i].name;
    Result<Tensor> tensor =
        readTensorFile(isFile ? path : getStoredPath(path, name.c_str()));
    if (!tensor) {
      exitCode = report(tensor.error());
      return std::nullopt;
    }
    outputs.push_back({name, *tensor});
    if (isFile)
      break;
  }
  return outputs;
}
