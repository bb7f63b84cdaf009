#include "tests/rules/ruler_fixture.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tocsin::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(RulerTest, EvaluatesRulesOneAfterTheOtherAtTheGroupsPhase) {
  Install({Group("g", {"A", "B"})}, kStart);
  const Time tick = FirstTick("g");
  EXPECT_EQ(*ruler_.NextDeadline(), tick);
  EXPECT_TRUE(Advance(tick - Duration(1)).queries.empty());

  Output out = Advance(tick);
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].expr, "A_expr");
  EXPECT_EQ(out.queries[0].time, tick);
  EXPECT_EQ(out.queries[0].datasource, "main");
  EXPECT_EQ(out.queries[0].timeout, seconds(10));

  out = Answer(tick + seconds(1), out.queries[0], OneSample());
  EXPECT_EQ(out.alerts.size(), 1u);
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].expr, "B_expr");
  EXPECT_EQ(out.queries[0].time, tick) << "the scheduled time, not the clock's";

  out = Answer(tick + seconds(2), out.queries[0], QueryResult{});
  EXPECT_TRUE(out.queries.empty());
  EXPECT_EQ(Count<GroupEvaluated>(out), 1u);
  EXPECT_EQ(*ruler_.NextDeadline(), tick + kInterval);
}

TEST_F(RulerTest, GroupsGoOnBesideASlowOne) {
  Install({Group("g", {"A"}), Group("h", {"B"})}, kStart);
  const Time late = kStart + kInterval;
  Output out = Advance(late);
  ASSERT_EQ(out.queries.size(), 2u);
  const bool first_is_g = out.queries[0].expr == "A_expr";
  Answer(late, out.queries[first_is_g ? 1 : 0], QueryResult{});  // h is answered, g hangs.
  out = Advance(FirstTick("h") + kInterval);
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].expr, "B_expr");
}

TEST_F(RulerTest, ANewGroupNeedNotWaitForItsSlotAndThenKeepsToIt) {
  GroupDefinition group = Group("g", {"A"});
  group.interval = std::chrono::hours(1);
  const Duration offset = GroupOffset("rules.yml", "g", group.interval);
  // A second after its slot.
  const Time start = Slot(kStart, offset, group.interval) + seconds(1);
  options_.max_start_delay = seconds(10);
  Install({group}, start);
  const Time first = start + GroupOffset("rules.yml", "g", seconds(10));
  EXPECT_EQ(ruler_.NextDeadline(), first);
  Output out = Advance(first);
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].time, first);
  Answer(first, out.queries[0], QueryResult{});
  const Time next = start - seconds(1) + group.interval;
  EXPECT_EQ(ruler_.NextDeadline(), next);
  out = Advance(next);
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].time, next);
  out = Answer(next, out.queries[0], QueryResult{});
  EXPECT_EQ(std::get<GroupEvaluated>(out.decisions.back()).missed, 0);
}

TEST_F(RulerTest, NewGroupsWhoseSlotsComeSoonEnoughAreNeverEvaluatedOffThem) {
  std::vector<GroupDefinition> groups;
  for (int i = 0; i < 100; ++i) groups.push_back(Group("g" + std::to_string(i), {"A"}));
  options_.max_start_delay = kInterval;
  // Not where the slots of all begin.
  const Time start = kStart + seconds(4);
  Install(std::move(groups), start);
  std::map<std::string, std::vector<Time>> evaluated;
  while (*ruler_.NextDeadline() <= start + 3 * kInterval) {
    const Time now = *ruler_.NextDeadline();
    for (const Query& query : Advance(now).queries) {
      const Output out = Answer(now, query, QueryResult{});
      evaluated[std::get<GroupEvaluated>(out.decisions.back()).group].push_back(now);
    }
  }
  EXPECT_EQ(evaluated.size(), 100u);
  for (const auto& [group, times] : evaluated) {
    ASSERT_EQ(times.size(), 3u) << group;
    EXPECT_EQ(times[1] - times[0], kInterval) << group;
    EXPECT_EQ(times[2] - times[1], kInterval) << group;
  }
}

