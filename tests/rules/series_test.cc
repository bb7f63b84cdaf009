#include "rules/stale_nan.h"
#include "tests/rules/ruler_fixture.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::rules {
namespace {

using std::chrono::seconds;

GroupDefinition Recording(std::string name,
                          std::vector<std::pair<std::string, std::string>> rules) {
  GroupDefinition group = Group(std::move(name), {});
  for (auto& [record, expr] : rules) {
    RuleDefinition rule;
    rule.record = record;
    rule.expr = expr;
    group.rules.push_back(std::move(rule));
  }
  return group;
}

Sample Of(const char* instance, double value) {
  return {{{"__name__", "up"}, {"instance", instance}}, value};
}

// The samples of all writes, sorted: `name{labels} value`.
std::string Written(const Output& out) {
  std::vector<std::string> lines;
  for (const SeriesWrite& write : out.writes) {
    for (const SeriesSample& sample : write.samples) {
      std::string value = IsStaleNan(sample.value) ? "stale" : std::to_string(sample.value);
      if (!IsStaleNan(sample.value) && std::isfinite(sample.value)) {
        value = std::to_string(static_cast<long long>(sample.value));
      }
      lines.push_back(sample.labels.ToString() + " " + value + "\n");
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

class SeriesTest : public RulerTest {
 protected:
  SeriesTest() { options_.write_series = true; }

  // An evaluation of a group with one rule.
  Output Evaluate(Time ts, Result<QueryResult> result) {
    return Answer(ts, Advance(ts).queries.at(0), std::move(result));
  }
  Output Acknowledge(Time now, const Output& out, Status status = {}) {
    Output next;
    for (const SeriesWrite& write : out.writes) ruler_.Written(now, write.id, status, &next);
    return next;
  }
};

TEST_F(SeriesTest, ARecordingRuleWritesItsResultUnderItsOwnNameAndLabels) {
  GroupDefinition group = Recording("g", {{"r", "up"}});
  group.query_offset = seconds(5);
  group.rules[0].labels = {{"instance", ""}, {"team", "{{ x }}"}, {"zone", "z"}};
  Install({group}, kStart);
  const Time ts = FirstTick("g");
  const Output out = Evaluate(ts, QueryResult{{Of("a", 7)}});
  EXPECT_EQ(Written(out), "{__name__=\"r\", team=\"{{ x }}\", zone=\"z\"} 7\n");
  ASSERT_EQ(out.writes.size(), 1u);
  EXPECT_EQ(out.writes[0].samples[0].time, ts - seconds(5));
  EXPECT_EQ(out.writes[0].datasource, "main");
}

TEST_F(SeriesTest, AnyValueIsRecordedAndNoneIsTakenForTheEnd) {
  Install({Recording("g", {{"r", "up"}})}, kStart);
  const double infinity = std::numeric_limits<double>::infinity();
  const Output out = Evaluate(
      FirstTick("g"), QueryResult{{Of("a", std::nan("")), Of("b", infinity), Of("c", -infinity)}});
  EXPECT_EQ(Written(out),
            "{__name__=\"r\", instance=\"a\"} nan\n{__name__=\"r\", instance=\"b\"} inf\n"
            "{__name__=\"r\", instance=\"c\"} -inf\n");
}

TEST_F(SeriesTest, ASeriesThatIsGoneEndsAtTheEvaluationThatLacksIt) {
  Install({Recording("g", {{"r", "up"}})}, kStart);
  Time ts = FirstTick("g");
  Evaluate(ts, QueryResult{{Of("a", 1), Of("b", 2)}});
  EXPECT_EQ(Written(Evaluate(ts += kInterval, Fail("away"))), "") << "nothing is known";
  EXPECT_EQ(Written(Evaluate(ts += kInterval, QueryResult{{Of("b", 3)}})),
            "{__name__=\"r\", instance=\"a\"} stale\n{__name__=\"r\", instance=\"b\"} 3\n");
  EXPECT_EQ(Written(Evaluate(ts += kInterval, QueryResult{{Of("b", 3)}})),
            "{__name__=\"r\", instance=\"b\"} 3\n");
}

TEST_F(SeriesTest, TwoSamplesOfOneLabelSetAndTooManyFailTheRule) {
  GroupDefinition group = Recording("g", {{"r", "up"}});
  group.limit = 1;
  group.rules[0].labels = {{"zone", "z"}};
  Install({group}, kStart);
  Time ts = FirstTick("g");
  const auto error = [&](Vector vector) {
    const Output out = Evaluate(ts, QueryResult{std::move(vector)});
    ts += kInterval;
    EXPECT_EQ(Written(out), "");
    EXPECT_EQ(Count<RuleFailed>(out), 1u);
    return ruler_.Snapshot().at(0).rules[0].last_error;
  };
  EXPECT_EQ(error({{{{"zone", "x"}}, 1}, {{{"zone", "y"}}, 1}}),
            "vector contains metrics with the same labelset after applying rule labels");
  EXPECT_EQ(error({Of("a", 1), Of("b", 1)}), "exceeded limit of 1 with 2 series");
}

TEST_F(SeriesTest, HistogramsAreSaidToBeLeftOutAndTheOthersAreWritten) {
  Install({Recording("g", {{"r", "up"}})}, kStart);
  const Time ts = FirstTick("g");
  Evaluate(ts, QueryResult{{Of("a", 1), Of("b", 2)}});
  Sample histogram = Of("a", 0);
  histogram.histogram = std::make_shared<const model::NativeHistogram>();
  const Output out = Evaluate(ts + kInterval, QueryResult{{histogram, Of("b", 2)}});
  EXPECT_EQ(Written(out),
            "{__name__=\"r\", instance=\"a\"} stale\n{__name__=\"r\", instance=\"b\"} 2\n");
  EXPECT_EQ(Count<RuleFailed>(out), 1u);
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[0].last_error,
            "native histograms cannot be recorded, 1 of 2 series are");
}

TEST_F(SeriesTest, AlertsAreWrittenByStateAndEndWithIt) {
  Install({Group("g", {"A"}, kInterval)}, kStart);
  Time ts = FirstTick("g");
  const std::string since = std::to_string(UnixMillis(ts) / 1000);
  const QueryResult one{{{{{"__name__", "up"}, {"alertstate", "x"}, {"i", "1"}}, 5}}};
  const std::string for_state =
      "{__name__=\"ALERTS_FOR_STATE\", alertname=\"A\", alertstate=\"x\", i=\"1\"} ";
  const std::string pending =
      "{__name__=\"ALERTS\", alertname=\"A\", alertstate=\"pending\", i=\"1\"} ";
  const std::string firing =
      "{__name__=\"ALERTS\", alertname=\"A\", alertstate=\"firing\", i=\"1\"} ";
  EXPECT_EQ(Written(Evaluate(ts, one)), pending + "1\n" + for_state + since + "\n");
  EXPECT_EQ(Written(Evaluate(ts += kInterval, one)),
            firing + "1\n" + pending + "stale\n" + for_state + since + "\n");
  EXPECT_EQ(Written(Evaluate(ts += kInterval, QueryResult{})),
            firing + "stale\n" + for_state + "stale\n");
  EXPECT_EQ(Written(Evaluate(ts += kInterval, QueryResult{})), "");
}

TEST_F(SeriesTest, WithoutAStoreNothingIsWrittenAndRecordingRulesRest) {
  options_.write_series = false;
  GroupDefinition group = Recording("g", {{"r", "up"}});
  group.rules.push_back(Group("", {"A"}).rules[0]);
  Install({group}, kStart);
  const Output out = Advance(FirstTick("g"));
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].expr, "A_expr");
  EXPECT_TRUE(Answer(FirstTick("g"), out.queries[0], OneSample()).writes.empty());
}

TEST_F(SeriesTest, ARuleThatReadsWhatAnEarlierOneWritesWaitsUntilItCanBeRead) {
  Install({Recording("g", {{"r", "up"}, {"s", "r"}, {"t", "up"}, {"u", "s"}})}, kStart);
  const Time ts = FirstTick("g");
  const Output first = Answer(ts, Advance(ts).queries.at(0), OneSample());
  ASSERT_EQ(first.queries.size(), 1u);
  EXPECT_EQ(first.queries[0].expr, "up") << "t does not read it";
  EXPECT_TRUE(Answer(ts, first.queries[0], QueryResult{}).queries.empty());
  const Output second = Acknowledge(ts, first);
  ASSERT_EQ(second.queries.size(), 1u);
  EXPECT_EQ(second.queries[0].expr, "r");
  const Output third = Answer(ts, second.queries[0], OneSample());
  EXPECT_TRUE(third.queries.empty());
  // A store that refuses it holds up nothing.
  const Output last = Acknowledge(ts, third, Fail("out of order"));
  EXPECT_EQ(Count<SeriesNotWritten>(last), 1u);
  ASSERT_EQ(last.queries.size(), 1u);
  EXPECT_EQ(last.queries[0].expr, "s");
  EXPECT_EQ(Count<GroupEvaluated>(Answer(ts, last.queries[0], QueryResult{})), 1u);
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[1].health, Health::kErr);
}

