// Explanations of small ledgers that are told event by event: what the conclusion is, and what the
// whole text says.

#include "base/clock.h"
#include "explain/answer_json.h"
#include "tests/explain/explain_fixture.h"

#include <gmock/gmock.h>

namespace tocsin::explain {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ExplainTest : public ExplainFixture {};

TEST_F(ExplainTest, TheWholeStory) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  EXPECT_EQ(
      ToText(Ask(minutes(7))),
      R"(Paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z that it fires (first notification); delivered in 120ms, status 200.

Alert {alertname="Down", instance="a", team="db"}, as of 2024-10-04T00:07:00.000Z

Routes tried:
  yes  {}
    no   {team="web"}: not team="web" (it is "db")
    yes  {team="db"} -> receiver "dba"

Group {}/{team="db"}:{alertname="Down"} of receiver "dba", flushed next about 2024-10-04T00:10:30.000Z

What happened:
  2024-10-04T00:00:00.000Z  received, starts at 2024-10-04T00:00:00.000Z
  2024-10-04T00:00:00.000Z  group created, first flush at 2024-10-04T00:00:30.000Z
  2024-10-04T00:00:00.000Z  joined group {}/{team="db"}:{alertname="Down"} of receiver "dba"
  2024-10-04T00:00:30.000Z  group flushed: 1 firing; the next flush at 2024-10-04T00:05:30.000Z
  2024-10-04T00:00:30.000Z  dba/slack[0] is to be told: first notification (1 firing)
  2024-10-04T00:00:31.000Z  dba/slack[0]: delivered in 120ms, status 200
  2024-10-04T00:00:31.000Z  dba/slack[0] was told (first notification)
)");
  const std::string json = ToJson(Ask(minutes(7)));
  EXPECT_THAT(json, HasSubstr(R"("conclusions":[{"state":"paged","text":"dba/slack[0] was)"));
  EXPECT_THAT(json, HasSubstr(R"("nextFlush":"2024-10-04T00:10:30Z")"));
  EXPECT_THAT(json, HasSubstr(R"("kind":"notification_logged")"));
}

TEST_F(ExplainTest, ABeginningThatIsNotOnRecord) {
  At({},
     history::AlertReceived{kAlert, history::AlertReceived::Change::kEnded, true, kStart, kStart});
  EXPECT_EQ(Conclusions(seconds(1)), "unknown: which groups it is in is not on record\n");
  At(seconds(5), history::AlertLeftGroup{group_, kAlert});
  EXPECT_EQ(Conclusions(seconds(6)),
            "unknown: whom receiver \"dba\" told of it is not on record\n");
}

TEST_F(ExplainTest, AnAlertThatTheServerHasAndTheHistoryHasNot) {
  At(seconds(0), history::Started{"1.0"});
  Answer answer = Ask(minutes(1));
  ASSERT_TRUE(answer.alerts.empty());
  model::Alert alert;
  alert.labels = kAlert;
  alert.starts_at = kStart - minutes(5);
  LiveAlert live;
  live.labels = kAlert;
  live.alert = std::make_shared<const model::Alert>(alert);
  live.receivers = {"dba", "web"};
  live.silenced_by = {{"id1", "ann", "disk swap", kStart + minutes(9)}};
  answer.live = Live{{live}, {}};
  answer.unwritten_since = kStart + seconds(30);
  EXPECT_EQ(
      ToText(answer),
      "Decisions may be missing: the history cannot be written since 2024-10-04T00:00:30.000Z.\n"
      "Unknown: it is there, but what was decided about it is not on record; the history begins at "
      "2024-10-04T00:00:00.000Z, before that nothing is known.\n\nIn the server now:\n  " +
          kAlert.ToString() +
          " fires since 2024-10-03T23:55:00.000Z, goes to receivers \"dba\", \"web\"; "
          "silenced by id1 of ann (\"disk swap\") until 2024-10-04T00:09:00.000Z\n");
  EXPECT_THAT(ToJson(answer), HasSubstr(R"("receivers":["dba","web"],"silencedBy":["id1"])"));
}

TEST_F(ExplainTest, WhatOthersWroteBreaksNoLine) {
  const model::LabelSet odd{{"a\nb", "c\nd"}, {"alertname", "Down"}};
  At({}, history::AlertReceived{odd, history::AlertReceived::Change::kCreated, false, kStart,
                                kStart + minutes(5)});
  auto silenced = Suppressed(router::Suppression::kSilenced);
  silenced.alert = odd;
  silenced.silences = {{"id", "ann\x1b[2J", "disk\nswap", kStart + minutes(60)}};
  At({}, history::AlertGrouped{group_, odd}).At(seconds(1), silenced);
  history::Rule rule{"Down", "up == 0\nand on () vector(1)", "rules.yml", 7, {}, "hosts"};
  At(seconds(1), history::RuleAlertChanged{rule, odd, rules::AlertState::kPending,
                                           rules::AlertState::kFiring, kStart, 0});
  const std::string text = ToText(Ask(minutes(1), "{alertname=\"Down\"}"));
  EXPECT_THAT(text, HasSubstr("Alert {a\\nb=\"c\\nd\", alertname=\"Down\"}, as of"));
  EXPECT_THAT(text, HasSubstr("of ann\\x1b[2J (\"disk\\nswap\")"));
  EXPECT_THAT(text, HasSubstr("Rule Down (rules.yml:7, group hosts): up == 0 and on ()"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(ExplainTest, AMomentThatIsToCome) {
  Joins();
  Answer answer = Ask(minutes(1));
  answer.asked = answer.at + minutes(60);
  EXPECT_THAT(ToText(answer), HasSubstr(", as of 2024-10-04T00:01:00.000Z, which is now: "
                                        "2024-10-04T01:01:00.000Z is yet to come\n"));
}

TEST_F(ExplainTest, RulesComeFirst) {
  const history::Rule rule{"Down", "up == 0", "rules.yml", 7, minutes(5), "hosts"};
  using rules::AlertState;
  At({}, history::RuleAlertChanged{rule, kAlert, AlertState::kInactive, AlertState::kPending,
                                   kStart, 0});
  EXPECT_EQ(Conclusions(minutes(1)),
            "pending: it is pending since 2024-10-04T00:00:00.000Z by rule Down (rules.yml:7, "
            "group hosts): its condition has to hold for 5m\n");
  At(minutes(5), history::RuleAlertChanged{rule, kAlert, AlertState::kPending, AlertState::kFiring,
                                           kStart + minutes(5), 0.5});
  Joins(minutes(5));
  EXPECT_THAT(
      ToText(Ask(minutes(5))),
      HasSubstr("What happened:\n  2024-10-04T00:00:00.000Z  pending by rule Down "
                "(rules.yml:7, group hosts), value 0\n  2024-10-04T00:05:00.000Z  fires by rule"));
  EXPECT_THAT(ToText(Ask(minutes(5))),
              HasSubstr("\nRule Down (rules.yml:7, group hosts): up == 0, for 5m\n"));
}

TEST_F(ExplainTest, TwoRulesThatMakeTheSameAlert) {
  const history::Rule one{"Down", "up == 0", "one.yml", 7, minutes(5), "hosts"};
  const history::Rule two{"Down", "absent(up)", "two.yml", 3, {}, "gone"};
  using rules::AlertState;
  const auto changes = [&](Duration at, const history::Rule& rule, AlertState from, AlertState to) {
    At(at, history::RuleAlertChanged{rule, kAlert, from, to, kStart + at, 1});
  };
  changes(seconds(0), one, AlertState::kInactive, AlertState::kPending);
  changes(minutes(5), one, AlertState::kPending, AlertState::kFiring);
  Joins(minutes(5)).Flushes(seconds(330)).Due(seconds(330)).Logged(seconds(331));
  changes(minutes(7), two, AlertState::kInactive, AlertState::kPending);
  changes(minutes(7), two, AlertState::kPending, AlertState::kFiring);
  // That another rule makes it, too, begins nothing.
  const std::string both = ToText(Ask(minutes(8)));
  EXPECT_THAT(both, StartsWith("Paged: dba/slack[0] was told at 2024-10-04T00:05:31.000Z"));
  EXPECT_THAT(both, HasSubstr("\nRule Down (one.yml:7, group hosts): up == 0, for 5m\n"
                              "Rule Down (two.yml:3, group gone): absent(up)\n"));
  EXPECT_THAT(both, HasSubstr("00:00:00.000Z  pending by rule Down (one.yml:7, group hosts)"));
  At(minutes(9), history::RuleAlertForgotten{one, kAlert, AlertState::kFiring});
  const std::string removed = ToText(Ask(minutes(9)));
  EXPECT_THAT(removed, StartsWith("Paged: "));
  EXPECT_THAT(removed, HasSubstr("group hosts): up == 0, for 5m; taken away by the configuration "
                                 "at 2024-10-04T00:09:00.000Z\nRule Down (two.yml:3, group gone): "
                                 "absent(up)\n"));
}

TEST_F(ExplainTest, ARuleThatBeginsAfterTheEndBeginsANewStory) {
  const history::Rule rule{"Down", "up == 0", "rules.yml", 7, minutes(5), "hosts"};
  using rules::AlertState;
  Joins();
  At(minutes(1), history::AlertLeftGroup{group_, kAlert});
  At(minutes(2), history::RuleAlertChanged{rule, kAlert, AlertState::kInactive,
                                           AlertState::kPending, kStart + minutes(2), 1});
  EXPECT_THAT(Conclusions(minutes(3)), StartsWith("pending: "));
  EXPECT_THAT(ToText(Ask(minutes(3))), Not(HasSubstr("joined")));
}

TEST_F(ExplainTest, ARuleThatIsTakenAway) {
  const history::Rule rule{"Down", "up == 0", "rules.yml", 7, minutes(5), "hosts"};
  using rules::AlertState;
  At({}, history::RuleAlertChanged{rule, kAlert, AlertState::kInactive, AlertState::kPending,
                                   kStart, 1});
  At(minutes(1), history::RuleAlertForgotten{rule, kAlert, AlertState::kPending});
  EXPECT_EQ(Conclusions(minutes(2)),
            "forgotten: the configuration took rule Down (rules.yml:7, group hosts) away at "
            "2024-10-04T00:01:00.000Z, while its alert was pending\n");
}

TEST_F(ExplainTest, WhatIsHandedToFurtherAlertmanagers) {
  const history::Rule rule{"Down", "up == 0", "rules.yml", 7, {}, "hosts"};
  using rules::AlertState;
  using Answer = core::AlertTarget::Answer;
  const auto answers = [&](Duration at, Answer answer, const char* error) {
    At(at, history::AlertTargets{{{"http://am:9093/x", answer, error, kStart + at}}, false});
  };
  answers(seconds(0), Answer::kNone, "");
  At(seconds(1), history::RuleAlertChanged{rule, kAlert, AlertState::kInactive,
                                           AlertState::kPending, kStart, 1});
  At(seconds(1),
     history::RuleAlertChanged{rule, kAlert, AlertState::kPending, AlertState::kFiring, kStart, 1});
  answers(seconds(2), Answer::kFailed, "connection refused");
  answers(seconds(9), Answer::kTaken, "");
  EXPECT_EQ(Conclusions(seconds(1)),
            "sending: it is to be handed to Alertmanager "
            "http://am:9093/x, which has not answered yet\n");
  EXPECT_EQ(Conclusions(seconds(3)),
            "not_handed_on: Alertmanager http://am:9093/x cannot be told since "
            "2024-10-04T00:00:02.000Z: connection refused\n");
  EXPECT_EQ(Conclusions(seconds(9)),
            "handed_on: it is handed to Alertmanager http://am:9093/x, "
            "which takes alerts since 2024-10-04T00:00:09.000Z\n");
  const std::string text = ToText(Ask(seconds(9)));
  EXPECT_THAT(text, StartsWith("Handed on: "));
  EXPECT_THAT(text, HasSubstr("  2024-10-04T00:00:02.000Z  Alertmanager http://am:9093/x cannot be "
                              "told: connection refused\n"));
  EXPECT_THAT(text, Not(HasSubstr("has not answered"))) << "that was before it fired";
}

TEST_F(ExplainTest, WhatRelabellingDrops) {
  const history::Rule rule{"Down", "up == 0", "rules.yml", 7, {}, "hosts"};
  using rules::AlertState;
  At(seconds(1), history::RuleAlertChanged{rule, kAlert, AlertState::kInactive,
                                           AlertState::kPending, kStart, 1});
  At(seconds(1),
     history::RuleAlertChanged{rule, kAlert, AlertState::kPending, AlertState::kFiring, kStart, 1});
  At(seconds(1), history::AlertDropped{kAlert, 2});
  EXPECT_EQ(Conclusions(seconds(2)),
            "dropped: it was dropped by alert_relabel_configs[2] at 2024-10-04T00:00:01.000Z\n");
  EXPECT_THAT(ToText(Ask(seconds(2))), StartsWith("Not paged: it was dropped by"));
}

TEST_F(ExplainTest, AMomentOfWhichSomethingMayBeMissing) {
  At(seconds(0), history::Started{"1.0"});
  Joins(seconds(1));
  At(minutes(5), history::EndedUnnoticed{kStart + minutes(2)});
  At(minutes(5), history::Started{"1.0"});
  const std::string before =
      "Decisions may be missing: tocsin ended without being stopped, some "
      "time after 2024-10-04T00:02:00.000Z, and ran again from "
      "2024-10-04T00:05:00.000Z. What is on record:\nNot paged yet: ";
  EXPECT_THAT(ToText(Ask(minutes(3))), StartsWith(before));
  EXPECT_THAT(ToText(Ask(minutes(1))), StartsWith("Not paged yet: "));
  EXPECT_THAT(ToText(Ask(minutes(6))), StartsWith("Not paged yet: "));
  EXPECT_THAT(ToText(Ask(minutes(3), "Other")),
              HasSubstr("from 2024-10-04T00:05:00.000Z.\nUnknown: no such alert is on record"));
  EXPECT_THAT(ToText(Ask(-minutes(1), "Other")),
              StartsWith("Unknown: the history begins at 2024-10-04T00:00:00.000Z, before that "
                         "nothing is known.\n"));
}

TEST_F(ExplainTest, ARuleThatFails) {
  const history::Rule rule{"Down", "up == 0", "rules.yml", 7, minutes(5), "hosts"};
  At({}, history::RuleFails{rule, "connection refused"});
  At(minutes(9), history::RuleWorksAgain{rule});
  EXPECT_EQ(
      ToText(Ask(minutes(1))),
      "Unknown: no such alert is on record, and rule Down (rules.yml:7, group hosts) fails since "
      "2024-10-04T00:00:00.000Z: connection refused.\n");
  EXPECT_THAT(ToText(Ask(minutes(10))), Not(HasSubstr("fails")));
}

// After a reload a rule that still fails is said to once more.
TEST_F(ExplainTest, ARuleThatAReloadRepairedOrTookAway) {
  const history::Rule rule{"Down", "up == 0", "rules.yml", 7, minutes(5), "hosts"};
  At({}, history::RuleFails{rule, "connection refused"});
  At(minutes(1), history::RoutesInForce{{}, /*repeated=*/true});
  EXPECT_THAT(ToText(Ask(minutes(2))), HasSubstr("fails since"));
  At(minutes(3), history::RoutesInForce{{}, /*repeated=*/false});
  EXPECT_THAT(ToText(Ask(minutes(4))), Not(HasSubstr("fails")));
  EXPECT_THAT(ToText(Ask(minutes(2))), HasSubstr("fails since"));
}

TEST_F(ExplainTest, DecisionsThatWereLostAreSaidFirst) {
  Joins().Flushes(seconds(30)).At(minutes(1), history::EventsLost{7});
  EXPECT_THAT(ToText(Ask(minutes(2))),
              StartsWith("Decisions may be missing: 7 decisions could not be recorded"));
}

TEST_F(ExplainTest, BlocksThatCannotBeReadAreSaidFirst) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Damaged(/*block=*/4);
  const Answer answer = Ask(minutes(2));
  const std::string damaged = "Decisions are missing: blocks of the history that cannot be read: 1";
  EXPECT_THAT(ToText(answer), StartsWith(damaged + ". What is on record:\n"));
  EXPECT_THAT(ToJson(answer), HasSubstr(R"("unreadableBlocks":1)"));
  ListQuery query;
  query.matchers = *ParseQuestion("Down", model::MatcherSyntax::kUtf8Strict);
  query.kind = ListQuery::Kind::kAll;
  EXPECT_THAT(ListText(query), StartsWith(damaged + "\n"));
}

TEST_F(ExplainTest, WhenNobodyWasThereToDecide) {
  At(seconds(0), history::Started{"1.0"});
  Joins(seconds(1)).Flushes(seconds(31)).Due(seconds(31));
  At(seconds(60), history::Stopped{}).At(seconds(90), history::Started{"1.0"});
  Logged(seconds(100));
  At(seconds(120), history::Started{"1.1"}).At(seconds(130), history::EventsLost{7});
  const std::string stopped =
      "\nNothing is on record where:\n  tocsin was stopped at 2024-10-04T00:01:00.000Z and ran "
      "again from 2024-10-04T00:01:30.000Z\n";
  const std::string crashed =
      "  tocsin ended without being stopped, some time after 2024-10-04T00:01:40.000Z, and ran "
      "again from 2024-10-04T00:02:00.000Z\n";
  const std::string lost =
      "  7 decisions could not be recorded at 2024-10-04T00:02:10.000Z and are missing here\n";
  EXPECT_THAT(ToText(Ask(seconds(59))), Not(HasSubstr("Nothing is on record")));
  EXPECT_THAT(ToText(Ask(seconds(70))), EndsWith(stopped));
  EXPECT_THAT(ToText(Ask(seconds(110))), EndsWith(stopped + crashed));
  EXPECT_THAT(ToText(Ask(seconds(200))), EndsWith(stopped + crashed + lost));
  // No such alert: was anybody there at that moment?
  EXPECT_THAT(ToText(Ask(seconds(70), "Other")), EndsWith(stopped));
  EXPECT_THAT(ToText(Ask(seconds(95), "Other")), Not(HasSubstr("Nothing is on record")));
  EXPECT_THAT(ToJson(Ask(seconds(70))),
              HasSubstr(R"("gaps":[{"why":"stopped","from":"2024-10-04T00:01:00Z",)"
                        R"("until":"2024-10-04T00:01:30Z"}])"));
  At(seconds(300), history::Stopped{});
  EXPECT_THAT(ToText(Ask(seconds(310), "Other")),
              HasSubstr("tocsin was stopped at 2024-10-04T00:05:00.000Z and has not run since"));
  // The start could not be recorded either.
  At(seconds(320), history::EventsLost{3});
  EXPECT_THAT(ToText(Ask(seconds(310), "Other")),
              HasSubstr("tocsin was stopped at 2024-10-04T00:05:00.000Z and ran again from "
                        "2024-10-04T00:05:20.000Z\n"));
}

TEST_F(ExplainTest, SeveralMatch) {
  Joins();
  const model::LabelSet other{{"alertname", "Down"}, {"instance", "b"}, {"team", "db"}};
  At(seconds(1), history::AlertReceived{other, history::AlertReceived::Change::kCreated, false,
                                        kStart, kStart + minutes(5)});
  At(seconds(1), history::AlertGrouped{group_, other});
  const std::string text = ToText(Ask(seconds(2), "Down"));
  EXPECT_THAT(text, testing::StartsWith("2 alerts match, as of 2024-10-04T00:00:02.000Z"));
  EXPECT_THAT(text, HasSubstr("\n{alertname=\"Down\", instance=\"b\", team=\"db\"}\n  Not paged "
                              "yet: it waits"));
  EXPECT_EQ(Ask(seconds(2), "{instance=~\"a|c\"}").alerts.size(), 1u);
  EXPECT_EQ(Ask(seconds(2), "{instance=\"c\"}").alerts.size(), 0u);
  EXPECT_EQ(Ask(seconds(0), "Down").alerts.size(), 1u) << "the other came later";
}

TEST_F(ExplainTest, ListsInPages) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  ListQuery query;
  query.limit = 2;
  EXPECT_EQ(ListText(query),
            "2024-10-04T00:00:31.000Z  dba/slack[0] was told (first notification); group "
            "{}/{team=\"db\"}:{alertname=\"Down\"}\n"
            "2024-10-04T00:00:31.000Z  dba/slack[0]: delivered in 120ms, status 200; group "
            "{}/{team=\"db\"}:{alertname=\"Down\"}\n"
            "More: --cursor 6\n");
  query.cursor = 6;
  EXPECT_THAT(ListText(query), testing::StartsWith("2024-10-04T00:00:30.000Z  dba/slack[0] is to"));
  EXPECT_THAT(ListText(query), Not(HasSubstr("More")));
  query = {};
  query.receiver = "web";
  EXPECT_EQ(ListText(query), "");
  query.receiver = "dba";
  query.matchers = *ParseQuestion("{instance=\"a\"}", model::MatcherSyntax::kFallback);
  EXPECT_THAT(ListText(query), HasSubstr("is to be told"));
  query.kind = ListQuery::Kind::kAlerts;
  EXPECT_THAT(ListText(query), HasSubstr("joined group"));
  query.to = kStart - seconds(1);
  EXPECT_EQ(ListText(query), "");
}

TEST_F(ExplainTest, ListsWhatWasToldOfTheAlertsGroup) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  const model::LabelSet other{{"alertname", "Down"}, {"instance", "b"}, {"team", "db"}};
  At(seconds(40), history::AlertGrouped{group_, other});
  auto suppressed = Suppressed(router::Suppression::kSilenced);
  suppressed.alert = other;
  At(seconds(330), suppressed);
  const auto due = [this](Duration at) {
    return history::NotificationDue{
        group_, kSlack, model::NotifyReason::kRepeatIntervalElapsed, 1, 0, kStart + at, {}};
  };
  At(minutes(240), due(minutes(240))).Logged(minutes(240));
  At(minutes(300), history::AlertLeftGroup{group_, kAlert});
  At(minutes(360), due(minutes(360))).Logged(minutes(360));
  const auto lines = [this](const char* question) {
    ListQuery query;
    query.matchers = *ParseQuestion(question, model::MatcherSyntax::kFallback);
    const std::string text = ListText(query);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines("{alertname=\"Down\"}"), 7) << "by the group's label";
  EXPECT_EQ(lines("{instance=\"a\"}"), 5) << "until it leaves";
  EXPECT_EQ(lines("{instance=\"b\"}"), 0) << "it was silenced";
  EXPECT_EQ(lines("{instance=\"c\"}"), 0);
}

TEST_F(ExplainTest, ListsWhatWasToldAfterARestartThatLetItThrough) {
  Joins().Flushes(seconds(30)).At(seconds(30), Suppressed(router::Suppression::kSilenced));
  At(seconds(40), history::Stopped{}).At(seconds(50), history::Started{"1.0"});
  Flushes(seconds(330)).Due(seconds(330)).Attempt(seconds(331), 200).Logged(seconds(331));
  ListQuery query;
  query.matchers = *ParseQuestion("{instance=\"a\"}", model::MatcherSyntax::kFallback);
  EXPECT_THAT(ListText(query), HasSubstr("was told (first notification)"));
  EXPECT_THAT(ListText(query), HasSubstr("delivered in 120ms"));
}

TEST(ParseInstant, TakesWhatPeopleHave) {
  EXPECT_EQ(ParseInstant("1970-01-01T00:00:10Z"), Time(seconds(10)));
  EXPECT_EQ(ParseInstant("1970-01-01T01:00:10+01:00"), Time(seconds(10)));
  EXPECT_EQ(ParseInstant("10.5"), Time(milliseconds(10'500)));
  for (const char* wrong : {"", "yesterday", "10s", "inf", "nan", "1e400"}) {
    EXPECT_FALSE(ParseInstant(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tocsin::explain