TEST_F(RulerTest, CountsTheIterationsThatASlowEvaluationMissed) {
  Install({Group("g", {"A"})}, kStart);
  const Time tick = FirstTick("g");
  Output out = Advance(tick);
  const Time answered = tick + seconds(50);
  Answer(answered, out.queries.at(0), QueryResult{});
  out = Advance(answered);
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].time, tick + 3 * kInterval);
  out = Answer(answered, out.queries[0], QueryResult{});
  ASSERT_EQ(Count<GroupEvaluated>(out), 1u);
  for (const Decision& decision : out.decisions) {
    const auto* done = std::get_if<GroupEvaluated>(&decision);
    if (done != nullptr) {
      EXPECT_EQ(done->missed, 2);
    }
  }
}

// The tenth of ten hanging queries ends long after what the first rule sent last is valid for.
TEST_F(RulerTest, ADatasourceThatHangsEndsNoAlert) {
  std::vector<std::string> rules;
  for (int i = 0; i < 50; ++i) rules.push_back("R" + std::to_string(i));
  Install({Group("g", rules)}, kStart);
  Time now = FirstTick("g");
  std::map<std::string, Time> valid_until;
  const auto note = [&](const Output& out) {
    for (const model::AlertPtr& alert : out.alerts) {
      valid_until[std::string(alert->labels.Get("alertname"))] = alert->ends_at;
    }
  };
  Output out = Advance(now);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    out = Answer(now, out.queries.at(0), OneSample());
    note(out);
  }
  ASSERT_EQ(valid_until.size(), rules.size());
  now += kInterval;
  out = Advance(now);
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(out.queries.size(), 1u) << i;
    const Time answered = now + seconds(10);
    while (*ruler_.NextDeadline() <= answered) note(Advance(*ruler_.NextDeadline()));
    now = answered;
    for (const auto& [alert, until] : valid_until) EXPECT_GT(until, now) << alert << " " << i;
    out = Answer(now, out.queries[0], Fail("query timed out after 10s"));
    note(out);
    if (out.queries.empty()) out = Advance(*ruler_.NextDeadline());
  }
}

// Its answers come, but the round takes longer than an alert lasts that is not sent again.
TEST_F(RulerTest, ARoundThatTakesLongEndsNoAlert) {
  Install({Group("g", {"A", "B", "C", "D"})}, kStart);
  const Time tick = FirstTick("g");
  Output out = Advance(tick);
  for (int i = 0; i < 4; ++i) out = Answer(tick, out.queries.at(0), OneSample());
  std::map<std::string, Time> valid_until;
  std::set<Time> sent_for;  // By what the alerts are valid until, when they were sent.
  const auto note = [&](const Output& output) {
    for (const model::AlertPtr& alert : output.alerts) {
      valid_until[std::string(alert->labels.Get("alertname"))] = alert->ends_at;
      sent_for.insert(alert->ends_at - minutes(4));
    }
  };
  out = Advance(tick + kInterval);
  Time now = tick + kInterval;
  for (int i = 0; i < 4; ++i) {
    const Time answered = now + minutes(3);
    while (*ruler_.NextDeadline() <= answered) {
      now = *ruler_.NextDeadline();
      note(Advance(now));
      for (const auto& [alert, until] : valid_until) EXPECT_GT(until, now) << alert << " " << i;
    }
    out = Answer(answered, out.queries.at(0), OneSample());
    note(out);
    now = answered;
  }
  EXPECT_EQ(Count<GroupEvaluated>(out), 1u);
  EXPECT_EQ(valid_until.size(), 4u);
  for (const auto& [alert, until] : valid_until) EXPECT_GT(until, now) << alert;
  // A minute and the slot after it, each time for that slot.
  EXPECT_EQ(sent_for.size(), 9u);
  for (const Time slot : sent_for) {
    EXPECT_EQ((slot - tick) % kInterval, Duration::zero()) << FormatRfc3339Nano(slot);
  }
  // The slots that passed are missed, and the next one is taken up at once.
  out = Advance(now);
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].time, tick + kInterval + minutes(12));
  EXPECT_TRUE(out.alerts.empty());
}