TEST_F(SeriesTest, AGroupEvaluatesAsManyRulesAtATimeAsItSays) {
  GroupDefinition group = Recording("g", {{"r", "up"}, {"s", "up"}, {"t", "r"}, {"u", "up"}});
  group.concurrency = 3;
  Install({group}, kStart);
  const Time ts = FirstTick("g");
  const Output first = Advance(ts);
  ASSERT_EQ(first.queries.size(), 3u);
  for (const Query& query : first.queries) EXPECT_EQ(query.expr, "up");
  const Output answered = Answer(ts, first.queries[0], OneSample());
  EXPECT_TRUE(answered.queries.empty());
  const Output reads = Acknowledge(ts, answered);
  ASSERT_EQ(reads.queries.size(), 1u);
  EXPECT_EQ(reads.queries[0].expr, "r");
  Answer(ts, first.queries[2], OneSample());
  Answer(ts, reads.queries[0], OneSample());
  EXPECT_EQ(Count<GroupEvaluated>(Answer(ts, first.queries[1], OneSample())), 1u);
}

TEST_F(SeriesTest, TheSeriesOfARuleThatAReloadRemovesEndWithTheNextEvaluation) {
  Install({Recording("g", {{"r", "up"}, {"s", "up"}})}, kStart);
  Time ts = FirstTick("g");
  Output out = Answer(ts, Advance(ts).queries.at(0), OneSample());
  Answer(ts, out.queries.at(0), OneSample());
  Install({Recording("g", {{"r", "up"}})}, ts + seconds(1));
  EXPECT_EQ(Written(Evaluate(ts += kInterval, OneSample())),
            "{__name__=\"r\", instance=\"i\"} 1\n{__name__=\"s\", instance=\"i\"} stale\n");
  EXPECT_EQ(Written(Evaluate(ts + kInterval, OneSample())), "{__name__=\"r\", instance=\"i\"} 1\n");
}

TEST_F(SeriesTest, TheSeriesOfAGroupThatIsGoneEndAfterTwoIntervalsIfNobodyTakesThemOver) {
  Install({Recording("g", {{"r", "up"}, {"s", "up"}})}, kStart);
  const Time ts = FirstTick("g");
  Output out = Answer(ts, Advance(ts).queries.at(0), OneSample());
  Answer(ts, out.queries.at(0), OneSample());
  const Time removed = ts + seconds(1);
  Install({Recording("renamed", {{"r", "up"}})}, removed);
  const Time due = removed + 2 * kInterval;
  for (Time now = removed; now < due; now = std::min(due, *ruler_.NextDeadline())) {
    out = Advance(now);
    EXPECT_EQ(Written(out), "");
    if (!out.queries.empty()) Answer(now, out.queries[0], OneSample());
  }
  out = Advance(due);
  EXPECT_EQ(Written(out), "{__name__=\"s\", instance=\"i\"} stale\n");
  EXPECT_EQ(out.writes.at(0).samples[0].time, removed);
}

}  // namespace
}  // namespace tocsin::rules
