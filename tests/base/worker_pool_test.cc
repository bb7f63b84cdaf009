#include "base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

namespace tocsin {
namespace {

// Keeps a worker busy until it is opened.
class Gate {
 public:
  std::function<void()> Wait() {
    return [this] {
      entered_.set_value();
      opened_.get_future().wait();
    };
  }
  void AwaitEntered() { entered_.get_future().wait(); }
  void Open() { opened_.set_value(); }

 private:
  std::promise<void> entered_, opened_;
};

TEST(WorkerPoolTest, RunsEverythingThatItTook) {
  std::atomic<int> sum = 0;
  WorkerPool pool(3, 1000);
  int expected = 0;
  for (int i = 1; i <= 1000; ++i) {
    // The queue may be full for a moment: what is refused must not run.
    if (pool.TryRun([&sum, i] { sum += i; })) expected += i;
  }
  pool.Stop();
  EXPECT_EQ(sum.load(), expected);
  const WorkerPool::Stats stats = pool.stats();
  EXPECT_EQ(stats.finished + stats.refused, 1000u);
  EXPECT_EQ(stats.waiting, 0u);
  EXPECT_EQ(stats.running, 0u);
}

TEST(WorkerPoolTest, RunsOnThreadsOfItsOwn) {
  std::promise<std::thread::id> id;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.TryRun([&id] { id.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(id.get_future().get(), std::this_thread::get_id());
}

TEST(WorkerPoolTest, RefusesWhatDoesNotFit) {
  Gate gate;
  std::atomic<int> runs = 0;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.TryRun(gate.Wait()));
  gate.AwaitEntered();
  EXPECT_TRUE(pool.TryRun([&runs] { ++runs; }));
  EXPECT_TRUE(pool.TryRun([&runs] { ++runs; }));
  EXPECT_FALSE(pool.TryRun([&runs] { runs += 100; }));
  const WorkerPool::Stats stats = pool.stats();
  EXPECT_EQ(stats.waiting, 2u);
  EXPECT_EQ(stats.running, 1u);
  EXPECT_EQ(stats.finished, 0u);
  EXPECT_EQ(stats.refused, 1u);
  gate.Open();
  pool.Stop();
  EXPECT_EQ(runs.load(), 2);
}

TEST(WorkerPoolTest, ThreadsWorkBesideEachOther) {
  Gate first, second;
  WorkerPool pool(2, 2);
  ASSERT_TRUE(pool.TryRun(first.Wait()));
  ASSERT_TRUE(pool.TryRun(second.Wait()));
  // Would hang if one thread ran both.
  first.AwaitEntered();
  second.AwaitEntered();
  EXPECT_EQ(pool.stats().running, 2u);
  first.Open();
  second.Open();
}

TEST(WorkerPoolTest, StopRunsWhatWaitsAndThenRefuses) {
  Gate gate;
  std::atomic<int> runs = 0;
  WorkerPool pool(1, 10);
  ASSERT_TRUE(pool.TryRun(gate.Wait()));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pool.TryRun([&runs] { ++runs; }));
  gate.Open();
  pool.Stop();
  EXPECT_EQ(runs.load(), 5);
  EXPECT_FALSE(pool.TryRun([&runs] { ++runs; }));
  pool.Stop();
  EXPECT_EQ(runs.load(), 5);
}

TEST(WorkerPoolTest, AFunctionMayGiveTheNextOne) {
  std::promise<void> done;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.TryRun([&] {
    // Its own place in the queue is free already.
    EXPECT_TRUE(pool.TryRun([&done] { done.set_value(); }));
  }));
  done.get_future().wait();
}

TEST(WorkerPoolTest, LetsGoOfAFunctionOnceItHasRun) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.TryRun([held = std::move(held)] {}));
  std::promise<bool> gone;
  ASSERT_TRUE(pool.TryRun([&] { gone.set_value(watch.expired()); }));
  EXPECT_TRUE(gone.get_future().get());
}

}  // namespace
}  // namespace tocsin