TEST_F(RulerTest, AnAlertThatEndsInALateAnswerIsToldToHaveEnded) {
  Install({Group("g", {"A"})}, kStart);
  const Time tick = FirstTick("g");
  Answer(tick, Advance(tick).queries.at(0), OneSample());
  const Output out = Advance(tick + kInterval);
  Time now = tick + kInterval;
  std::size_t sent = 0;
  while (now < tick + minutes(3)) {
    now = *ruler_.NextDeadline();
    sent += Advance(now).alerts.size();
  }
  EXPECT_EQ(sent, 2u);
  const Output ended = Answer(now, out.queries.at(0), QueryResult{});
  ASSERT_EQ(ended.alerts.size(), 1u);
  EXPECT_EQ(ended.alerts[0]->ends_at, tick + kInterval);
}

TEST_F(RulerTest, AFailedRuleMovesTheAlertsOfTheOthersOffNoSlot) {
  Install({Group("g", {"A", "B"})}, kStart);
  const Time tick = FirstTick("g");
  std::map<std::string, std::vector<Time>> sent;
  for (Time slot = tick; slot <= tick + minutes(3); slot += kInterval) {
    Output out = Advance(slot);
    // The first one fails in every second round, a while after the slot.
    const Time answered = slot + seconds(5);
    const bool fails = (slot - tick) / kInterval % 2 == 1;
    out = Answer(answered, out.queries.at(0),
                 fails ? Result<QueryResult>(Fail("away")) : OneSample());
    std::vector<model::AlertPtr> alerts = out.alerts;
    for (const auto& alert : Answer(answered, out.queries.at(0), OneSample()).alerts) {
      alerts.push_back(alert);
    }
    for (const model::AlertPtr& alert : alerts) {
      EXPECT_EQ(alert->ends_at, slot + minutes(4));
      sent[std::string(alert->labels.Get("alertname"))].push_back(slot);
    }
  }
  // As without a failure: when more than a minute has passed.
  const std::vector<Time> expected = {tick, tick + 5 * kInterval, tick + 10 * kInterval};
  EXPECT_EQ(sent["A"], expected);
  EXPECT_EQ(sent["B"], expected);
}

TEST_F(RulerTest, AFailedQueryKeepsTheStateAndIsReported) {
  Install({Group("g", {"A"}, seconds(30))}, kStart);
  const Time tick = FirstTick("g");
  Answer(tick, Advance(tick).queries.at(0), OneSample());
  Output out =
      Answer(tick + kInterval, Advance(tick + kInterval).queries.at(0), Fail("connection refused"));
  EXPECT_TRUE(out.alerts.empty());
  EXPECT_EQ(Count<RuleFailed>(out), 1u);
  GroupView view = ruler_.Snapshot().at(0);
  EXPECT_EQ(view.rules[0].health, Health::kErr);
  EXPECT_EQ(view.rules[0].last_error, "connection refused");
  EXPECT_EQ(view.rules[0].state, AlertState::kPending);

  // The clock of `for` went on: it fires at the next good evaluation.
  const Time next = tick + 2 * kInterval;
  out = Answer(next, Advance(next).queries.at(0), OneSample());
  EXPECT_EQ(out.alerts.size(), 1u);
  view = ruler_.Snapshot().at(0);
  EXPECT_EQ(view.rules[0].health, Health::kOk);
  EXPECT_EQ(view.rules[0].last_error, "");
  EXPECT_EQ(view.rules[0].alerts.at(0).active_at, tick);
}

