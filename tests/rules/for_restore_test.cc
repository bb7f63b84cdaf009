#include "rules/for_restore.h"

#include "tests/rules/ruler_fixture.h"

#include <cmath>
#include <map>
#include <string>

namespace tocsin::rules {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kHold = minutes(30);

TEST(RestoredActiveAt, IsThatOfPrometheus) {
  const Time now = kStart;
  struct Case {
    Duration down, pending;          // Before now; before that.
    std::optional<Duration> active;  // Before now.
  };
  const Case cases[] = {
      {minutes(5), minutes(30), minutes(35)},               // Was firing.
      {minutes(5), minutes(29), minutes(20)},               // Fires when the grace is over.
      {minutes(5), minutes(20) + seconds(1), minutes(20)},  // The same.
      {minutes(5), minutes(20), minutes(20)},               // The time away does not count.
      {minutes(50), minutes(3), minutes(3)},                // The same.
      {seconds(0), seconds(0), seconds(0)},
      {minutes(5), -seconds(1), std::nullopt},   // Began after it was written.
      {-seconds(1), minutes(30), std::nullopt},  // Written in the future.
  };
  for (const Case& c : cases) {
    const WrittenClock clock{now - c.down - c.pending, now - c.down};
    const std::optional<Time> at = RestoredActiveAt(clock, kHold, minutes(10), now);
    EXPECT_EQ(at ? std::optional(now - *at) : std::nullopt, c.active) << Seconds(c.pending);
  }
}

class ForRestoreTest : public RulerTest {
 protected:
  ForRestoreTest() {
    options_.write_series = true;
    options_.for_restore = ForRestoreOptions();
    group_ = Group("g", {"A"}, kHold);
    group_.rules[0].labels = {{"kind", "{{ $value }}"}, {"team", "o\"ps"}};
  }

  static Sample Instance(const char* instance) { return {{{"instance", instance}}, 1}; }
  static model::LabelSet Series(const char* instance) {
    return {{"__name__", "ALERTS_FOR_STATE"},
            {"alertname", "A"},
            {"instance", instance},
            {"kind", "1"},
            {"team", "o\"ps"}};
  }
  LastSample Written(const char* instance, Duration before, Duration pending) const {
    return {Series(instance), now_ - before, UnixSeconds(now_ - before - pending)};
  }
  static QueryResult Last(std::vector<LastSample> samples) { return {{}, {}, {}, samples}; }

  // One evaluation, at now_ afterwards. What it asks beside is in questions_.
  Output Evaluate(Result<QueryResult> result) {
    Output out = Advance(now_ = next_);
    next_ += kInterval;
    out = Answer(now_, out.queries.at(0), std::move(result));
    questions_ = out.queries;
    for (const SeriesWrite& write : out.writes) {
      Output ignored;
      ruler_.Written(now_, write.id, {}, &ignored);
    }
    return out;
  }
  void Start(std::vector<Sample> vector, RulesState state = {}) {
    ruler_ = Ruler();
    ruler_.Restore(std::move(state));
    Install({group_}, kStart);
    next_ = FirstTick("g");
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(Evaluate(QueryResult{vector}).writes.empty());
  }
  // The answer to a question; what it asks then is in questions_.
  Output AnswerRestore(Result<QueryResult> result) {
    const Query question = questions_.at(0);
    questions_.erase(questions_.begin());
    Output out = Answer(now_, question, std::move(result));
    questions_.insert(questions_.end(), out.queries.begin(), out.queries.end());
    return out;
  }
  // `a 10m0s pending`: since when, before now_.
  std::string Alerts() const {
    std::map<std::string, std::string> texts;
    const GroupView view = ruler_.Snapshot().at(0);
    for (const RuleAlert& alert : view.rules.at(0).alerts) {
      texts[std::string(alert.labels.Get("instance"))] =
          std::to_string(std::chrono::duration_cast<seconds>(now_ - alert.active_at).count()) +
          "s " + std::string(ToString(alert.state)) + "\n";
    }
    std::string text;
    for (const auto& [instance, line] : texts) text += instance + " " + line;
    return text;
  }

