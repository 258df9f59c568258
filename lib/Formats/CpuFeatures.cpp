//===- CpuFeatures.cpp - What the CPU of this process can do --------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Formats/CpuFeatures.h"

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

using namespace treadle;

#if defined(__x86_64__)

namespace {
enum Register { EAX, EBX, ECX, EDX };

/// What the operating system must keep for a feature's registers.
enum class State { None, Avx, Avx512, Tiles };

/// Where CPUID tells of a feature: Intel's Software Developer's Manual, 2A, and
/// for the leaves from 0x80000000 on AMD's Programmer's Manual, 3, E.
struct Feature {
  std::string_view name;
  uint32_t leaf;
  uint32_t subleaf;
  Register where;
  int bit;
  State state;
};
} // namespace

/// Sorted by name.
static const Feature kFeatures[] = {
    {"adx", 7, 0, EBX, 19, State::None},
    {"aes", 1, 0, ECX, 25, State::None},
    {"amx-bf16", 7, 0, EDX, 22, State::Tiles},
    {"amx-complex", 7, 1, EDX, 8, State::Tiles},
    {"amx-fp16", 7, 1, EAX, 21, State::Tiles},
    {"amx-int8", 7, 0, EDX, 25, State::Tiles},
    {"amx-tile", 7, 0, EDX, 24, State::Tiles},
    {"avx", 1, 0, ECX, 28, State::Avx},
    {"avx2", 7, 0, EBX, 5, State::Avx},
    {"avx512bf16", 7, 1, EAX, 5, State::Avx512},
    {"avx512bitalg", 7, 0, ECX, 12, State::Avx512},
    {"avx512bw", 7, 0, EBX, 30, State::Avx512},
    {"avx512cd", 7, 0, EBX, 28, State::Avx512},
    {"avx512dq", 7, 0, EBX, 17, State::Avx512},
    {"avx512f", 7, 0, EBX, 16, State::Avx512},
    {"avx512fp16", 7, 0, EDX, 23, State::Avx512},
    {"avx512ifma", 7, 0, EBX, 21, State::Avx512},
    {"avx512vbmi", 7, 0, ECX, 1, State::Avx512},
    {"avx512vbmi2", 7, 0, ECX, 6, State::Avx512},
    {"avx512vl", 7, 0, EBX, 31, State::Avx512},
    {"avx512vnni", 7, 0, ECX, 11, State::Avx512},
    {"avx512vp2intersect", 7, 0, EDX, 8, State::Avx512},
    {"avx512vpopcntdq", 7, 0, ECX, 14, State::Avx512},
    {"avxifma", 7, 1, EAX, 23, State::Avx},
    {"avxneconvert", 7, 1, EDX, 5, State::Avx},
    {"avxvnni", 7, 1, EAX, 4, State::Avx},
    {"avxvnniint16", 7, 1, EDX, 10, State::Avx},
    {"avxvnniint8", 7, 1, EDX, 4, State::Avx},
    {"bmi", 7, 0, EBX, 3, State::None},
    {"bmi2", 7, 0, EBX, 8, State::None},
    {"cmov", 1, 0, EDX, 15, State::None},
    {"cx16", 1, 0, ECX, 13, State::None},
    {"cx8", 1, 0, EDX, 8, State::None},
    {"f16c", 1, 0, ECX, 29, State::Avx},
    {"fma", 1, 0, ECX, 12, State::Avx},
    {"fma4", 0x80000001, 0, ECX, 16, State::Avx},
    {"fxsr", 1, 0, EDX, 24, State::None},
    {"gfni", 7, 0, ECX, 8, State::None},
    {"lzcnt", 0x80000001, 0, ECX, 5, State::None},
    {"mmx", 1, 0, EDX, 23, State::None},
    {"movbe", 1, 0, ECX, 22, State::None},
    {"pclmul", 1, 0, ECX, 1, State::None},
    {"popcnt", 1, 0, ECX, 23, State::None},
    {"prfchw", 0x80000001, 0, ECX, 8, State::None},
    {"sahf", 0x80000001, 0, ECX, 0, State::None},
    {"sha", 7, 0, EBX, 29, State::None},
    {"sse", 1, 0, EDX, 25, State::None},
    {"sse2", 1, 0, EDX, 26, State::None},
    {"sse3", 1, 0, ECX, 0, State::None},
    {"sse4.1", 1, 0, ECX, 19, State::None},
    {"sse4.2", 1, 0, ECX, 20, State::None},
    {"sse4a", 0x80000001, 0, ECX, 6, State::None},
    {"ssse3", 1, 0, ECX, 9, State::None},
    {"vaes", 7, 0, ECX, 9, State::Avx},
    {"vpclmulqdq", 7, 0, ECX, 10, State::Avx},
    {"xop", 0x80000001, 0, ECX, 11, State::Avx},
};

/// The value of one register after CPUID; 0 when the leaf does not exist.
static uint32_t readCpuid(uint32_t leaf, uint32_t subleaf, Register where) {
  uint32_t values[4] = {};
  // A subleaf that does not exist reads as zeros in leaf 7.
  if (!__get_cpuid_count(leaf, subleaf, &values[EAX], &values[EBX],
                         &values[ECX], &values[EDX]))
    return 0;
  return values[where];
}

/// The operating system's XCR0: which registers it saves.
static uint64_t readSavedState() {
  constexpr int kOsxsave = 27;
  if (!(readCpuid(1, 0, ECX) >> kOsxsave & 1))
    return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

/// Linux gives tiles only to processes that ask: Documentation/arch/x86/xstate.
static bool requestTiles() {
#if defined(__linux__)
  constexpr int kRequestPermission = 0x1023; // ARCH_REQ_XCOMP_PERM
  constexpr int kTileData = 18;              // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

static bool isStateSaved(State state) {
  uint64_t needed = 0;
  switch (state) {
  case State::None:
    return true;
  case State::Avx:
    needed = 0x6; // XMM, upper halves of YMM.
    break;
  case State::Avx512:
    needed = 0xE6; // Also masks, upper halves of ZMM, ZMM16 to 31.
    break;
  case State::Tiles:
    needed = 0x60000; // Tile configuration and data.
    break;
  }
  if ((readSavedState() & needed) != needed)
    return false;
  return state != State::Tiles || requestTiles();
}

const std::vector<std::string_view> &treadle::getKnownCpuFeatures() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> names;
    for (const Feature &feature : kFeatures)
      names.push_back(feature.name);
    return names;
  }();
  return names;
}

bool treadle::hostHasCpuFeature(std::string_view name) {
  const Feature *feature =
      std::lower_bound(std::begin(kFeatures), std::end(kFeatures), name,
                       [](const Feature &left, std::string_view right) {
                         return left.name < right;
                       });
  return feature != std::end(kFeatures) && feature->name == name &&
         (readCpuid(feature->leaf, feature->subleaf, feature->where) >>
              feature->bit &
          1) &&
         isStateSaved(feature->state);
}

#else

const std::vector<std::string_view> &treadle::getKnownCpuFeatures() {
  static const std::vector<std::string_view> none;
  return none;
}

bool treadle::hostHasCpuFeature(std::string_view) { return false; }

#endif

std::string_view treadle::getHostArchitecture() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "unknown";
#endif
}
