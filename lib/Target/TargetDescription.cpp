//===- TargetDescription.cpp - What a CPU is to the compiler -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Target/Target.h"

#include "treadle/Formats/CpuFeatures.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <algorithm>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace treadle;

/// The features that decide what code may be made: vector units and what comes
/// with them. An artifact asks for no more than these.
static constexpr StringLiteral kFeatures[] = {
    "avx",      "avx2",       "fma",        "f16c",       "bmi",
    "bmi2",     "avx512f",    "avx512bw",   "avx512cd",   "avx512dq",
    "avx512vl", "avx512bf16", "avx512fp16", "avx512vnni", "amx-tile",
    "amx-bf16", "amx-int8",   "popcnt",     "sse4.2",     "lzcnt",
    "movbe"};

/// Bytes of a data cache of this machine, or a common size where the system
/// does not say.
static int64_t getCacheSize(int name, int64_t common) {
  long size = sysconf(name);
  return size > 0 ? size : common;
}

/// The features of a CPU that LLVM knows by name, with those that they imply,
/// which LLVM leaves out for some names (avx512f of x86-64-v4); empty when it
/// does not know it.
static StringSet<> getFeatures(StringRef cpu) {
  StringSet<> enabled;
  SmallVector<StringRef> valid;
  X86::fillValidCPUArchList(valid, /*Only64Bit=*/true);
  if (!is_contained(valid, cpu))
    return enabled;
  SmallVector<StringRef> features;
  X86::getFeaturesForCPU(cpu, features);
  StringMap<bool> all;
  for (StringRef feature : features) {
    all[feature] = true;
    X86::updateImpliedFeatures(feature, /*Enabled=*/true, all);
  }
  for (auto &feature : all)
    if (feature.second)
      enabled.insert(feature.first());
  return enabled;
}

/// The name nearest to one that LLVM does not know.
static StringRef getNearestCPU(StringRef cpu) {
  SmallVector<StringRef> valid;
  X86::fillValidCPUArchList(valid, /*Only64Bit=*/true);
  return *min_element(valid, [&](StringRef a, StringRef b) {
    return cpu.edit_distance(a) < cpu.edit_distance(b);
  });
}

Expected<TargetAttr> treadle::getTarget(mlir::MLIRContext *context,
                                        StringRef cpu) {
  StringSet<> enabled;
  int64_t l1 = 32 << 10, l2 = 1 << 20, cores = 1;
  std::string name = cpu.str();
  if (cpu == "native") {
    // A virtual machine may lie about its CPU's name, never about its features,
    // so code for this machine is tuned by its features alone.
    for (auto &feature : sys::getHostCPUFeatures())
      if (feature.second)
        enabled.insert(feature.first());
    // The system may refuse its tiles to a process.
    for (StringRef tiles : {"amx-tile", "amx-bf16", "amx-int8"})
      if (!hostHasCpuFeature(tiles))
        enabled.erase(tiles);
    name = enabled.contains("avx512f") ? "x86-64-v4"
           : enabled.contains("avx2")  ? "x86-64-v3"
                                       : "x86-64";
    l1 = getCacheSize(_SC_LEVEL1_DCACHE_SIZE, l1);
    l2 = getCacheSize(_SC_LEVEL2_CACHE_SIZE, l2);
    // Those that the process may run on, as its threads are.
    cores = std::max(1u, std::thread::hardware_concurrency());
  } else {
    enabled = getFeatures(cpu);
    if (enabled.empty())
      return createStringError("unknown CPU '" + cpu + "'; did you mean '" +
                               getNearestCPU(cpu) + "'?");
    // All that were made have these.
    if (enabled.contains("amx-bf16"))
      l1 = 48 << 10, l2 = 2 << 20;
  }
  std::string features;
  for (StringRef feature : kFeatures)
    if (enabled.contains(feature))
      features += (features.empty() ? "+" : ",+") + feature.str();
  bool wide = enabled.contains("avx512f"), medium = enabled.contains("avx2");
  // On CPUs with AMX vdpbf16ps has half of the throughput of f32's FMA (112
  // beside 190 to 226 GFLOP/s of one core), elsewhere twice (530 beside 265).
  DotInstruction dot =
      wide && enabled.contains("avx512bf16") && !enabled.contains("amx-bf16")
          ? DotInstruction::Vdpbf16ps
          : DotInstruction::None;
  bool hasTiles =
      wide && enabled.contains("amx-tile") && enabled.contains("amx-bf16");
  return TargetAttr::get(context, name, features,
                         wide     ? 512
                         : medium ? 256
                                  : 128,
                         wide ? 32 : 16, l1, l2, dot,
                         hasTiles ? TileUnit::AmxBF16 : TileUnit::None, cores);
}