  GroupDefinition group_;
  Time now_{}, next_{};
  std::vector<Query> questions_;
};

TEST_F(ForRestoreTest, AsksAfterTheSecondEvaluationAndGoesOn) {
  group_.query_offset = seconds(7);
  Start({Instance("a")});
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].expr, R"(ALERTS_FOR_STATE{alertname="A",team="o\"ps"}[1h])");
  EXPECT_TRUE(questions_[0].is_range);
  EXPECT_EQ(questions_[0].time, now_);
  EXPECT_EQ(questions_[0].datasource, "main");

  EXPECT_EQ(Count<GroupRestored>(AnswerRestore(Last({Written("a", minutes(2), minutes(5))}))), 0u);
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].expr, R"(ALERTS_FOR_STATE{alertname="A",team="o\"ps"})");
  EXPECT_FALSE(questions_[0].is_range);
  EXPECT_EQ(questions_[0].time, now_ - minutes(2) + 3 * kInterval);
  const Output out = AnswerRestore(QueryResult{{{Series("a"), 1}}});
  EXPECT_EQ(Count<ForRestored>(out), 1u);
  EXPECT_EQ(Count<GroupRestored>(out), 1u);
  ASSERT_EQ(out.changes.size(), 1u);
  EXPECT_EQ(std::get<AlertStored>(out.changes[0]).alert.active_at, now_ - minutes(5));
  EXPECT_EQ(Alerts(), "a 300s pending\n");

  const Output next = Evaluate(QueryResult{{Instance("a")}});
  EXPECT_TRUE(questions_.empty());
  ASSERT_EQ(next.writes.size(), 1u);
  EXPECT_EQ(next.writes[0].samples[1].value,
            std::floor(UnixSeconds(now_ - kInterval - minutes(5))));
}

TEST_F(ForRestoreTest, WasFiringFiresAtTheNextEvaluation) {
  Start({Instance("a"), Instance("b"), Instance("c")});
  AnswerRestore(Last({Written("a", seconds(50), kHold), Written("b", seconds(50), minutes(25)),
                      Written("c", seconds(50), minutes(25))}));
  // What was written of c had ended: a marker stands behind it.
  AnswerRestore(QueryResult{{{Series("a"), 1}, {Series("b"), 1}}});
  EXPECT_EQ(Alerts(), "a 1850s pending\nb 1200s pending\nc 15s pending\n");
  const Output out = Evaluate(QueryResult{{Instance("a"), Instance("b"), Instance("c")}});
  EXPECT_EQ(out.alerts.size(), 1u);
  EXPECT_EQ(Alerts(), "a 1865s firing\nb 1215s pending\nc 30s pending\n");
}

TEST_F(ForRestoreTest, ASeriesHasTheAlertsLabelsAndMaybeTheExternalOnes) {
  options_.external_labels = {{"region", "eu"}, {"team", "none"}};
  Start({Instance("a"), Instance("b"), Instance("c"), Instance("d")});
  const auto with = [this](const char* instance, model::Label label, Duration before) {
    LastSample sample = Written(instance, before, minutes(5));
    std::vector<model::Label> labels = {label};
    for (const model::Label one : sample.labels) {
      if (one.name != label.name) labels.push_back(one);
    }
    sample.labels = model::LabelSet::FromUnsorted(labels);
    return sample;
  };
  const std::vector<LastSample> samples = {
      with("a", {"region", "eu"}, minutes(1)), with("b", {"region", "us"}, minutes(1)),
      with("c", {"team", "none"}, minutes(1)), with("d", {"region", "eu"}, minutes(1)),
      Written("d", seconds(15), minutes(1))};
  AnswerRestore(Last(samples));
  QueryResult present;
  for (const LastSample& sample : samples) present.vector.push_back({sample.labels, 1});
  while (!questions_.empty()) AnswerRestore(present);
  EXPECT_EQ(Alerts(), "a 300s pending\nb 15s pending\nc 15s pending\nd 60s pending\n");
}

