#include "rules/alerting_rule.h"

#include <gtest/gtest.h>

#include <algorithm>

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
    definition.alert = "X";
    definition.expr = "up == 0";
    std::vector<std::string> errors;
    rule_ = AlertingRule::Create(std::make_shared<const RuleDefinition>(std::move(definition)),
                                 &errors);
    EXPECT_TRUE(errors.empty());
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
  RuleScenario& Evaluate(Duration at, const Vector& vector) {
    RuleOutput out;
    context_.now = kStart + at;
    status_ = rule_->Evaluate(kStart + at, vector, context_, &out);
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
    return *this;
  }

  const std::string& log() const { return log_; }
  const Status& status() const { return status_; }
  const model::AlertPtr& sent() const { return sent_; }
  EvaluationContext& context() { return context_; }
  AlertingRule& rule() { return *rule_; }

 private:
  static std::string Stamp(Duration at) {
    return std::to_string(std::chrono::duration_cast<seconds>(at).count()) + "s ";
  }

  std::unique_ptr<AlertingRule> rule_;
  EvaluationContext context_;
  Status status_;
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
  EXPECT_EQ(scenario.sent()->generator_url, "http://prom/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
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

TEST(AlertingRule, ReportsEveryTemplateThatDoesNotCompile) {
  RuleDefinition definition;
  definition.alert = "X";
  definition.labels = {{"a", "{{ . "}, {"b", "{{ $undefined }}"}};
  definition.annotations = {{"c", "{{ nosuchfunction }}"}};
  std::vector<std::string> errors;
  const auto rule =
      AlertingRule::Create(std::make_shared<const RuleDefinition>(definition), &errors);
  EXPECT_EQ(rule, nullptr);
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_TRUE(errors[0].starts_with("label \"a\": ")) << errors[0];
  EXPECT_TRUE(errors[2].starts_with("annotation \"c\": ")) << errors[2];
}

}  // namespace
}  // namespace tocsin::rules
