//===- Compiler.cpp - From a model to an artifact -------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Compiler/Compiler.h"

#include "AnnotateAssembly.h"
#include "Diagnostics.h"
#include "Digest.h"
#include "Header.h"
#include "Lowering.h"
#include "ModuleSource.h"
#include "Overflow.h"
#include "Parameters.h"
#include "Signature.h"

#include "treadle-c/Code.h"
#include "treadle/Compiler/Artifact.h"
#include "treadle/Dialect/Treadle/Transforms/Decisions.h"
#include "treadle/Formats/CpuFeatures.h"
#include "treadle/Pipelines/Pipelines.h"
#include "treadle/Target/Target.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <future>

using namespace treadle;

CompileObserver::~CompileObserver() = default;
FrontEnd::~FrontEnd() = default;

llvm::StringRef treadle::getVersion() { return TREADLE_VERSION; }

namespace {
/// One compilation. Each step returns whether it succeeded; what was wrong is
/// then in the findings.
class Compilation {
public:
  Compilation(const CompileRequest &request, CompileObserver &observer,
              Findings &findings)
      : request(request), observer(observer), findings(findings),
        context(makeRegistry(request), mlir::MLIRContext::Threading::DISABLED) {
    // A text need not mention the dialect whose attributes are put on it.
    context.loadDialect<TreadleDialect>();
    if (request.threads > 1) {
      pool.emplace(llvm::hardware_concurrency(request.threads));
      context.setThreadPool(*pool);
    }
  }

  bool readOnly() {
    if (!read())
      return false;
    observer.reachStage(getStage(module), module);
    return true;
  }

  bool run() {
    return read() && chooseTarget() && checkStages() && checkProfile() &&
           choosePrecision() && lower() && emit();
  }

  CompileResult takeResult() {
    endPhase();
    return std::move(result);
  }

private:
  static mlir::DialectRegistry makeRegistry(const CompileRequest &request) {
    mlir::DialectRegistry registry;
    registerPipelineDialects(registry);
    if (request.frontEnd)
      request.frontEnd->registerDialects(registry);
    return registry;
  }

  bool fail(Error error) {
    findings.add(std::move(error));
    return false;
  }
  bool check(Status status) { return status ? true : fail(status.takeError()); }

  void beginPhase(llvm::StringRef name, double fraction) {
    endPhase();
    result.phases.push_back({name.str(), 0});
    phaseStart = std::chrono::steady_clock::now();
    observer.beginPhase(name, fraction);
  }
  void endPhase() {
    if (!result.phases.empty())
      result.phases.back().seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                        phaseStart)
              .count();
  }

  bool makesArtifact() const {
    return !request.stopAt && request.emission != Emission::Assembly;
  }

  bool read();
  bool chooseTarget();
  bool checkStages();
  bool checkProfile();
  bool choosePrecision();
  bool lower();
  bool decide(const PipelineOptions &options);
  bool checkAttention();
  bool describe();
  void describeCounters();
  bool verify();
  bool checkInstructions();
  bool emit();
  bool emitText();
  bool writeCode(const UnfinishedArtifact &folder);
  bool writeWeights(const UnfinishedArtifact &folder);
  bool writeSidecars(const UnfinishedArtifact &folder);

  const CompileRequest &request;
  CompileObserver &observer;
  Findings &findings;

  // The pool outlives the context, which uses it until its end.
  std::optional<llvm::DefaultThreadPool> pool;
  mlir::MLIRContext context;
  std::optional<ImportedModel> model;
  mlir::ModuleOp module;
  TargetAttr target;
  /// Made before the long work, so that a place that cannot be written to is
  /// told at once.
  std::optional<UnfinishedArtifact> artifact;
  std::future<Result<std::vector<SourceFile>>> digests;
  ModelDescription description;
  ParameterPlan plan;

  CompileResult result;
  std::chrono::steady_clock::time_point phaseStart;
};
} // namespace

