#include "base/time.h"

#include "base/clock.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tocsin {

namespace {

constexpr long long kNow = 1'795'223'723'902'000'000;  // 2026-11-21T01:15:23.902Z

Time At(long long nanos) {
  return Time(Duration(nanos));
}

struct FormatCase {
  Time time;
  std::string_view nano;
  std::string_view milli;
};

TEST(Time, Formats) {
  const FormatCase cases[] = {
      {At(0), "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
      {At(kNow), "2026-11-21T01:15:23.902Z", "2026-11-21T01:15:23.902Z"},
      {At(kNow + 1), "2026-11-21T01:15:23.902000001Z", "2026-11-21T01:15:23.902Z"},
      {At(kNow + 99'999'999), "2026-11-21T01:15:24.001999999Z", "2026-11-21T01:15:24.001Z"},
      {At(-1), "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999Z"},
      {At(951'782'400'000'000'000), "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
      {kZeroTime, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
      {kZeroTime + Duration(1), "1677-09-21T00:12:43.145224193Z", "1677-09-21T00:12:43.145Z"},
      {Time::max(), "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854Z"},
  };
  for (const FormatCase& c : cases) {
    EXPECT_EQ(FormatRfc3339Nano(c.time), c.nano);
    EXPECT_EQ(FormatRfc3339Milli(c.time), c.milli);
  }
}

TEST(Time, AppendKeepsWhatIsThere) {
  std::string out = "at ";
  AppendRfc3339Nano(At(0), &out);
  out += ", ";
  AppendRfc3339Milli(At(0), &out);
  EXPECT_EQ(out, "at 1970-01-01T00:00:00Z, 1970-01-01T00:00:00.000Z");
}

struct ParseCase {
  std::string_view text;
  std::optional<Time> rfc3339;
  std::optional<Time> api;
};

TEST(Time, Parses) {
  const std::optional<Time> no;
  const Time second = At(1'795'223'723'000'000'000);
  const Time minute = At(1'795'223'700'000'000'000);
  const Time day = At(1'795'219'200'000'000'000);
  const ParseCase cases[] = {
      {"2026-11-21T01:15:23.902Z", At(kNow), At(kNow)},
      {"2026-11-21T01:15:23Z", second, second},
      {"2026-11-21T03:15:23+02:00", second, second},
      {"2026-11-20T19:45:23-05:30", second, second},
      {"2026-11-21T01:15:23.9020000019999Z", At(kNow + 1), At(kNow + 1)},
      {"2026-11-21T01:15:23", no, second},
      {"2026-11-21T01:15Z", no, minute},
      {"2026-11-21T01:15", no, minute},
      {"2026-11-21 01:15:23", no, second},
      {"2026-11-21", no, day},
      {"", no, At(0)},
      {"0001-01-01T00:00:00Z", kZeroTime, kZeroTime},
      {"9999-12-31T23:59:59Z", Time::max(), Time::max()},
      {"1500-01-01T00:00:00Z", kZeroTime + Duration(1), kZeroTime + Duration(1)},
      {"2024-02-29T00:00:00Z", At(1'709'164'800'000'000'000), At(1'709'164'800'000'000'000)},
      {"2023-02-29T00:00:00Z", no, no},
      {"2026-13-01T00:00:00Z", no, no},
      {"2026-00-01T00:00:00Z", no, no},
      {"2026-11-21T24:00:00Z", no, no},
      {"2026-11-21T01:60:00Z", no, no},
      {"2026-11-21T01:15:60Z", no, no},
      {"2026-11-21T01:15:23.Z", no, no},
      {"2026-11-21T01:15:23Zx", no, no},
      {"2026-11-21T01:15:23+0200", no, no},
      {"2026-11-21T03:15:23.902+0200", no, At(kNow)},
      {"2026-11-21T03:15:23.902000+0200", no, At(kNow)},
      {"2026-11-21T03:15:23.90+0200", no, no},
      {"2026-11-21T01:15:23+25:00", no, no},
      {"2026-11-21T", no, no},
      {"2026-11-21T01", no, no},
      {"2026-11-21T01:15:2", no, no},
      {"2026-11-21x01:15:23Z", no, no},
      {"26-11-21T01:15:23Z", no, no},
      {"now", no, no},
  };
  for (const ParseCase& c : cases) {
    EXPECT_EQ(ParseRfc3339(c.text), c.rfc3339) << c.text;
    EXPECT_EQ(ParseApiTimestamp(c.text), c.api) << c.text;
  }
}

TEST(Time, FormatThenParseIsTheSameInstant) {
  for (const long long nanos : {0LL, 1LL, -1LL, kNow, kNow + 123'456'789, -kNow}) {
    EXPECT_EQ(ParseRfc3339(FormatRfc3339Nano(At(nanos))), At(nanos));
  }
  EXPECT_EQ(ParseRfc3339(FormatRfc3339Nano(kZeroTime)), kZeroTime);
}

TEST(Time, ABeatIsOfWholePeriodsSinceTheEpoch) {
  EXPECT_EQ(NextBeat(At(7), Duration(5)), At(10));
  EXPECT_EQ(NextBeat(At(10), Duration(5)), At(15));
  EXPECT_EQ(NextBeat(At(-7), Duration(5)), At(-5));
  EXPECT_EQ(NextBeat(At(-5), Duration(5)), At(0));
}

TEST(Time, SecondsAsFloat) {
  EXPECT_DOUBLE_EQ(UnixSeconds(At(1'500'000'000)), 1.5);
  EXPECT_DOUBLE_EQ(UnixSeconds(At(-1'500'000'000)), -1.5);
  EXPECT_DOUBLE_EQ(UnixSeconds(kZeroTime), -62135596800.0);
  EXPECT_EQ(FromUnixSeconds(1.5), At(1'500'000'000));
  EXPECT_EQ(FromUnixSeconds(-1.5), At(-1'500'000'000));
  EXPECT_EQ(FromUnixSeconds(1795223723.5), At(1'795'223'723'500'000'000));
  EXPECT_EQ(FromUnixSeconds(std::nan("")), kZeroTime);
  EXPECT_EQ(FromUnixSeconds(1e30), Time::max());
  EXPECT_EQ(FromUnixSeconds(-1e30), kZeroTime + Duration(1));
  EXPECT_EQ(FromUnixSeconds(std::numeric_limits<double>::infinity()), Time::max());
}

TEST(Time, MillisecondsRoundDown) {
  EXPECT_EQ(UnixMillis(At(1'999'999)), 1);
  EXPECT_EQ(UnixMillis(At(-1)), -1);
  EXPECT_EQ(UnixMillis(kZeroTime), -62135596800000);
}

TEST(Time, SaturatingAdd) {
  EXPECT_EQ(SaturatingAdd(At(5), Duration(-7)), At(-2));
  EXPECT_EQ(SaturatingAdd(Time::max(), Duration(1)), Time::max());
  EXPECT_EQ(SaturatingAdd(At(-5), Duration::min()), kZeroTime + Duration(1));
  EXPECT_EQ(SaturatingAdd(At(0), Duration::min()), kZeroTime + Duration(1));
  EXPECT_EQ(SaturatingAdd(kZeroTime, Duration(5)), kZeroTime);
}

TEST(Clock, SystemClockIsInThisCentury) {
  const Time now = SystemClock().Now();
  EXPECT_GT(now, *ParseRfc3339("2024-01-01T00:00:00Z"));
  EXPECT_LT(now, *ParseRfc3339("2200-01-01T00:00:00Z"));
}

TEST(Clock, MonotonicNowDoesNotGoBack) {
  const Duration before = MonotonicNow();
  EXPECT_GE(MonotonicNow(), before);
}

}  // namespace

}  // namespace tocsin
