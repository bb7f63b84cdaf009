#include "model/alert.h"

#include <gtest/gtest.h>

namespace tocsin::model {

namespace {

using std::chrono::minutes;

constexpr Time kClock = Time(std::chrono::hours(24 * 365 * 50));

struct Range {
  int starts;  // In minutes from the clock.
  int ends;
  bool timeout = false;
};

AlertPtr Make(const Range& range, int updated, std::string_view note) {
  Alert alert;
  alert.labels = {{"alertname", "A"}};
  alert.annotations = {{"note", note}};
  alert.starts_at = kClock + minutes(range.starts);
  alert.ends_at = kClock + minutes(range.ends);
  alert.updated_at = kClock + minutes(updated);
  alert.timeout = range.timeout;
  alert.generator_url = note;
  return std::make_shared<const Alert>(alert);
}

struct MergeCase {
  std::string_view name;
  Range stored;
  Range incoming;
  Range want;
};

TEST(AlertMerge, Ranges) {
  const MergeCase cases[] = {
      {"timeout extends timeout", {-3, 2, true}, {-2, 3, true}, {-3, 3, true}},
      {"explicit shortens timeout", {-3, 3, true}, {-2, 2}, {-3, 2}},
      {"timeout does not shorten explicit", {-3, 3}, {-2, 2, true}, {-3, 3, true}},
      {"explicit does not shorten explicit", {-3, 3}, {-2, 2}, {-3, 3}},
      {"firing again within the old range", {-5, -1}, {-2, 3}, {-5, 3}},
      {"resolved now", {-3, 3}, {-3, 0}, {-3, 0}},
      {"resolved earlier than resolved", {-5, -1}, {-5, -2}, {-5, -1}},
      {"earlier start", {-1, 3}, {-4, 2}, {-4, 3}},
      {"new incident", {-9, -5}, {-2, 3}, {-2, 3}},
      {"touching is not overlapping", {-9, -5}, {-5, 3}, {-5, 3}},
      {"the new range holds the old", {-3, 2}, {-4, 3}, {-4, 3}},
      {"same start, later end", {-3, 2}, {-3, 3}, {-3, 3}},
  };
  for (const MergeCase& c : cases) {
    const AlertPtr merged = Merge(Make(c.stored, -1, "old"), Make(c.incoming, 0, "new"), kClock);
    EXPECT_EQ(merged->starts_at, kClock + minutes(c.want.starts)) << c.name;
    EXPECT_EQ(merged->ends_at, kClock + minutes(c.want.ends)) << c.name;
    EXPECT_EQ(merged->timeout, c.want.timeout) << c.name;
    EXPECT_EQ(merged->annotations.Get("note"), "new") << c.name;
    EXPECT_EQ(merged->generator_url, "new") << c.name;
    EXPECT_EQ(merged->updated_at, kClock) << c.name;
  }
}

TEST(AlertMerge, FirstOfItsLabelsIsTakenAsItIs) {
  const AlertPtr incoming = Make({-1, 3}, 0, "new");
  EXPECT_EQ(Merge(nullptr, incoming, kClock), incoming);
}

TEST(AlertMerge, TheLaterUpdateDecidesWhatIsShown) {
  const AlertPtr merged = Merge(Make({-3, 3}, 0, "late"), Make({-4, 2}, -1, "early"), kClock);
  EXPECT_EQ(merged->annotations.Get("note"), "late");
  EXPECT_EQ(merged->starts_at, kClock - minutes(4));
  EXPECT_EQ(merged->ends_at, kClock + minutes(3));
  EXPECT_EQ(merged->updated_at, kClock);
  // Equal times: what came last.
  const AlertPtr tie = Merge(Make({-3, 3}, 0, "old"), Make({-2, 2}, 0, "new"), kClock);
  EXPECT_EQ(tie->annotations.Get("note"), "new");
}

TEST(Alert, IsResolvedFromItsEndOn) {
  const AlertPtr alert = Make({-3, 0}, 0, "");
  EXPECT_TRUE(alert->ResolvedAt(kClock));
  EXPECT_FALSE(alert->ResolvedAt(kClock - Duration(1)));
}

}  // namespace

}  // namespace tocsin::model
