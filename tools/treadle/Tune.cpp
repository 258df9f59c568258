//===- Tune.cpp - The verb `tune` -----------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A candidate is an artifact in which each piece of work is done in another way
// than the cost model's, all at once. Counters tell their times apart, so that
// there are as many candidates as one piece has ways, and not their product.
//
//===----------------------------------------------------------------------===//

#include "Candidates.h"
#include "EntryCall.h"
#include "Quantile.h"
#include "Terminal.h"
#include "Verbs.h"

#include "treadle/Compiler/Artifact.h"
#include "treadle/Compiler/Compiler.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <map>

using namespace treadle;
using Clock = std::chrono::steady_clock;

namespace {

/// Times of one thing in several rounds.
struct Samples {
  std::vector<double> seconds;

  double getQuantile(double share) const {
    std::vector<double> sorted = seconds;
    llvm::sort(sorted);
    return treadle::getQuantile(sorted, share);
  }
  double getMedian() const { return getQuantile(0.5); }

  /// Whether three quarters of its rounds are faster than three quarters of the
  /// other's: what is nearer than that is noise.
  bool beats(const Samples &other) const {
    return getQuantile(0.75) < other.getQuantile(0.25);
  }
};

/// Rounds of runs in turns, so that what disturbs the machine disturbs all.
class Tournament {
public:
  Tournament(std::vector<EntryCall> &calls, int64_t rounds)
      : calls(calls), rounds(rounds), whole(calls.size()),
        pieces(calls.size()) {}

  /// Returns the exit code.
  int run();

  std::vector<EntryCall> &calls;
  int64_t rounds;
  /// By call: of the whole, and of each piece of work by its name.
  std::vector<Samples> whole;
  std::vector<std::map<std::string, Samples>> pieces;
};

class Tuner {
public:
  explicit Tuner(const Arguments &arguments) : arguments(arguments) {}

  /// Returns the exit code.
  int run();

private:
  int prepare();
  int compileTo(const std::string &output, const Choices &choices,
                bool profile);
  int compileCandidates();
  int measure();
  int confirm();
  std::string printChoices(const Choices &choices) const;
  void print() const;

  const Arguments &arguments;
  CompileRequest request;
  int64_t rounds = 0;
  std::string output;
  /// Candidates are in a folder beside the artifact, which is removed however
  /// this ends.
  std::optional<UnfinishedArtifact> folder;
  ProgressBar bar{/*enabled=*/true};

  std::optional<CandidateList> candidates;
  std::vector<EntryCall> calls;
  Choices winners;
  /// Of the pieces that a candidate won: before and after.
  std::map<std::string, std::pair<double, double>> gains;
  double before = 0, after = 0;
  bool isKept = true;
};

} // namespace

int Tournament::run() {
  for (int64_t round = -2; round < rounds; ++round)
    for (auto [index, call] : llvm::enumerate(calls)) {
      Clock::time_point start = Clock::now();
      if (treadle_error *error = treadle_call_run(call.get()))
        return reportRuntime(error);
      double seconds =
          std::chrono::duration<double>(Clock::now() - start).count();
      // The first rounds find nothing in the caches.
      if (round < 0)
        continue;
      whole[index].seconds.push_back(seconds);
      std::map<std::string, double> sums;
      treadle_counter counter;
      for (int32_t i = 0; treadle_call_get_counter(call.get(), i, &counter);
           ++i)
        sums[counter.name] += counter.seconds;
      for (auto &[name, sum] : sums)
        pieces[index][name].seconds.push_back(sum);
    }
  return 0;
}

