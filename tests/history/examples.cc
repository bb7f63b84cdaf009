#include "tests/history/examples.h"

#include "history/event_json.h"

#include <string>

namespace tocsin::history {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<Entry> OneOfEachKind() {
  const model::LabelSet alert{{"alertname", "Down"}, {"instance", "a \"1\""}, {"empty", ""}};
  const Rule rule{"Down", "up == 0", "rules.yml", 12, seconds(90), "hosts"};
  const SilenceName silence{"5f2f4e4c", "me", "planned", kNoon + seconds(60)};
  const model::IntegrationId integration{"team", "slack", 3};
  auto identity = std::make_shared<router::GroupIdentity>();
  identity->key = R"({}/{a="b"}:{alertname="Down"})";
  identity->route_id = R"({}/{a="b"}/0)";
  identity->receiver = "team";
  identity->labels = {{"alertname", "Down"}};
  const router::GroupIdentityPtr group = identity;
  auto odd = std::make_shared<router::GroupIdentity>(*identity);
  odd->key = "not made of its labels";
  Route route{"{}",         0,
              "team",       {{"a", model::MatchOp::kNotRegex, "b|c"}},
              true,         seconds(30),
              seconds(300), seconds(3600),
              {"nights"},   {"days", "weekends"}};
  Route child = route;
  child.parent = 1;

  const std::vector<Event> events = {
      Started{"1.2.3"},
      Stopped{},
      EventsLost{1'000'000'000'000},
      RoutesInForce{{route, child}, true},
      RuleAlertChanged{rule, alert, rules::AlertState::kPending, rules::AlertState::kFiring,
                       kNoon - seconds(1), -0.5},
      RuleAlertKept{rule, alert},
      RuleFails{rule, "no answer"},
      RuleWorksAgain{rule},
      AlertReceived{alert, AlertReceived::Change::kEndedAgain, true, kNoon - seconds(5),
                    Time::max()},
      AlertRefused{alert},
      GroupCreated{group, kNoon + seconds(30)},
      AlertGrouped{group, alert},
      AlertLeftGroup{group, alert},
      GroupFlushed{odd, kNoon, kNoon + seconds(300), 7, 300},
      AlertSuppressed{group,
                      alert,
                      router::Suppression::kSilenced,
                      {{"x", "y"}},
                      "rule",
                      {silence, silence},
                      {"nights", ""}},
      AlertUnsuppressed{group, alert},
      NotificationDue{group,
                      integration,
                      model::NotifyReason::kSomeAlertsResolved,
                      1,
                      2,
                      kNoon + seconds(10),
                      {{alert, true}, {{{"q", "r"}}, false}}},
      NotificationNotNeeded{group, integration, router::NothingNew::kUnchanged},
      AttemptEnded{group, integration, 4, milliseconds(1500), AttemptEnded::Outcome::kGiveUp, 503,
                   "later", kNoon + seconds(2)},
      NotificationLogged{group, integration, model::NotifyReason::kFirstNotification, true},
      NotificationFailed{group, integration, "given up"},
      GroupEnded{group, router::GroupEnded::Why::kConfiguration},
      SilenceChanged{router::SilenceChanged::Kind::kExpired, silence, "{a=\"b\"}", kZeroTime},
      RuleAlertForgotten{rule, alert, rules::AlertState::kFiring},
      AlertDropped{alert, 2},
      AlertTargets{{{"http://am:9093", core::AlertTarget::Answer::kFailed, "refused", kNoon}},
                   true},
      EndedUnnoticed{kNoon - seconds(9)},
  };
  std::vector<Entry> entries;
  Time at = kNoon;
  for (const Event& event : events) {
    entries.push_back({100 + entries.size(), at, event});
    // Forward in uneven steps, and once back.
    at += entries.size() == 5 ? seconds(-7) : milliseconds(17 * static_cast<int>(entries.size()));
  }
  return entries;
}

std::string Shown(const std::vector<Entry>& entries) {
  std::string text;
  for (const Entry& entry : entries) {
    std::string json;
    JsonWriter writer(&json);
    WriteEntry(entry, &writer);
    text += json + "\n";
  }
  return text;
}

}  // namespace tocsin::history
