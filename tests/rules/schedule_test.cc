#include "rules/schedule.h"

#include <gtest/gtest.h>

namespace tocsin::rules {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Observed on Prometheus.
TEST(GroupOffset, IsPrometheus) {
  const struct {
    const char* file;
    const char* name;
    Duration interval;
    long long nanoseconds;
  } cases[] = {
      {"/etc/prometheus/rules/node.yml", "node", minutes(1), 7707652404},
      {"/etc/prometheus/rules/node.yml", "node", seconds(30), 7707652404},
      {"/etc/prometheus/rules/node.yml", "node.rules", minutes(1), 33795353414},
      {"rules.yml", "example", seconds(15), 5337076781},
      {"", "", minutes(1), 49739330214},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(GroupOffset(test.file, test.name, test.interval).count(), test.nanoseconds)
        << test.file << " " << test.name;
  }
}

TEST(Slot, IsTheLatestOfThePhase) {
  const Time now(seconds(1700000000));
  const Duration offset = GroupOffset("/etc/prometheus/rules/node.yml", "node", minutes(1));
  EXPECT_EQ(FormatRfc3339Nano(Slot(now, offset, minutes(1))), "2023-11-14T22:13:07.707652404Z");
  const Time slot = Slot(now, offset, minutes(1));
  EXPECT_EQ(Slot(slot, offset, minutes(1)), slot);
  EXPECT_EQ(Slot(slot - Duration(1), offset, minutes(1)), slot - minutes(1));
}

TEST(EvaluationAfter, CountsWhatASlowEvaluationMissed) {
  const Time previous(seconds(1000));
  const Duration interval = seconds(15);
  const struct {
    int now, expected_ts, missed;
  } cases[] = {{1015, 1015, 0}, {1020, 1015, 0}, {1029, 1015, 0}, {1030, 1030, 1}, {1050, 1045, 2}};
  for (const auto& test : cases) {
    const NextEvaluation next = EvaluationAfter(previous, Time(seconds(test.now)), interval);
    EXPECT_EQ(next.ts, Time(seconds(test.expected_ts))) << test.now;
    EXPECT_EQ(next.missed, test.missed) << test.now;
  }
}

}  // namespace
}  // namespace tocsin::rules
