#include "rules/alerting_rule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart = Time(hours(24 * 365 * 50));

// A rule evaluated at given times; every decision and every alert sent is a line of text.
class RuleScenario {
 public:
  explicit RuleScenario(RuleDefinition definition) {
    Define(std::move(definition));
    context_.interval = seconds(15);
    context_.resend_delay = minutes(1);
    context_.external_url = "http://prom";
  }

  // Series are given by their instance.
  RuleScenario& At(Duration at, std::vector<const char*> instances) {
    Vector vector;
    for (const char* instance : instances) {
      vector.push_back({{{"__name__", "up"}, {"instance", instance}}, 0.5});
    }
    return Evaluate(at, vector);
  }
  // Takes the rule to be this from here on, as a reload does.
  RuleScenario& Reload(RuleDefinition definition) {
    auto before = std::move(rule_);
    Define(std::move(definition));
    rule_->TakeFrom(&*before);
    return *this;
  }
  RuleScenario& Fail(Duration at) {
    RuleOutput out;
    context_.now = kStart + at;
    rule_->Refresh(kStart + at, context_, &out);
    Log(at, out);
    return *this;
  }
  RuleScenario& Evaluate(Duration at, const Vector& vector) {
    RuleOutput out;
    context_.now = kStart + at;
    status_ = rule_->Evaluate(kStart + at, vector, answers_, context_, &out);
    needs_ = out.templates.needs;
    Log(at, out);
    return *this;
  }
  RuleScenario& Know(const std::string& query, Result<Vector> answer) {
    answers_.emplace(query, std::move(answer));
    return *this;
  }

  const std::string& log() const { return log_; }
  const Status& status() const { return status_; }
  const std::set<std::string>& needs() const { return needs_; }
  const model::AlertPtr& sent() const { return sent_; }
  EvaluationContext& context() { return context_; }
  AlertingRule& rule() { return *rule_; }
  // Of the only alert.
  std::string Annotation(std::string_view name) const {
    Expansions counts;
    return std::string(ExpandAnnotations(rule_->alerts().begin()->second, &counts).Get(name));
  }

 private:
  void Define(RuleDefinition definition) {
    definition.alert = "X";
    definition.expr = "up == 0";
    std::vector<std::string> errors;
    rule_ = std::make_unique<AlertingRule>(CompiledRule::Compile(
        std::make_shared<const RuleDefinition>(std::move(definition)), &errors));
    EXPECT_TRUE(errors.empty());
  }
  void Log(Duration at, const RuleOutput& out) {
    for (const Decision& decision : out.decisions) {
      if (const auto* change = std::get_if<AlertStateChanged>(&decision)) {
        log_ += Stamp(at) + std::string(change->labels.Get("instance")) + " " +
                std::string(ToString(change->from)) + " -> " + std::string(ToString(change->to)) +
                "\n";
      } else if (std::holds_alternative<AlertKeptFiring>(decision)) {
        log_ += Stamp(at) + "kept firing\n";
      }
    }
    for (const model::AlertPtr& alert : out.alerts) {
      log_ += Stamp(at) + "send " + std::string(alert->labels.Get("instance")) + " " +
              Stamp(alert->starts_at - kStart) + ".. " + Stamp(alert->ends_at - kStart) + "\n";
      sent_ = alert;
    }
  }
  static std::string Stamp(Duration at) {
    return std::to_string(std::chrono::duration_cast<seconds>(at).count()) + "s ";
  }

  std::unique_ptr<AlertingRule> rule_;
  EvaluationContext context_;
  templates::QueryAnswers answers_;
  Status status_;
  std::set<std::string> needs_;
  model::AlertPtr sent_;
  std::string log_;
};

TEST(AlertingRule, WithoutForFiresAtOnce) {
  RuleScenario scenario({});
  scenario.At(seconds(0), {"a"});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n0s a pending -> firing\n"
            "0s send a 0s .. 240s \n");
}

