#include "router/silences.h"

#include "base/random.h"
#include "router/silence_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace tocsin::router {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Ids = std::vector<std::string>;

const Time kStart = Time(hours(24 * 365 * 50));
constexpr Duration kRetention = hours(120);
constexpr auto kInvalid = SilenceError::Kind::kInvalid;
constexpr auto kNotFound = SilenceError::Kind::kNotFound;

model::Matchers Matching(const std::string& text) {
  auto parsed = model::ParseMatchers(text, model::MatcherSyntax::kFallback);
  EXPECT_TRUE(parsed) << text;
  return parsed ? parsed->matchers : model::Matchers();
}

model::Silence Wanted(const std::string& matchers, Duration starts, Duration ends) {
  model::Silence silence;
  silence.matcher_sets = {Matching(matchers)};
  silence.starts_at = kStart + starts;
  silence.ends_at = kStart + ends;
  return silence;
}

// Silences under test, with a clock; new ones are s1, s2, ... What is reported as changed is
// applied to a copy, which must stay equal to what the silences say they keep.
class SilencesTest : public testing::Test {
 protected:
  tl::expected<std::string, SilenceError> Set(model::Silence silence) {
    const auto id = silences_.Set(now_, std::move(silence), "s" + std::to_string(++ids_), Fresh());
    if (!id) --ids_;
    Apply();
    return id;
  }
  std::string Create(const std::string& matchers, Duration starts, Duration ends) {
    const auto id = Set(Wanted(matchers, starts, ends));
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or("");
  }
  model::Silence Copy(const std::string& id) { return *silences_.Find(id); }
  tl::expected<void, SilenceError> Expire(const std::string& id) {
    auto result = silences_.Expire(now_, id, Fresh());
    Apply();
    return result;
  }
  void CollectGarbage() {
    silences_.CollectGarbage(now_, Fresh());
    Apply();
  }
  void At(Duration at) { now_ = kStart + at; }

  Ids ActiveFor(std::uint32_t slot, const model::LabelSet& labels) {
    std::vector<const model::Silence*> active;
    silences_.ActiveFor(now_, AlertSlot{slot}, labels, &active);
    Ids ids;
    for (const model::Silence* silence : active) ids.push_back(silence->id);
    return ids;
  }
  std::string State(const std::string& id) {
    return std::string(model::ToString(model::StateAt(*silences_.Find(id), now_)));
  }

  SilenceChanges* Fresh() {
    changes_ = {};
    return &changes_;
  }
  void Apply() {
    for (const model::SilencePtr& silence : changes_.stored) {
      copy_[silence->id] = silence;
      if (silence->ends_at == now_) ended_[silence->id] = now_;
    }
    for (const std::string& id : changes_.removed) copy_.erase(id);
    std::map<std::string, model::SilencePtr> kept;
    for (const model::SilencePtr& silence : *silences_.All()) kept[silence->id] = silence;
    EXPECT_EQ(kept, copy_);
  }

  Silences silences_{{}, kRetention, {}};
  SilenceChanges changes_;
  std::map<std::string, model::SilencePtr> copy_;
  std::map<std::string, Time> ended_;  // On purpose: from that very instant on.
  Time now_ = kStart;
  int ids_ = 0;
};

TEST_F(SilencesTest, CreatesUnderANewId) {
  model::Silence wanted = Wanted("job=db", -minutes(5), hours(1));
  wanted.created_by = "me";
  wanted.comment = "c";
  wanted.annotations = {{"k", ""}};
  ASSERT_EQ(Set(wanted).value(), "s1");
  const model::Silence stored = Copy("s1");
  EXPECT_EQ(stored.id, "s1");
  EXPECT_EQ(stored.starts_at, kStart) << "not before it was asked for";
  EXPECT_EQ(stored.ends_at, kStart + hours(1));
  EXPECT_EQ(stored.updated_at, kStart);
  EXPECT_EQ(stored.created_by, "me");
  EXPECT_EQ(stored.comment, "c");
  EXPECT_EQ(stored.annotations, (model::LabelSet{{"k", ""}}));
  EXPECT_EQ(stored.matcher_sets, wanted.matcher_sets);

  Create("job=db", hours(1), hours(2));
  EXPECT_EQ(Copy("s2").starts_at, kStart + hours(1));
  model::Silence at_once = Wanted("job=db", {}, hours(2));
  at_once.starts_at = kZeroTime;
  ASSERT_EQ(Set(at_once).value(), "s3");
  EXPECT_EQ(Copy("s3").starts_at, kStart);
}

