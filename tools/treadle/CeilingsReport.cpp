//===- CeilingsReport.cpp - treadle bench --ceilings ----------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ceilings.h"

#include "Options.h"
#include "Terminal.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <thread>

using namespace treadle;

/// A footprint and how fast it is read.
using Reading = std::pair<int64_t, double>;

/// What is said of a model, where the machine is measured.
static std::optional<Error> findConflict(const Arguments &arguments) {
  for (OptionId id : {OPT_profile, OPT_entry, OPT_input, OPT_shape, OPT_seed,
                      OPT_runs, OPT_warmup})
    if (arguments.has(id))
      return Error(ErrorId::ConflictingOptions,
                   "--ceilings measures the machine, and " + getSpelling(id) +
                       " is about an entry point");
  Result<std::vector<std::string>> paths =
      arguments.getPositional("no NAME.treadle", 0, SIZE_MAX);
  if (!paths)
    return paths.takeError();
  if (!paths->empty())
    return Error(ErrorId::ConflictingOptions,
                 "--ceilings measures the machine, and there is " +
                     quoteForMessage(paths->front()) + " besides");
  return std::nullopt;
}

static void printJson(int64_t threads, llvm::ArrayRef<Peak> peaks,
                      llvm::ArrayRef<Reading> readings) {
  llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
  json.object([&] {
    json.attribute("threads", threads);
    json.attributeObject("operations_per_second", [&] {
      for (const Peak &peak : peaks)
        json.attribute(peak.kind, peak.operations);
    });
    json.attributeArray("reading", [&] {
      for (const Reading &reading : readings)
        json.object([&] {
          json.attribute("footprint", reading.first);
          json.attribute("bytes_per_second", reading.second);
        });
    });
  });
  llvm::outs() << "\n";
}

static void printText(int64_t threads, llvm::ArrayRef<Peak> peaks,
                      llvm::ArrayRef<Reading> readings) {
  llvm::outs() << threads << (threads == 1 ? " thread" : " threads") << "\n";
  for (const Peak &peak : peaks)
    llvm::outs() << llvm::format("%-12s %8.1f GFLOP/s\n", peak.kind,
                                 1e-9 * peak.operations);
  for (auto [footprint, speed] : readings) {
    bool isSmall = footprint < 1 << 20;
    llvm::outs() << llvm::format(
        "read %4lld %s %8.1f GB/s\n",
        static_cast<long long>(footprint >> (isSmall ? 10 : 20)),
        isSmall ? "KiB" : "MiB", 1e-9 * speed);
  }
}

int treadle::runCeilings(const Arguments &arguments) {
  if (std::optional<Error> conflict = findConflict(arguments))
    return report(*conflict);
  // One for each CPU that this process may run on, as everywhere.
  Result<int64_t> threads = arguments.getInteger(
      OPT_threads, std::max(1u, std::thread::hardware_concurrency()), 1, 1024);
  if (!threads)
    return report(threads.error());
  Result<int64_t> footprint =
      arguments.getInteger(OPT_footprint, 0, 1, int64_t(1) << 50);
  if (!footprint)
    return report(footprint.error());

  ProgressBar bar(/*enabled=*/true);
  bar.update("measuring operations", 0);
  std::vector<Peak> peaks = measurePeaks(*threads, /*withBf16=*/true);
  // From what is in a core's own caches to what is in memory.
  std::vector<Reading> readings;
  if (*footprint)
    readings.emplace_back(*footprint, 0);
  else
    for (int64_t size = int64_t(1) << 18; size < kMemoryBytes / 2; size *= 4)
      readings.emplace_back(size, 0);
  readings.emplace_back(std::max(kMemoryBytes, *footprint), 0);
  for (auto &[size, speed] : readings) {
    bar.update("measuring reads", 0.5);
    speed = measureReading(*threads, size);
    if (speed == 0) {
      bar.clear();
      return report(
          Error(ErrorId::OutOfMemory, "there is no memory for reading " +
                                          std::to_string(size) + " bytes"));
    }
  }
  bar.clear();
  if (arguments.has(OPT_json))
    printJson(*threads, peaks, readings);
  else
    printText(*threads, peaks, readings);
  return 0;
}
