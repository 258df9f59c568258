//===- Ceilings.cpp - What this machine can do at most -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tool is not compiled for the machine that it runs on, and so has each
// loop for several.
//
//===----------------------------------------------------------------------===//

#include "Ceilings.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <immintrin.h>
#include <memory>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace treadle;

// As many sums at once as hide the latency of an operation on any CPU.
static constexpr int kSums = 12;

namespace {
/// Loops for one kind of CPU. A unit of operations is 1000 steps.
struct Meters {
  void (*operate)(int64_t units);
  int64_t operationsPerUnit;
  void (*read)(const char *begin, const char *end);
};
} // namespace

// `target` is an attribute of functions, and a template has no place for it.
#define TREADLE_METERS(SUFFIX, TARGET, WIDTH)                                  \
  __attribute__((target(TARGET))) static void operate##SUFFIX(int64_t units) { \
    typedef float Floats __attribute__((vector_size(WIDTH)));                  \
    Floats a = Floats{} + 0.999f, b = Floats{} + 0.001f, sum[kSums] = {};      \
    asm volatile("" : "+v"(a), "+v"(b));                                       \
    for (int64_t n = 0; n < units * 1000; ++n)                                 \
      _Pragma("GCC unroll 12") for (int i = 0; i < kSums; ++i) {               \
        sum[i] = sum[i] * a + b;                                               \
        asm volatile("" : "+v"(sum[i]));                                       \
      }                                                                        \
  }                                                                            \
  __attribute__((target(TARGET))) static void read##SUFFIX(const char *begin,  \
                                                           const char *end) {  \
    typedef uint64_t Words __attribute__((vector_size(WIDTH)));                \
    Words sum[8] = {};                                                         \
    for (const char *at = begin; at != end; at += 8 * WIDTH)                   \
      _Pragma("GCC unroll 8") for (int i = 0; i < 8; ++i) sum[i] +=            \
          *reinterpret_cast<const Words *>(at + i * WIDTH);                    \
    for (Words &words : sum)                                                   \
      asm volatile("" : : "v"(words));                                         \
  }                                                                            \
  static constexpr Meters k##SUFFIX = {                                        \
      operate##SUFFIX, 1000 * kSums * 2 * (WIDTH / 4), read##SUFFIX};

TREADLE_METERS(Baseline, "sse2", 16)
TREADLE_METERS(Avx2, "avx2,fma", 32)
TREADLE_METERS(Avx512, "avx512f", 64)

__attribute__((target("avx512f,avx512bf16"))) static void
operateOnPairs(int64_t units) {
  __m512i ones = _mm512_set1_epi16(0x3f80);
  asm volatile("" : "+v"(ones));
  __m512bh a = (__m512bh)ones;
  __m512 sum[kSums] = {};
  for (int64_t n = 0; n < units * 1000; ++n)
    _Pragma("GCC unroll 12") for (int i = 0; i < kSums; ++i) {
      sum[i] = _mm512_dpbf16_ps(sum[i], a, a);
      asm volatile("" : "+v"(sum[i]));
    }
}
static constexpr int64_t kPairOperations = 1000 * kSums * 2 * 32;

// Four sums of two by two tiles, whose operands come from the first cache.
__attribute__((target("amx-tile,amx-bf16"))) static void
operateOnTiles(int64_t units) {
  struct {
    uint8_t palette = 1, row = 0, reserved[14] = {};
    uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } shape;
  alignas(64) static const char operands[4][1024] = {};
  _tile_loadconfig(&shape);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t n = 0; n < units * 1000; ++n) {
    _tile_loadd(4, operands[0], 64);
    _tile_loadd(5, operands[1], 64);
    _tile_loadd(6, operands[2], 64);
    _tile_loadd(7, operands[3], 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}
static constexpr int64_t kTileOperations = 1000 * 4 * 2 * 16 * 16 * 32;

static const Meters &getMeters() {
  if (__builtin_cpu_supports("avx512f"))
    return kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return kAvx2;
  return kBaseline;
}

static bool mayUseTiles() {
  constexpr int requestPermission = 0x1023, tileData = 18;
  return __builtin_cpu_supports("amx-bf16") &&
         !syscall(SYS_arch_prctl, requestPermission, tileData);
}

/// Moves the calling thread to a CPU of its own: a slice is shorter than the
/// system needs to spread new threads.
static void pin(const cpu_set_t &allowed, int64_t thread) {
  int64_t left = thread % std::max(1, CPU_COUNT(&allowed));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && !left--) {
      cpu_set_t own;
      CPU_ZERO(&own);
      CPU_SET(cpu, &own);
      sched_setaffinity(0, sizeof(own), &own);
      return;
    }
}