TEST(AlertingRule, FiresAtTheFirstEvaluationAfterFor) {
  RuleDefinition definition;
  definition.hold = seconds(40);
  RuleScenario scenario(definition);
  for (int at = 0; at <= 60; at += 15) scenario.At(seconds(at), {"a"});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n"
            "45s a pending -> firing\n"
            "45s send a 45s .. 285s \n");
}

TEST(AlertingRule, AGapWhilePendingStartsTheClockAgain) {
  RuleDefinition definition;
  definition.hold = seconds(30);
  RuleScenario scenario(definition);
  scenario.At(seconds(0), {"a"}).At(seconds(15), {}).At(seconds(30), {"a"}).At(seconds(45), {"a"});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n"
            "15s a pending -> inactive\n"
            "30s a inactive -> pending\n");
}

TEST(AlertingRule, ResendsStrictlyAfterTheDelayAndTellsTheEndAtOnce) {
  RuleScenario scenario({});
  for (int at = 0; at <= 150; at += 15) scenario.At(seconds(at), {"a"});
  scenario.At(seconds(165), {});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n0s a pending -> firing\n"
            "0s send a 0s .. 240s \n"
            "75s send a 0s .. 315s \n"
            "150s send a 0s .. 390s \n"
            "165s a firing -> inactive\n"
            "165s send a 0s .. 165s \n");
}

TEST(AlertingRule, RepeatsTheEndForAQuarterOfAnHour) {
  RuleScenario scenario({});
  scenario.At(seconds(0), {"a"});
  int last_sent = 0;
  for (int at = 15; at <= 3600; at += 15) {
    const std::string before = scenario.log();
    scenario.At(seconds(at), {});
    if (scenario.log() != before) last_sent = at;
  }
  EXPECT_EQ(last_sent, 15 + 12 * 75) << "every 75 s until 15 minutes after the end";
  EXPECT_TRUE(scenario.rule().alerts().empty());
}

TEST(AlertingRule, KeepFiringForHoldsAFiringAlertWithItsLastValue) {
  RuleDefinition definition;
  definition.keep_firing_for = seconds(30);
  definition.annotations = {{"value", "constant"}};
  RuleScenario scenario(definition);
  scenario.At(seconds(0), {"a"}).At(seconds(15), {}).At(seconds(30), {"a"}).At(seconds(45), {});
  scenario.At(seconds(60), {}).At(seconds(75), {});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n0s a pending -> firing\n"
            "0s send a 0s .. 240s \n"
            "15s kept firing\n"
            "45s kept firing\n"
            "75s a firing -> inactive\n"
            "75s send a 0s .. 75s \n");
}

TEST(AlertingRule, AnAlertThatReturnsStartsOver) {
  RuleDefinition definition;
  definition.hold = seconds(15);
  RuleScenario scenario(definition);
  scenario.At(seconds(0), {"a"}).At(seconds(15), {"a"}).At(seconds(30), {}).At(seconds(45), {"a"});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n"
            "15s a pending -> firing\n"
            "15s send a 15s .. 255s \n"
            "30s a firing -> inactive\n"
            "30s send a 15s .. 30s \n"
            "45s a inactive -> pending\n");
}

