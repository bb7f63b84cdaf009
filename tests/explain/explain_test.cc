// Explanations of small ledgers that are told event by event: what the conclusion is, and what the
// whole text says.

#include "base/clock.h"
#include "explain/answer_json.h"
#include "explain/answer_text.h"
#include "explain/listing.h"
#include "explain/search.h"
#include "history/history_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace tocsin::explain {
namespace {

using history::Event;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Time kStart = Time(std::chrono::hours(24 * 20'000));
const model::LabelSet kAlert{{"alertname", "Down"}, {"instance", "a"}, {"team", "db"}};
const model::IntegrationId kSlack{"dba", "slack", 0};

class ExplainTest : public testing::Test {
 public:
  ExplainTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-explain-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    auto identity = std::make_shared<router::GroupIdentity>();
    identity->key = R"({}/{team="db"}:{alertname="Down"})";
    identity->route_id = R"({}/{team="db"}/0)";
    identity->receiver = "dba";
    identity->labels = {{"alertname", "Down"}};
    group_ = std::move(identity);
  }
  ~ExplainTest() override { std::filesystem::remove_all(folder_); }

  ExplainTest& At(Duration at, Event event) {
    entries_.push_back({entries_.size() + 1, kStart + at, std::move(event)});
    return *this;
  }
  // The usual beginning: routes, received, group created and joined; the flush is at 30s.
  ExplainTest& Joins(Duration at = {}) {
    history::RoutesInForce routes;
    routes.routes = {{"{}", 0, "default", {}, false, seconds(30), minutes(5), minutes(240), {}, {}},
                     {R"({}/{team="web"}/0)",
                      0,
                      "web",
                      {{"team", model::MatchOp::kEqual, "web"}},
                      false,
                      seconds(30),
                      minutes(5),
                      minutes(240),
                      {},
                      {}},
                     {R"({}/{team="db"}/0)",
                      0,
                      "dba",
                      {{"team", model::MatchOp::kEqual, "db"}},
                      false,
                      seconds(30),
                      minutes(5),
                      minutes(240),
                      {},
                      {}}};
    At(at, routes);
    At(at, history::AlertReceived{kAlert, history::AlertReceived::Change::kCreated, false,
                                  kStart + at, kStart + at + minutes(5)});
    At(at, history::GroupCreated{group_, kStart + at + seconds(30)});
    return At(at, history::AlertGrouped{group_, kAlert});
  }
  ExplainTest& Flushes(Duration at) {
    return At(at, history::GroupFlushed{group_, kStart + at, kStart + at + minutes(5), 1, 0});
  }
  ExplainTest& Due(Duration at, bool resolved = false) {
    return At(at, history::NotificationDue{group_,
                                           kSlack,
                                           model::NotifyReason::kFirstNotification,
                                           1,
                                           0,
                                           kStart + at + minutes(5),
                                           {{kAlert, resolved}}});
  }
  ExplainTest& Attempt(Duration at, int status, std::uint32_t number = 1) {
    using Outcome = history::AttemptEnded::Outcome;
    history::AttemptEnded ended{group_,
                                kSlack,
                                number,
                                milliseconds(120),
                                Outcome::kDelivered,
                                static_cast<std::uint32_t>(status),
                                "",
                                kZeroTime};
    if (status != 200) {
      ended.outcome = Outcome::kRetry;
      ended.error = "unexpected status";
      ended.next_attempt = kStart + at + seconds(1);
    }
    return At(at, ended);
  }
  ExplainTest& Logged(Duration at) {
    return At(at, history::NotificationLogged{group_, kSlack,
                                              model::NotifyReason::kFirstNotification, true});
  }
  history::AlertSuppressed Suppressed(router::Suppression why) const {
    history::AlertSuppressed suppressed;
    suppressed.group = group_;
    suppressed.alert = kAlert;
    suppressed.why = why;
    return suppressed;
  }

  Answer Ask(Duration at, const char* question = R"({alertname="Down",instance="a"})") {
    Result<history::Reader> reader = Read();
    const auto matchers = ParseQuestion(question, model::MatcherSyntax::kUtf8Strict);
    EXPECT_TRUE(matchers) << matchers.error().message;
    auto answer = FindAndExplain(&*reader, {*matchers, kStart + at, kStart + at});
    EXPECT_TRUE(answer) << answer.error().message;
    return *std::move(answer);
  }
  // States and sentences of the first alert.
  std::string Conclusions(Duration at) {
    const Answer answer = Ask(at);
    if (answer.alerts.empty()) return "none";
    std::string text;
    for (const Conclusion& conclusion : answer.alerts.front().conclusions) {
      text += std::string(ToString(conclusion.state)) + ": " + conclusion.text + "\n";
    }
    return text;
  }
  std::string ListText(ListQuery query) {
    Result<history::Reader> reader = Read();
    const auto page = List(&*reader, query);
    EXPECT_TRUE(page) << page.error().message;
    return ToText(*page);
  }

  router::GroupIdentityPtr group_;

 private:
  Result<history::Reader> Read() {
    const std::string path = (folder_ / "history.db").string();
    std::filesystem::remove(path);
    {
      auto file = history::HistoryFile::Open(path, "");
      EXPECT_TRUE(file) << file.error().message;
      // Small blocks, so that all is read across them.
      for (std::size_t i = 0; i < entries_.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, entries_.size() - i);
        const auto done = file->Append(std::span(entries_).subspan(i, count), false);
        EXPECT_TRUE(done) << done.error().message;
      }
    }
    auto reader = history::Reader::Open(path, minutes(1));
    EXPECT_TRUE(reader) << reader.error().message;
    return reader;
  }

  std::filesystem::path folder_;
  std::vector<history::Entry> entries_;
};

TEST_F(ExplainTest, Paged) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  EXPECT_EQ(Conclusions(seconds(10)),
            "waiting: it waits for the next flush of its group, about 2024-10-04T00:00:30.000Z, "
            "which goes to receiver \"dba\"\n");
  EXPECT_EQ(Conclusions(seconds(30)),
            "sending: dba/slack[0] is being told since 2024-10-04T00:00:30.000Z\n");
  EXPECT_EQ(Conclusions(minutes(2)),
            "paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z that it fires (first "
            "notification); delivered in 120ms, status 200\n");
}

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