TEST_F(SilencesTest, RefusesWhatNobodyCanHave) {
  struct Case {
    model::Silence silence;
    const char* error;
  };
  std::vector<Case> cases = {
      {Wanted("job=\"\"", {}, hours(1)),
       "invalid silence: matcher set 0: at least one matcher must not match the empty string"},
      {Wanted("job=~\".*\",env=\"\"", {}, hours(1)),
       "invalid silence: matcher set 0: at least one matcher must not match the empty string"},
      {Wanted("", {}, hours(1)), "invalid silence: matcher set 0 is empty"},
      {Wanted("job=db", hours(2), hours(1)),
       "invalid silence: end time must not be before start time"},
      {Wanted("job=db", {}, hours(1)), "invalid silence: at least one matcher set is required"},
      {Wanted("job=db", {}, hours(1)), "invalid silence: matcher set 1 is empty"},
      {Wanted("job=db", {}, hours(1)), "invalid silence: invalid zero end timestamp"},
  };
  cases[4].silence.matcher_sets.clear();
  cases[5].silence.matcher_sets.emplace_back();
  cases[6].silence.ends_at = kZeroTime;
  for (Case& c : cases) {
    // Before the id is looked up.
    for (const char* id : {"", "unknown"}) {
      c.silence.id = id;
      const auto result = Set(c.silence);
      ASSERT_FALSE(result) << c.error;
      EXPECT_EQ(result.error().kind, kInvalid);
      EXPECT_EQ(result.error().message, c.error);
    }
  }
  EXPECT_EQ(silences_.size(), 0U);
}

TEST_F(SilencesTest, TakesWhatAsksForOneThingAtLeast) {
  for (const char* matchers : {"job!=web", "job!~web", "job!=\"\"", "a=\"\",b=x"}) {
    EXPECT_TRUE(Set(Wanted(matchers, {}, hours(1)))) << matchers;
  }
}

TEST_F(SilencesTest, AnUnknownIdIsNotFound) {
  model::Silence silence = Wanted("job=db", {}, hours(1));
  silence.id = "unknown";
  const auto set = Set(silence);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, kNotFound);
  EXPECT_EQ(set.error().message, "silence not found");
  const auto expired = Expire("unknown");
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().kind, kNotFound);
  EXPECT_EQ(silences_.Find("unknown"), nullptr);
}

// Which changes keep the id of a silence from 0:10 to 1:00.
TEST_F(SilencesTest, WhatAnIdCovers) {
  struct Case {
    Duration at;
    const char* matchers;
    Duration starts, ends;
    bool kept;
  };
  const Case cases[] = {
      // Pending: anything but matchers and the past.
      {minutes(5), "a=x,b=y", minutes(10), minutes(90), true},
      {minutes(5), "a=x,b=y", minutes(5), minutes(7), true},
      {minutes(5), "a=x,b=y", minutes(5) - nanoseconds(1), minutes(60), false},
      {minutes(5), "b=y,a=x", minutes(10), minutes(60), false},
      {minutes(5), "a=x", minutes(10), minutes(60), false},
      // Active: the end, but not into the past, and the start within the second.
      {minutes(20), "a=x,b=y", minutes(10), minutes(90), true},
      {minutes(20), "a=x,b=y", minutes(10), minutes(20), true},
      {minutes(20), "a=x,b=y", minutes(10), minutes(20) - nanoseconds(1), false},
      {minutes(20), "a=x,b=y", minutes(10) + milliseconds(999), minutes(60), true},
      {minutes(20), "a=x,b=y", minutes(10) + seconds(1), minutes(60), false},
      {minutes(20), "a=x,b=y", minutes(10) - nanoseconds(1), minutes(60), false},
      {minutes(20), "a=x,b=~y", minutes(10), minutes(60), false},
      {minutes(60), "a=x,b=y", minutes(10), minutes(90), true},
      // Expired: nothing.
      {minutes(60) + nanoseconds(1), "a=x,b=y", minutes(10), minutes(90), false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << c.matchers << " from " << c.starts.count() << " to "
                                    << c.ends.count() << " at " << c.at.count());
    At({});
    const std::string id = Create("a=x,b=y", minutes(10), minutes(60));
    At(c.at);
    const bool was_over = State(id) == "expired";
    model::Silence wanted = Wanted(c.matchers, c.starts, c.ends);
    wanted.id = id;
    wanted.comment = "new";
    wanted.created_by = "somebody else";
    wanted.annotations = {{"k", "v"}};
    const auto result = Set(wanted);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(*result == id, c.kept);
    const model::Silence stored = Copy(*result);
    EXPECT_EQ(stored.comment, "new");
    EXPECT_EQ(stored.created_by, "somebody else");
    EXPECT_EQ(stored.annotations, wanted.annotations);
    EXPECT_EQ(stored.ends_at, wanted.ends_at);
    EXPECT_EQ(stored.starts_at, c.kept ? wanted.starts_at : std::max(wanted.starts_at, now_));
    EXPECT_EQ(stored.updated_at, now_);
    EXPECT_EQ(changes_.stored.size(), c.kept || was_over ? 1U : 2U);
    if (!c.kept) {
      EXPECT_EQ(Copy(id).ends_at, was_over ? kStart + minutes(60) : now_);
    }
    EXPECT_EQ(Copy(*result).matcher_sets, wanted.matcher_sets);
  }
}