bool Compilation::read() {
  beginPhase("reading the model", 0);
  model = readModule(context, request, observer, findings);
  if (!model)
    return false;
  module = *model->module;
  if (!makesArtifact())
    return true;

  Result<UnfinishedArtifact> folder =
      UnfinishedArtifact::create(request.output);
  if (!folder)
    return fail(folder.takeError());
  artifact.emplace(std::move(*folder));
  // As long as all passes together for a large model: done beside them.
  digests = std::async(std::launch::async,
                       [files = model->sources] { return digestFiles(files); });
  return true;
}

bool Compilation::chooseTarget() {
  // What a model is does not depend on what it is compiled for.
  if (request.stopAt == Stage::Model)
    return true;
  target = module->getAttrOfType<TargetAttr>(kTargetAttrName);
  if (!target || !request.cpu.empty()) {
    llvm::Expected<TargetAttr> chosen =
        getTarget(&context, request.cpu.empty() ? "native" : request.cpu);
    if (!chosen)
      return fail(makeError(ErrorId::UnknownCpu, "--mcpu", chosen.takeError()));
    target = *chosen;
  }
  if (request.cores != 0)
    target = target.withCores(request.cores);
  module->setAttr(kTargetAttrName, target);
  result.cpu = target.getCpu().str();
  return true;
}

bool Compilation::checkStages() {
  Stage from = getStage(module);
  if (request.stopAt && *request.stopAt < from)
    return fail(
        Error(ErrorId::WrongStage,
              ("the module is at stage '" + stringifyStage(from) +
               "', which comes after '" + stringifyStage(*request.stopAt) + "'")
                  .str()));
  if (from == Stage::Llvm && makesArtifact())
    return fail(Error(ErrorId::WrongStage,
                      "the module is at stage 'llvm', where the types of its "
                      "entry points are gone")
                    .help("start from the text of an earlier stage"));
  return true;
}

bool Compilation::checkProfile() {
  // Loops do not say any more what they are of.
  bool isEarly = getStage(module) < Stage::Tiled;
  if ((!request.decisions.empty() || request.attention) && !isEarly)
    return fail(Error(ErrorId::WrongStage, ("the module is at stage '" +
                                            stringifyStage(getStage(module)) +
                                            "', where everything is decided")
                                               .str())
                    .help("start from the model, or from its text at stage "
                          "'structured'"));
  if (!request.profile || isEarly)
    return true;
  return fail(
      Error(ErrorId::WrongStage,
            ("the module is at stage '" + stringifyStage(getStage(module)) +
             "', where counters cannot be put in any more")
                .str())
          .help("start from the model, or from its text at stage "
                "'structured'"));
}

bool Compilation::choosePrecision() {
  if (!request.precision || request.stopAt == Stage::Model)
    return true;
  // The pass that makes products refuses this of any module; here it is known
  // what was asked for.
  if (request.precision == Precision::F16 && !target.widensF16())
    return fail(
        Error(ErrorId::ConflictingOptions,
              ("--precision=f16 asks for a CPU with F16C or AVX-512, and '" +
               target.getCpu() + "' has neither")
                  .str())
            .help("name another one with --mcpu, or leave out --precision"));
  Precision said = getPrecision(module);
  if (getStage(module) == Stage::Model) {
    module->setAttr(kPrecisionAttrName,
                    PrecisionAttr::get(&context, *request.precision));
    return true;
  }
  // Its products are made already.
  return said == *request.precision ||
         fail(Error(
             ErrorId::WrongStage,
             ("the module is at stage '" + stringifyStage(getStage(module)) +
              "', where its products are in " + stringifyPrecision(said) +
              ", and the precision asked for is " +
              stringifyPrecision(*request.precision))
                 .str()));
}