TEST_F(RulerTest, AnUnchangedGroupGoesOnUndisturbedByAReload) {
  Install({Group("g", {"A"}), Group("changes", {"B"})}, kStart);
  const Time now = kStart + kInterval;
  const Output out = Advance(now);
  ASSERT_EQ(out.queries.size(), 2u);
  GroupDefinition changed = Group("changes", {"B"});
  changed.rules[0].hold = minutes(1);
  Install({Group("g", {"A"}), changed}, now);
  for (const Query& query : out.queries) {
    const Output answered = Answer(now, query, OneSample());
    EXPECT_EQ(answered.alerts.size(), query.expr == "A_expr" ? 1u : 0u)
        << "the changed group's answer is from before";
  }
}

// The page must not wait for the next slot. What had begun may have written samples of its time,
// and a store takes no others for that.
TEST_F(RulerTest, AChangedGroupDoesAgainWhatTheReloadBrokeOff) {
  const Time tick = FirstTick("g");
  struct Case {
    Duration reload;  // After the tick.
    bool begun;
    Duration evaluated_for;  // After the tick.
  };
  for (const Case& c : {Case{seconds(0), false, seconds(0)}, Case{seconds(3), true, seconds(3)},
                        Case{2 * kInterval + seconds(3), true, 2 * kInterval + seconds(3)}}) {
    ruler_ = Ruler();
    Install({Group("g", {"A"})}, kStart);
    if (c.begun) Advance(tick);
    const Time now = tick + c.reload;
    Install({Group("g", {"A", "B"})}, now);
    const Output out = Advance(now);
    ASSERT_EQ(out.queries.size(), 1u) << Seconds(c.reload);
    EXPECT_EQ(out.queries[0].time, tick + c.evaluated_for);
    Answer(now, Answer(now, out.queries[0], OneSample()).queries.at(0), QueryResult{});
    EXPECT_EQ(ruler_.NextDeadline(), tick + (c.reload / kInterval + 1) * kInterval);
  }
}

TEST_F(RulerTest, AChangedGroupWaitsForItsSlotIfNothingWasUnderWay) {
  Install({Group("g", {"A"})}, kStart);
  const Time tick = FirstTick("g");
  Answer(tick, Advance(tick).queries.at(0), QueryResult{});
  Install({Group("g", {"A", "B"})}, tick + seconds(1));
  EXPECT_EQ(ruler_.NextDeadline(), tick + kInterval);
}

TEST_F(RulerTest, AChangedGroupKeepsTheAlertsOfItsRules) {
  Install({Group("g", {"A", "B"})}, kStart);
  const Time tick = FirstTick("g");
  Output out = Advance(tick);
  out = Answer(tick, out.queries.at(0), OneSample());
  Answer(tick, out.queries.at(0), OneSample());
  GroupDefinition changed = Group("g", {"B", "C", "A"});
  Install({changed}, tick + seconds(1));
  const GroupView view = ruler_.Snapshot().at(0);
  EXPECT_EQ(view.rules[0].state, AlertState::kFiring);
  EXPECT_EQ(view.rules[1].state, AlertState::kInactive);
  EXPECT_EQ(view.rules[2].alerts.at(0).fired_at, tick);
}

TEST_F(RulerTest, AlertsLastUntilALongerIntervalIsOver) {
  const Time tick = FirstTick("g");
  const model::AlertPtr fired = FireA(tick);
  ASSERT_TRUE(fired);
  // The next evaluation may come so soon that it does not send the alert, only the one after it.
  for (const Duration interval : {Duration(hours(1)), Duration(hours(24))}) {
    GroupDefinition rare = Group("g", {"A"});
    rare.interval = interval;
    Install({rare}, tick + seconds(1));
    ASSERT_EQ(installed_.alerts.size(), 1u) << Seconds(interval);
    EXPECT_EQ(installed_.alerts[0]->starts_at, fired->starts_at);
    const Time next = ruler_.NextDeadline().value();
    EXPECT_GT(installed_.alerts[0]->ends_at, next + interval + seconds(10));
    rare.rules[0].annotations = {{"changed", "too"}};
    Install({rare}, tick + seconds(2));
    EXPECT_TRUE(installed_.alerts.empty()) << "lasts long enough";
  }
}

