#include "rules/rules_state.h"

#include "tests/rules/ruler_fixture.h"

#include <map>
#include <string>
#include <utility>

namespace tocsin::rules {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class RulesStateTest : public RulerTest {
 protected:
  // What a store has after the changes: the state of every rule's alerts.
  void Store(const Output& out) {
    for (const StateChange& change : out.changes) {
      ++changes_;
      if (const auto* stored = std::get_if<AlertStored>(&change)) {
        stored_[Key(*stored->rule, stored->alert.labels)] = *stored;
      } else {
        const auto& removed = std::get<AlertRemoved>(change);
        stored_.erase(Key(*removed.rule, removed.labels));
      }
    }
  }
  Output Evaluate(Time ts, Result<QueryResult> result) {
    Output out = Answer(ts, Advance(ts).queries.at(0), std::move(result));
    Store(out);
    return out;
  }
  // The process dies; another one starts with what was stored.
  Output Restart(std::vector<GroupDefinition> groups, Time now) {
    RulesState state;
    for (const auto& [key, alert] : stored_) state.alerts.push_back(alert);
    ruler_ = Ruler();
    ruler_.Restore(std::move(state));
    Install(std::move(groups), now);
    Store(installed_);
    return std::move(installed_);
  }
  std::string States() const {
    std::string text;
    for (const auto& [key, stored] : stored_) {
      text += stored.rule->rule + " " + std::string(ToString(stored.alert.state)) + "\n";
    }
    return text;
  }
  static std::string Key(const RuleIdentity& rule, const model::LabelSet& labels) {
    return rule.group + " " + rule.rule + " " + labels.ToString();
  }

  std::map<std::string, AlertStored> stored_;
  int changes_ = 0;
};

TEST_F(RulesStateTest, ChangesAreWhatChangesAndNotEveryEvaluation) {
  GroupDefinition group = Group("g", {"A"}, 2 * kInterval);
  group.rules[0].keep_firing_for = 2 * kInterval;
  Install({group}, kStart);
  Time ts = FirstTick("g");
  const auto changes = [&](Result<QueryResult> result) {
    const int before = changes_;
    Evaluate(ts, std::move(result));
    ts += kInterval;
    return changes_ - before;
  };
  EXPECT_EQ(changes(OneSample()), 1);
  EXPECT_EQ(States(), "A{} pending\n");
  EXPECT_EQ(changes(OneSample()), 0);
  EXPECT_EQ(changes(OneSample()), 1);
  EXPECT_EQ(States(), "A{} firing\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(changes(OneSample()), 0) << i;
  EXPECT_EQ(changes(Fail("away")), 0);
  EXPECT_EQ(changes(QueryResult{}), 1) << "kept firing";
  EXPECT_EQ(changes(OneSample()), 1) << "not any more";
  EXPECT_EQ(changes(QueryResult{}) + changes(QueryResult{}) + changes(QueryResult{}), 2);
  EXPECT_EQ(States(), "A{} inactive\n");
  for (int i = 0; i < 60; ++i) changes(QueryResult{});
  EXPECT_EQ(changes(QueryResult{}), 1);
  EXPECT_EQ(States(), "");
}

TEST_F(RulesStateTest, TheClockOfForGoesOnOverARestart) {
  const GroupDefinition group = Group("g", {"A"}, 3 * kInterval);
  Install({group}, kStart);
  const Time ts = FirstTick("g");
  EXPECT_TRUE(Evaluate(ts, OneSample()).alerts.empty());
  EXPECT_TRUE(Restart({group}, ts + seconds(1)).alerts.empty());
  EXPECT_TRUE(Evaluate(ts + kInterval, OneSample()).alerts.empty());
  EXPECT_TRUE(Evaluate(ts + 2 * kInterval, OneSample()).alerts.empty());
  const Output out = Evaluate(ts + 3 * kInterval, OneSample());
  ASSERT_EQ(out.alerts.size(), 1u);
  EXPECT_EQ(out.alerts[0]->starts_at, ts + 3 * kInterval);
}

TEST_F(RulesStateTest, WhatFiresIsSentAtTheStartAndEndsWhenItsConditionDoes) {
  const GroupDefinition group = Group("g", {"A"}, kInterval);
  Install({group}, kStart);
  const Time ts = FirstTick("g");
  Evaluate(ts, OneSample());
  ASSERT_EQ(Evaluate(ts + kInterval, OneSample()).alerts.size(), 1u);
  const Time later = ts + 40 * kInterval;
  Output out = Restart({group}, later + seconds(1));
  ASSERT_EQ(out.alerts.size(), 1u);
  EXPECT_EQ(out.alerts[0]->starts_at, ts + kInterval);
  EXPECT_GT(out.alerts[0]->ends_at, later + minutes(3));
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[0].state, AlertState::kFiring);
  EXPECT_TRUE(Evaluate(later + kInterval, Fail("away")).alerts.empty());
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[0].state, AlertState::kFiring);
  out = Evaluate(later + 2 * kInterval, QueryResult{});
  ASSERT_EQ(out.alerts.size(), 1u);
  EXPECT_EQ(out.alerts[0]->ends_at, later + 2 * kInterval);
}

// The process may have ended between writing it down and telling it.
TEST_F(RulesStateTest, AnEndIsToldOnceAtTheStartHoweverLongAgoItWas) {
  const GroupDefinition group = Group("g", {"A"}, kInterval);
  Install({group}, kStart);
  const Time ts = FirstTick("g");
  Evaluate(ts, OneSample());
  Evaluate(ts + kInterval, OneSample());
  const Time end = ts + 2 * kInterval;
  ASSERT_EQ(Evaluate(end, QueryResult{}).alerts.size(), 1u);
  const Time later = ts + 400 * kInterval;
  const Output out = Restart({group}, later + seconds(1));
  ASSERT_EQ(out.alerts.size(), 1u);
  EXPECT_EQ(out.alerts[0]->ends_at, end);
  EXPECT_TRUE(Evaluate(later + kInterval, QueryResult{}).alerts.empty());
}

