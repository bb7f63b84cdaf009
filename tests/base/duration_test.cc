#include "base/duration.h"

#include <gtest/gtest.h>

namespace tocsin {

namespace {

struct ParseCase {
  std::string_view text;
  std::string_view want;  // The text form of the value, or the error.
};

TEST(PrometheusDuration, Parses) {
  const ParseCase cases[] = {
      {"0", "0s"},
      {"0s", "0s"},
      {"1h30m", "1h30m"},
      {"90m", "1h30m"},
      {"8d", "8d"},
      {"14d", "2w"},
      {"365d", "1y"},
      {"1y2w3d4h5m6s7ms", "382d4h5m6s7ms"},
      {"106751d", "106751d"},
      {"", "empty duration string"},
      {"1", "not a valid duration string: \"1\""},
      {"1h30", "not a valid duration string: \"1h30\""},
      {"-1s", "not a valid duration string: \"-1s\""},
      {"1m1h", "not a valid duration string: \"1m1h\""},
      {"1h1h", "not a valid duration string: \"1h1h\""},
      {"1.5m", "unknown unit \".\" in duration \"1.5m\""},
      {"5x", "unknown unit \"x\" in duration \"5x\""},
      {"1h 30m", "unknown unit \"h \" in duration \"1h 30m\""},
      {"300y", "duration out of range"},
      {"292y999w", "duration out of range"},
      {"99999999999999999999s", "not a valid duration string: \"99999999999999999999s\""},
  };
  for (const ParseCase& c : cases) {
    const Result<Duration> got = ParsePrometheusDuration(c.text);
    EXPECT_EQ(got ? FormatPrometheusDuration(*got) : got.error().message, c.want) << c.text;
  }
}

TEST(PrometheusDuration, FormatLosesWhatIsBelowAMillisecond) {
  EXPECT_EQ(FormatPrometheusDuration(Duration(999'999)), "0s");
  EXPECT_EQ(FormatPrometheusDuration(Duration(1'999'999)), "1ms");
  EXPECT_EQ(FormatPrometheusDuration(Duration(-1'500'000'000)), "-1s500ms");
  EXPECT_EQ(FormatPrometheusDuration(Duration::min()), "-106751d23h47m16s854ms");
}

TEST(GoDuration, Parses) {
  const ParseCase cases[] = {
      {"0", "0s"},
      {"-0", "0s"},
      {"300ms", "300ms"},
      {"1.5h", "1h30m0s"},
      {"-300ms", "-300ms"},
      {"+1h", "1h0m0s"},
      {"1h1h", "2h0m0s"},
      {".5m", "30s"},
      {"1.h", "1h0m0s"},
      {"1us", "1\u00b5s"},
      {"1\u03bcs", "1\u00b5s"},
      {"1.000000000000000000000001s", "1s"},
      {"2562047h47m16.854775807s", "2562047h47m16.854775807s"},
      {"-2562047h47m16.854775808s", "-2562047h47m16.854775808s"},
      {"2562047h47m16.854775808s", "time: invalid duration \"2562047h47m16.854775808s\""},
      {"", "time: invalid duration \"\""},
      {"-", "time: invalid duration \"-\""},
      {".", "time: invalid duration \".\""},
      {".s", "time: invalid duration \".s\""},
      {"1", "time: missing unit in duration \"1\""},
      {"1h5", "time: missing unit in duration \"1h5\""},
      {"1d", "time: unknown unit \"d\" in duration \"1d\""},
      {"1 s", "time: unknown unit \" s\" in duration \"1 s\""},
      {"\xD9\xA3s", "time: invalid duration \"\\xd9\\xa3s\""},
      {"99999999999999999999s", "time: invalid duration \"99999999999999999999s\""},
  };
  for (const ParseCase& c : cases) {
    const Result<Duration> got = ParseGoDuration(c.text);
    EXPECT_EQ(got ? FormatGoDuration(*got) : got.error().message, c.want) << c.text;
  }
}

TEST(GoDuration, Formats) {
  EXPECT_EQ(FormatGoDuration(Duration(1)), "1ns");
  EXPECT_EQ(FormatGoDuration(Duration(1'100)), "1.1\u00b5s");
  EXPECT_EQ(FormatGoDuration(Duration(2'200'000)), "2.2ms");
  EXPECT_EQ(FormatGoDuration(Duration(3'300'000'000)), "3.3s");
  EXPECT_EQ(FormatGoDuration(Duration(245'000'000'000)), "4m5s");
  EXPECT_EQ(FormatGoDuration(Duration(245'001'000'000)), "4m5.001s");
  EXPECT_EQ(FormatGoDuration(Duration(36'001'000'000'000)), "10h0m1s");
}

}  // namespace

}  // namespace tocsin