TEST_F(RulerTest, AlertsLastUntilTheyAreSentAgainAfterALongerDelay) {
  const Time tick = FirstTick("g");
  ASSERT_TRUE(FireA(tick));
  options_.resend_delay = hours(1);
  Install({Group("g", {"A"})}, tick + seconds(1));
  ASSERT_EQ(installed_.alerts.size(), 1u);
  EXPECT_GT(installed_.alerts[0]->ends_at, tick + hours(1));
}

TEST_F(RulerTest, AnAlertThatHasNotHeldLongEnoughAnyMoreIsNotProlonged) {
  const Time tick = FirstTick("g");
  ASSERT_TRUE(FireA(tick));
  GroupDefinition rare = Group("g", {"A"}, hours(2));
  rare.interval = hours(24);
  Install({rare}, tick + seconds(1));
  EXPECT_TRUE(installed_.alerts.empty());
}

TEST_F(RulerTest, RulesOfOneNameAndLabelsKeepTheirAlertsByPosition) {
  GroupDefinition group = Group("g", {"A", "A"});
  group.rules[0].expr = "first";
  group.rules[1].expr = "second";
  Install({group}, kStart);
  const Time tick = FirstTick("g");
  const Output out = Answer(tick, Advance(tick).queries.at(0), OneSample());
  Answer(tick, out.queries.at(0), QueryResult{});
  group.rules[0].expr = "changed";
  Install({group}, tick + seconds(1));
  GroupView view = ruler_.Snapshot().at(0);
  EXPECT_EQ(view.rules[0].alerts.size(), 1u);
  EXPECT_EQ(view.rules[1].alerts.size(), 0u);
  // With one rule less, the first of the new ones takes the first of the old ones.
  group.rules.erase(group.rules.begin());
  Install({group}, tick + seconds(2));
  view = ruler_.Snapshot().at(0);
  EXPECT_EQ(view.rules[0].alerts.size(), 1u);
}

TEST_F(RulerTest, AGroupShowsItsLastEvaluationWhileTheNextGoesOnAndAfterAReload) {
  Install({Group("g", {"A"})}, kStart);
  const Time tick = FirstTick("g");
  Answer(tick + seconds(3), Advance(tick).queries.at(0), QueryResult{});
  const auto expect_the_first = [&] {
    const GroupView view = ruler_.Overview().at(0);
    EXPECT_EQ(view.last_evaluation, tick);
    EXPECT_EQ(view.evaluation_time, seconds(3));
  };
  expect_the_first();
  Advance(tick + kInterval);
  expect_the_first();
  Install({Group("g", {"A", "B"})}, tick + kInterval);
  expect_the_first();
}

TEST_F(RulerTest, TheOffsetOfAllGroupsYieldsToThatOfTheGroupEvenIfThatIsZero) {
  options_.query_offset = minutes(1);
  GroupDefinition own = Group("own", {"A"});
  own.query_offset = Duration::zero();
  Install({own, Group("default", {"B"})}, kStart);
  for (const Query& query : Advance(kStart + 2 * kInterval).queries) {
    const bool is_own = query.expr == "A_expr";
    EXPECT_EQ(query.time,
              FirstTick(is_own ? "own" : "default") - (is_own ? seconds(0) : minutes(1)));
  }
}

TEST_F(RulerTest, UsesTheGroupsDatasourceAndOffset) {
  GroupDefinition group = Group("g", {"A"});
  group.datasource = "other";
  group.query_offset = seconds(30);
  Install({group}, kStart);
  const Time tick = FirstTick("g");
  const Output out = Advance(tick);
  EXPECT_EQ(out.queries.at(0).datasource, "other");
  EXPECT_EQ(out.queries.at(0).time, tick - seconds(30));
}

