#include "rules/no_data.h"

#include "tests/rules/ruler_fixture.h"

#include <optional>
#include <set>
#include <string>

namespace tocsin::rules {
namespace {

using config::OnNoData;

class NoDataTest : public RulerTest {
 protected:
  void Start(OnNoData mode, Duration hold = Duration::zero()) {
    group_ = Group("g", {"A"}, hold);
    group_.rules[0].unfiltered = "all";
    group_.rules[0].on_no_data = mode;
    Install({group_}, kStart);
    next_ = FirstTick("g");
  }
  static QueryResult Of(const std::string& instances) {
    QueryResult result;
    for (const char instance : instances) {
      result.vector.push_back(
          {{{"__name__", "up"}, {"instance", std::string(1, instance)}}, instance - 'a' + 1.0});
    }
    return result;
  }
  // An evaluation: instances for which the condition holds, and those that are there. Returns
  // whether the latter was asked.
  bool Evaluate(const std::string& holds, std::optional<std::string> all) {
    now_ = next_;
    next_ += kInterval;
    Output out = Advance(now_);
    out = Answer(now_, out.queries.at(0), Of(holds));
    const bool asked = !out.queries.empty();
    if (asked) {
      EXPECT_EQ(out.queries[0].expr, "all");
      EXPECT_EQ(out.queries[0].time, now_);
      const auto result = all ? Result<QueryResult>(Of(*all)) : Fail("away");
      out = Answer(now_, out.queries[0], result);
    }
    gone_ = Count<SeriesGone>(out);
    failed_ = Count<RuleFailed>(out) > 0;
    return asked;
  }
  // `a firing 1, b pending 2`
  std::string Alerts() const {
    const GroupView view = ruler_.Snapshot().at(0);
    std::set<std::string> lines;
    for (const RuleAlert& alert : view.rules.at(0).alerts) {
      const std::string value =
          alert.value != alert.value ? "NaN" : std::to_string(static_cast<int>(alert.value));
      lines.insert(std::string(alert.labels.Get("instance")) + " " +
                   std::string(ToString(alert.state)) + " " + value);
    }
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : ", ") + line;
    return text;
  }

  GroupDefinition group_;
  Time now_{}, next_{};
  std::size_t gone_ = 0;
  bool failed_ = false;
};

TEST_F(NoDataTest, ResolveAsksNothing) {
  Start(OnNoData::kResolve);
  Evaluate("a", "a");
  EXPECT_FALSE(Evaluate("", ""));
  EXPECT_EQ(Alerts(), "");
}

TEST_F(NoDataTest, KeepHoldsWhatIsGoneAndEndsWhatIsOver) {
  Start(OnNoData::kKeep);
  EXPECT_FALSE(Evaluate("ab", {}));
  EXPECT_FALSE(Evaluate("ab", {}));
  // a is gone; for b the condition has ended.
  EXPECT_TRUE(Evaluate("", "b"));
  EXPECT_EQ(Alerts(), "a firing 1");
  EXPECT_EQ(gone_, 1u);
  EXPECT_TRUE(Evaluate("", ""));
  EXPECT_EQ(Alerts(), "a firing 1");
  EXPECT_EQ(gone_, 0u);
  // It is back, and well.
  EXPECT_TRUE(Evaluate("", "ab"));
  EXPECT_EQ(Alerts(), "");
  EXPECT_FALSE(Evaluate("", {}));
}

TEST_F(NoDataTest, ThePendingClockRunsOnWithTheLastSample) {
  Start(OnNoData::kKeep, 2 * kInterval);
  Evaluate("a", {});
  Evaluate("", "");
  EXPECT_EQ(Alerts(), "a pending 1");
  Evaluate("", "");
  EXPECT_EQ(Alerts(), "a firing 1");
}

TEST_F(NoDataTest, WhatKeepFiringForHoldsHasEndedAlready) {
  Start(OnNoData::kKeep);
  group_.rules[0].keep_firing_for = 2 * kInterval;
  Install({group_}, kStart);
  next_ = FirstTick("g");
  Evaluate("a", {});
  Evaluate("", "a");
  EXPECT_EQ(Alerts(), "a firing 1");
  EXPECT_FALSE(Evaluate("", ""));
  EXPECT_FALSE(Evaluate("", ""));
  EXPECT_EQ(Alerts(), "");
}

TEST_F(NoDataTest, NotToKnowWhatIsGoneFailsTheRuleAndEndsNothing) {
  Start(OnNoData::kKeep);
  Evaluate("a", {});
  EXPECT_TRUE(Evaluate("", std::nullopt));
  EXPECT_TRUE(failed_);
  EXPECT_EQ(Alerts(), "a firing 1");
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[0].last_error, "away");
}

