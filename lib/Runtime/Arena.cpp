//===- Arena.cpp - Scratch memory of calls --------------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arena.h"

#include <algorithm>
#include <cstdlib>
#include <sys/mman.h>

using namespace treadle::runtime;

static constexpr int64_t kAlignment = 64;
static constexpr int64_t kHugePage = int64_t(2) << 20;
/// No machine has more; sums of a few such sizes do not overflow.
static constexpr int64_t kLargest = int64_t(1) << 60;

static int64_t roundUp(int64_t bytes, int64_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

void Deallocate::operator()(void *memory) const { std::free(memory); }

Memory treadle::runtime::allocate(int64_t bytes) {
  if (bytes < 0 || bytes > kLargest)
    return nullptr;
  int64_t alignment = bytes >= kHugePage ? kHugePage : kAlignment;
  int64_t size = roundUp(std::max<int64_t>(bytes, 1), alignment);
  Memory memory(std::aligned_alloc(alignment, size));
  // A kernel without huge pages refuses the advice, which changes nothing.
  if (memory && alignment == kHugePage)
    madvise(memory.get(), size, MADV_HUGEPAGE);
  return memory;
}

void *Arena::reserve(int64_t bytes, int64_t limit) {
  std::lock_guard<std::mutex> lock(mutex);
  if (bytes < 0 || bytes > kLargest || total > kLargest) {
    refused = bytes;
    return nullptr;
  }
  int64_t size = roundUp(std::max<int64_t>(bytes, 1), kAlignment);
  if (limit != 0 && total + size > limit) {
    refused = total + size;
    return nullptr;
  }
  if (blocks.empty() || blocks.back().size - usedOfLast < size) {
    Memory memory = allocate(size);
    if (!memory) {
      refused = total + size;
      return nullptr;
    }
    blocks.push_back({std::move(memory), size});
    usedOfLast = 0;
  }
  void *result = static_cast<char *>(blocks.back().memory.get()) + usedOfLast;
  usedOfLast += size;
  total += size;
  return result;
}

void Arena::reset() {
  if (blocks.size() > 1) {
    blocks.clear();
    // When this fails, the next call allocates for itself.
    if (Memory memory = allocate(total))
      blocks.push_back({std::move(memory), total});
  }
  usedOfLast = 0;
  total = 0;
}

std::unique_ptr<Arena> ArenaPool::take() {
  std::lock_guard<std::mutex> lock(mutex);
  if (idle.empty())
    return std::make_unique<Arena>();
  // The one used last: its pages are the likeliest to be in a cache.
  std::unique_ptr<Arena> arena = std::move(idle.back());
  idle.pop_back();
  return arena;
}

void ArenaPool::give(std::unique_ptr<Arena> arena) {
  arena->reset();
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(std::move(arena));
}
