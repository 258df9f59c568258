//===- ModuleSource.cpp - Where a module and its parameters come from -----===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleSource.h"

#include "Diagnostics.h"

#include "treadle/Pipelines/Pipelines.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace treadle;

/// MLIR's parser recurses once for each open bracket, and some thousands of
/// them would overflow the stack. No model comes near this depth.
static constexpr int kMaxNesting = 256;

/// The line at which brackets are nested deeper than that, or 0. Brackets in
/// strings and comments do not count, nor do `->`, `<=` and `>=`.
static unsigned findTooDeepLine(llvm::StringRef text) {
  unsigned line = 1;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
    case '\n':
      ++line;
      break;
    case '"':
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        if (text[i] == '\\')
          ++i;
      break;
    case '/':
      if (text.substr(i).starts_with("//"))
        while (i + 1 < text.size() && text[i + 1] != '\n')
          ++i;
      break;
    case '-':
    case '=':
      if (text.substr(i).drop_front().starts_with(">"))
        ++i;
      break;
    case '<':
      if (text.substr(i).starts_with("<="))
        break;
      [[fallthrough]];
    case '(':
    case '[':
    case '{':
      if (++depth > kMaxNesting)
        return line;
      break;
    case '>':
      if (text.substr(i).starts_with(">="))
        break;
      [[fallthrough]];
    case ')':
    case ']':
    case '}':
      depth = std::max(depth - 1, 0);
      break;
    }
  }
  return 0;
}

static mlir::OwningOpRef<mlir::ModuleOp> parse(mlir::MLIRContext &context,
                                               llvm::StringRef path,
                                               CompileObserver &observer,
                                               Findings &findings) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    findings.add(
        Error(ErrorId::FileNotOpened, (path + ": cannot be opened: ").str() +
                                          buffer.getError().message()));
    return nullptr;
  }
  if (unsigned line = findTooDeepLine((*buffer)->getBuffer())) {
    findings.add(
        Error(ErrorId::MalformedIr, path.str() + ":" + std::to_string(line) +
                                        ": brackets are nested deeper than " +
                                        std::to_string(kMaxNesting)));
    return nullptr;
  }

  DiagnosticCollector collector(&context, ErrorId::MalformedIr, observer);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(
      sources, mlir::ParserConfig(&context));
  std::vector<Error> errors = collector.takeErrors();
  if (!module && errors.empty())
    errors.push_back(
        Error(ErrorId::MalformedIr, path.str() + ": this is no module"));
  for (Error &error : errors)
    findings.add(std::move(error));
  return module;
}

/// Makes the stage `model` of a text that may have dialects of another
/// compiler.
static bool runFrontEnd(mlir::ModuleOp module, const FrontEnd &frontEnd,
                        CompileObserver &observer, Findings &findings) {
  DiagnosticCollector collector(module.getContext(), ErrorId::RefusedIr,
                                observer);
  mlir::PassManager manager(module.getContext());
  frontEnd.buildPasses(manager);
  if (mlir::succeeded(manager.run(module)))
    return true;
  for (Error &error : collector.takeErrors())
    findings.add(std::move(error));
  if (!findings.failed())
    findings.add(
        Error(ErrorId::RefusedIr, "the passes before stage 'model' failed"));
  return false;
}

namespace {
/// What a text that names no parameter is compiled with.
class NoParameters : public ParameterSource {
public:
  std::optional<ParameterData> find(llvm::StringRef name) const override {
    return std::nullopt;
  }
  std::vector<llvm::StringRef> getNames() const override { return {}; }
  const std::vector<ModelFile> &getFiles() const override { return files; }
  llvm::StringRef getName() const override { return "no file"; }

private:
  std::vector<ModelFile> files;
};
} // namespace

/// Whether code cannot be made of a module without somebody's parameters. At
/// stage llvm they are no operations any more, and there may be some.
static bool needsParameters(mlir::ModuleOp module) {
  return getStage(module) == Stage::Llvm ||
         module.walk([](ParameterOp) { return mlir::WalkResult::interrupt(); })
             .wasInterrupted();
}

static std::optional<ImportedModel> readText(mlir::MLIRContext &context,
                                             const CompileRequest &request,
                                             CompileObserver &observer,
                                             Findings &findings) {
  bool makesArtifact =
      !request.stopAt && request.emission != Emission::Assembly;
  ImportedModel model;
  model.kind = "mlir";
  model.module = parse(context, request.model, observer, findings);
  if (!model.module)
    return std::nullopt;
  if (request.frontEnd && getStage(*model.module) == Stage::Model &&
      !runFrontEnd(*model.module, *request.frontEnd, observer, findings))
    return std::nullopt;
  if (!makesArtifact)
    return model;

  if (!request.weights.empty())
    model.parameters = openParameters(request.weights, findings);
  else if (!needsParameters(*model.module))
    model.parameters = std::make_unique<NoParameters>();
  else
    findings.add(Error(ErrorId::MissingWeights,
                       request.model +
                           ": this text names its parameters and does not "
                           "hold them")
                     .help("say where they are with --weights=DIR"));
  if (!model.parameters)
    return std::nullopt;
  // Later stages name prepared parameters too, which no checkpoint has.
  if (getStage(*model.module) == Stage::Model)
    checkParameters(*model.module, *model.parameters, findings);
  if (findings.failed())
    return std::nullopt;

  llvm::SmallString<256> path;
  if (llvm::sys::fs::real_path(request.model, path))
    path = request.model;
  model.sources.push_back(
      {llvm::sys::path::filename(request.model).str(), path.str().str()});
  for (const ModelFile &file : model.parameters->getFiles())
    model.sources.push_back(file);
  return model;
}

std::optional<ImportedModel> treadle::readModule(mlir::MLIRContext &context,
                                                 const CompileRequest &request,
                                                 CompileObserver &observer,
                                                 Findings &findings) {
  Result<ModelKind> kind = identifyModel(request.model);
  if (!kind) {
    findings.add(kind.takeError());
    return std::nullopt;
  }
  if (*kind == ModelKind::Mlir)
    return readText(context, request, observer, findings);

  if (!request.weights.empty()) {
    findings.add(Error(ErrorId::ConflictingOptions,
                       "--weights is for MLIR texts, and " + request.model +
                           " has parameters of its own"));
    return std::nullopt;
  }
  DiagnosticCollector collector(&context, ErrorId::PipelineFailed, observer);
  std::optional<ImportedModel> model =
      importModel(context, request.model, findings);
  for (const std::string &warning : findings.warnings)
    observer.warn(warning);
  findings.warnings.clear();
  // Only a bug of the importer makes MLIR itself object.
  for (Error &error : collector.takeErrors())
    findings.add(std::move(error));
  if (findings.failed())
    return std::nullopt;
  return model;
}