TEST_F(ForRestoreTest, ShortForBeginsAnewAndIsWrittenAtOnce) {
  group_.rules[0].hold = minutes(10) - seconds(1);
  Install({group_}, kStart);
  next_ = FirstTick("g");
  EXPECT_EQ(Evaluate(QueryResult{{Instance("a")}}).writes.size(), 1u);
  Evaluate(QueryResult{{Instance("a")}});
  EXPECT_TRUE(questions_.empty());
}

TEST_F(ForRestoreTest, NothingPendingIsNothingToAsk) {
  Start({});
  EXPECT_TRUE(questions_.empty());
  EXPECT_EQ(Evaluate(QueryResult{{Instance("a")}}).writes.size(), 1u);
  Evaluate(QueryResult{{Instance("a")}});
  EXPECT_TRUE(questions_.empty());
}

TEST_F(ForRestoreTest, NoToleranceIsNoRestore) {
  options_.for_restore->outage_tolerance = Duration::zero();
  Install({group_}, kStart);
  next_ = FirstTick("g");
  EXPECT_EQ(Evaluate(QueryResult{{Instance("a")}}).writes.size(), 1u);
}

TEST_F(ForRestoreTest, OurOwnStoreWinsWhereItHasTheAlert) {
  Start({Instance("a")});
  AnswerRestore(Last({}));
  RulesState state = ruler_.State();
  ASSERT_EQ(state.alerts.size(), 1u);
  state.alerts[0].alert.active_at = kStart - minutes(20);

  ruler_ = Ruler();
  ruler_.Restore(state);
  Install({group_}, kStart);
  next_ = FirstTick("g");
  EXPECT_EQ(Evaluate(QueryResult{{Instance("a")}}).writes.size(), 1u);
  EXPECT_TRUE(Evaluate(QueryResult{{Instance("a")}}).queries.empty());

  Start({Instance("b")}, {});
  ruler_ = Ruler();
  ruler_.Restore(state);
  Install({group_}, kStart);
  next_ = FirstTick("g");
  Evaluate(QueryResult{{Instance("a"), Instance("b")}});
  const Duration a = now_ + kInterval - (kStart - minutes(20));
  Evaluate(QueryResult{{Instance("a"), Instance("b")}});
  ASSERT_EQ(questions_.size(), 1u);
  AnswerRestore(Last({Written("a", minutes(1), minutes(5)), Written("b", minutes(1), minutes(5))}));
  AnswerRestore(QueryResult{{{Series("a"), 1}, {Series("b"), 1}}});
  EXPECT_EQ(Alerts(), "a " + std::to_string(std::chrono::duration_cast<seconds>(a).count()) +
                          "s pending\nb 300s pending\n");
}

TEST_F(ForRestoreTest, WhatWaitsIsNotStored) {
  Start({Instance("a")});
  EXPECT_TRUE(ruler_.State().alerts.empty());
  AnswerRestore(Last({}));
  EXPECT_EQ(ruler_.State().alerts.size(), 1u);
}

TEST_F(ForRestoreTest, ADatasourceThatIsAwayIsAskedWhenItIsBack) {
  Install({group_}, kStart);
  next_ = FirstTick("g");
  for (int i = 0; i < 9; ++i) Evaluate(Fail("away"));
  EXPECT_TRUE(questions_.empty());
  Evaluate(QueryResult{{Instance("a")}});
  ASSERT_EQ(questions_.size(), 1u);
  AnswerRestore(Last({Written("a", minutes(3), kHold)}));
  AnswerRestore(QueryResult{{{Series("a"), 1}}});
  EXPECT_EQ(Evaluate(QueryResult{{Instance("a")}}).alerts.size(), 1u);
}