using Work = llvm::function_ref<void(int64_t thread, int64_t units)>;

/// Seconds of the slowest thread.
static double time(Work work, int64_t threads, int64_t units) {
  using Clock = std::chrono::steady_clock;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::atomic<int64_t> waiting{threads};
  std::vector<double> seconds(threads);
  std::vector<std::thread> team;
  // All in new threads, whose places are gone with them.
  for (int64_t thread = 0; thread < threads; ++thread)
    team.emplace_back([&, thread] {
      pin(allowed, thread);
      for (--waiting; waiting;)
        std::this_thread::yield();
      Clock::time_point start = Clock::now();
      work(thread, units);
      seconds[thread] =
          std::chrono::duration<double>(Clock::now() - start).count();
    });
  for (std::thread &thread : team)
    thread.join();
  return *std::max_element(seconds.begin(), seconds.end());
}

/// Units a second of all threads together, in the best of a few slices: long
/// enough to be timed, short enough that nothing interrupts one of them.
static double measure(Work work, int64_t threads) {
  constexpr double sliceSeconds = 0.01;
  int64_t units = 1;
  while (time(work, threads, units) < sliceSeconds)
    units *= 2;
  double best = 0;
  for (int slice = 0; slice < 6; ++slice)
    best = std::max(best, units / time(work, threads, units));
  return best * threads;
}

std::vector<Peak> treadle::measurePeaks(int64_t threads, bool withBf16) {
  std::vector<Peak> peaks;
  auto add = [&](const char *kind, void (*operate)(int64_t), int64_t perUnit) {
    double perSecond =
        measure([&](int64_t, int64_t units) { operate(units); }, threads);
    peaks.push_back({kind, perSecond * perUnit});
  };
  const Meters &meters = getMeters();
  add("f32", meters.operate, meters.operationsPerUnit);
  if (withBf16 && __builtin_cpu_supports("avx512bf16"))
    add("bf16_vector", operateOnPairs, kPairOperations);
  if (withBf16 && mayUseTiles())
    add("bf16_tile", operateOnTiles, kTileOperations);
  return peaks;
}

double treadle::measureReading(int64_t threads, int64_t footprint) {
  // Whole steps of the widest loop for each thread.
  int64_t size = std::min(footprint, kMemoryBytes);
  int64_t part = std::max<int64_t>(1, size / threads / 512) * 512;
  int64_t bytes = part * threads;
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 0;
  madvise(memory, bytes, MADV_HUGEPAGE);
  auto *begin = static_cast<char *>(memory);
  std::fill(begin, begin + bytes, 1); // Or all of it is the page of zeros.
  const Meters &meters = getMeters();
  double reading = measure(
                       [&](int64_t thread, int64_t units) {
                         const char *own = begin + thread * part;
                         for (int64_t n = 0; n < units; ++n)
                           meters.read(own, own + part);
                       },
                       threads) *
                   part;
  munmap(memory, bytes);
  return reading;
}

double Ceilings::getOperations() {
  if (operations == 0)
    for (const Peak &peak : measurePeaks(threads, precision == "bf16"))
      operations = std::max(operations, peak.operations);
  return operations;
}

double Ceilings::getBytes(int64_t footprint) {
  // A quarter of a megabyte is in a core's own caches, 256 are in memory.
  int64_t size = int64_t(1) << 18;
  while (size < footprint && size < int64_t(1) << 28)
    size *= 4;
  double &reading = readings[size];
  if (reading == 0)
    reading = measureReading(threads, size);
  return reading;
}