TEST_F(NoDataTest, AlertFiresForASeriesThatWasThere) {
  Start(OnNoData::kAlert, kInterval);
  EXPECT_TRUE(Evaluate("", "ab"));
  EXPECT_EQ(Alerts(), "");
  Evaluate("", "b");
  EXPECT_EQ(Alerts(), "a pending NaN");
  Evaluate("", "b");
  EXPECT_EQ(Alerts(), "a firing NaN");
  // Back, with a condition that holds; gone again.
  Evaluate("a", "ab");
  EXPECT_EQ(Alerts(), "a firing 1");
  Evaluate("", "b");
  EXPECT_EQ(Alerts(), "a firing 1");
  Evaluate("", "ab");
  EXPECT_EQ(Alerts(), "");
}

TEST_F(NoDataTest, AnotherSeriesThatMakesTheSameAlertTakesThePlace) {
  Start(OnNoData::kAlert);
  group_.rules[0].labels["instance"] = "any";
  Install({group_}, kStart);
  next_ = FirstTick("g");
  Evaluate("", "ab");
  Evaluate("b", "b");
  EXPECT_FALSE(failed_);
  EXPECT_EQ(Alerts(), "any firing 2");
}

TEST_F(NoDataTest, AReloadKeepsWhatIsKnown) {
  Start(OnNoData::kAlert);
  Evaluate("", "a");
  group_.limit = 5;
  Install({group_}, now_ + std::chrono::seconds(1));
  Evaluate("", "");
  EXPECT_EQ(Alerts(), "a firing NaN");
}

TEST_F(NoDataTest, WhatIsGoneForADayIsForgotten) {
  Start(OnNoData::kAlert);
  group_.interval = std::chrono::hours(6);
  ruler_ = Ruler();
  Install({group_}, kStart);
  const auto evaluate = [this](const std::string& all) {
    now_ = *ruler_.NextDeadline();
    const Query unfiltered = Answer(now_, Advance(now_).queries.at(0), Of("")).queries.at(0);
    Answer(now_, unfiltered, Of(all));
  };
  evaluate("a");
  for (int i = 0; i < 5; ++i) {
    evaluate("");
    EXPECT_EQ(Alerts(), "a firing NaN") << i;
  }
  evaluate("");
  EXPECT_EQ(Alerts(), "");
  evaluate("");
  EXPECT_EQ(Alerts(), "");
}

TEST_F(NoDataTest, TheDefaultAppliesWhereItTellsSomething) {
  options_.on_no_data = OnNoData::kAlert;
  Start(OnNoData::kResolve);
  EXPECT_FALSE(Evaluate("a", {}));
  group_.rules[0].on_no_data.reset();
  Install({group_}, now_ + std::chrono::seconds(1));
  EXPECT_TRUE(Evaluate("a", "a"));
  group_.rules[0].unfiltered.clear();
  group_.rules[0].hold = kInterval;
  Install({group_}, now_ + std::chrono::seconds(1));
  EXPECT_FALSE(Evaluate("a", {}));
}

}  // namespace
}  // namespace tocsin::rules
