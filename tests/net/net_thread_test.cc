#include "net/net_thread.h"

#include "base/clock.h"

#include <gtest/gtest.h>

#include <future>

namespace tocsin::net {
namespace {

TEST(NetThread, RunsInOrderAndAfterDelays) {
  NetThread thread;
  std::promise<std::string> done;
  std::string order;
  thread.PostAfter(std::chrono::milliseconds(20), [&] { done.set_value(order + "late"); });
  thread.Post([&] { order += "first "; });
  thread.Post([&] { order += "second "; });
  EXPECT_EQ(done.get_future().get(), "first second late");
}

TEST(NetThread, DoesNotWaitForItsTimersWhenItEnds) {
  const Duration started = MonotonicNow();
  bool ran = false;
  {
    NetThread thread;
    thread.PostAfter(std::chrono::hours(1), [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
  EXPECT_LT(MonotonicNow() - started, std::chrono::minutes(1));
}

}  // namespace
}  // namespace tocsin::net
