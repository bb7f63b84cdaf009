#include "app/event_log.h"

#include "base/duration.h"
#include "base/log.h"
#include "base/same_error.h"

#include <type_traits>

namespace tocsin::app {
namespace {

constexpr Duration kUnwrittenEvery = std::chrono::hours(1);

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

void LogRouter(const router::NotificationDue& event) {
  log::Debug("Notification due", {{"component", "router"},
                                  {"group", event.notification->group_key},
                                  {"receiver", event.notification->integration.ToString()},
                                  {"reason", ToString(event.notification->reason)},
                                  {"alerts", event.notification->alerts.size()}});
}

void LogRouter(const router::NotificationNotNeeded& event) {
  log::Debug("Nothing to notify", {{"component", "router"},
                                   {"receiver", event.integration.ToString()},
                                   {"reason", ToString(event.why)}});
}

}  // namespace

void EventLog::OnDecision(Time, const router::Decision& decision) {
  if (!log::Enabled(log::Level::kDebug)) return;
  std::visit(Overloaded{
                 [](const router::AlertReceived& event) {
                   log::Debug("Received alert", {{"component", "router"},
                                                 {"alert", event.alert->labels.ToString()},
                                                 {"new", event.created ? "true" : "false"}});
                 },
                 [](const router::FlushStarted& event) {
                   log::Debug("Flushing", {{"component", "router"},
                                           {"group", event.group->key},
                                           {"firing", std::uint64_t{event.firing}},
                                           {"resolved", std::uint64_t{event.resolved}}});
                 },
                 [](const router::NotificationDue& event) { LogRouter(event); },
                 [](const router::NotificationNotNeeded& event) { LogRouter(event); },
                 [](const auto&) {},
             },
             decision);
}

void EventLog::OnDecision(Time now, const rules::Decision& decision) {
  std::visit(
      Overloaded{
          [](const rules::AlertStateChanged& event) {
            const bool page =
                event.to == rules::AlertState::kFiring || event.from == rules::AlertState::kFiring;
            log::Write(page ? log::Level::kInfo : log::Level::kDebug, "Alert changed state",
                       {{"component", "rules"},
                        {"alert", event.labels.ToString()},
                        {"from", ToString(event.from)},
                        {"to", ToString(event.to)}});
          },
          [this](const rules::RuleFailed& event) { Log(event); },
          [this](const rules::RuleEvaluated& event) { Log(event); },
          [&](const rules::SeriesNotWritten& event) { Log(now, event); },
          [](const rules::SeriesGone& event) {
            log::Info("The series of a rule is gone", {{"component", "rules"},
                                                       {"rule", event.rule->name()},
                                                       {"series", event.labels.ToString()}});
          },
          [](const rules::AlertForgotten& event) {
            log::Info("The rule of an alert is gone", {{"component", "rules"},
                                                       {"alert", event.labels.ToString()},
                                                       {"state", ToString(event.state)}});
          },
          [](const rules::ForRestored& event) {
            log::Info("Restored `for` from ALERTS_FOR_STATE",
                      {{"component", "rules"},
                       {"alert", event.labels.ToString()},
                       {"active_at", FormatRfc3339Nano(event.active_at)}});
          },
          [](const rules::RestoreFailed& event) {
            log::Warn(event.final ? "`for` was not restored from ALERTS_FOR_STATE"
                                  : "Restoring `for` from ALERTS_FOR_STATE failed, will try again",
                      {{"component", "rules"},
                       {"group", event.group},
                       {"rule", event.rule->name()},
                       {"err", event.error}});
          },
          [](const rules::GroupEvaluated& event) {
            if (event.missed == 0) return;
            log::Warn("Evaluations missed: the one before took too long",
                      {{"component", "rules"}, {"group", event.group}, {"missed", event.missed}});
          },
          [](const auto&) {},
      },
      decision);
}

void EventLog::Log(const rules::RuleFailed& event) {
  std::string& last = failing_[RuleKey(event.group, *event.rule)];
  if (last == event.error) return;
  last = event.error;
  log::Warn("Evaluating rule failed", {{"component", "rules"},
                                       {"group", event.group},
                                       {"rule", event.rule->name()},
                                       {"err", event.error}});
}

void EventLog::Log(const rules::RuleEvaluated& event) {
  if (failing_.empty() || failing_.erase(RuleKey(event.group, *event.rule)) == 0) return;
  log::Info("Rule evaluates again",
            {{"component", "rules"}, {"group", event.group}, {"rule", event.rule->name()}});
}

void EventLog::Log(Time now, const rules::SeriesNotWritten& event) {
  Unwritten& last = unwritten_[RuleKey(event.group, *event.rule)];
  if (IsSameError(last.error, event.error) && now - last.logged < kUnwrittenEvery) return;
  last = {event.error, now};
  log::Warn("Samples of a rule were not written", {{"component", "rules"},
                                                   {"group", event.group},
                                                   {"rule", event.rule->name()},
                                                   {"err", event.error}});
}

void EventLog::OnAttempt(Time now, const core::AttemptEnded& attempt) {
  using notifiers::Outcome;
  const std::string receiver = attempt.notification->integration.ToString();
  if (attempt.outcome.kind == Outcome::Kind::kDelivered) {
    log::Write(attempt.attempt == 1 ? log::Level::kDebug : log::Level::kInfo, "Notify success",
               {{"component", "delivery"},
                {"group", attempt.notification->group_key},
                {"receiver", receiver},
                {"attempt", attempt.attempt},
                {"alerts", attempt.notification->alerts.size()},
                {"took", FormatGoDuration(attempt.took)}});
    return;
  }
  if (!attempt.next_attempt || attempt.same_error) return;  // DeliveryFailed says the rest.
  log::Warn("Notify attempt failed, will retry later",
            {{"component", "delivery"},
             {"group", attempt.notification->group_key},
             {"receiver", receiver},
             {"attempt", attempt.attempt},
             {"retry_in", FormatGoDuration(*attempt.next_attempt - now)},
             {"err", attempt.outcome.error}});
}

void EventLog::OnDeliveryFailed(Time, const core::DeliveryFailed& failure) {
  log::Err("Notify for alerts failed", {{"component", "delivery"},
                                        {"group", failure.notification->group_key},
                                        {"receiver", failure.notification->integration.ToString()},
                                        {"attempt", failure.attempts},
                                        {"err", failure.error}});
}

}  // namespace tocsin::app
