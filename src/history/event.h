#pragma once

// What the ledger keeps: decisions of the two cores, and what became of attempts, as values that
// need nothing else to be understood. A decision is there when it is news: what only repeats an
// earlier one is not (recorder.h). Receivers are known by their names, further Alertmanagers by
// URLs without credentials; no secret is in an event.

#include "base/time.h"
#include "core/alert_forwarder.h"
#include "core/delivery.h"
#include "model/label_set.h"
#include "model/notification.h"
#include "model/silence.h"
#include "router/decision.h"
#include "rules/decision.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::history {

// A rule as its file had it.
struct Rule {
  std::string name, expr;
  std::string file;
  std::uint32_t line = 0;
  Duration hold{};    // `for`
  std::string group;  // Its name.
};

// A silence that kept an alert back.
struct SilenceName {
  std::string id, author, comment;
  Time ends_at{};
};

// A route with inheritance applied.
struct Route {
  std::string id;            // router::Route::id
  std::uint32_t parent = 0;  // Position in the list; the root's own.
  std::string receiver;
  std::vector<model::MatcherText> matchers;
  bool continue_matching = false;
  Duration group_wait{}, group_interval{}, repeat_interval{};
  std::vector<std::string> mute_times, active_times;
};

// The process begins to record, or ends in order.
struct Started {
  std::string version;
};
struct Stopped {};

// So many decisions are missing here: they came faster than they could be written, or the disk
// failed.
struct EventsLost {
  std::uint64_t count = 0;
};

// The routes in force from now on. Repeated once a day, so that they are never far.
struct RoutesInForce {
  std::vector<Route> routes;  // Depth first; the root is the first.
  bool repeated = false;
};

struct RuleAlertChanged {
  Rule rule;
  model::LabelSet alert;
  rules::AlertState from{}, to{};
  Time evaluated{};
  double value = 0;
};
struct RuleAlertKept {
  Rule rule;
  model::LabelSet alert;
};
// Once for each error, not at each evaluation.
struct RuleFails {
  Rule rule;
  std::string error;
};
struct RuleWorksAgain {
  Rule rule;
};

struct AlertReceived {
  using Change = router::AlertReceived::Change;
  model::LabelSet alert;
  Change change{};  // Never kNothing.
  bool merged = false;
  Time starts_at{}, ends_at{};
};
struct AlertRefused {
  model::LabelSet alert;
};
struct GroupCreated {
  router::GroupIdentityPtr group;
  Time first_flush{};
};
struct AlertGrouped {
  router::GroupIdentityPtr group;
  model::LabelSet alert;
};
struct AlertLeftGroup {
  router::GroupIdentityPtr group;
  model::LabelSet alert;
};
// A flush that has something to say which the one before it had not.
struct GroupFlushed {
  router::GroupIdentityPtr group;
  Time due{};
  Time next_flush{};
  std::uint32_t firing = 0, resolved = 0;
};
struct AlertSuppressed {
  router::GroupIdentityPtr group;
  model::LabelSet alert;
  router::Suppression why{};
  model::LabelSet inhibited_by;
  std::string inhibit_rule;
  std::vector<SilenceName> silences;
  std::vector<std::string> intervals;
};
struct AlertUnsuppressed {
  router::GroupIdentityPtr group;
  model::LabelSet alert;
};

struct NotificationDue {
  router::GroupIdentityPtr group;
  model::IntegrationId integration;
  model::NotifyReason reason{};
  std::uint32_t firing = 0, resolved = 0;
  Time deadline{};
  // Those that the notification before it, to the same integration, did not say this of.
  struct Told {
    model::LabelSet alert;
    bool resolved = false;
  };
  std::vector<Told> told;
};
// A flush has nothing new for an integration: said once, until there is something.
struct NotificationNotNeeded {
  router::GroupIdentityPtr group;
  model::IntegrationId integration;
  router::NothingNew why{};
};
struct AttemptEnded {
  using Outcome = notifiers::Outcome::Kind;
  router::GroupIdentityPtr group;
  model::IntegrationId integration;
  std::uint32_t attempt = 1;
  Duration took{};
  Outcome outcome{};
  std::uint32_t status = 0;  // Of HTTP or SMTP; 0: there was no answer.
  std::string error;
  Time next_attempt = kZeroTime;  // kZeroTime: none.
};
struct NotificationLogged {
  router::GroupIdentityPtr group;
  model::IntegrationId integration;
  model::NotifyReason reason{};
  bool sent = true;
};
struct NotificationFailed {
  router::GroupIdentityPtr group;
  model::IntegrationId integration;
  std::string error;
};
struct GroupEnded {
  router::GroupIdentityPtr group;
  router::GroupEnded::Why why{};
};

struct SilenceChanged {
  router::SilenceChanged::Kind change{};
  SilenceName silence;
  std::string matchers;  // `{a="b"}`; several sets: ` or ` between them.
  Time starts_at{};
};

// A configuration has taken the alert's rule away while it was pending or fired.
struct RuleAlertForgotten {
  Rule rule;
  model::LabelSet alert;
  rules::AlertState state{};
};
// By `alert_relabel_configs`. Once, while it fires.
struct AlertDropped {
  model::LabelSet alert;
  std::uint32_t position = 0;  // Of the relabelling rule.
};
// The further Alertmanagers that alerts of rules are handed to, when one comes or goes or answers
// otherwise than before. Repeated once a day, as the routes are.
struct AlertTargets {
  struct Target {
    std::string url;  // Without credentials.
    core::AlertTarget::Answer answer{};
    std::string error;
    Time since{};  // It answers so.
  };
  std::vector<Target> targets;
  bool repeated = false;
};
// The process before this one ended without being stopped. What it decided up to `alive` is on
// record, but for the last moments.
struct EndedUnnoticed {
  Time alive{};
};

// On disk the position in this list is the kind of an event: append only.
using Event =
    std::variant<Started, Stopped, EventsLost, RoutesInForce, RuleAlertChanged, RuleAlertKept,
                 RuleFails, RuleWorksAgain, AlertReceived, AlertRefused, GroupCreated, AlertGrouped,
                 AlertLeftGroup, GroupFlushed, AlertSuppressed, AlertUnsuppressed, NotificationDue,
                 NotificationNotNeeded, AttemptEnded, NotificationLogged, NotificationFailed,
                 GroupEnded, SilenceChanged, RuleAlertForgotten, AlertDropped, AlertTargets,
                 EndedUnnoticed>;

// An event at its place in the ledger.
struct Entry {
  std::uint64_t number = 0;  // Ascending, without gaps but for what is lost.
  Time at{};                 // When it was decided.
  Event event;
};

// `alert_received`: the variant's name for programs.
std::string_view KindOf(const Event& event);

// Of an event about one group, else null.
const router::GroupIdentity* GroupOf(const Event& event);
// Of an event about one alert, else null.
const model::LabelSet* AlertOf(const Event& event);
// Of an event about one integration, else null.
const model::IntegrationId* IntegrationOf(const Event& event);

}  // namespace tocsin::history