TEST_F(RulerTest, AClockThatGoesBackDoesNotStopEvaluation) {
  Install({Group("g", {"A"})}, kStart);
  const Time tick = FirstTick("g");
  Answer(tick, Advance(tick).queries.at(0), QueryResult{});
  const Time back = tick - hours(1);
  ruler_.ClockWentBack(back, hours(1));
  EXPECT_LE(*ruler_.NextDeadline(), back + kInterval);
  EXPECT_EQ(Advance(back + kInterval).queries.size(), 1u);
}

TEST_F(RulerTest, AClockThatGoesBackDuringAQueryDoesNotStopEvaluation) {
  Install({Group("g", {"A"}, minutes(5))}, kStart);
  const Time tick = FirstTick("g");
  Answer(tick, Advance(tick).queries.at(0), OneSample());
  const Output out = Advance(tick + kInterval);
  const Time back = tick + kInterval - hours(1);
  ruler_.ClockWentBack(back, hours(1));
  Answer(back, out.queries.at(0), OneSample());
  EXPECT_LE(*ruler_.NextDeadline(), back + kInterval);
  // `for` goes on lasting: active since a quarter of a minute, not since an hour from now.
  EXPECT_EQ(ruler_.Snapshot().at(0).rules[0].alerts.at(0).active_at, tick - hours(1));
}

TEST_F(RulerTest, AnOutageEndsNoAlertHoweverLongItLasts) {
  Install({Group("g", {"A"})}, kStart);
  Time tick = FirstTick("g");
  Output out = Answer(tick, Advance(tick).queries.at(0), OneSample());
  const Time seen = tick;
  Time valid_until = out.alerts.at(0)->ends_at;
  while (tick < seen + hours(48)) {
    tick += kInterval;
    out = Answer(tick, Advance(tick).queries.at(0), Fail("connection refused"));
    for (const model::AlertPtr& alert : out.alerts) valid_until = alert->ends_at;
  }
  EXPECT_GT(valid_until, tick);
}

TEST_F(RulerTest, WithOnErrorResolveAFailedQueryCountsAsNoResult) {
  GroupDefinition group = Group("g", {"A"});
  options_.resolve_on_error = true;
  Install({group}, kStart);
  const Time tick = FirstTick("g");
  Answer(tick, Advance(tick).queries.at(0), OneSample());
  const Time failed = tick + kInterval;
  Output out = Answer(failed, Advance(failed).queries.at(0), Fail("away"));
  EXPECT_EQ(Count<RuleFailed>(out), 1u);
  EXPECT_EQ(Count<AlertStateChanged>(out), 1u);
  ASSERT_EQ(out.alerts.size(), 1u);
  EXPECT_EQ(out.alerts[0]->ends_at, failed);
  // The rule itself has the last word.
  group.rules[0].resolve_on_error = false;
  Install({group}, failed);
  Answer(failed + kInterval, Advance(failed + kInterval).queries.at(0), OneSample());
  out = Answer(failed + 2 * kInterval, Advance(failed + 2 * kInterval).queries.at(0), Fail("away"));
  EXPECT_EQ(Count<AlertStateChanged>(out), 0u);
}

TEST_F(RulerTest, AnAlertWhoseRuleIsTakenAwayIsForgotten) {
  Install({Group("g", {"A", "B"})}, kStart);
  const Time tick = FirstTick("g");
  const Output second = Answer(tick, Advance(tick).queries.at(0), OneSample());
  Answer(tick, second.queries.at(0), OneSample());
  Install({Group("g", {"B"})}, tick);
  ASSERT_EQ(Count<AlertForgotten>(installed_), 1u);
  for (const Decision& decision : installed_.decisions) {
    const auto* forgotten = std::get_if<AlertForgotten>(&decision);
    if (forgotten == nullptr) continue;
    EXPECT_EQ(forgotten->rule->name(), "A");
    EXPECT_EQ(forgotten->rule->group, "g");
    EXPECT_EQ(forgotten->state, AlertState::kFiring);
  }
  RuleSearch search = SearchForAll();
  search.wants_alert = [](const model::LabelSet&) { return false; };
  ASSERT_EQ(Find(search).size(), 1u);
  EXPECT_EQ(Find(search).at(0).view.alerts.size(), 0u);
  search.known = {ruler_.Snapshot().at(0).rules[0].alerts.at(0).labels};
  EXPECT_EQ(Find(search).at(0).view.alerts.size(), 1u);
  search.wants_alert = [](const model::LabelSet&) { return true; };
  EXPECT_EQ(Find(search).at(0).view.alerts.size(), 1u) << "not twice";
  EXPECT_EQ(Find(search).at(0).group, "g");
}

