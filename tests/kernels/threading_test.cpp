// How work is cut over threads, and how many there are.

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "kernels/threading/parallel.h"
#include "kernels/threading/physical_cores.h"
#include "kernels/threading/scratch.h"

namespace etllm::kernels {
namespace {

/// Runs regions of many sizes and expects each item of each to be run once.
void expect_every_item_once() {
  for (const std::size_t count : {0, 1, 2, 7, 1000}) {
    for (const std::size_t grain : {0, 1, 3, 2000}) {
      std::vector<std::atomic<int>> runs(count);
      parallel_for(count, grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) ++runs[i];
      });
      for (const auto& run : runs) ASSERT_EQ(run, 1);
    }
  }
}

TEST(ParallelFor, RunsEveryItemOnce) {
  for (const std::size_t threads : {1, 2, 5}) {
    set_thread_count(threads);
    EXPECT_EQ(thread_count(), threads);
    expect_every_item_once();
  }
  set_thread_count(0);
}

TEST(AwakeThreads, RunEveryItemOnce) {
  for (const std::size_t threads : {1, 2, 5}) {
    set_thread_count(threads);
    for (int step = 0; step < 20; ++step) {
      const AwakeThreads awake;
      EXPECT_EQ(thread_count(), threads);
      expect_every_item_once();
    }
  }
  set_thread_count(0);
}

TEST(AwakeThreads, ComeBackAfterTheyHaveFallenAsleep) {
  set_thread_count(2);
  for (int step = 0; step < 5; ++step) {
    const AwakeThreads awake;
    const auto caller = std::this_thread::get_id();
    std::atomic<bool> came{false};
    while (!came) {
      parallel_for(8, 1, [&](std::size_t, std::size_t) {
        if (std::this_thread::get_id() != caller) came = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  set_thread_count(0);
}

TEST(AwakeThreads, OfSeveralCallersAtOnceAreOfOneAndThePoolOfTheOthers) {
  set_thread_count(2);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([] {
      for (int step = 0; step < 20; ++step) {
        const AwakeThreads awake;
        expect_every_item_once();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  set_thread_count(0);
}

TEST(AwakeThreads, MakeWhatTasksWroteSeenByTheNextRegion) {
  set_thread_count(3);
  std::optional<AwakeThreads> awake(std::in_place);
  std::vector<int> numbers(1000);
  for (int round = 1; round <= 50; ++round) {
    parallel_for(numbers.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++numbers[i];
    });
    // Other threads take these than before.
    parallel_for(numbers.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        ASSERT_EQ(numbers[numbers.size() - 1 - i], round);
      }
    });
  }
  awake.reset();
  set_thread_count(0);
}

TEST(ParallelFor, SmallWorkStaysOnTheCallingThread) {
  set_thread_count(2);
  const auto caller = std::this_thread::get_id();
  parallel_for(7, 4, [&](std::size_t begin, std::size_t end) {
    EXPECT_EQ(begin, 0U);
    EXPECT_EQ(end, 7U);
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
  set_thread_count(0);
}

TEST(ThreadCount, IsThatOfTheCoresThatTheProcessMayUse) {
  EXPECT_GE(usable_physical_cores(), 1U);
  EXPECT_LE(usable_physical_cores(), std::thread::hardware_concurrency());
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(usable_physical_cores(), 1U);
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
}

TEST(Scratch, OfTasksAndOperatorsIsApartAndKept) {
  std::byte* shared = operator_scratch(100);
  std::byte* task = task_scratch(100);
  EXPECT_NE(shared, task);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(shared) % 64, 0U);
  EXPECT_EQ(operator_scratch(50), shared);
  EXPECT_EQ(task_scratch(100), task);
}

}  // namespace
}  // namespace etllm::kernels
