#include "base/time_zone.h"

#include "base/posix_tz.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

TEST(TimeZone, ShowsOffsetAndAbbreviationOfAnInstant) {
  struct Case {
    std::string zone;
    std::int64_t at;
    int seconds_east;
    std::string abbreviation;
  };
  const std::vector<Case> cases = {
      {"UTC", 1709288430, 0, "UTC"},
      {"", 1709288430, 0, "UTC"},
      {"Europe/Paris", 1709288430, 3600, "CET"},
      {"Europe/Paris", 1720000000, 7200, "CEST"},
      {"Europe/Paris", 1711846799, 3600, "CET"},   // 2024-03-31T00:59:59Z
      {"Europe/Paris", 1711846800, 7200, "CEST"},  // 2024-03-31T01:00:00Z
      {"Europe/Paris", -62135596800, 561, "LMT"},
      {"America/New_York", 1709288430, -18000, "EST"},
      {"Asia/Kathmandu", 1709288430, 20700, "+0545"},
      {"Australia/Lord_Howe", 1709288430, 39600, "+11"},
      {"EST", 1709288430, -18000, "EST"},
      // Beyond every table of transitions: the rule at the end of the file.
      {"Europe/Paris", 4118162400, 7200, "CEST"},  // 2100-07-01
      {"Europe/Paris", 4133894400, 3600, "CET"},   // 2100-12-30
      {"Australia/Sydney", 4102444800, 39600, "AEDT"},
      {"Australia/Sydney", 4118162400, 36000, "AEST"},
  };
  for (const Case& c : cases) {
    const auto zone = TimeZone::Find(c.zone);
    ASSERT_TRUE(zone) << c.zone;
    const TimeZone::Offset offset = (*zone)->At(c.at);
    EXPECT_EQ(offset.seconds_east, c.seconds_east) << c.zone << " " << c.at;
    EXPECT_EQ(offset.abbreviation, c.abbreviation) << c.zone << " " << c.at;
  }
}

TEST(TimeZone, RefusesUnknownAndEscapingNames) {
  EXPECT_EQ(TimeZone::Find("Nowhere/Land").error().message, "unknown time zone Nowhere/Land");
  for (const char* name : {"../etc", "/etc/localtime", "a\\b"}) {
    EXPECT_EQ(TimeZone::Find(name).error().message, "time: invalid location name") << name;
  }
  EXPECT_FALSE(TimeZone::Find("tzdata.zi"));  // A file of the database that is no zone.
  EXPECT_FALSE(TimeZone::Find("Europe"));     // A folder.
}

TEST(TimeZone, IsReadOnce) {
  EXPECT_EQ(*TimeZone::Find("Asia/Seoul"), *TimeZone::Find("Asia/Seoul"));
}

// In a process of its own: a zone is read once.
TEST(TimeZoneDeathTest, LocalIsTheVariablesZone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::pair<const char*, int> cases[] = {{"Asia/Seoul", 9},
                                               {":Asia/Seoul", 9},
                                               {"/usr/share/zoneinfo/Asia/Seoul", 9},
                                               {"", 0},
                                               {"No/Where", 0}};
  for (const auto& [value, hours_east] : cases) {
    EXPECT_EXIT(
        {
          setenv("TZ", value, 1);
          const auto zone = TimeZone::Find("Local");
          std::exit(zone ? (*zone)->At(1'700'000'000).seconds_east / 3600 : 99);
        },
        testing::ExitedWithCode(hours_east), "")
        << value;
  }
}

TEST(TimeZone, FindsTheInstantOfALocalTime) {
  const TimeZone& paris = **TimeZone::Find("Europe/Paris");
  EXPECT_EQ(paris.ToUnix(1709292030), 1709288430);
  EXPECT_EQ(paris.ToUnix(1720007200), 1720000000);
  EXPECT_EQ(paris.ToUnix(1729996200), 1729989000);  // 2024-10-27 02:30 happens twice: the first.
  EXPECT_EQ(paris.ToUnix(1711852200), 1711848600);  // 2024-03-31 02:30 does not happen.
}

TEST(TimeZone, RefusesDamagedFiles) {
  EXPECT_FALSE(TimeZone::Parse("x", ""));
  EXPECT_FALSE(TimeZone::Parse("x", "TZif2"));
  EXPECT_FALSE(TimeZone::Parse("x", std::string("TZif") + std::string(40, '\xff')));
}

TEST(PosixTz, ParsesRules) {
  struct Case {
    std::string text;
    std::int64_t at;
    int seconds_east;
    std::string abbreviation;
  };
  const std::vector<Case> cases = {
      {"UTC0", 0, 0, "UTC"},
      {"<-03>3", 0, -10800, "-03"},
      {"IST-5:30", 0, 19800, "IST"},
      {"EST5EDT,M3.2.0,M11.1.0", 1710054000, -14400, "EDT"},  // 2024-03-10T07:00:00Z
      {"EST5EDT,M3.2.0,M11.1.0", 1710053999, -18000, "EST"},
      {"IST-2IDT,M3.4.4/26,M10.5.0", 1711670399, 7200, "IST"},  // 2024-03-28T23:59:59Z
      {"IST-2IDT,M3.4.4/26,M10.5.0", 1711670400, 10800, "IDT"},
      {"XXX0YYY,J60,J300", 1709251200, 0, "XXX"},  // 2024-03-01: day J60 at 02:00.
      {"XXX0YYY,J60,J300", 1709258400, 3600, "YYY"},
      {"XXX0YYY,59,300", 1709172000, 3600, "YYY"},  // The 60th day of 2024 is 29 February.
  };
  for (const Case& c : cases) {
    const Result<PosixTz> tz = PosixTz::Parse(c.text);
    ASSERT_TRUE(tz) << c.text;
    EXPECT_EQ(tz->At(c.at).seconds_east, c.seconds_east) << c.text << " " << c.at;
    EXPECT_EQ(tz->At(c.at).abbreviation, c.abbreviation) << c.text << " " << c.at;
  }
  for (const char* text : {"", "AB0", "CET", "CET-1CEST", "CET-1CEST,M3.5.0",
                           "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<CET"}) {
    EXPECT_FALSE(PosixTz::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace tocsin
