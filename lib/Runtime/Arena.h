//===- Arena.h - Scratch memory of calls ------------------------*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_RUNTIME_ARENA_H
#define TREADLE_RUNTIME_ARENA_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace treadle::runtime {

struct Deallocate {
  void operator()(void *memory) const;
};
/// Memory aligned to 64 bytes at least.
using Memory = std::unique_ptr<void, Deallocate>;

/// Null when `bytes` is negative or there is no such memory. From 2 MiB on the
/// memory is aligned to, and asks for, huge pages: scratch memory is walked in
/// tiles, which would miss the TLB page by page.
Memory allocate(int64_t bytes);

/// What one running call reserves. Memory stays until the next `reset`.
class Arena {
public:
  /// Null when the system has no more or `limit` (0: none) would be passed.
  /// Members of a team may call it at the same time.
  void *reserve(int64_t bytes, int64_t limit);

  /// Makes all memory free for the next call. Several blocks become one, so
  /// that from the second call of a shape on there is no allocation.
  void reset();

  /// The bytes that the last failed `reserve` would have needed in all.
  int64_t getRefused() const { return refused; }

private:
  struct Block {
    Memory memory;
    int64_t size;
  };

  std::mutex mutex;
  std::vector<Block> blocks;
  int64_t usedOfLast = 0; ///< Bytes used of the last block.
  int64_t total = 0;      ///< Bytes handed out since the last reset.
  int64_t refused = 0;
};

/// The arenas of a model that no call is using. It keeps as many as were ever
/// used at once, each as large as the largest call it served.
class ArenaPool {
public:
  std::unique_ptr<Arena> take();
  void give(std::unique_ptr<Arena> arena);

private:
  std::mutex mutex;
  std::vector<std::unique_ptr<Arena>> idle;
};

} // namespace treadle::runtime

#endif // TREADLE_RUNTIME_ARENA_H