bool Compilation::lower() {
  auto advance = [](Stage stage) {
    return static_cast<Stage>(static_cast<uint32_t>(stage) + 1);
  };
  Stage to = request.stopAt.value_or(Stage::Llvm);
  PipelineOptions options;
  if (request.attention)
    options.attention = getAttentionChoice(*request.attention);
  options.profile = request.profile;
  options.remarks = request.remarks;
  options.locate = request.locate;
  observer.reachStage(getStage(module), module);
  for (Stage stage = getStage(module); stage < to; stage = advance(stage)) {
    // Noted as soon as it can be, because later stages know less of it.
    if (stage >= Stage::Structured && makesArtifact() && !describe())
      return false;
    // What the code reads, in its order: a parameter that was seen before may
    // since have turned out to be dead.
    if (stage == Stage::Structured && !decide(options))
      return false;
    if (stage == Stage::Buffers)
      plan = planParameters(module);
    beginPhase(stringifyStage(advance(stage)),
               0.1 + 0.1 * static_cast<uint32_t>(stage));
    if (!lowerByOneStage(module, stage, model->kind != "mlir", options,
                         observer, findings))
      return false;
    observer.reachStage(advance(stage), module);
  }
  return true;
}

/// Puts the decisions that were asked for on the module, at the stage that they
/// are about, and lists those that will be obeyed.
bool Compilation::decide(const PipelineOptions &options) {
  std::string where = request.decisionsName;
  auto findWrong = [&](llvm::function_ref<llvm::LogicalResult()> check) {
    DiagnosticCollector collector(&context, ErrorId::DecisionMisfit, observer);
    if (llvm::succeeded(check()))
      return false;
    for (Error &error : collector.takeErrors())
      findings.add(
          Error(ErrorId::DecisionMisfit, where + ": " + error.getMessage()));
    return true;
  };
  llvm::SmallVector<mlir::Attribute> decisions;
  auto parse = [&]() -> llvm::LogicalResult {
    unsigned number = 0;
    for (llvm::StringRef line : llvm::split(request.decisions, '\n')) {
      where = request.decisionsName + ":" + std::to_string(++number);
      line = line.trim();
      if (line.empty() || line.starts_with("//"))
        continue;
      mlir::Attribute decision = mlir::parseAttribute(line, &context);
      if (!decision)
        return llvm::failure();
      if (!llvm::isa<DecisionAttr>(decision))
        return mlir::emitError(mlir::UnknownLoc::get(&context))
               << "'" << line << "' is no #treadle.decision";
      decisions.push_back(decision);
    }
    where = request.decisionsName;
    return llvm::success();
  };
  if (findWrong(parse))
    return false;
  if (!decisions.empty()) {
    module->setAttr(kDecisionsAttrName,
                    mlir::ArrayAttr::get(&context, decisions));
    if (findWrong([&] { return verifyDecisions(module); }))
      return false;
  }
  if (!checkAttention())
    return false;
  if (!request.listDecisions)
    return true;
  // On a copy: what follows decides for itself, and says why.
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  mlir::PassManager manager(&context);
  manager.addPass(createMergeQueryHeadsPass());
  manager.addPass(createDecidePass({options.attention, /*remarks=*/false}));
  if (mlir::failed(manager.run(*copy)))
    return fail(Error(ErrorId::PipelineFailed, "decisions cannot be made"));
  for (DecisionAttr decision : collectDecisions(*copy))
    llvm::raw_string_ostream(result.decisions.emplace_back()) << decision;
  return true;
}

/// Refuses a strategy that does not fit before a pass does, which does not know
/// whose wish it is.
bool Compilation::checkAttention() {
  if (!request.attention)
    return true;
  DiagnosticCollector collector(&context, ErrorId::StrategyMisfit, observer);
  if (llvm::succeeded(verifyStrategy(module, *request.attention)))
    return true;
  for (Error &error : collector.takeErrors())
    findings.add(
        std::move(error).help("leave out --attention, or say what is done of "
                              "each piece of work with --decisions"));
  return false;
}