TEST_F(SilencesTest, TheNewOneIsDurableBeforeTheOldOneEnds) {
  const std::string id = Create("a=x", {}, hours(1));
  model::Silence other = Wanted("a=y", {}, hours(1));
  other.id = id;
  ASSERT_EQ(Set(other).value(), "s2");
  ASSERT_EQ(changes_.stored.size(), 2U);
  EXPECT_EQ(changes_.stored[0]->id, "s2");
  EXPECT_EQ(changes_.stored[1]->id, id);
}

TEST_F(SilencesTest, ExpireEndsNow) {
  Create("a=x", {}, hours(2));
  Create("a=x", hours(1), hours(2));
  Create("a=x", {}, minutes(1));
  At(minutes(30));
  const model::SilencePtr expired = silences_.Find("s3");
  for (const char* id : {"s1", "s2", "s3"}) EXPECT_TRUE(Expire(id)) << id;
  EXPECT_EQ(Copy("s1").starts_at, kStart);
  EXPECT_EQ(Copy("s1").ends_at, now_);
  EXPECT_EQ(Copy("s1").updated_at, now_);
  EXPECT_EQ(Copy("s2").starts_at, now_);
  EXPECT_EQ(Copy("s2").ends_at, now_);
  EXPECT_EQ(silences_.Find("s3"), expired) << "had ended by itself";
  // At once, not only an instant later.
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), IsEmpty());
  EXPECT_EQ(silences_.CountByState(now_).expired, 3U);
  EXPECT_TRUE(Expire("s1"));
  EXPECT_THAT(changes_.stored, IsEmpty());
  model::Silence again = Copy("s1");
  again.ends_at = kStart + hours(3);
  EXPECT_EQ(Set(again).value(), "s4");
}

// Replicas take the latest update; one by a clock that is behind must not be lost among them.
TEST_F(SilencesTest, UpdatesAreLaterThanWhatTheyUpdate) {
  At(hours(1));
  const std::string id = Create("a=x", hours(1), hours(9));
  const Time created = now_;
  At(hours(1) - seconds(1));
  model::Silence update = Copy(id);
  update.comment = "new";
  ASSERT_EQ(Set(update).value(), id);
  EXPECT_EQ(Copy(id).updated_at, created + nanoseconds(1));
  ASSERT_TRUE(Expire(id));
  EXPECT_EQ(Copy(id).updated_at, created + nanoseconds(2));
  EXPECT_EQ(Copy(id).ends_at, now_);
}