TEST(AlertingRule, LabelsAreSampleThenRuleThenAlertname) {
  RuleDefinition definition;
  definition.labels = {{"severity", "page"}, {"instance", ""}, {"alertname", "ignored"}};
  RuleScenario scenario(definition);
  scenario.context().external_labels = {{"cluster", "eu"}, {"severity", "external loses"}};
  scenario.At(seconds(0), {"a"});
  ASSERT_NE(scenario.sent(), nullptr);
  EXPECT_EQ(scenario.sent()->labels,
            (model::LabelSet{{"alertname", "X"}, {"cluster", "eu"}, {"severity", "page"}}));
  EXPECT_EQ(scenario.sent()->generator_url.view(),
            "http://prom/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
  // External labels are not part of the identity.
  EXPECT_FALSE(scenario.rule().alerts().begin()->first.Has("cluster"));
}

TEST(AlertingRule, TwoSamplesOfOneIdentityFailAndChangeNothing) {
  RuleDefinition definition;
  definition.labels = {{"instance", "same"}};
  RuleScenario scenario(definition);
  scenario.At(seconds(0), {"a"}).At(seconds(15), {"a", "b"});
  ASSERT_FALSE(scenario.status());
  EXPECT_EQ(scenario.status().error().message,
            "vector contains metrics with the same labelset after applying alert labels");
  EXPECT_EQ(scenario.rule().state(), AlertState::kFiring);
}

TEST(AlertingRule, SeriesMayComeInAnyOrderAndChangeInTheirPlaces) {
  RuleScenario rule({});
  rule.At(seconds(0), {"a", "b", "c"});
  rule.At(seconds(15), {"c", "b"});
  rule.At(seconds(30), {"d", "b", "c"});
  rule.At(seconds(45), {"d", "b", "b"});
  EXPECT_FALSE(rule.status()) << "once in its old place, once in a new one";
  rule.At(seconds(60), {"d", "b", "c"});
  EXPECT_TRUE(rule.status());
  std::set<std::string> firing, ended;
  for (const auto& [labels, alert] : rule.rule().alerts()) {
    EXPECT_EQ(alert.labels, labels);
    EXPECT_EQ(alert.sample_labels.Get("instance"), labels.Get("instance"));
    (alert.state == AlertState::kFiring ? firing : ended).emplace(labels.Get("instance"));
  }
  EXPECT_EQ(firing, (std::set<std::string>{"b", "c", "d"}));
  EXPECT_EQ(ended, (std::set<std::string>{"a"}));
}

TEST(AlertingRule, BeyondTheLimitAllAlertsAreDropped) {
  RuleScenario scenario({});
  scenario.context().limit = 1;
  scenario.At(seconds(0), {"a"}).At(seconds(15), {"a", "b"});
  ASSERT_FALSE(scenario.status());
  EXPECT_EQ(scenario.status().error().message, "exceeded limit of 1 with 2 alerts");
  EXPECT_TRUE(scenario.rule().alerts().empty());
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n0s a pending -> firing\n"
            "0s send a 0s .. 240s \n")
      << "what was dropped has not changed state";
}