int Tuner::prepare() {
  Result<std::vector<std::string>> paths =
      arguments.getPositional("one MODEL", 1, 1);
  if (!paths)
    return report(paths.error());
  request.model = paths->front();
  request.weights = arguments.get(OPT_weights);
  if (!arguments.has(OPT_output))
    return report(Error(ErrorId::MissingArgument,
                        "tune needs the path of the artifact that it makes")
                      .help("give it as -o NAME.treadle"));
  output = arguments.get(OPT_output);
  if (arguments.has(OPT_precision)) {
    request.precision = symbolizePrecision(arguments.get(OPT_precision));
    if (!request.precision)
      return report(Error(ErrorId::InvalidOptionValue,
                          "--precision takes f32, bf16, f16, not " +
                              quoteForMessage(arguments.get(OPT_precision))));
  }
  Result<int64_t> number = arguments.getInteger(OPT_runs, 21, 5, 10'000);
  if (!number)
    return report(number.error());
  rounds = *number;
  request.threads = llvm::hardware_concurrency().compute_thread_count();
  Result<UnfinishedArtifact> made = UnfinishedArtifact::create(output);
  if (!made)
    return report(made.error());
  folder.emplace(std::move(*made));
  return 0;
}

std::string Tuner::printChoices(const Choices &choices) const {
  std::string text;
  for (DecisionAttr decision : choices)
    llvm::raw_string_ostream(text) << decision << "\n";
  return text;
}

int Tuner::compileTo(const std::string &path, const Choices &choices,
                     bool profile) {
  request.output = path;
  request.profile = profile;
  request.decisions = printChoices(choices);
  request.decisionsName = "the candidate";
  request.listDecisions = !candidates;
  CompileObserver observer;
  Findings findings;
  std::optional<CompileResult> result = compile(request, observer, findings);
  if (!result) {
    bar.clear();
    for (const Error &error : findings.errors)
      report(error);
    return findings.getExitCode();
  }
  if (!candidates) {
    for (const std::string &warning : findings.warnings)
      warn(warning);
    candidates.emplace(result->decisions);
  }
  return 0;
}

int Tuner::compileCandidates() {
  std::string first = folder->getPath("0");
  bar.update("compiling", 0);
  if (int code = compileTo(first, {}, /*profile=*/true))
    return code;
  int code = 0;
  std::optional<EntryCall> call = EntryCall::createAt(first, arguments, code);
  if (!call)
    return code;
  calls.push_back(std::move(*call));
  candidates->restrictTo(calls.front().getEntry().name);
  for (size_t i = 0; i < candidates->size(); ++i) {
    bar.update("compiling candidates",
               0.5 * (i + 1) / (candidates->size() + 1));
    std::string path = folder->getPath(std::to_string(i + 1));
    if ((code = compileTo(path, candidates->get(i), /*profile=*/true)))
      return code;
    // Decisions change no parameter: all candidates read the same memory.
    std::string weights = path + "/weights.safetensors";
    if (llvm::sys::fs::exists(weights) &&
        !llvm::sys::fs::remove(weights, /*IgnoreNonExisting=*/false) &&
        llvm::sys::fs::create_hard_link(first + "/weights.safetensors",
                                        weights))
      return report(
          Error(ErrorId::FileNotWritten, weights + ": cannot be linked"));
    if (!(call = EntryCall::createLike(calls.front(), path, arguments, code)))
      return code;
    calls.push_back(std::move(*call));
  }
  return 0;
}

int Tuner::measure() {
  bar.update("measuring", 0.5);
  Tournament tournament(calls, rounds);
  if (int code = tournament.run())
    return code;
  for (DecisionAttr standard : candidates->getStandard()) {
    std::string name = standard.getWork().str();
    const Samples &base = tournament.pieces[0][name];
    if (base.seconds.empty())
      continue;
    const Samples *best = nullptr;
    DecisionAttr winner;
    for (size_t i = 0; i < candidates->size(); ++i)
      for (DecisionAttr choice : candidates->get(i)) {
        const Samples &samples = tournament.pieces[i + 1][name];
        if (choice.getWork() != standard.getWork() || !samples.beats(base) ||
            (best && samples.getMedian() >= best->getMedian()))
          continue;
        best = &samples;
        winner = choice;
      }
    if (!winner)
      continue;
    winners.push_back(winner);
    gains[name] = {base.getMedian(), best->getMedian()};
  }
  return 0;
}

/// Compares what won, together and without counters, with the cost model's.
int Tuner::confirm() {
  if (winners.empty())
    return 0;
  bar.update("comparing", 0.8);
  std::vector<EntryCall> finals;
  for (bool tuned : {false, true}) {
    std::string path = folder->getPath(tuned ? "tuned" : "standard");
    if (int code =
            compileTo(path, tuned ? winners : Choices(), /*profile=*/false))
      return code;
    int code = 0;
    std::optional<EntryCall> call =
        EntryCall::createLike(calls.front(), path, arguments, code);
    if (!call)
      return code;
    finals.push_back(std::move(*call));
  }
  Tournament tournament(finals, 2 * rounds);
  if (int code = tournament.run())
    return code;
  before = tournament.whole[0].getMedian();
  after = tournament.whole[1].getMedian();
  // Each piece has won for itself; what is left is that one makes another slow.
  isKept = !tournament.whole[0].beats(tournament.whole[1]);
  if (!isKept)
    winners.clear();
  return 0;
}

void Tuner::print() const {
  llvm::raw_ostream &os = llvm::outs();
  const EntryCall &call = calls.front();
  os << call.getEntry().name << ", " << call.getThreads()
     << (call.getThreads() == 1 ? " thread" : " threads");
  for (const InputTensor &input : call.getInputs())
    os << ", " << input.name << " " << formatTensor(input.tensor);
  os << "\n" << candidates->size() << " candidates, " << rounds << " rounds\n";
  if (gains.empty()) {
    os << "nothing was faster than what the cost model decides\n";
    return;
  }
  os << "\n     was      ms  work\n";
  for (const auto &[name, gain] : gains) {
    os << llvm::format("%8.3f%8.3f  ", 1e3 * gain.first, 1e3 * gain.second)
       << name << "\n";
    for (DecisionAttr winner : winners)
      if (winner.getWork() == name)
        os << llvm::left_justify("", 18) << winner.getLowering() << "\n";
  }
  os << llvm::format("%8.3f%8.3f  in total, without counters\n", 1e3 * before,
                     1e3 * after);
  if (!isKept)
    os << "together they are slower: the cost model's decisions are kept\n";
}

int Tuner::run() {
  if (int code = prepare())
    return code;
  if (int code = compileCandidates())
    return code;
  if (int code = measure())
    return code;
  if (int code = confirm())
    return code;
  bar.update("compiling", 0.9);
  if (int code = compileTo(output, winners, /*profile=*/false))
    return code;
  bar.clear();
  print();
  llvm::errs() << "made " << output << " for this machine's CPU\n";
  return 0;
}

int treadle::runTune(const Arguments &arguments) {
  return Tuner(arguments).run();
}
