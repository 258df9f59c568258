//===- Compile.cpp - treadle compile --------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Terminal.h"
#include "Verbs.h"

#include "treadle/Compiler/Compiler.h"
#include "treadle/Formats/MappedFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;

namespace {
/// Shows the progress of a compilation on stderr.
class ProgressObserver : public CompileObserver {
public:
  ProgressObserver(bool verbose, bool quiet, std::vector<Stage> printed)
      : verbose(verbose), printed(std::move(printed)),
        bar(/*enabled=*/!quiet && !verbose) {}

  void beginPhase(llvm::StringRef name, double fraction) override {
    if (verbose)
      llvm::errs() << name << "\n";
    bar.update(name, fraction);
  }

  void warn(llvm::StringRef text) override {
    bar.clear();
    treadle::warn(text);
  }

  void remark(llvm::StringRef text) override {
    bar.clear();
    llvm::errs() << "remark: " << text << "\n";
  }

  void reachStage(Stage stage, mlir::ModuleOp module) override {
    if (!llvm::is_contained(printed, stage))
      return;
    bar.clear();
    llvm::errs() << "// Stage " << stringifyStage(stage) << ".\n";
    module.print(llvm::errs());
  }

  void finish() { bar.clear(); }

private:
  bool verbose;
  std::vector<Stage> printed;
  ProgressBar bar;
};
} // namespace

static Error makeInvalidValue(OptionId id, llvm::StringRef value,
                              llvm::ArrayRef<std::string> choices) {
  std::string list;
  for (const std::string &choice : choices)
    list += (list.empty() ? "" : ", ") + choice;
  Error error(ErrorId::InvalidOptionValue, getSpelling(id) + " takes " + list +
                                               ", not " +
                                               quoteForMessage(value.str()));
  std::string nearest = findNearest(value, choices);
  if (nearest.empty())
    return error;
  return std::move(error).help("did you mean '" + nearest + "'?");
}

static Result<Stage> parseStage(OptionId id, llvm::StringRef text) {
  if (std::optional<Stage> stage = symbolizeStage(text))
    return *stage;
  std::vector<std::string> names;
  for (uint32_t i = 0; i <= getMaxEnumValForStage(); ++i)
    names.push_back(stringifyStage(static_cast<Stage>(i)).str());
  return makeInvalidValue(id, text, names);
}

static Result<Strategy> parseStrategy(llvm::StringRef text) {
  if (std::optional<Strategy> strategy = symbolizeStrategy(text))
    return *strategy;
  std::vector<std::string> names = {"auto"};
  for (uint32_t i = 0; i <= getMaxEnumValForStrategy(); ++i)
    names.push_back(stringifyStrategy(static_cast<Strategy>(i)).str());
  return makeInvalidValue(OPT_attention, text, names);
}

static Result<Emission> parseEmission(llvm::StringRef text) {
  if (text == "artifact")
    return Emission::Artifact;
  if (text == "obj")
    return Emission::Object;
  if (text == "asm")
    return Emission::Assembly;
  return makeInvalidValue(OPT_emit, text, {"artifact", "obj", "asm"});
}

/// NAME.treadle in the current folder, which is where compilers put a.out.
static std::string getDefaultOutput(llvm::StringRef model) {
  model = model.rtrim('/');
  llvm::StringRef name = llvm::sys::path::filename(model);
  llvm::SmallString<256> real;
  if ((name == "." || name == "..") && !llvm::sys::fs::real_path(model, real))
    name = llvm::sys::path::filename(real);
  name.consume_back(".mlir");
  return (name + ".treadle").str();
}

