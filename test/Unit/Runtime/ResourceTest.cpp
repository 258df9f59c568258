//===- ResourceTest.cpp - Threads, memory and files of calls --------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestArtifact.h"

#include <condition_variable>
#include <gmock/gmock.h>
#include <map>
#include <mutex>
#include <thread>

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// Runs `lookup` on one row of ids and compares; returns the team's size.
static int64_t runLookup(treadle_call *call, std::vector<int64_t> ids,
                         float factor = 2) {
  std::vector<float> values(ids.size() * 4, -1);
  int64_t threads = 0;
  int64_t size = static_cast<int64_t>(ids.size());
  treadle_tensor input = makeTensor(TREADLE_I64, ids.data(), {1, size});
  treadle_tensor output = makeTensor(TREADLE_F32, values.data(), {1, size, 4});
  treadle_tensor count = makeTensor(TREADLE_I64, &threads, {});
  EXPECT_EQ(describe(treadle_call_set_input(call, "ids", &input)), "");
  EXPECT_EQ(describe(treadle_call_set_output(call, "values", &output)), "");
  EXPECT_EQ(describe(treadle_call_set_output(call, "threads", &count)), "");
  EXPECT_EQ(describe(treadle_call_run(call)), "");
  for (size_t row = 0; row < ids.size(); ++row)
    for (int64_t column = 0; column < 4; ++column)
      EXPECT_EQ(values[row * 4 + column],
                factor * TestArtifact::tableAt(ids[row], column) + column + 1);
  return threads;
}

static const std::vector<int64_t> kIds = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};