TEST_F(ForRestoreTest, AFailureIsTriedAgainAndDelaysNoEvaluation) {
  Start({Instance("a")});
  // It hangs while the group goes on.
  const Query hangs = questions_.at(0);
  EXPECT_TRUE(Evaluate(QueryResult{{Instance("a")}}).writes.empty());
  EXPECT_TRUE(questions_.empty());
  EXPECT_EQ(Count<RestoreFailed>(Answer(now_, hangs, Fail("timed out"))), 1u);
  for (int attempt = 2; attempt <= 5; ++attempt) {
    EXPECT_TRUE(Evaluate(QueryResult{{Instance("a")}}).writes.empty());
    const Output out = AnswerRestore(Fail("forbidden"));
    ASSERT_EQ(Count<RestoreFailed>(out), 1u);
    EXPECT_EQ(std::get<RestoreFailed>(out.decisions[0]).final, attempt == 5);
  }
  // `for` has run since the alert was first seen, and its series are written again.
  EXPECT_EQ(Evaluate(QueryResult{{Instance("a")}}).writes.size(), 1u);
  EXPECT_EQ(Alerts(), "a 105s pending\n");
}

TEST_F(ForRestoreTest, WhatEndedMeanwhileBeginsAnew) {
  Start({Instance("a")});
  const Query hangs = questions_.at(0);
  const Time asked_at = now_;
  Evaluate(QueryResult{});
  Evaluate(QueryResult{{Instance("a")}});
  questions_ = {hangs};
  AnswerRestore(Last({{Series("a"), asked_at - minutes(1), UnixSeconds(asked_at - kHold)}}));
  AnswerRestore(QueryResult{{{Series("a"), 1}}});
  EXPECT_EQ(Alerts(), "a 0s pending\n");
}

TEST_F(ForRestoreTest, AReloadAsksAgainWithWhatIsNow) {
  Start({Instance("a")});
  const Query before = questions_.at(0);
  group_.rules[0].hold = kHold + minutes(1);
  Install({group_}, now_ + seconds(1));
  EXPECT_TRUE(Answer(now_, before, Last({})).decisions.empty());
  next_ = *ruler_.NextDeadline();
  Evaluate(QueryResult{{Instance("a")}});
  ASSERT_EQ(questions_.size(), 1u);
  AnswerRestore(Last({Written("a", minutes(2), minutes(5))}));
  AnswerRestore(QueryResult{{{Series("a"), 1}}});
  EXPECT_EQ(Alerts(), "a 300s pending\n");

  // A group that comes with a reload begins anew, as in Prometheus.
  group_.name = "new";
  Install({group_}, now_ + seconds(1));
  next_ = *ruler_.NextDeadline();
  EXPECT_EQ(Evaluate(QueryResult{{Instance("a")}}).writes.size(), 1u);
}

TEST_F(ForRestoreTest, AClockThatIsSetBackAsksAgain) {
  Start({Instance("a")});
  const Query before = questions_.at(0);
  now_ -= minutes(30);
  ruler_.ClockWentBack(now_, minutes(30));
  EXPECT_EQ(
      Count<RestoreFailed>(Answer(now_, before, Last({Written("a", minutes(2), minutes(5))}))), 1u);
  next_ = *ruler_.NextDeadline();
  EXPECT_TRUE(Evaluate(QueryResult{{Instance("a")}}).writes.empty());
  AnswerRestore(Last({Written("a", minutes(2), minutes(5))}));
  AnswerRestore(QueryResult{{{Series("a"), 1}}});
  EXPECT_EQ(Alerts(), "a 300s pending\n");
}

TEST_F(ForRestoreTest, LongIntervalsTakeWhatIsThere) {
  group_.interval = minutes(6);
  group_.rules[0].hold = minutes(60);
  Install({group_}, kStart);
  Output out;
  for (int i = 0; i < 2; ++i) {
    now_ = *ruler_.NextDeadline();
    out = Answer(now_, Advance(now_).queries.at(0), QueryResult{{Instance("a")}});
  }
  questions_ = out.queries;
  AnswerRestore(Last({Written("a", minutes(10), minutes(20))}));
  // No further than an instant selector looks back.
  EXPECT_EQ(questions_.at(0).time, now_ - minutes(10) + minutes(5) - seconds(1));
}

}  // namespace
}  // namespace tocsin::rules