TEST_F(SilencesTest, LimitOfTheNumber) {
  silences_ = Silences({2, 0}, kRetention, *silences_.All());
  Create("a=x", {}, hours(1));
  Create("a=y", {}, hours(2));
  ASSERT_TRUE(Expire("s1"));
  At(minutes(1));
  const auto third = Set(Wanted("a=z", {}, hours(1)));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().kind, kInvalid);
  EXPECT_EQ(third.error().message, "exceeded maximum number of silences: 2 (limit: 2)");
  // A change under the same id is none more; one that needs another is, and leaves the old one be.
  model::Silence update = Copy("s2");
  update.comment = "new";
  EXPECT_EQ(Set(update).value(), "s2");
  update.matcher_sets = {Matching("a=z")};
  EXPECT_FALSE(Set(update));
  EXPECT_EQ(State("s2"), "active");
  EXPECT_THAT(ActiveFor(0, {{"a", "y"}}), ElementsAre("s2"));
  At(kRetention + minutes(1));
  CollectGarbage();
  EXPECT_THAT(changes_.removed, ElementsAre("s1"));
  EXPECT_TRUE(Set(Wanted("a=z", {}, kRetention + hours(1))));
}

TEST_F(SilencesTest, LimitOfTheSize) {
  model::Silence silence = Wanted("a=x", {}, hours(1));
  ASSERT_TRUE(Set(silence));
  silence = Copy("s1");
  const std::size_t size = EncodedSize(silence, silence.ends_at + kRetention);
  silences_ = Silences({0, size}, kRetention, *silences_.All());
  At(seconds(1));  // Fractions of a second take bytes.
  EXPECT_TRUE(Set(Wanted("a=x", {}, hours(1)))) << "of the same size";
  silence.comment = "c";
  for (const char* matchers : {"a=x", "a=y"}) {  // An update; another one.
    silence.matcher_sets = {Matching(matchers)};
    const auto larger = Set(silence);
    ASSERT_FALSE(larger);
    EXPECT_EQ(larger.error().kind, kInvalid);
    EXPECT_EQ(larger.error().message, "silence exceeded maximum size: " + std::to_string(size + 3) +
                                          " bytes (limit: " + std::to_string(size) + " bytes)");
  }
  EXPECT_EQ(Copy("s1").comment, "");
  EXPECT_EQ(State("s1"), "active");
}

TEST_F(SilencesTest, WhatCannotBeMadeDurableIsUndone) {
  Create("a=x", {}, hours(1));
  const model::SilencePtr before = silences_.Find("s1");
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), ElementsAre("s1"));
  silences_.PutBack("unknown", nullptr);

  model::Silence update = *before;
  update.ends_at = kStart + hours(2);
  ASSERT_TRUE(Set(update));
  silences_.PutBack("s1", before);
  EXPECT_EQ(silences_.Find("s1"), before);
  EXPECT_EQ(*silences_.All(), SilenceList{before});
  At(hours(1) + nanoseconds(1));
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), IsEmpty());

  At(minutes(1));
  silences_.Expire(now_, "s1", Fresh());
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), IsEmpty());
  silences_.PutBack("s1", before);
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), ElementsAre("s1"));

  ASSERT_TRUE(silences_.Set(now_, Wanted("a=x", {}, hours(1)), "s2", Fresh()));
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), UnorderedElementsAre("s1", "s2"));
  silences_.PutBack("s2", nullptr);
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), ElementsAre("s1"));
  EXPECT_EQ(*silences_.All(), SilenceList{before});
}

TEST_F(SilencesTest, KeptForTheRetention) {
  Create("a=x", {}, hours(1));
  Create("a=y", {}, hours(2));
  At(hours(1) + kRetention - nanoseconds(1));
  CollectGarbage();
  EXPECT_THAT(changes_.removed, IsEmpty());
  EXPECT_NE(silences_.Find("s1"), nullptr);
  At(hours(1) + kRetention);
  CollectGarbage();
  EXPECT_THAT(changes_.removed, ElementsAre("s1"));
  EXPECT_EQ(silences_.Find("s1"), nullptr);
  silences_ = Silences({}, hours(1), *silences_.All());
  CollectGarbage();
  EXPECT_THAT(changes_.removed, ElementsAre("s2"));
  EXPECT_EQ(silences_.size(), 0U);
}

TEST_F(SilencesTest, AllIsOneListUntilSomethingChanges) {
  Create("a=x", {}, hours(1));
  const auto before = silences_.All();
  ActiveFor(0, {{"a", "x"}});
  CollectGarbage();
  EXPECT_EQ(silences_.All(), before);
  Create("a=y", {}, hours(1));
  EXPECT_EQ(silences_.All()->size(), 2U);
  EXPECT_EQ(before->size(), 1U);
}