static Result<CompileRequest> makeRequest(const Arguments &arguments) {
  CompileRequest request;
  Result<std::vector<std::string>> paths =
      arguments.getPositional("one MODEL", 1, 1);
  if (!paths)
    return paths.takeError();
  request.model = paths->front();
  request.weights = arguments.get(OPT_weights);
  request.cpu = arguments.get(OPT_mcpu);
  Result<int64_t> cores = arguments.getInteger(OPT_cores, 0, 1, 1024);
  if (!cores)
    return cores.takeError();
  request.cores = *cores;
  if (std::string text = arguments.get(OPT_attention, "auto"); text != "auto") {
    Result<Strategy> strategy = parseStrategy(text);
    if (!strategy)
      return strategy.takeError();
    request.attention = *strategy;
  }

  request.output = arguments.get(OPT_output, getDefaultOutput(request.model));

  Result<Emission> emission =
      parseEmission(arguments.get(OPT_emit, "artifact"));
  if (!emission)
    return emission.takeError();
  request.emission = *emission;

  std::string level = arguments.get(OPT_optimize, "3");
  if (level.size() != 1 || level[0] < '0' || level[0] > '3')
    return makeInvalidValue(OPT_optimize, level, {"0", "1", "2", "3"});
  request.optimize = level[0] - '0';

  if (arguments.has(OPT_precision)) {
    request.precision = symbolizePrecision(arguments.get(OPT_precision));
    if (!request.precision)
      return makeInvalidValue(OPT_precision, arguments.get(OPT_precision),
                              {"f32", "bf16"});
  }

  request.profile = arguments.has(OPT_profile);
  request.remarks = arguments.has(OPT_remarks);
  request.work = arguments.get(OPT_work);
  request.locate = arguments.has(OPT_work) || arguments.has(OPT_debug);
  if (request.locate && request.emission != Emission::Assembly)
    return Error(ErrorId::ConflictingOptions,
                 (arguments.has(OPT_work) ? "--work" : "-g") +
                     std::string(" is about assembly: it wants --emit=asm"));
  if (arguments.has(OPT_decisions)) {
    request.decisionsName = arguments.get(OPT_decisions);
    Result<MappedFile> file = MappedFile::open(request.decisionsName);
    if (!file)
      return file.takeError();
    request.decisions = std::string(file->text());
  }
  Result<int64_t> threads =
      arguments.getInteger(OPT_threads, 0, 1, /*maximum=*/1024);
  if (!threads)
    return threads.takeError();
  request.threads =
      *threads ? *threads : llvm::hardware_concurrency().compute_thread_count();

  if (!arguments.has(OPT_stop_at))
    return request;
  if (arguments.has(OPT_emit))
    return Error(ErrorId::ConflictingOptions,
                 "--stop-at prints IR, and --emit asks for something else");
  Result<Stage> stage = parseStage(OPT_stop_at, arguments.get(OPT_stop_at));
  if (!stage)
    return stage.takeError();
  request.stopAt = *stage;
  return request;
}

static void printTimes(const CompileResult &result) {
  double total = 0;
  for (const PhaseTime &phase : result.phases)
    total += phase.seconds;
  for (const PhaseTime &phase : result.phases)
    llvm::errs() << llvm::format("%9.3f s %5.1f%%  ", phase.seconds,
                                 100 * phase.seconds / total)
                 << phase.name << "\n";
  llvm::errs() << llvm::format("%9.3f s          ", total) << "in total\n";
}

/// Writes IR or assembly to the file of -o, or to stdout.
static int writeText(const std::string &text, const std::string &path) {
  if (path.empty() || path == "-") {
    llvm::outs() << text;
    return 0;
  }
  Result<FileWriter> writer = FileWriter::create(path);
  if (!writer)
    return report(writer.error());
  if (Status status = writer->write(text); !status)
    return report(status.error());
  if (Status status = writer->close(); !status)
    return report(status.error());
  return 0;
}

int treadle::runCompile(const Arguments &arguments) {
  Result<CompileRequest> request = makeRequest(arguments);
  if (!request)
    return report(request.error());
  std::vector<Stage> printed;
  for (const std::string &text : arguments.getAll(OPT_print_ir_after)) {
    Result<Stage> stage = parseStage(OPT_print_ir_after, text);
    if (!stage)
      return report(stage.error());
    printed.push_back(*stage);
  }

  bool quiet = arguments.has(OPT_quiet);
  ProgressObserver observer(arguments.has(OPT_verbose), quiet, printed);
  Findings findings;
  std::optional<CompileResult> result = compile(*request, observer, findings);
  observer.finish();
  for (const std::string &warning : findings.warnings)
    warn(warning);
  for (const Error &error : findings.errors)
    report(error);
  if (!result)
    return findings.getExitCode();

  if (arguments.has(OPT_time_report))
    printTimes(*result);
  if (request->stopAt || request->emission == Emission::Assembly)
    return writeText(result->text, arguments.get(OPT_output));
  if (!quiet)
    llvm::errs() << "made " << request->output << " for "
                 << (arguments.has(OPT_mcpu) ? "" : "this machine's CPU, ")
                 << result->cpu << "\n";
  return 0;
}
