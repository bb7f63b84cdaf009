#include "base/timer_queue.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin {

namespace {

Time At(long long nanos) {
  return Time(Duration(nanos));
}

TEST(TimerQueue, PopsWhatIsDueInOrder) {
  TimerQueue<std::string> queue;
  EXPECT_EQ(queue.NextDeadline(), std::nullopt);
  EXPECT_EQ(queue.PopDue(At(100)), std::nullopt);
  queue.Set(At(30), "c");
  queue.Set(At(10), "a");
  queue.Set(At(20), "b");
  EXPECT_EQ(queue.NextDeadline(), At(10));
  EXPECT_EQ(queue.PopDue(At(9)), std::nullopt);
  EXPECT_EQ(queue.PopDue(At(20))->second, "a");
  EXPECT_EQ(queue.PopDue(At(20)), std::make_pair(At(20), std::string("b")));
  EXPECT_EQ(queue.PopDue(At(20)), std::nullopt);
  EXPECT_EQ(queue.size(), 1u);
}

TEST(TimerQueue, EqualDeadlinesKeepTheirOrder) {
  TimerQueue<int> queue;
  for (int i = 0; i < 100; ++i) queue.Set(At(i % 3), i);
  int last = -1;
  Time deadline = At(0);
  while (const auto due = queue.PopDue(At(10))) {
    if (due->first != deadline) last = -1;
    EXPECT_GE(due->first, deadline);
    EXPECT_GT(due->second, last);
    deadline = due->first;
    last = due->second;
  }
  EXPECT_EQ(queue.size(), 0u);
}

TEST(Random, IsSplitMix64) {
  // The published sequence for the seed 1234567.
  Random random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317ULL);
  EXPECT_EQ(random.Next(), 3203168211198807973ULL);
  EXPECT_EQ(random.Next(), 9817491932198370423ULL);
}

TEST(Random, StaysInRange) {
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(random.Below(10), 10u);
    const double unit = random.Unit();
    EXPECT_GE(unit, 0.0);
    EXPECT_LT(unit, 1.0);
  }
  EXPECT_FALSE(random.Chance(0.0));
  EXPECT_TRUE(random.Chance(1.0));
}

}  // namespace

}  // namespace tocsin
