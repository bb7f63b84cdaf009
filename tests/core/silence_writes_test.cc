#include "core/silence_writes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::core {
namespace {

model::SilencePtr MakeSilence(std::string comment) {
  auto silence = std::make_shared<model::Silence>();
  silence->id = "s";
  silence->comment = std::move(comment);
  return silence;
}

// A silence that is written several times; what it is, beside what it must be: the newest write
// that has not failed, and without one what it was at first.
class Story {
 public:
  explicit Story(model::SilencePtr first) : first_(std::move(first)), now_(first_) {}

  void Begin() {
    const auto after = MakeSilence(std::to_string(writes_.size()));
    writes_.push_back({pending_.Begin({{{"s", now_, after}}}), after, false});
    now_ = after;
    Check();
  }
  void Answer(std::size_t write, bool stored) {
    if (stored) {
      pending_.Stored(writes_[write].id);
    } else {
      writes_[write].failed = true;
      for (const auto& [id, silence] : pending_.Failed(writes_[write].id)) {
        EXPECT_EQ(id, "s");
        now_ = silence;
      }
    }
    told_ += std::to_string(write) + (stored ? " stored, " : " failed, ");
    Check();
  }
  bool AllAnswered() const { return pending_.empty(); }

 private:
  struct Write {
    SilenceWrites::Id id;
    model::SilencePtr after;
    bool failed = false;
  };
  void Check() const {
    model::SilencePtr expected = first_;
    for (const Write& write : writes_) {
      if (!write.failed) expected = write.after;
    }
    EXPECT_EQ(now_, expected) << told_;
  }

  SilenceWrites pending_;
  model::SilencePtr first_, now_;
  std::vector<Write> writes_;
  std::string told_;
};

constexpr std::size_t kWrites = 4;

// Every order of answers, every outcome of each, and every number of writes under way at a time:
// write i begins before answer `begins[i]`.
TEST(SilenceWrites, ASilenceIsTheNewestWriteThatHasNotFailed) {
  std::array<std::size_t, kWrites> order{0, 1, 2, 3};
  int stories = 0;
  do {
    for (unsigned outcomes = 0; outcomes < (1U << kWrites); ++outcomes) {
      for (std::size_t early = 1; early <= kWrites; ++early) {
        for (const bool known : {false, true}) {
          Story story(known ? MakeSilence("first") : nullptr);
          std::size_t begun = 0;
          while (begun < early) {
            story.Begin();
            ++begun;
          }
          for (const std::size_t write : order) {
            while (begun <= write) {
              story.Begin();
              ++begun;
            }
            story.Answer(write, (outcomes >> write & 1) != 0);
          }
          EXPECT_TRUE(story.AllAnswered());
          ++stories;
        }
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(stories, 24 * 16 * 4 * 2);
}

TEST(SilenceWrites, OneRequestMayChangeTwoSilences) {
  SilenceWrites writes;
  const auto old_before = MakeSilence("old"), old_after = MakeSilence("ended");
  const auto created = MakeSilence("new");
  const auto write = writes.Begin({{{"old", old_before, old_after}, {"new", nullptr, created}}});
  EXPECT_EQ(writes.Failed(write), (SilenceWrites::PutBack{{"old", old_before}, {"new", nullptr}}));
  EXPECT_TRUE(writes.empty());
}

TEST(SilenceWrites, ARequestMayChangeNothing) {
  SilenceWrites writes;
  writes.Stored(writes.Begin({}));
  EXPECT_TRUE(writes.Failed(writes.Begin({})).empty());
}

// What had begun by the clock of then is not to begin once more.
TEST(SilenceWrites, WhatIsPutBackGoesByTheClockOfNow) {
  const Time start = Time(std::chrono::hours(24 * 365 * 50));
  auto before = std::make_shared<model::Silence>(*MakeSilence("before"));
  before->starts_at = start;
  before->ends_at = start + std::chrono::hours(9);
  SilenceWrites writes;
  const SilenceWrites::Id write = writes.Begin({{{"s", before, MakeSilence("after")}}});
  writes.ClockWentBack(start - std::chrono::minutes(30), std::chrono::hours(1));
  const SilenceWrites::PutBack put_back = writes.Failed(write);
  ASSERT_EQ(put_back.size(), 1u);
  EXPECT_EQ(put_back[0].second->starts_at, start - std::chrono::minutes(30));
  EXPECT_EQ(put_back[0].second->ends_at, before->ends_at);
}

}  // namespace
}  // namespace tocsin::core
