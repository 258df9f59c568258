// What this machine can do at most: prints one object of JSON.
//
//   clang++-22 -O3 -march=native -std=c++17 -pthread ceilings.cpp -o ceilings
//   ceilings THREADS BYTES
//
// Operations a second of fused multiply-adds in f32 and, where there are such
// instructions, of bf16 dot products in vectors and in tiles; bytes a second
// that are read from memory, and from BYTES bytes that are read again and
// again. Threads work at once, each on its own part.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <immintrin.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Long enough to be timed, short enough for a slice that nothing interrupts.
constexpr double sliceSeconds = 0.01;
constexpr int slices = 8;

// Larger than any cache that is met.
constexpr size_t memoryBytes = size_t(512) << 20;

#ifdef __AVX512F__
constexpr int width = 64;
#elif defined(__AVX__)
constexpr int width = 32;
#else
constexpr int width = 16;
#endif
typedef float Floats __attribute__((vector_size(width)));
typedef uint64_t Words __attribute__((vector_size(width)));

// Work in units; calls of it with the thread's number can run at once.
using Work = std::function<void(int thread, size_t units)>;

// A new thread would begin where its parent runs, and a slice is shorter than
// the system needs to move it.
void pin(int thread) {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    sched_getaffinity(0, sizeof(set), &set);
    return set;
  }();
  int cpu = 0;
  for (int left = thread % CPU_COUNT(&allowed);; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && !left--)
      break;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(cpu, &own);
  sched_setaffinity(0, sizeof(own), &own);
}

double time(const Work &work, int threads, size_t units) {
  std::atomic<int> waiting{threads};
  std::vector<double> seconds(threads);
  std::vector<std::thread> team;
  auto run = [&](int thread) {
    pin(thread);
    --waiting;
    while (waiting) {
    }
    auto start = Clock::now();
    work(thread, units);
    seconds[thread] =
        std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (int thread = 1; thread < threads; ++thread)
    team.emplace_back(run, thread);
  run(0);
  for (std::thread &thread : team)
    thread.join();
  return *std::max_element(seconds.begin(), seconds.end());
}

// Units a second of each thread, in the best slice.
double measure(const Work &work, int threads) {
  size_t units = 1;
  while (time(work, threads, units) < sliceSeconds)
    units *= 2;
  double best = 0;
  for (int slice = 0; slice < slices; ++slice)
    best = std::max(best, units / time(work, threads, units));
  return best;
}

// As many sums at once as hide the latency of an operation on any CPU.
constexpr int sums = 12;

// 1000 steps of `sums` operations on accumulators that stay in registers.
template <typename Vector, typename Step>
void accumulate(size_t units, Vector start, Step step) {
  Vector sum[sums];
  for (int i = 0; i < sums; ++i)
    sum[i] = start;
  for (size_t n = 0; n < units * 1000; ++n) {
#pragma clang loop unroll(full)
    for (int i = 0; i < sums; ++i) {
      sum[i] = step(sum[i]);
      asm volatile("" : "+v"(sum[i]));
    }
  }
}

double multiplyAdds(int threads) {
  auto work = [](int, size_t units) {
    Floats a = Floats{} + 0.999f, b = Floats{} + 0.001f;
    asm volatile("" : "+v"(a), "+v"(b));
    accumulate(units, Floats{}, [=](Floats sum) { return sum * a + b; });
  };
  return measure(work, threads) * threads * 1000 * sums * 2 * (width / 4);
}

#ifdef __AVX512BF16__
double dotProducts(int threads) {
  auto work = [](int, size_t units) {
    __m512i ones = _mm512_set1_epi16(0x3f80);
    asm volatile("" : "+v"(ones));
    __m512bh a = (__m512bh)ones;
    accumulate(units, __m512{},
               [=](__m512 sum) { return _mm512_dpbf16_ps(sum, a, a); });
  };
  return measure(work, threads) * threads * 1000 * sums * 2 * 32;
}
#endif

#ifdef __AMX_BF16__
bool allowTiles() {
  constexpr int requestPermission = 0x1023, tileData = 18;
  return !syscall(SYS_arch_prctl, requestPermission, tileData);
}

// Four sums of two by two tiles, whose operands come from the first-level
// cache.
double tileProducts(int threads) {
  auto work = [](int, size_t units) {
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
    for (size_t n = 0; n < units * 1000; ++n) {
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
  };
  return measure(work, threads) * threads * 1000 * 4 * 2 * 16 * 16 * 32;
}
#endif

// Bytes a second of reading the first `bytes` of the buffer, a part by each
// thread.
double read(const char *buffer, size_t bytes, int threads) {
  constexpr size_t step = 8 * width;
  size_t part = bytes / threads / step * step;
  auto work = [=](int thread, size_t units) {
    const char *begin = buffer + thread * part;
    Words sum[8] = {};
    for (size_t n = 0; n < units; ++n)
      for (const char *at = begin; at != begin + part; at += step)
        for (int i = 0; i < 8; ++i)
          sum[i] += *reinterpret_cast<const Words *>(at + i * width);
    for (Words &words : sum)
      asm volatile("" : : "v"(words));
  };
  return measure(work, threads) * threads * part;
}

} // namespace

int main(int argc, char **argv) {
  int threads = argc == 3 ? atoi(argv[1]) : 0;
  // Each thread reads a step at least.
  size_t bytes = argc == 3 ? std::max(atoll(argv[2]), 4096ll * threads) : 0;
  if (threads < 1) {
    fprintf(stderr, "usage: %s THREADS BYTES\n", argv[0]);
    return 2;
  }
  size_t size = std::max(memoryBytes, bytes);
  void *buffer = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (buffer == MAP_FAILED) {
    perror("mmap");
    return 1;
  }
  madvise(buffer, size, MADV_HUGEPAGE);
  memset(buffer, 1, size); // or all of it is the one page of zeros

  printf("{\"f32\": %.4g", multiplyAdds(threads));
#ifdef __AVX512BF16__
  printf(", \"bf16_vector\": %.4g", dotProducts(threads));
#endif
#ifdef __AMX_BF16__
  if (allowTiles())
    printf(", \"bf16_tile\": %.4g", tileProducts(threads));
#endif
  auto *chars = static_cast<const char *>(buffer);
  printf(", \"memory\": %.4g, \"footprint\": %.4g}\n",
         read(chars, size, threads), read(chars, bytes, threads));
}
