#include "net/lazy_timer.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace tocsin::net {
namespace {

using std::chrono::milliseconds;
using Clock = LazyTimer::Clock;

// The loop ends when no timer is armed any more: what it is run for is what had been asked for.
struct LazyTimerTest : testing::Test {
  boost::asio::io_context loop;
  std::vector<Clock::time_point> calls;
  Clock::time_point start = Clock::now();
  std::unique_ptr<LazyTimer> timer =
      std::make_unique<LazyTimer>(&loop, [this] { calls.push_back(Clock::now()); });
};

TEST_F(LazyTimerTest, CallsOnceWhenTheDeadlineIsReached) {
  timer->Set(start + milliseconds(5));
  loop.run();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_GE(calls[0], start + milliseconds(5));
}

TEST_F(LazyTimerTest, ADeadlineInThePastIsReachedAtOnceButNotInsideSet) {
  timer->Set(start - milliseconds(5));
  EXPECT_TRUE(calls.empty());
  loop.run();
  EXPECT_EQ(calls.size(), 1u);
}

TEST_F(LazyTimerTest, LaterReplacesEarlier) {
  timer->Set(start + milliseconds(2));
  timer->Set(start + milliseconds(20));
  loop.run();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_GE(calls[0], start + milliseconds(20));
}

TEST_F(LazyTimerTest, EarlierReplacesLater) {
  timer->Set(start + std::chrono::hours(1));
  timer->Set(start + milliseconds(2));
  loop.run();
  EXPECT_EQ(calls.size(), 1u);
}

TEST_F(LazyTimerTest, ClearedItDoesNotCall) {
  timer->Set(start + milliseconds(2));
  timer->Clear();
  loop.run();
  EXPECT_TRUE(calls.empty());
  EXPECT_GE(Clock::now(), start + milliseconds(2));  // It did wake, and found nothing to do.
}

TEST_F(LazyTimerTest, GoesOnAfterwards) {
  timer->Set(start + milliseconds(2));
  loop.run();
  loop.restart();
  timer->Set(start + milliseconds(4));
  loop.run();
  EXPECT_EQ(calls.size(), 2u);
}

TEST_F(LazyTimerTest, DestroyedItDoesNotCall) {
  timer->Set(start - milliseconds(1));
  timer.reset();
  loop.run();
  EXPECT_TRUE(calls.empty());
}

TEST_F(LazyTimerTest, MayDestroyItself) {
  LazyTimer* destroyed = new LazyTimer(&loop, [&destroyed] {
    delete destroyed;
    destroyed = nullptr;
  });
  destroyed->Set(start);
  loop.run();
  EXPECT_EQ(destroyed, nullptr);
}

}  // namespace
}  // namespace tocsin::net