TEST(AlertingRule, AnyValueCountsAlsoZeroAndNaN) {
  RuleScenario scenario({});
  scenario.Evaluate(seconds(0), {{{{"instance", "z"}}, 0.0},
                                 {{{"instance", "n"}}, std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_EQ(scenario.rule().alerts().size(), 2u);
}

TEST(AlertingRule, ForEndsAtTheTickAndKeepFiringForTooAndTheEndIsRepeatedToTheTick) {
  RuleDefinition definition;
  definition.hold = minutes(2);
  definition.keep_firing_for = minutes(3);
  RuleScenario scenario(definition);
  scenario.context().interval = minutes(1);
  for (int at = 0; at <= 3; ++at) scenario.At(minutes(at), {"a"});
  for (int at = 4; at <= 22; ++at) scenario.At(minutes(at), {});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n"
            "120s a pending -> firing\n"
            "120s send a 120s .. 360s \n"
            "240s kept firing\n"
            "240s send a 120s .. 480s \n"  // Every second tick: the delay is strict.
            "360s send a 120s .. 600s \n"
            "420s a firing -> inactive\n"
            "420s send a 120s .. 420s \n"
            "540s send a 120s .. 420s \n"
            "660s send a 120s .. 420s \n"
            "780s send a 120s .. 420s \n"
            "900s send a 120s .. 420s \n"
            "1020s send a 120s .. 420s \n"
            "1140s send a 120s .. 420s \n"
            "1260s send a 120s .. 420s \n");
  EXPECT_EQ(scenario.rule().alerts().size(), 1u) << "15 minutes old is not older than 15 minutes";
  scenario.At(minutes(23), {});
  EXPECT_TRUE(scenario.rule().alerts().empty());
}

TEST(AlertingRule, ALongerForAfterAReloadMakesAFiringAlertPendingAgain) {
  RuleScenario scenario({});
  scenario.At(seconds(0), {"a"});
  RuleDefinition longer;
  longer.hold = seconds(40);
  scenario.Reload(longer);
  for (int at = 15; at <= 45; at += 15) scenario.At(seconds(at), {"a"});
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n0s a pending -> firing\n"
            "0s send a 0s .. 240s \n"
            "15s a firing -> pending\n"
            "45s a pending -> firing\n"
            "45s send a 45s .. 285s \n");
}

TEST(AlertingRule, WithoutKeepFiringForAfterAReloadAHeldAlertEnds) {
  RuleDefinition definition;
  definition.keep_firing_for = hours(1);
  RuleScenario scenario(definition);
  scenario.At(seconds(0), {"a"}).At(seconds(15), {}).Reload({}).At(seconds(30), {});
  EXPECT_TRUE(scenario.log().ends_with("30s a firing -> inactive\n30s send a 0s .. 30s \n"))
      << scenario.log();
}

TEST(AlertingRule, AHeldAlertOutlivesAnOutageHoweverLongItsSampleIsGone) {
  RuleDefinition definition;
  definition.keep_firing_for = hours(4);
  RuleScenario scenario(definition);
  scenario.At(hours(0), {"a"}).At(hours(2), {});
  scenario.Fail(hours(2) + minutes(5)).Fail(hours(3)).Fail(hours(3) + minutes(5));
  EXPECT_EQ(scenario.log(),
            "0s a inactive -> pending\n0s a pending -> firing\n"
            "0s send a 0s .. 240s \n"
            "7200s kept firing\n"
            "7200s send a 0s .. 7440s \n"
            "7500s send a 0s .. 7740s \n"
            "10800s send a 0s .. 11040s \n"
            "11100s send a 0s .. 11340s \n");
}

TEST(AlertingRule, AnnotationsAreThoseOfTheLastEvaluationThatSawTheSample) {
  RuleDefinition definition;
  definition.keep_firing_for = hours(1);
  definition.annotations = {{"text",
                             "{{ $value }} {{ now }} {{ $externalLabels.dc }} "
                             "{{ externalURL }} {{ $labels.__name__ }}"}};
  RuleScenario scenario(definition);
  scenario.context().external_labels = {{"dc", "eu"}};
  scenario.At(seconds(0), {"a"});
  const std::string seen = "0.5 1.5768e+09 eu http://prom up";
  EXPECT_EQ(scenario.Annotation("text"), seen);
  // Nothing that comes later shows while the alert is held: not the time, not another sample of
  // the rule, not what a reload has changed.
  RuleDefinition other = definition;
  other.annotations = {{"text", "other"}};
  scenario.context().external_labels = {{"dc", "us"}};
  scenario.context().external_url = "http://other";
  scenario.At(seconds(15), {}).Reload(other).At(seconds(90), {});
  EXPECT_EQ(scenario.Annotation("text"), seen);
  EXPECT_EQ(scenario.sent()->annotations.Get("text"), seen);
  scenario.At(seconds(105), {"a"});
  EXPECT_EQ(scenario.Annotation("text"), "other");
}

TEST(AlertingRule, NothingHappensBeforeTheTemplatesHaveTheirAnswers) {
  RuleDefinition definition;
  definition.labels = {{"tier", "{{ query \"tier\" | first | label \"tier\" }}"}};
  definition.annotations = {{"n", "{{ printf \"n{i='%s'}\" $labels.instance | query | len }}"}};
  RuleScenario scenario(definition);
  scenario.At(seconds(0), {"a", "b"});
  EXPECT_EQ(scenario.needs(), (std::set<std::string>{"tier", "n{i='a'}", "n{i='b'}"}));
  EXPECT_EQ(scenario.log(), "");
  EXPECT_TRUE(scenario.rule().alerts().empty());

  scenario.Know("n{i='a'}", Vector{}).Know("n{i='b'}", Vector{{{}, 1}}).At(seconds(0), {"a"});
  EXPECT_EQ(scenario.needs(), (std::set<std::string>{"tier"}));
  EXPECT_EQ(scenario.log(), "");

  scenario.Know("tier", Vector{{{{"tier", "gold"}}, 0}}).At(seconds(0), {"b"});
  ASSERT_TRUE(scenario.status());
  ASSERT_NE(scenario.sent(), nullptr);
  EXPECT_EQ(scenario.sent()->labels,
            (model::LabelSet{{"alertname", "X"}, {"instance", "b"}, {"tier", "gold"}}));
  EXPECT_EQ(scenario.sent()->annotations, (model::LabelSet{{"n", "1"}}));
}

TEST(AlertingRule, AnnotationsThatQueryAreKeptAsTheyWere) {
  RuleDefinition definition;
  definition.annotations = {{"n", "{{ query \"n\" | first | value }} {{ $value }}"}};
  RuleScenario scenario(definition);
  scenario.Know("n", Vector{{{}, 7}}).At(seconds(0), {"a"});
  EXPECT_EQ(scenario.Annotation("n"), "7 0.5");
  scenario.Fail(seconds(75));
  EXPECT_EQ(scenario.sent()->annotations, (model::LabelSet{{"n", "7 0.5"}}));
}

TEST(AlertingRule, TwoSamplesOfOneIdentityFailWithoutAskingForTheirAnnotations) {
  RuleDefinition definition;
  definition.labels = {{"instance", "same"}};
  definition.annotations = {{"n", "{{ query \"n\" }}"}};
  RuleScenario scenario(definition);
  scenario.At(seconds(0), {"a", "b"});
  EXPECT_FALSE(scenario.status());
}

TEST(AlertingRule, ReportsEveryTemplateThatDoesNotCompile) {
  RuleDefinition definition;
  definition.alert = "X";
  definition.labels = {{"a", "{{ . "}, {"b", "{{ $undefined }}"}};
  definition.annotations = {{"c", "{{ nosuchfunction }}"}};
  std::vector<std::string> errors;
  const auto rule =
      CompiledRule::Compile(std::make_shared<const RuleDefinition>(definition), &errors);
  EXPECT_EQ(rule, nullptr);
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_TRUE(errors[0].starts_with("label \"a\": ")) << errors[0];
  EXPECT_TRUE(errors[2].starts_with("annotation \"c\": ")) << errors[2];
}

TEST(AlertingRule, ALabelOfTheGroupThatDoesNotCompileHasTheErrorForItsValue) {
  RuleDefinition definition;
  definition.alert = "A";
  definition.labels = {{"team", "{{ bad"}, {"x", "y"}};
  definition.inherited_labels = {"team"};
  std::vector<std::string> errors;
  const auto rule =
      CompiledRule::Compile(std::make_shared<const RuleDefinition>(definition), &errors);
  ASSERT_NE(rule, nullptr);
  Expansions expansions;
  const model::LabelSet none;
  const model::LabelSet labels =
      rule->ExpandLabels({none, 1, none, "", kZeroTime}, {}, &expansions);
  EXPECT_EQ(labels.Get("team"),
            "<error expanding template: error parsing template __alert_A: template: __alert_A:1: "
            "function \"bad\" not defined>");
  EXPECT_EQ(expansions.count, 1u);
  EXPECT_EQ(expansions.failures, 1u);
}

// Outside it is JSON: a silence for what is shown there must match.
TEST(AlertingRule, WhatATemplateCutsInTwoIsReplaced) {
  RuleDefinition definition;
  definition.alert = "A";
  definition.labels = {{"l", "{{ slice $labels.a 0 1 }}x"}};
  std::vector<std::string> errors;
  const auto rule =
      CompiledRule::Compile(std::make_shared<const RuleDefinition>(definition), &errors);
  ASSERT_NE(rule, nullptr);
  Expansions expansions;
  const model::LabelSet sample{{"a", "\u00e9"}};
  EXPECT_EQ(rule->ExpandLabels({sample, 1, {}, "", kZeroTime}, {}, &expansions).Get("l"),
            "\uFFFDx");
}

}  // namespace
}  // namespace tocsin::rules
