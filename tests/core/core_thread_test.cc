#include "core/core_thread.h"

#include <gtest/gtest.h>

namespace tocsin::core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(CoreThread, NoticesWhatTheClockDid) {
  using Clock = Turn::Clock;
  const Time last = Time(hours(24 * 365 * 50));
  const struct {
    Duration from_last, turn;
    Clock clock;
  } cases[] = {
      {seconds(0), seconds(0), Clock::kGoesOn},
      {seconds(1), seconds(1), Clock::kGoesOn},
      {seconds(10), seconds(10), Clock::kGoesOn},
      {milliseconds(10'001), milliseconds(10'001), Clock::kLeapt},
      {hours(24 * 365), hours(24 * 365), Clock::kLeapt},
      {milliseconds(-1), seconds(0), Clock::kGoesOn},
      {seconds(-2), seconds(0), Clock::kGoesOn},
      {milliseconds(-2'001), milliseconds(-2'001), Clock::kSetBack},
      {hours(-1), hours(-1), Clock::kSetBack},
  };
  for (const auto& c : cases) {
    const Turn turn = NextTurn(last, last + c.from_last);
    EXPECT_EQ(turn.now - last, c.turn) << Seconds(c.from_last);
    EXPECT_EQ(turn.clock, c.clock) << Seconds(c.from_last);
  }
}

}  // namespace
}  // namespace tocsin::core