bool Compilation::describe() {
  if (!description.entryPoints.empty())
    return true;
  description.producer = "treadle " + getVersion().str();
  description.codeAbi = TREADLE_CODE_ABI;
  description.triple = "x86_64-unknown-linux-gnu";
  description.cpu = target.getCpu().str();
  for (std::string_view feature : getKnownCpuFeatures())
    if (llvm::is_contained(llvm::split(target.getFeatures(), ','),
                           "+" + std::string(feature)))
      description.features.emplace_back(feature);
  description.sourceKind = model->kind;
  description.annotations.emplace_back(
      "precision", stringifyPrecision(getPrecision(module)).str());
  describeEntryPoints(module, description, findings);
  if (findings.failed() || !verify())
    return false;

  checkPlan(planParameters(module), *model->parameters, findings);
  return !findings.failed();
}

/// What the code counts, which the module says at its last stage.
void Compilation::describeCounters() {
  description.codeAbi = getCodeAbi(module);
  for (EntryPointDescription &entryPoint : description.entryPoints) {
    mlir::Operation *function =
        module.lookupSymbol("treadle_entry_" + entryPoint.name);
    auto counters =
        function ? function->getAttrOfType<CountersAttr>(kCountersAttrName)
                 : CountersAttr();
    if (!counters)
      continue;
    for (auto [name, members] :
         llvm::zip_equal(counters.getNames(), counters.getMembers()))
      entryPoint.counters.push_back({name.str(), members});
  }
}

/// Refuses names that a module may have and an artifact may not.
bool Compilation::verify() {
  Status status = verifyDescription(description, "the module");
  return status ||
         fail(Error(ErrorId::IncompleteSignature, status.error().getMessage()));
}