TEST_F(ExplainTest, WhatKeepsAnAlertBack) {
  auto silenced = Suppressed(router::Suppression::kSilenced);
  silenced.silences = {{"id-1", "ann", "disk swap", kStart + minutes(60)}};
  auto inhibited = Suppressed(router::Suppression::kInhibited);
  inhibited.inhibited_by = {{"alertname", "Outage"}};
  inhibited.inhibit_rule = "outage";
  auto muted = Suppressed(router::Suppression::kMuteTime);
  muted.intervals = {"nights", "weekends"};
  auto outside = Suppressed(router::Suppression::kOutsideActiveTimes);
  outside.intervals = {"office"};
  Joins().Flushes(seconds(30)).At(seconds(30), silenced);
  Flushes(seconds(330)).At(seconds(330), inhibited);
  Flushes(seconds(630)).At(seconds(630), muted);
  Flushes(seconds(930)).At(seconds(930), outside);
  Flushes(seconds(1230)).At(seconds(1230), history::AlertUnsuppressed{group_, kAlert});
  Due(seconds(1230)).Attempt(seconds(1231), 200).Logged(seconds(1231));
  EXPECT_EQ(Conclusions(minutes(1)),
            "silenced: silenced by id-1 of ann (\"disk swap\") until 2024-10-04T01:00:00.000Z, "
            "since the flush at 2024-10-04T00:00:30.000Z\n");
  EXPECT_THAT(Conclusions(minutes(6)),
              HasSubstr("inhibited by {alertname=\"Outage\"} (rule \"outage\"), since"));
  EXPECT_THAT(Conclusions(minutes(11)),
              HasSubstr("muted: muted by its route's mute_time_intervals nights, weekends"));
  EXPECT_THAT(Conclusions(minutes(16)), HasSubstr("active_time_intervals office"));
  EXPECT_THAT(Conclusions(minutes(21)), HasSubstr("paged: dba/slack[0] was told"));
}

TEST_F(ExplainTest, AReceiverThatFails) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 503);
  Attempt(seconds(33), 503, 2);
  At(minutes(5), history::NotificationFailed{group_, kSlack, "dba/slack[0]: given up"});
  EXPECT_EQ(Conclusions(minutes(1)),
            "sending: dba/slack[0] is being told since 2024-10-04T00:00:30.000Z; failed after "
            "120ms, status 503, attempt 2: unexpected status; tried again at "
            "2024-10-04T00:00:34.000Z\n");
  EXPECT_THAT(Conclusions(minutes(5)),
              HasSubstr("failed: telling dba/slack[0] failed at 2024-10-04T00:05:00.000Z "
                        "(dba/slack[0]: given up); tried again with the next flush"));
}

TEST_F(ExplainTest, TheEnd) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  At(minutes(3), history::AlertReceived{kAlert, history::AlertReceived::Change::kEnded, true,
                                        kStart, kStart + minutes(3)});
  Flushes(seconds(330)).Due(seconds(330), true).Attempt(seconds(331), 200).Logged(seconds(331));
  At(seconds(331), history::AlertLeftGroup{group_, kAlert});
  At(seconds(331), history::GroupEnded{group_, router::GroupEnded::Why::kAllEnded});
  // Of another time.
  Joins(minutes(60));
  EXPECT_EQ(Conclusions(minutes(10)),
            "end_sent: dba/slack[0] was told at 2024-10-04T00:05:31.000Z that it has ended; "
            "delivered in 120ms, status 200\n");
  EXPECT_THAT(Conclusions(minutes(60)), HasSubstr("waiting: "));
  EXPECT_THAT(ToText(Ask(minutes(60))), Not(HasSubstr("is to be told")));
}

TEST_F(ExplainTest, AnEndThatIsNotWanted) {
  Joins().Flushes(seconds(30)).Due(seconds(30)).Attempt(seconds(31), 200).Logged(seconds(31));
  Flushes(seconds(330)).Due(seconds(330), true);
  At(seconds(330),
     history::NotificationLogged{group_, kSlack, model::NotifyReason::kFirstNotification, false});
  EXPECT_EQ(Conclusions(minutes(10)),
            "paged: dba/slack[0] was told at 2024-10-04T00:00:31.000Z that it fires (first "
            "notification); delivered in 120ms, status 200; its end was not told: dba/slack[0] "
            "does not want to hear of ends (send_resolved)\n");
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
