#include "datasource/request_durations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

namespace tocsin::datasource {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kQuantiles[] = {0.5, 0.9, 0.99};

TEST(RequestDurations, CountsSumsAndSortsIntoBuckets) {
  const auto durations = std::make_unique<RequestDurations>();
  EXPECT_EQ(durations->count(), 0u);
  for (const Duration took : {Duration(milliseconds(5)), Duration(milliseconds(6)),
                              Duration(seconds(300)), Duration(seconds(301)), Duration(-1)}) {
    durations->Add(seconds(1), took);
  }
  EXPECT_EQ(durations->count(), 5u);
  EXPECT_EQ(durations->sum(), seconds(601) + milliseconds(11));
  EXPECT_EQ(durations->CountUpTo(0), 2u);
  EXPECT_EQ(durations->CountUpTo(1), 3u);
  EXPECT_EQ(durations->CountUpTo(13), 3u);
  EXPECT_EQ(durations->CountUpTo(14), 4u);
}

TEST(RequestDurations, QuantilesAreOfTheLastTenMinutes) {
  const auto durations = std::make_unique<RequestDurations>();
  for (const double value : durations->Quantiles(seconds(0), kQuantiles)) {
    EXPECT_TRUE(std::isnan(value));
  }
  durations->Add(seconds(0), seconds(40));
  EXPECT_EQ(durations->Quantiles(seconds(0), kQuantiles), (std::vector<double>{40, 40, 40}));
  for (int i = 100; i > 0; --i) durations->Add(seconds(100), milliseconds(i));
  EXPECT_EQ(durations->Quantiles(minutes(10), kQuantiles), (std::vector<double>{.05, .09, .099}));
  EXPECT_EQ(durations->Quantiles(seconds(599), kQuantiles)[2], .1);
  EXPECT_TRUE(std::isnan(durations->Quantiles(seconds(700), kQuantiles)[0]));
}

TEST(RequestDurations, OfVeryManyTheNewestCount) {
  const auto durations = std::make_unique<RequestDurations>();
  for (int i = 0; i < 10'000; ++i) durations->Add(seconds(1), microseconds(i));
  EXPECT_GE(durations->Quantiles(seconds(1), kQuantiles)[0], .009);
  EXPECT_EQ(durations->count(), 10'000u);
}

TEST(RequestDurations, AnEndlessRequestIsShownAsTheLongest) {
  const auto durations = std::make_unique<RequestDurations>();
  durations->Add(seconds(1), std::chrono::hours(5));
  EXPECT_NEAR(durations->Quantiles(seconds(1), kQuantiles)[0], 4294.967, 0.001);
}

}  // namespace
}  // namespace tocsin::datasource