TEST_F(SilencesTest, CountsByState) {
  Create("a=x", {}, hours(1));
  Create("a=x", hours(1), hours(2));
  Create("a=x", hours(1), hours(2));
  At(minutes(1));
  Silences::Counts counts = silences_.CountByState(now_);
  EXPECT_EQ(counts.active, 1U);
  EXPECT_EQ(counts.pending, 2U);
  EXPECT_EQ(counts.expired, 0U);
  At(hours(1) + minutes(1));
  counts = silences_.CountByState(now_);
  EXPECT_EQ(counts.active, 2U);
  EXPECT_EQ(counts.pending, 0U);
  EXPECT_EQ(counts.expired, 1U);
}

TEST_F(SilencesTest, AllThatAreActiveSilence) {
  Create("a=~\"x.*\"", hours(1), hours(2));
  Create("a=x1", {}, hours(3));
  Create("a=x2", {}, hours(3));
  EXPECT_THAT(ActiveFor(0, {{"a", "x1"}}), ElementsAre("s2"));
  At(hours(1));
  EXPECT_THAT(ActiveFor(0, {{"a", "x1"}}), ElementsAre("s1", "s2"));
  EXPECT_THAT(ActiveFor(1, {{"a", "x3"}}), ElementsAre("s1"));
  EXPECT_THAT(ActiveFor(2, {{"b", "x1"}}), IsEmpty());
  Create("b=x1", {}, hours(3));
  EXPECT_THAT(ActiveFor(2, {{"b", "x1"}}), ElementsAre("s4"));
  At(hours(2) + nanoseconds(1));
  EXPECT_THAT(ActiveFor(0, {{"a", "x1"}}), ElementsAre("s2"));
  // An update moves the times of what is remembered.
  model::Silence update = Copy("s2");
  update.ends_at = kStart + hours(2) + nanoseconds(1);
  ASSERT_EQ(Set(update).value(), "s2");
  EXPECT_THAT(ActiveFor(0, {{"a", "x1"}}), ElementsAre("s2"));
  At(hours(2) + nanoseconds(2));
  EXPECT_THAT(ActiveFor(0, {{"a", "x1"}}), IsEmpty());
}

TEST_F(SilencesTest, ASlotIsForgottenWithItsAlert) {
  Create("a=x", {}, hours(1));
  EXPECT_THAT(ActiveFor(3, {{"a", "x"}}), ElementsAre("s1"));
  silences_.Forget(AlertSlot{3});
  EXPECT_THAT(ActiveFor(3, {{"a", "y"}}), IsEmpty());
  silences_.Forget(AlertSlot{3});
  EXPECT_THAT(ActiveFor(3, {{"a", "x"}}), ElementsAre("s1"));
  silences_.Forget(AlertSlot{99});
}

TEST_F(SilencesTest, ComesBackFromWhatWasStored) {
  Create("a=x", {}, hours(1));
  Create("a=x", {}, hours(2));
  model::Silence several = Wanted("a=y", {}, hours(2));
  several.matcher_sets.push_back(Matching("a=x"));
  ASSERT_TRUE(Set(several));
  At(hours(1) + minutes(1));
  silences_ = Silences({}, kRetention, *silences_.All());
  EXPECT_EQ(silences_.size(), 3U);
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), UnorderedElementsAre("s2", "s3"));
}

// An operator sets the wall clock right: what had ended by the wrong one has not.
TEST_F(SilencesTest, TheClockGoesBack) {
  Create("a=x", {}, hours(1));
  At(hours(2));
  CollectGarbage();
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), IsEmpty());
  At(minutes(30));
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), ElementsAre("s1"));
  At(hours(2));
  CollectGarbage();
  At(minutes(30));
  model::Silence update = Copy("s1");
  update.comment = "new";
  ASSERT_EQ(Set(update).value(), "s1");
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), ElementsAre("s1"));
  ASSERT_TRUE(Expire("s1"));
  EXPECT_THAT(ActiveFor(0, {{"a", "x"}}), IsEmpty());
}