/// Whether code for tile registers is left in a module at stage `llvm`.
static bool hasTiles(mlir::ModuleOp module) {
  return module
      .walk([](mlir::LLVM::CallIntrinsicOp op) {
        return op.getIntrin().starts_with("llvm.x86.tile")
                   ? mlir::WalkResult::interrupt()
                   : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

/// Refuses calls of the C library's fma, which LLVM makes where a CPU has no
/// such instruction: nothing provides it when a model is loaded.
bool Compilation::checkInstructions() {
  bool isLinked = request.emission == Emission::Artifact;
  bool hasFma = target.hasFeature("fma") || target.hasFeature("avx512f");
  auto stop = [](mlir::LLVM::FMAOp) { return mlir::WalkResult::interrupt(); };
  if (!isLinked || hasFma || !module.walk(stop).wasInterrupted())
    return true;
  return fail(
      Error(ErrorId::MissingInstruction,
            ("the code needs fused multiply-add (FMA), which the CPU '" +
             target.getCpu() + "' does not have")
                .str())
          .help("name a CPU with AVX2, such as x86-64-v3, with --mcpu"));
}

bool Compilation::emit() {
  if (!makesArtifact())
    return emitText();
  if (!checkInstructions())
    return false;
  describeCounters();
  // A process must be given tiles by its system: no code without them asks for
  // them.
  if (!hasTiles(module))
    llvm::erase_if(description.features, [](const std::string &feature) {
      return llvm::StringRef(feature).starts_with("amx-");
    });
  if (!writeCode(*artifact) || !writeWeights(*artifact) ||
      !writeSidecars(*artifact))
    return false;

  Result<std::vector<SourceFile>> files = digests.get();
  if (!files)
    return fail(files.takeError());
  description.sourceFiles = std::move(*files);
  if (!verify())
    return false;
  if (!check(artifact->write("model.json", printDescription(description))))
    return false;
  if (!request.decisions.empty() &&
      !check(artifact->write("decisions.txt", request.decisions)))
    return false;
  if (request.emission == Emission::Object &&
      !check(artifact->write("model.h", printHeader(description))))
    return false;
  return check(artifact->commit());
}

bool Compilation::emitText() {
  if (request.stopAt) {
    llvm::raw_string_ostream os(result.text);
    module.print(os);
    return true;
  }
  beginPhase("machine code", 0.5);
  auto assembly =
      emitAssembly(module, /*prepared=*/false, target, request.optimize);
  if (!assembly)
    return fail(makeError(ErrorId::PipelineFailed, "code generation",
                          assembly.takeError()));
  result.text.assign(assembly->begin(), assembly->end());
  if (!request.locate)
    return true;
  std::vector<std::string> names = collectLocatedWork(module);
  if (!request.work.empty() && !llvm::is_contained(names, request.work)) {
    Error error(ErrorId::InvalidOptionValue, "--work: no code is of the work " +
                                                 quoteForMessage(request.work));
    for (const std::string &name : names)
      if (!name.empty())
        (void)std::move(error).note(name);
    return fail(std::move(error));
  }
  result.text = annotateAssembly(result.text, names, request.work);
  return true;
}

bool Compilation::writeCode(const UnfinishedArtifact &folder) {
  beginPhase("machine code", 0.5);
  auto object =
      emitObject(module, /*prepared=*/false, target, request.optimize);
  if (!object)
    return fail(makeError(ErrorId::PipelineFailed, "code generation",
                          object.takeError()));
  if (!check(folder.write("model.o", {object->data(), object->size()})))
    return false;
  if (request.emission == Emission::Object)
    return true;

  beginPhase("linking", 0.65);
  std::string path = folder.getPath("model.o");
  if (llvm::Error error = linkSharedLibrary(path, folder.getPath("model.so")))
    return fail(makeError(ErrorId::LinkFailed, "model.so", std::move(error)));
  llvm::sys::fs::remove(path);
  return true;
}

bool Compilation::writeWeights(const UnfinishedArtifact &folder) {
  beginPhase("preparing parameters", 0.7);
  llvm::Expected<PreparationCode> code = PreparationCode::create(module);
  if (!code)
    return fail(
        makeError(ErrorId::PreparationFailed, "code", code.takeError()));
  std::optional<PreparedParameters> parameters = prepareParameters(
      plan, *code, *model->parameters, request.threads, findings);
  if (!parameters)
    return false;
  if (getPrecision(module) == Precision::F16) {
    checkOverflow(plan, *model->parameters, *parameters, findings);
    if (findings.failed())
      return false;
  }

  beginPhase("writing", 0.9);
  std::string path = folder.getPath("weights.safetensors");
  if (!check(writeSafetensors(path, parameters->tensors)))
    return false;
  for (const NamedTensor &tensor : parameters->tensors)
    description.parameters.push_back({tensor.name, tensor.type, tensor.shape});
  uint64_t size = 0;
  if (std::error_code code = llvm::sys::fs::file_size(path, size))
    return fail(Error(ErrorId::FileNotWritten,
                      path + ": cannot be looked at: " + code.message()));
  description.weightsSize = size;
  return true;
}

bool Compilation::writeSidecars(const UnfinishedArtifact &folder) {
  for (const ModelFile &file : model->sidecars) {
    Result<MappedFile> content = MappedFile::open(file.path);
    if (!content)
      return fail(content.takeError());
    std::string_view text = content->text();
    if (!check(folder.write(file.name, {text.data(), text.size()})))
      return false;
  }
  return true;
}

std::optional<CompileResult> treadle::compile(const CompileRequest &request,
                                              CompileObserver &observer,
                                              Findings &findings) {
  Compilation compilation(request, observer, findings);
  if (!compilation.run())
    return std::nullopt;
  return compilation.takeResult();
}

bool treadle::readModel(llvm::StringRef model, CompileObserver &observer,
                        Findings &findings) {
  CompileRequest request;
  request.model = model.str();
  request.stopAt = Stage::Model;
  return Compilation(request, observer, findings).readOnly();
}
