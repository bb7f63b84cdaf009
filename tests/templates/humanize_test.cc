#include "templates/humanize.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::templates {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Cases = std::vector<std::pair<double, std::string>>;

std::string Text(void (*append)(double, std::string*), double value) {
  std::string out;
  append(value, &out);
  return out;
}

// Random numbers, and those around the ties, where a wrong rounding would show.
TEST(Humanize, FourDigitsAreThoseOfPrintf) {
  std::mt19937_64 random(1);
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) {
    const double mantissa = std::uniform_real_distribution<double>(-10, 10)(random);
    const int exponent = std::uniform_int_distribution<int>(-3, 5)(random);
    values.push_back(mantissa * std::pow(10, exponent));
    const double tie = static_cast<double>(random() % 20'000) + 0.5;
    const double scaled = tie / std::pow(10, exponent + 3);
    values.insert(values.end(), {scaled, std::nextafter(scaled, 0), std::nextafter(scaled, 1e9)});
  }
  for (const double value : values) {
    std::array<char, 32> want;
    std::snprintf(want.data(), want.size(), "%.4g", value);
    ASSERT_EQ(Text(AppendFourDigits, value), want.data());
  }
}

TEST(Humanize, SiPrefixes) {
  const Cases cases = {
      {0, "0"},         {-0.0, "-0"},        {kNaN, "NaN"},     {kInfinity, "+Inf"},
      {999.96, "1000"}, {1000, "1k"},        {-1500, "-1.5k"},  {1234567, "1.235M"},
      {1e30, "1e+06Y"}, {0.001, "1m"},       {1e-30, "1e-06y"}, {0.0001234, "123.4u"},
      {1, "1"},         {-kInfinity, "-Inf"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(Text(AppendHumanized, value), text);
}

TEST(Humanize, BinaryPrefixes) {
  const Cases cases = {{1024, "1ki"}, {1000, "1000"},    {0.5, "0.5"},    {1536, "1.5ki"},
                       {1, "1"},      {1e12, "931.3Gi"}, {-2048, "-2ki"}, {kNaN, "NaN"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(Text(AppendHumanized1024, value), text);
}

TEST(Humanize, Durations) {
  const Cases cases = {{0, "0s"},
                       {0.5, "500ms"},
                       {-0.5, "-500ms"},
                       {1.2345e-6, "1.234us"},
                       {59.99, "59.99s"},
                       {-5, "-5s"},
                       {60, "1m 0s"},
                       {3661, "1h 1m 1s"},
                       {86400, "1d 0h 0m 0s"},
                       {-90061.7, "-1d 1h 1m 1s"},
                       {kInfinity, "+Inf"},
                       {1e300, "-106751991167300d -15h -30m -8s"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(Text(AppendHumanizedDuration, value), text);
}

TEST(Humanize, Percentages) {
  const Cases cases = {{0.1234, "12.34%"},    {1.5, "150%"}, {0.00001, "0.001%"},
                       {12345, "1.234e+06%"}, {-0.0, "-0%"}, {kInfinity, "+Inf%"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(Text(AppendHumanizedPercentage, value), text);
}

TEST(ParseGoFloat, ReadsWhatGoReads) {
  const std::vector<std::pair<std::string, double>> cases = {{"0", 0},
                                                             {"12.5", 12.5},
                                                             {"+5", 5},
                                                             {"-5", -5},
                                                             {"5.", 5},
                                                             {".5", 0.5},
                                                             {"1e3", 1000},
                                                             {"1E-2", 0.01},
                                                             {"1_000", 1000},
                                                             {"1_0.5", 10.5},
                                                             {"0x1p-2", .25},
                                                             {"0X1.8p1", 3},
                                                             {"0x_1p0", 1},
                                                             {"infinity", kInfinity},
                                                             {"-Inf", -kInfinity},
                                                             {"1e-400", 0},
                                                             {"1e308", 1e308}};
  for (const auto& [text, value] : cases) {
    const Result<double> parsed = ParseGoFloat(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, value) << text;
  }
  EXPECT_TRUE(std::isnan(*ParseGoFloat("nAn")));
  EXPECT_TRUE(std::signbit(*ParseGoFloat("-0")));
}

TEST(ParseGoFloat, RefusesTheRest) {
  for (const char* text : {"",   " 1", "1 ",   "abc",  "0x1F", "1e",   "1e+", ".",  "+", "--1",
                           "1_", "_1", "1__0", "1_.5", "1._5", "+nan", "1,5", "0x", "١", "1e1_"}) {
    const Result<double> parsed = ParseGoFloat(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message,
              "strconv.ParseFloat: parsing \"" + std::string(text) + "\": invalid syntax");
  }
  EXPECT_EQ(ParseGoFloat("-1e400").error().message,
            "strconv.ParseFloat: parsing \"-1e400\": value out of range");
}

}  // namespace
}  // namespace tocsin::templates