static treadle_options makeOptions(int64_t threads) {
  treadle_options options = {};
  options.size = sizeof(options);
  options.threads = threads;
  return options;
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

TEST(Threads, TheTeamHasTheSizeThatWasAskedFor) {
  TestArtifact artifact;
  artifact.write();
  for (int64_t threads : {1, 2, 5}) {
    treadle_options options = makeOptions(threads);
    ModelPtr model = loadModel(artifact, &options);
    CallPtr call = createCall(model, "lookup");
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(runLookup(call.get(), kIds), threads);
  }
}

TEST(Threads, ManyThreadsUseOneModelAtOnce) {
  TestArtifact artifact;
  artifact.write();
  treadle_options options = makeOptions(2);
  ModelPtr model = loadModel(artifact, &options);
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      CallPtr call = createCall(model, "lookup");
      for (int64_t i = 0; i < 50; ++i)
        EXPECT_EQ(runLookup(call.get(), {t, i, t + i, 99 - i}), 2);
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(Threads, InsideAParallelRegionTheTeamIsOne) {
  // Were its meetings those of the region around it, this would never end: one
  // thread of the region runs a call more than the other.
  TestArtifact artifact;
  artifact.write();
  treadle_options options = makeOptions(2);
  ModelPtr model = loadModel(artifact, &options);
  bool ended = false;
  int64_t sizes[2] = {};
#pragma omp parallel num_threads(2)
  {
#pragma omp single nowait
    {
      CallPtr call = createCall(model, "lookup");
      sizes[0] = runLookup(call.get(), kIds);
      sizes[1] = runLookup(call.get(), kIds);
      ended = true;
    }
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ(sizes[0], 1);
  EXPECT_EQ(sizes[1], 1);
}

namespace {
/// A pool of an application: threads made for each run, and a meeting point
/// for each call.
class TestPool {
public:
  treadle_pool get() { return {this, run, meet}; }
  int runs = 0;
  int meetings = 0;

private:
  struct Point {
    int64_t threads, waiting, round;
  };

  static void run(void *context, const void *call, int64_t threads,
                  treadle_team_body body, void *arguments) {
    auto *pool = static_cast<TestPool *>(context);
    {
      std::lock_guard<std::mutex> lock(pool->mutex);
      ++pool->runs;
      pool->points[call] = {threads, 0, 0};
    }
    std::vector<std::thread> members;
    for (int64_t t = 0; t < threads; ++t)
      members.emplace_back(body, arguments, t, threads);
    for (std::thread &member : members)
      member.join();
    std::lock_guard<std::mutex> lock(pool->mutex);
    pool->points.erase(call);
  }

  static void meet(void *context, const void *call) {
    auto *pool = static_cast<TestPool *>(context);
    std::unique_lock<std::mutex> lock(pool->mutex);
    Point &point = pool->points.at(call);
    int64_t round = point.round;
    if (++point.waiting == point.threads) {
      ++pool->meetings;
      point.waiting = 0;
      ++point.round;
      pool->changed.notify_all();
    }
    pool->changed.wait(lock, [&] { return point.round != round; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::map<const void *, Point> points;
};
} // namespace

TEST(Counters, AreOfTheLastRun) {
  TestArtifact artifact;
  artifact.library = TREADLE_TEST_CODE_COUNTING;
  artifact.description.codeAbi = TREADLE_CODE_ABI_COUNTERS;
  artifact.description.entryPoints[0].counters = {{"lookup.{}", 2},
                                                  {"copy", 0}};
  artifact.write();
  TestPool pool;
  treadle_pool functions = pool.get();
  for (bool hasPool : {false, true})
    for (int64_t threads : {1, 3}) {
      treadle_options options = makeOptions(threads);
      options.pool = hasPool ? &functions : nullptr;
      ModelPtr model = loadModel(artifact, &options);
      CallPtr call = createCall(model, "lookup");
      ASSERT_EQ(treadle_call_num_counters(call.get()), 3);
      treadle_counter counters[3];
      for (int run = 0; run < 2; ++run) {
        runLookup(call.get(), kIds);
        for (int i = 0; i < 3; ++i)
          ASSERT_TRUE(treadle_call_get_counter(call.get(), i, &counters[i]));
        int64_t rows = kIds.size();
        EXPECT_STREQ(counters[0].name, "lookup.{}");
        EXPECT_EQ(counters[0].member, 0);
        EXPECT_EQ(counters[0].executions, 1);
        EXPECT_EQ(counters[0].operations, 8 * rows);
        EXPECT_EQ(counters[0].bytes, 32 * rows);
        EXPECT_GT(counters[0].seconds, 0);
        EXPECT_GT(counters[0].busy, 0);
        // One thread waits for nobody.
        if (threads == 1)
          EXPECT_EQ(counters[0].busy, counters[0].seconds);
        // The second layer does not come to pass, the copy does twice.
        EXPECT_EQ(counters[1].member, 1);
        EXPECT_EQ(counters[1].executions, 0);
        EXPECT_EQ(counters[2].member, -1);
        EXPECT_EQ(counters[2].executions, 2);
        EXPECT_EQ(counters[2].bytes, 2 * 32 * rows);
      }
      EXPECT_FALSE(treadle_call_get_counter(call.get(), 3, counters));
      EXPECT_FALSE(treadle_call_get_counter(call.get(), -1, counters));
    }
}

TEST(Counters, AreNoneWithoutARequest) {
  TestArtifact artifact;
  artifact.write();
  ModelPtr model = loadModel(artifact, nullptr);
  CallPtr call = createCall(model, "lookup");
  treadle_counter counter;
  EXPECT_EQ(treadle_call_num_counters(call.get()), 0);
  EXPECT_FALSE(treadle_call_get_counter(call.get(), 0, &counter));
}

TEST(Threads, AnApplicationsPoolReplacesOpenMP) {
  TestArtifact artifact;
  artifact.write();
  TestPool pool;
  ModelPtr model;
  {
    treadle_pool functions = pool.get();
    treadle_options options = makeOptions(3);
    options.pool = &functions;
    model = loadModel(artifact, &options);
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      CallPtr call = createCall(model, "lookup");
      for (int i = 0; i < 10; ++i)
        EXPECT_EQ(runLookup(call.get(), kIds), 3);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(pool.runs, 20);
  EXPECT_EQ(pool.meetings, 40);
}

//===----------------------------------------------------------------------===//
// Scratch memory
//===----------------------------------------------------------------------===//

/// Runs `hungry`, which reserves these sizes; the addresses, or the error.
static std::string runHungry(treadle_call *call, std::vector<int64_t> sizes,
                             std::vector<int64_t> &addresses) {
  addresses.assign(sizes.size(), 0);
  int64_t count = static_cast<int64_t>(sizes.size());
  treadle_tensor input = makeTensor(TREADLE_I64, sizes.data(), {count});
  treadle_tensor output = makeTensor(TREADLE_I64, addresses.data(), {count});
  EXPECT_EQ(describe(treadle_call_set_input(call, "sizes", &input)), "");
  EXPECT_EQ(describe(treadle_call_set_output(call, "addresses", &output)), "");
  return describe(treadle_call_run(call));
}

TEST(Memory, IsAlignedDistinctAndUsedAgain) {
  TestArtifact artifact;
  artifact.write();
  ModelPtr model = loadModel(artifact);
  CallPtr call = createCall(model, "hungry");
  std::vector<int64_t> addresses, again;
  const std::vector<int64_t> sizes = {1, 100, 5 << 20, 0, 64};
  ASSERT_EQ(runHungry(call.get(), sizes, addresses), "");
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(addresses[i] % 64, 0) << i;
    for (size_t j = 0; j < i; ++j)
      EXPECT_TRUE(addresses[i] >= addresses[j] + sizes[j] ||
                  addresses[j] >= addresses[i] + sizes[i])
          << i << " " << j;
  }
  // From the second run on it is one block, large enough, at one place.
  ASSERT_EQ(runHungry(call.get(), sizes, addresses), "");
  ASSERT_EQ(runHungry(call.get(), sizes, again), "");
  EXPECT_EQ(addresses, again);
  EXPECT_EQ(addresses[0] % (2 << 20), 0);
  EXPECT_EQ(addresses[2], addresses[0] + 64 + 128);
}

TEST(Memory, RefusalIsAnErrorAndTheModelGoesOn) {
  TestArtifact artifact;
  artifact.write();
  ModelPtr model = loadModel(artifact);
  CallPtr call = createCall(model, "hungry");
  std::vector<int64_t> addresses;
  for (int64_t size : {int64_t(-1), int64_t(1) << 59, INT64_MAX})
    EXPECT_THAT(runHungry(call.get(), {16, size}, addresses),
                AllOf(StartsWith("E0801 "), HasSubstr("scratch")));
  EXPECT_EQ(runHungry(call.get(), {16, 1 << 20}, addresses), "");
}

TEST(Memory, TheApplicationsLimitHolds) {
  TestArtifact artifact;
  artifact.write();
  treadle_options options = makeOptions(1);
  options.memory_limit = 4096;
  ModelPtr model = loadModel(artifact, &options);
  CallPtr call = createCall(model, "hungry");
  std::vector<int64_t> addresses;
  EXPECT_EQ(runHungry(call.get(), {2048, 2048}, addresses), "");
  EXPECT_THAT(runHungry(call.get(), {2048, 2049}, addresses),
              AllOf(StartsWith("E0801 "), HasSubstr("4160 bytes")));

  int64_t size = 8192;
  treadle_tensor input = makeTensor(TREADLE_I64, &size, {1});
  ASSERT_EQ(describe(treadle_call_set_input(call.get(), "sizes", &input)), "");
  ASSERT_EQ(describe(treadle_call_set_output(call.get(), "addresses", nullptr)),
            "");
  ErrorPtr error(treadle_call_run(call.get()));
  ASSERT_TRUE(error);
  EXPECT_THAT(treadle_error_render(error.get()),
              HasSubstr("note: the application's limit is 4096 bytes"));
  EXPECT_EQ(treadle_error_exit_code(error.get()), 4);
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

TEST(Files, AModelCompiledAgainIsTheNewOne) {
  // The C library would hand out the code that it has loaded from this path.
  TestArtifact artifact;
  artifact.write();
  ModelPtr before = loadModel(artifact);
  artifact.library = TREADLE_TEST_CODE_TRIPLE;
  artifact.write();
  ModelPtr after = loadModel(artifact);
  CallPtr oldCall = createCall(before, "lookup");
  CallPtr newCall = createCall(after, "lookup");
  runLookup(newCall.get(), kIds, 3);
  runLookup(oldCall.get(), kIds, 2);
}

TEST(Files, AModelOutlivesTheDeletionOfItsFolder) {
  ModelPtr model;
  {
    TestArtifact artifact;
    artifact.write();
    model = loadModel(artifact);
  }
  runLookup(createCall(model, "lookup").get(), kIds);
}