// The server knows by how much: what people have done stays done.
TEST_F(SilencesTest, TheClockIsSetBack) {
  At(hours(1));
  const std::string planned = Create("a=1", hours(2), hours(3));
  const std::string active = Create("a=1", hours(1), hours(9));
  const std::string ended = Create("a=1", hours(1), hours(9));
  ASSERT_TRUE(Expire(ended));
  const std::string over = Create("a=1", hours(1), hours(1) + minutes(1));
  At(hours(1) + minutes(30));
  EXPECT_THAT(ActiveFor(1, {{"a", "1"}}), ElementsAre(active));
  At(minutes(30));
  silences_.ClockWentBack(now_, hours(1));
  EXPECT_EQ(State(planned), "pending");
  EXPECT_EQ(State(active), "active");
  EXPECT_EQ(State(ended), "expired");
  EXPECT_EQ(State(over), "expired");
  EXPECT_THAT(ActiveFor(1, {{"a", "1"}}), ElementsAre(active));
  EXPECT_THAT(ActiveFor(2, {{"a", "1"}}), ElementsAre(active));
  EXPECT_EQ(Copy(active).ends_at, kStart + hours(9));
  EXPECT_EQ(Copy(ended).ends_at, kStart);
  EXPECT_EQ(Copy(planned).starts_at, kStart + hours(2));
}

// Silences come and go at random, alerts take and leave slots, the clock jumps; whatever is asked
// is what trying every silence says.
TEST_F(SilencesTest, AgreesWithTryingEachOne) {
  Random random(1);
  const auto number = [&](std::uint64_t bound) { return static_cast<int>(random.Below(bound)); };
  std::map<std::uint32_t, model::LabelSet> alerts;
  std::size_t silenced = 0, jumps = 0;
  Duration clock{};
  silences_ = Silences({}, hours(2), *silences_.All());
  for (int step = 0; step < 5000; ++step) {
    clock += seconds(number(30));
    if (random.Below(500) == 0) {
      clock -= minutes(1 + number(240));
      ended_.clear();
      ++jumps;
    }
    At(clock);
    const std::uint64_t what = random.Below(10);
    if (what == 0) {
      static constexpr const char* kForms[] = {"a=%", "a=~\"%.*\"", "a!=%", "b=~\"%|1\"",
                                               "b=%,a=~\".*%\""};
      std::string matchers = kForms[random.Below(std::size(kForms))];
      for (std::size_t at; (at = matchers.find('%')) != std::string::npos;) {
        matchers.replace(at, 1, std::to_string(number(40)));
      }
      const Duration starts = clock + minutes(number(20));
      Create(matchers, starts, starts + minutes(1 + number(60)));
    } else if (what == 1 && !copy_.empty()) {
      const std::string id = std::next(copy_.begin(), number(copy_.size()))->first;
      model::Silence update = Copy(id);
      update.ends_at = now_ + minutes(1 + number(60));
      update.starts_at = std::min(update.starts_at, update.ends_at);
      ASSERT_TRUE(random.Below(3) == 0 ? Expire(id).has_value() : Set(update).has_value());
    } else if (what == 2 && random.Below(10) == 0) {
      CollectGarbage();
    }
    const auto slot = static_cast<std::uint32_t>(random.Below(30));
    if (!alerts.contains(slot) || random.Below(20) == 0) {
      silences_.Forget(AlertSlot{slot});
      alerts[slot] = {{"a", std::to_string(number(40))}, {"b", std::to_string(number(40))}};
    }
    std::set<std::string> want;
    for (const auto& [id, silence] : copy_) {
      const bool ended = ended_.contains(id) && ended_[id] == now_;
      if (!ended && State(id) == "active" && model::Matches(*silence, alerts[slot])) {
        want.insert(id);
      }
    }
    const Ids got = ActiveFor(slot, alerts[slot]);
    ASSERT_EQ(std::set<std::string>(got.begin(), got.end()), want) << "step " << step;
    ASSERT_EQ(got.size(), want.size());
    silenced += want.size();
  }
  EXPECT_GT(silenced, 2000U);
  EXPECT_GT(jumps, 5U);
  EXPECT_LT(silences_.size(), 1000U);
}

}  // namespace
}  // namespace tocsin::router
