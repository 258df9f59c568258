//===- Bench.cpp - treadle bench ------------------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryCall.h"
#include "Profile.h"
#include "Quantile.h"
#include "Terminal.h"
#include "Verbs.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace treadle;
using Clock = std::chrono::steady_clock;

namespace {
struct Measurement {
  /// Seconds of each run, sorted.
  std::vector<double> latencies;
};

/// How much work one call is.
struct Work {
  int64_t items = 0;  ///< 0: unknown.
  int64_t tokens = 0; ///< 0: unknown.
};
} // namespace

static double toSeconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

static Work getWork(const std::vector<InputTensor> &inputs) {
  Work work;
  for (const InputTensor &input : inputs) {
    const treadle_tensor &tensor = input.tensor;
    if (work.items == 0 && tensor.rank > 0)
      work.items = tensor.shape[0];
    bool isInteger = tensor.type == TREADLE_I64 || tensor.type == TREADLE_I32;
    if (work.tokens == 0 && isInteger && tensor.rank == 2)
      work.tokens = tensor.shape[0] * tensor.shape[1];
  }
  return work;
}

/// Runs `warmup` times, then `runs` times, or as often as a second lets when
/// that is 0. Returns an exit code.
static int measure(const EntryCall &call, int64_t warmup, int64_t runs,
                   ProgressBar &bar, Measurement &measurement,
                   Profile *profile) {
  constexpr int64_t kFewest = 10;
  constexpr double kSeconds = 1;
  bar.update("warming up", 0);
  for (int64_t i = 0; i < warmup; ++i)
    if (treadle_error *error = treadle_call_run(call.get())) {
      bar.clear();
      return reportRuntime(error);
    }
  bar.update("measuring", 0.3);
  double total = 0;
  auto isDone = [&] {
    auto count = static_cast<int64_t>(measurement.latencies.size());
    return runs ? count == runs : count >= kFewest && total >= kSeconds;
  };
  while (!isDone()) {
    Clock::time_point start = Clock::now();
    treadle_error *error = treadle_call_run(call.get());
    double seconds = toSeconds(Clock::now() - start);
    if (error) {
      bar.clear();
      return reportRuntime(error);
    }
    measurement.latencies.push_back(seconds);
    if (profile)
      profile->add(call, seconds);
    total += seconds;
  }
  if (profile) {
    bar.update("measuring ceilings", 0.6);
    profile->finish();
  }
  bar.clear();
  llvm::sort(measurement.latencies);
  return 0;
}

static void printJson(const EntryCall &call, const Measurement &measurement,
                      const Profile *profile) {
  Work work = getWork(call.getInputs());
  double median = getQuantile(measurement.latencies, 0.5);
  llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
  json.object([&] {
    json.attribute("entry", call.getEntry().name);
    json.attribute("threads", call.getThreads());
    json.attributeArray("inputs", [&] {
      for (const InputTensor &input : call.getInputs())
        json.object([&] {
          json.attribute("name", input.name);
          json.attribute("type", treadle_type_name(input.tensor.type));
          json.attributeArray("shape", [&] {
            for (int32_t axis = 0; axis < input.tensor.rank; ++axis)
              json.value(input.tensor.shape[axis]);
          });
        });
    });
    json.attribute("runs", int64_t(measurement.latencies.size()));
    json.attributeObject("latency_ms", [&] {
      json.attribute("min", 1e3 * measurement.latencies.front());
      json.attribute("median", 1e3 * median);
      json.attribute("p90", 1e3 * getQuantile(measurement.latencies, 0.9));
      json.attribute("max", 1e3 * measurement.latencies.back());
    });
    if (work.items)
      json.attribute("items_per_second", work.items / median);
    if (work.tokens)
      json.attribute("tokens_per_second", work.tokens / median);
    if (profile)
      profile->print(json);
  });
  llvm::outs() << "\n";
}

static void printText(const EntryCall &call, const Measurement &measurement) {
  Work work = getWork(call.getInputs());
  double median = getQuantile(measurement.latencies, 0.5);
  llvm::outs() << call.getEntry().name << ", " << call.getThreads()
               << (call.getThreads() == 1 ? " thread" : " threads");
  for (const InputTensor &input : call.getInputs())
    llvm::outs() << ", " << input.name << " " << formatTensor(input.tensor);
  llvm::outs() << "\n"
               << llvm::format("latency   %.3f ms median, %.3f min, %.3f p90, "
                               "%.3f max; ",
                               1e3 * median,
                               1e3 * measurement.latencies.front(),
                               1e3 * getQuantile(measurement.latencies, 0.9),
                               1e3 * measurement.latencies.back())
               << measurement.latencies.size() << " runs\n";
  if (work.tokens)
    llvm::outs() << llvm::format("tokens/s  %.0f\n", work.tokens / median);
  if (work.items)
    llvm::outs() << llvm::format("items/s   %.1f\n", work.items / median);
}

int treadle::runBench(const Arguments &arguments) {
  if (arguments.has(OPT_ceilings))
    return runCeilings(arguments);
  if (arguments.has(OPT_footprint))
    return report(Error(ErrorId::ConflictingOptions,
                        "--footprint is about the machine: it wants "
                        "--ceilings"));
  constexpr int64_t kMost = 10'000'000;
  Result<int64_t> runs = arguments.getInteger(OPT_runs, 0, 1, kMost);
  if (!runs)
    return report(runs.error());
  Result<int64_t> warmup = arguments.getInteger(OPT_warmup, 3, 0, kMost);
  if (!warmup)
    return report(warmup.error());

  int exitCode = 0;
  std::optional<EntryCall> call = EntryCall::create(arguments, exitCode);
  if (!call)
    return exitCode;
  std::optional<Profile> profile;
  if (arguments.has(OPT_profile)) {
    if (treadle_call_num_counters(call->get()) == 0)
      return report(Error(ErrorId::NoCounters,
                          "the artifact does not count what its time is "
                          "spent on")
                        .help("make one that does: treadle compile --profile "
                              "MODEL -o NAME.treadle"));
    profile.emplace(*call);
  }
  Profile *chosen = profile ? &*profile : nullptr;
  ProgressBar bar(/*enabled=*/true);
  Measurement measurement;
  if (int code = measure(*call, *warmup, *runs, bar, measurement, chosen))
    return code;
  if (arguments.has(OPT_json))
    printJson(*call, measurement, chosen);
  else
    printText(*call, measurement);
  if (profile && !arguments.has(OPT_json))
    profile->print(llvm::outs());
  return 0;
}
