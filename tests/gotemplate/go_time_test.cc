#include "gotemplate/go_time.h"

#include "gotemplate/arena.h"
#include "gotemplate/template.h"
#include "tests/gotemplate/render.h"

#include <gtest/gtest.h>

namespace tocsin::gotemplate {
namespace {

constexpr std::string_view kIso = "2006-01-02T15:04:05.999999999Z07:00";

// 2024-02-29 12:34:56.789 UTC
constexpr GoTime kLeapDay{.unix_seconds = 1709210096, .nanoseconds = 789'000'000};

TEST(GoTime, Format) {
  const RenderCase kCases[] = {
      {"2006-01-02 15:04:05.999999999 -0700 MST", "2024-02-29 12:34:56.789 +0000 UTC"},
      {kIso, "2024-02-29T12:34:56.789Z"},
      {"Mon Monday Jan January 1 2 _2 06 3PM 03pm",
       "Thu Thursday Feb February 2 29 29 24 12PM 12pm"},
      {"002 __2 4 5 .000 .00 ,999 -07:00 -07 Z0700", "060  60 34 56 .789 .78 ,789 +00:00 +00 Z"},
      {"Janet Monty 20061 _2006", "Janet Monty 20242 _2024"},
      {"", ""},
  };
  for (const RenderCase& c : kCases) EXPECT_EQ(FormatGoTime(kLeapDay, c.text), c.want) << c.text;
}

TEST(GoTime, Offsets) {
  GoTime east = kLeapDay;
  east.offset = 5 * 3600 + 45 * 60;
  EXPECT_EQ(FormatGoTime(east, kIso), "2024-02-29T18:19:56.789+05:45");
  EXPECT_EQ(FormatGoTime(east, "-0700 MST -07:00:00 Z07"), "+0545 +0545 +05:45:00 +05");
  GoTime west = kLeapDay;
  west.offset = -13 * 3600;
  EXPECT_EQ(FormatGoTime(west, "2006-01-02 15 -07"), "2024-02-28 23 -13");
}

TEST(GoTime, ZeroAndFarTimes) {
  EXPECT_EQ(FormatGoTime({}, kIso), "0001-01-01T00:00:00Z");
  EXPECT_EQ(GoTime::From(kZeroTime), GoTime());
  EXPECT_TRUE(GoTime().IsZero());
  EXPECT_EQ(FormatGoTime({.unix_seconds = 253'402'300'800}, "2006-01-02"), "10000-01-01");
  EXPECT_EQ(FormatGoTime({.unix_seconds = -100'000'000'000}, "2006-01-02"), "-1199-02-15");
  GoTime before = GoTime::From(Time(Duration(-1)));
  EXPECT_EQ(FormatGoTime(before, kIso), "1969-12-31T23:59:59.999999999Z");
}

TEST(GoTime, CivilDaysRoundTrip) {
  for (std::int64_t days = -800'000; days < 800'000; days += 37) {
    CivilTime c = ToCivil({.unix_seconds = days * 86'400});
    ASSERT_EQ(DaysFromCivil(c.year, c.month, c.day), days);
    ASSERT_EQ(DaysFromCivil(c.year, 1, c.year_day), days);
  }
  EXPECT_EQ(DaysFromCivil(1970, 14, 1), DaysFromCivil(1971, 2, 1));
  EXPECT_EQ(DaysFromCivil(1970, 0, 31), DaysFromCivil(1969, 12, 31));
}

TEST(GoTime, Parse) {
  struct ParseCase {
    std::string_view layout;
    std::string_view text;
    std::string_view want;  // RFC 3339, or the error.
  };
  const ParseCase kCases[] = {
      {"2006-01-02", "2024-02-29", "2024-02-29T00:00:00Z"},
      {"2006-01-02 15:04:05", "2024-02-29 12:34:56.25", "2024-02-29T12:34:56.25Z"},
      {"Jan _2 2006 3:04PM", "feb  9 2024 12:05AM", "2024-02-09T00:05:00Z"},
      {"Monday, 02-Jan-06 15:04:05 MST", "Friday, 01-Mar-69 01:02:03 GMT", "1969-03-01T01:02:03Z"},
      {"2006-01-02T15:04:05Z07:00", "2024-01-01T00:00:00+02:30", "2024-01-01T00:00:00+02:30"},
      {"2006-01-02T15:04:05Z07:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"},
      {"2006 002", "2024 060", "2024-02-29T00:00:00Z"},
      {"2006-01-02", "2023-02-29", "parsing time \"2023-02-29\": day out of range"},
      {"2006-01-02", "2023-13-01", "parsing time \"2023-13-01\": month out of range"},
      {"15:04", "24:00", "parsing time \"24:00\": hour out of range"},
      {"2006-01-02", "x", "parsing time \"x\" as \"2006-01-02\": cannot parse \"x\" as \"2006\""},
      {"2006-01-02", "2024/01",
       "parsing time \"2024/01\" as \"2006-01-02\": cannot parse \"/01\" as \"-\""},
      {"2006", "2024 ", "parsing time \"2024 \": extra text: \" \""},
      {"2006 002", "2023 366", "parsing time \"2023 366\": day out of range"},
  };
  for (const ParseCase& c : kCases) {
    auto time = ParseGoTime(c.layout, c.text);
    EXPECT_EQ(time ? FormatGoTime(*time, kIso) : time.error().message, c.want) << c.text;
  }
}

TEST(GoTime, MethodsInTemplates) {
  Arena arena;
  ValueMap data({{Value::String("T"), TimeValue(kLeapDay, arena)},
                 {Value::String("Z"), TimeValue({}, arena)},
                 {Value::String("D"), DurationValue(Duration(90'500'000'000))}});
  Value dot = Value::Map(&data, kAnyMapType);
  const RenderCase kCases[] = {
      {"{{.T}}|{{.Z}}|{{.D}}",
       "2024-02-29 12:34:56.789 +0000 UTC|0001-01-01 00:00:00 +0000 UTC|"
       "1m30.5s"},
      {"{{.T.Year}} {{.T.Month}} {{.T.Day}} {{.T.Weekday}} {{.T.YearDay}} {{.T.Hour}} "
       "{{.T.Minute}} {{.T.Second}} {{.T.Nanosecond}}",
       "2024 February 29 Thursday 60 12 34 56 789000000"},
      {"{{.T.Unix}} {{.T.UnixMilli}} {{.T.UnixNano}}",
       "1709210096 1709210096789 1709210096789000000"},
      {"{{(.T.Add .D).Format \"15:04:05.0\"}} {{.T.AddDate 1 0 1}}",
       "12:36:27.2 2025-03-02 12:34:56.789 +0000 UTC"},
      {"{{.T.Truncate 3600000000000}} {{(.T.Round 1000000000).Second}}",
       "2024-02-29 12:00:00 +0000 UTC 57"},
      {"{{.Z.IsZero}} {{.Z.Before .T}} {{.T.After .T}} {{.T.Equal .T}} {{.T.Compare .Z}}",
       "true true false true 1"},
      {"{{.T.Sub .T}} {{.T.Sub .Z}}", "0s 2562047h47m16.854775807s"},
      {"{{.D.Seconds}} {{.D.Minutes}} {{.D.Milliseconds}} {{.D.Round 60000000000}} "
       "{{.D.Truncate 60000000000}}",
       "90.5 1.5083333333333333 90500 2m0s 1m0s"},
      {"{{printf \"%d %v %s %q %T\" .D .D .D .D .D}}",
       "90500000000 1m30.5s 1m30.5s \"1m30.5s\" time.Duration"},
      {"{{printf \"%d|%#v\" .T .T}}",
       "{789000000 63844806896 0}|time.Date(2024, time.February, 29, 12, "
       "34, 56, 789000000, time.UTC)"},
      {"{{eq .T .T}} {{eq .T .Z}}", "true false"},
      {"{{.T.Add 5}}", "2024-02-29 12:34:56.789000005 +0000 UTC"},
      {"{{.T.Add \"1h\"}}",
       "template: t:1:9: executing \"t\" at <\"1h\">: expected integer; found "
       "\"1h\""},
  };
  for (const RenderCase& c : kCases) EXPECT_EQ(Render(c.text, dot), c.want) << c.text;
}

}  // namespace
}  // namespace tocsin::gotemplate
