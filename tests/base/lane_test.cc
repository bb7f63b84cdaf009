#include "base/lane.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

// Notes who has begun and keeps their places.
struct Visitors {
  Lane::Begin Visitor(const std::string& name) {
    return [this, name](Lane::Place place) {
      begun += name;
      places.push_back(std::move(place));
    };
  }
  void LeaveFirst() { places.erase(places.begin()); }

  std::string begun;
  std::vector<Lane::Place> places;
};

TEST(Lane, WhoFindsNoPlaceWaitsInOrder) {
  Visitors visitors;
  Lane lane(2, 10);
  for (const char* name : {"a", "b", "c", "d"}) EXPECT_TRUE(lane.TryEnter(visitors.Visitor(name)));
  EXPECT_EQ(visitors.begun, "ab");
  const Lane::Place copy = visitors.places[0];
  visitors.LeaveFirst();
  EXPECT_EQ(visitors.begun, "ab");  // A copy is the same place.
  visitors.LeaveFirst();
  EXPECT_EQ(visitors.begun, "abc");
}

TEST(Lane, RefusesWhenTooManyWait) {
  Visitors visitors;
  Lane lane(1, 1);
  EXPECT_TRUE(lane.TryEnter(visitors.Visitor("a")));
  EXPECT_TRUE(lane.TryEnter(visitors.Visitor("b")));
  EXPECT_FALSE(lane.TryEnter(visitors.Visitor("c")));
  visitors.LeaveFirst();
  EXPECT_TRUE(lane.TryEnter(visitors.Visitor("d")));
  EXPECT_EQ(visitors.begun, "ab");
}

// Each ends where it begins: the next one must not begin inside of it.
TEST(Lane, ManyThatEndAtOnceDoNotNest) {
  Lane lane(1, 100'000);
  int begun = 0, depth = 0, deepest = 0;
  Lane::Place first;
  EXPECT_TRUE(lane.TryEnter([&](Lane::Place place) { first = std::move(place); }));
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_TRUE(lane.TryEnter([&](Lane::Place place) {
      ++begun;
      deepest = std::max(deepest, ++depth);
      place.reset();
      --depth;
    }));
  }
  first.reset();
  EXPECT_EQ(begun, 100'000);
  EXPECT_EQ(deepest, 1);
}

TEST(Lane, ClosingDropsWhatWaits) {
  Visitors visitors;
  auto lane = std::make_unique<Lane>(1, 10);
  EXPECT_TRUE(lane->TryEnter(visitors.Visitor("a")));
  EXPECT_TRUE(lane->TryEnter(visitors.Visitor("b")));
  lane->Close();
  EXPECT_FALSE(lane->TryEnter(visitors.Visitor("c")));
  lane.reset();
  visitors.LeaveFirst();  // The place outlives the lane.
  EXPECT_EQ(visitors.begun, "a");
}

}  // namespace
}  // namespace tocsin
