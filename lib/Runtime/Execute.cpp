//===- Execute.cpp - Handing a call to generated code ---------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Call.h"
#include "Threads.h"

using namespace treadle;
using namespace treadle::runtime;

namespace {

/// The host of one running call. Generated code sees its first part.
struct CallHost : treadle_host {
  const treadle_pool *pool;
  Arena *arena;
  int64_t memoryLimit;
  Stopwatches *stopwatches; ///< Null where the code does not count.

  static CallHost &get(treadle_host *host) {
    return *static_cast<CallHost *>(host);
  }
};

/// An arena of the model for as long as this lives.
class BorrowedArena {
public:
  explicit BorrowedArena(ArenaPool &pool) : pool(pool), arena(pool.take()) {}
  ~BorrowedArena() { pool.give(std::move(arena)); }
  BorrowedArena(const BorrowedArena &) = delete;
  BorrowedArena &operator=(const BorrowedArena &) = delete;

  Arena &operator*() { return *arena; }

private:
  ArenaPool &pool;
  std::unique_ptr<Arena> arena;
};

} // namespace

namespace {
/// A body whose threads start their stopwatches first.
struct TimedBody {
  Stopwatches &stopwatches;
  treadle_team_body body;
  void *arguments;

  static void run(void *self, int64_t thread, int64_t threads) {
    auto &timed = *static_cast<TimedBody *>(self);
    timed.stopwatches.begin(thread);
    timed.body(timed.arguments, thread, threads);
  }
};
} // namespace

static void runHost(treadle_host *host, treadle_team_body body,
                    void *arguments) {
  std::optional<TimedBody> timed;
  if (Stopwatches *stopwatches = CallHost::get(host).stopwatches) {
    timed.emplace(TimedBody{*stopwatches, body, arguments});
    body = TimedBody::run;
    arguments = &*timed;
  }
  if (const treadle_pool *pool = CallHost::get(host).pool)
    return pool->run(pool->context, host, host->threads, body, arguments);
  runTeam(host->threads, body, arguments);
}

static void meetHost(treadle_host *host) {
  // The only member has met everybody. OpenMP would wait for the team that the
  // application itself may be in.
  if (host->threads == 1)
    return;
  std::optional<Stopwatches::Waiting> waiting;
  if (CallHost::get(host).stopwatches)
    waiting.emplace();
  if (const treadle_pool *pool = CallHost::get(host).pool)
    return pool->meet(pool->context, host);
  meetTeam();
}

static void *reserveHost(treadle_host *host, int64_t bytes) {
  CallHost &call = CallHost::get(host);
  return call.arena->reserve(bytes, call.memoryLimit);
}

static void countHost(treadle_host *host, int64_t thread, int64_t counter,
                      int64_t operations, int64_t bytes) {
  CallHost::get(host).stopwatches->count(thread, counter, operations, bytes);
}

Status treadle_call::execute() {
  BorrowedArena arena(model.arenas);
  CallHost host;
  host.run = runHost;
  host.meet = meetHost;
  host.reserve = reserveHost;
  host.threads = model.pool ? model.threads : getTeamSize(model.threads);
  host.parameters = model.parameters.data();
  host.pool = model.pool ? &*model.pool : nullptr;
  host.arena = &*arena;
  host.memoryLimit = model.memoryLimit;
  std::optional<Stopwatches> stopwatches;
  if (!counters.empty())
    stopwatches.emplace(counters.size(), host.threads);
  host.count = countHost;
  host.stopwatches = stopwatches ? &*stopwatches : nullptr;

  std::vector<treadle_operand> operands[2];
  for (Side side : {Inputs, Outputs})
    for (const Slot &slot : slots[side]) {
      treadle_operand &operand = operands[side].emplace_back();
      operand.data = slot.actual.data;
      std::copy(std::begin(slot.actual.shape), std::end(slot.actual.shape),
                operand.shape);
    }

  int32_t status =
      entry.code(&host, operands[Inputs].data(), operands[Outputs].data());
  if (status == TREADLE_CODE_OK) {
    if (stopwatches)
      stopwatches->read(counters);
    return Success();
  }
  std::string name = "entry point " + quoteForMessage(entry.description->name);
  if (status != TREADLE_CODE_OUT_OF_MEMORY)
    return Error(ErrorId::CodeFailed,
                 name + " returned status " + std::to_string(status));
  Error error(ErrorId::OutOfMemory,
              name + " needs " + std::to_string((*arena).getRefused()) +
                  " bytes of scratch memory, which there are not");
  if (model.memoryLimit)
    return std::move(error).note("the application's limit is " +
                                 std::to_string(model.memoryLimit) + " bytes");
  return error;
}
