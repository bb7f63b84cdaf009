#include "model/time_interval.h"

#include "model/interval_change.h"

#include <gtest/gtest.h>

#include <string_view>

namespace tocsin::model {
namespace {

bool Contains(const TimeInterval& interval, std::string_view instant) {
  return interval.Contains(*ParseRfc3339(instant));
}

TEST(TimeInterval, IsInclusiveExceptForTheEndOfTimes) {
  TimeInterval office;
  office.weekdays = {{1, 5}};
  office.times = {{9 * 60, 17 * 60}};
  EXPECT_TRUE(Contains(office, "2026-03-04T09:00:00Z"));
  EXPECT_TRUE(Contains(office, "2026-03-04T16:59:59.999Z"));
  EXPECT_FALSE(Contains(office, "2026-03-04T17:00:00Z"));
  EXPECT_FALSE(Contains(office, "2026-03-04T08:59:59Z"));
  EXPECT_TRUE(Contains(office, "2026-03-06T12:00:00Z"));
  EXPECT_FALSE(Contains(office, "2026-03-07T12:00:00Z"));
  EXPECT_FALSE(Contains(office, "1969-12-31T08:59:59.5Z"));
  EXPECT_TRUE(Contains(office, "1969-12-31T09:00:00.5Z"));
}

TEST(TimeInterval, AbsentTakesEverythingAndEmptyNothing) {
  TimeInterval interval;
  EXPECT_TRUE(Contains(interval, "2026-03-04T09:00:00Z"));
  EXPECT_TRUE(interval.Contains(kZeroTime));
  EXPECT_TRUE(interval.Contains(Time::max()));
  interval.months.emplace();
  EXPECT_FALSE(Contains(interval, "2026-03-04T09:00:00Z"));
}

TEST(TimeInterval, SaysWhenItEnds) {
  TimeInterval night;
  night.times = {{0, 6 * 60 + 37}};
  TimeInterval june;
  june.months = {{6, 6}};
  TimeInterval berlin;
  berlin.times = {{60, 120}};
  berlin.zone = *TimeZone::Find("Europe/Berlin");
  const auto end_of = [](const TimeInterval& interval, std::string_view after) -> std::string {
    const NamedTimeInterval named{"x", {interval}};
    const auto end =
        FirstTime({&named}, *ParseRfc3339(after), [&](Time at) { return !named.Contains(at); });
    return end ? FormatRfc3339Nano(*end) : "never";
  };
  EXPECT_EQ(end_of(night, "2026-03-04T01:02:03.5Z"), "2026-03-04T06:37:00Z");
  EXPECT_EQ(end_of(june, "2026-06-01T00:00:00Z"), "2026-07-01T00:00:00Z");
  EXPECT_EQ(end_of(berlin, "2026-03-04T00:30:00Z"), "2026-03-04T01:00:00Z");
  // At one o'clock UTC the clocks of Berlin go from two to three.
  EXPECT_EQ(end_of(berlin, "2026-03-29T00:30:00Z"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(end_of({}, "2026-03-04T00:30:00Z"), "never");
}

TEST(TimeInterval, CountsDaysFromEitherEnd) {
  struct Case {
    IntRange days;
    std::string_view instant;
    bool contains;
  };
  const Case cases[] = {
      {{-3, -1}, "2026-01-29T00:00:00Z", true},    {{-3, -1}, "2026-01-28T00:00:00Z", false},
      {{-1, -1}, "2020-02-29T00:00:00Z", true},    {{-1, -1}, "2021-02-28T00:00:00Z", true},
      {{-1, -1}, "2020-03-01T00:00:00Z", false},   {{30, 31}, "2021-02-28T00:00:00Z", false},
      {{1, 31}, "2021-02-28T00:00:00Z", true},     {{-31, -28}, "2021-02-01T00:00:00Z", true},
      {{-31, -28}, "2021-02-02T00:00:00Z", false}, {{1, -2}, "2021-02-27T00:00:00Z", true},
      {{1, -2}, "2021-02-28T00:00:00Z", false},
  };
  for (const Case& c : cases) {
    TimeInterval interval;
    interval.days_of_month = {c.days};
    EXPECT_EQ(Contains(interval, c.instant), c.contains)
        << c.days.begin << ":" << c.days.end << " " << c.instant;
  }
}

TEST(TimeInterval, GoesByTheClocksOfItsZone) {
  TimeInterval office;
  office.times = {{9 * 60, 17 * 60}};
  office.zone = *TimeZone::Find("Australia/Sydney");
  EXPECT_TRUE(Contains(office, "2021-10-31T22:00:00Z"));
  EXPECT_FALSE(Contains(office, "2021-10-31T21:59:59Z"));
  // Before the clocks were put forward.
  EXPECT_TRUE(Contains(office, "2021-09-30T23:00:00Z"));
  EXPECT_FALSE(Contains(office, "2021-09-30T22:59:59Z"));

  TimeInterval last_day;
  last_day.days_of_month = {{-1, -1}};
  last_day.zone = *TimeZone::Find("Europe/Berlin");
  // The clocks change on this last day of the month.
  EXPECT_TRUE(Contains(last_day, "2024-03-30T23:00:00Z"));
  EXPECT_TRUE(Contains(last_day, "2024-03-31T21:59:59Z"));
  EXPECT_FALSE(Contains(last_day, "2024-03-31T22:00:00Z"));
}

TEST(NamedTimeInterval, ContainsWhatAnyOfItsIntervalsDoes) {
  NamedTimeInterval named;
  EXPECT_FALSE(named.Contains(*ParseRfc3339("2026-03-04T09:00:00Z")));
  named.intervals.resize(2);
  named.intervals[0].years = {{2020, 2021}};
  named.intervals[1].years = {{2026, 2026}};
  EXPECT_TRUE(named.Contains(*ParseRfc3339("2026-03-04T09:00:00Z")));
  EXPECT_TRUE(named.Contains(*ParseRfc3339("2020-03-04T09:00:00Z")));
  EXPECT_FALSE(named.Contains(*ParseRfc3339("2025-03-04T09:00:00Z")));
}

}  // namespace
}  // namespace tocsin::model