TEST_F(RulesStateTest, WhoseRuleIsGoneAtTheStartIsForgotten) {
  Install({Group("g", {"A"})}, kStart);
  const Time ts = FirstTick("g");
  Evaluate(ts, OneSample());
  const Output out = Restart({Group("h", {"B"})}, ts + seconds(1));
  EXPECT_EQ(States(), "");
  ASSERT_EQ(Count<AlertForgotten>(out), 1u);
  const auto& forgotten = std::get<AlertForgotten>(out.decisions.at(0));
  EXPECT_EQ(forgotten.rule->name(), "A");
  EXPECT_EQ(forgotten.rule->group, "g");
  EXPECT_EQ(forgotten.rule->position.file, Group("g", {}).file);
  EXPECT_EQ(forgotten.state, AlertState::kFiring);
}

TEST_F(RulesStateTest, EachGroupTakesUpItsOwnAlerts) {
  std::vector<GroupDefinition> groups;
  for (const char* name : {"a", "b", "c", "d"}) groups.push_back(Group(name, {"A"}));
  Install(groups, kStart);
  Time last = kStart;
  for (const GroupDefinition& group : groups) last = std::max(last, FirstTick(group.name));
  for (const Query& query : Advance(last).queries) Store(Answer(last, query, OneSample()));
  // Nobody but the state has the names, as after a start.
  RulesState state;
  for (const auto& [key, stored] : std::exchange(stored_, {})) {
    state.alerts.push_back({std::make_shared<const RuleIdentity>(*stored.rule), stored.alert});
  }
  ASSERT_EQ(state.alerts.size(), 4u);
  ruler_ = Ruler();
  ruler_.Restore(std::move(state));
  groups.pop_back();
  Install(groups, last + seconds(1));
  EXPECT_EQ(ruler_.State().alerts.size(), 3u);
  EXPECT_EQ(Count<AlertForgotten>(installed_), 1u);
}

TEST_F(RulesStateTest, ARestartKeepsAnnotationsValueAndTheHoldOfKeepFiringFor) {
  GroupDefinition group = Group("g", {"A"});
  group.rules[0].keep_firing_for = 4 * kInterval;
  group.rules[0].annotations = {{"text", "{{ $labels.instance }} is {{ $value }}"}};
  Install({group}, kStart);
  const Time ts = FirstTick("g");
  Evaluate(ts, QueryResult{{{{{"instance", "i"}}, 7}}});
  Evaluate(ts + kInterval, QueryResult{});
  const Output out = Restart({group}, ts + 2 * kInterval - seconds(1));
  const RuleAlert alert = ruler_.Snapshot().at(0).rules[0].alerts.at(0);
  Expansions counts;
  EXPECT_EQ(ExpandAnnotations(alert, &counts).Get("text"), "i is 7");
  EXPECT_EQ(alert.keep_firing_since, ts + kInterval);
  Evaluate(ts + 2 * kInterval, QueryResult{});
  Evaluate(ts + 3 * kInterval, QueryResult{});
  Evaluate(ts + 4 * kInterval, QueryResult{});
  EXPECT_EQ(States(), "A{} firing\n");
  Evaluate(ts + 5 * kInterval, QueryResult{});
  EXPECT_EQ(States(), "A{} inactive\n");
}

TEST_F(RulesStateTest, RulesAreKnownByNameLabelsAndPlace) {
  GroupDefinition group = Group("g", {"A", "A", "B"}, kInterval);
  group.rules[2].labels = {{"severity", "page"}};
  Install({group}, kStart);
  const Time ts = FirstTick("g");
  Output out = Advance(ts);
  for (int i = 0; i < 3; ++i) {
    out = Answer(ts, out.queries.at(0), OneSample());
    Store(out);
  }
  EXPECT_EQ(States(), "A{} pending\nA{}#2 pending\nB{severity=\"page\"} pending\n");
  EXPECT_EQ(ruler_.State().alerts.size(), 3u);
  // One is gone after the restart, another one has another expression.
  group.rules.erase(group.rules.begin() + 1);
  group.rules[0].expr = "other";
  Restart({group}, ts + seconds(1));
  EXPECT_EQ(States(), "A{} pending\nB{severity=\"page\"} pending\n");
  EXPECT_EQ(ruler_.State().alerts.size(), 2u);
  // A reload removes one, and then the group.
  group.rules.pop_back();
  Install({group}, ts + seconds(2));
  Store(installed_);
  EXPECT_EQ(States(), "A{} pending\n");
  Install({}, ts + seconds(3));
  Store(installed_);
  EXPECT_EQ(States(), "");
}

// Neither of what stays nor of what leaves in that evaluation.
TEST_F(RulesStateTest, BeyondTheLimitNothingIsLeft) {
  GroupDefinition group = Group("g", {"A"});
  group.limit = 2;
  Install({group}, kStart);
  const auto samples = [](std::initializer_list<const char*> instances) {
    QueryResult result;
    for (const char* instance : instances) result.vector.push_back({{{"instance", instance}}, 1});
    return result;
  };
  const Time ts = FirstTick("g");
  Evaluate(ts, samples({"leaves", "stays"}));
  EXPECT_EQ(States(), "A{} firing\nA{} firing\n");
  Output out =
      Answer(ts + kInterval, Advance(ts + kInterval).queries.at(0), samples({"stays", "j", "k"}));
  Store(out);
  EXPECT_EQ(States(), "");
}

}  // namespace
}  // namespace tocsin::rules