TEST_F(RulerTest, ASearchGoesOnWhereItWasWhileAlertsComeAndGo) {
  Install({Group("g", {"A", "B", "C"})}, kStart);
  Time tick = FirstTick("g");
  const auto evaluate = [&](int first, int last) {
    Vector vector;
    for (int i = first; i < last; ++i) vector.push_back({{{"n", std::to_string(i)}}, 1});
    Output out = Advance(tick);
    while (!out.queries.empty()) {
      const Query query = out.queries.at(0);
      out = Answer(tick, query, QueryResult{query.expr == "A_expr" ? vector : Vector()});
    }
    tick += kInterval;
  };
  evaluate(0, 300);
  std::size_t looks = 0;
  RuleSearch search = SearchForAll();
  search.wants_rule = [](const RuleDefinition& rule) { return rule.alert == "C"; };
  search.wants_alert = [&](const model::LabelSet& labels) {
    ++looks;
    return labels.Get("n") == "299";
  };
  RuleWalk walk;
  std::vector<RuleFound> found;
  std::size_t slices = 0;
  for (std::size_t before = 0; !ruler_.Find(search, &walk, &found); before = looks, ++slices) {
    EXPECT_LE(looks - before, Ruler::kSliceLooks);
    // They are in other places then.
    if (slices == 0) evaluate(250, 1000);
  }
  EXPECT_GE(slices, 300 / Ruler::kSliceLooks);
  ASSERT_EQ(found.size(), 2u) << "B has none and is not wanted";
  EXPECT_EQ(found[0].view.rule->alert, "A");
  EXPECT_EQ(found[1].view.rule->alert, "C");
  ASSERT_EQ(found[0].view.alerts.size(), 1u);
  EXPECT_EQ(found[0].view.alerts[0].labels.Get("n"), "299");

  // It ends, however many there are.
  looks = 0;
  search.wants_alert = [&](const model::LabelSet&) { return ++looks > 0; };
  search.alerts_max = 30;
  EXPECT_EQ(Find(search).at(0).view.alerts.size() + Find(search).at(1).view.alerts.size(), 30u);
  EXPECT_EQ(looks, 60u);
  looks = 0;
  search.wants_alert = [&](const model::LabelSet&) { return ++looks == 0; };
  search.looks_max = 100;
  EXPECT_EQ(Find(search).size(), 1u);
  EXPECT_LE(looks, 100u);
}

TEST_F(RulerTest, AGroupMayHaveAPhaseOfItsOwnAndAddToItsQueries) {
  GroupDefinition group = Group("g", {"A"});
  group.phase = seconds(4);
  group.extras = std::make_shared<const QueryExtras>(QueryExtras{{{"dedup", "false"}}, {}});
  Install({group}, kStart);
  const Output out = Advance(kStart + seconds(4));
  ASSERT_EQ(out.queries.size(), 1u);
  EXPECT_EQ(out.queries[0].time, kStart + seconds(4));
  ASSERT_TRUE(out.queries[0].extras);
  EXPECT_EQ(out.queries[0].extras->params.at(0).first, "dedup");
  Answer(kStart + seconds(5), out.queries[0], QueryResult{});
  EXPECT_EQ(ruler_.NextDeadline(), kStart + seconds(4) + kInterval);
}

}  // namespace
}  // namespace tocsin::rules
