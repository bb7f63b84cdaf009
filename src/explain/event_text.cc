#include "explain/event_text.h"

#include "base/duration.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "explain/conclusion.h"

#include <cmath>

namespace tocsin::explain {
namespace {

using history::Event;

std::string Count(std::uint32_t firing, std::uint32_t resolved) {
  std::string text = std::to_string(firing) + " firing";
  if (resolved > 0) text += ", " + std::to_string(resolved) + " resolved";
  return text;
}

std::string Text(const history::Started& event) {
  return "tocsin " + event.version + " started";
}
std::string Text(const history::Stopped&) {
  return "tocsin stopped";
}
std::string Text(const history::EventsLost& event) {
  return std::to_string(event.count) + " decisions could not be recorded and are missing here";
}
std::string Text(const history::RoutesInForce& event) {
  return event.repeated ? "the same configuration is in force" : "configuration installed";
}
std::string Text(const history::RuleAlertChanged& event) {
  switch (event.to) {
    case rules::AlertState::kPending:
      return "pending by rule " + RuleText(event.rule) + ", value " + NumberText(event.value);
    case rules::AlertState::kFiring:
      return "fires by rule " + RuleText(event.rule) + ", value " + NumberText(event.value);
    case rules::AlertState::kInactive:
      break;
  }
  return event.from == rules::AlertState::kPending
             ? "no longer pending: the condition of rule " + RuleText(event.rule) + " ended"
             : "the condition of rule " + RuleText(event.rule) + " ended";
}
std::string Text(const history::RuleAlertKept& event) {
  return "the condition of rule " + RuleText(event.rule) + " ended; kept by keep_firing_for";
}
std::string Text(const history::RuleFails& event) {
  return "rule " + RuleText(event.rule) + " fails: " + event.error;
}
std::string Text(const history::RuleWorksAgain& event) {
  return "rule " + RuleText(event.rule) + " works again";
}
std::string Text(const history::AlertReceived& event) {
  using Change = history::AlertReceived::Change;
  switch (event.change) {
    case Change::kCreated:
      return "received, starts at " + TimeText(event.starts_at);
    case Change::kStarted:
      return "received again, starts at " + TimeText(event.starts_at);
    case Change::kEnded:
      return "received as ended at " + TimeText(event.ends_at);
    case Change::kEndedAgain:
      return "received as ended once more, at " + TimeText(event.ends_at);
    case Change::kNothing:
      break;
  }
  return "received";
}
std::string Text(const history::AlertRefused&) {
  return "refused: limits.alerts_per_alertname is reached";
}
std::string Text(const history::GroupCreated& event) {
  return "group created, first flush at " + TimeText(event.first_flush);
}
std::string Text(const history::AlertGrouped& event) {
  return "joined group " + event.group->key + " of receiver " + GoQuote(event.group->receiver);
}
std::string Text(const history::AlertLeftGroup& event) {
  return "left group " + event.group->key;
}
std::string Text(const history::GroupFlushed& event) {
  return "group flushed: " + Count(event.firing, event.resolved) + "; the next flush at " +
         TimeText(event.next_flush);
}
std::string Text(const history::AlertSuppressed& event) {
  return "left out: " + SuppressionText(event);
}
std::string Text(const history::AlertUnsuppressed&) {
  return "no longer left out";
}
std::string Text(const history::NotificationDue& event) {
  return event.integration.ToString() + " is to be told: " + ReasonText(event.reason) + " (" +
         Count(event.firing, event.resolved) + ")";
}
std::string Text(const history::NotificationNotNeeded& event) {
  const std::string who = event.integration.ToString();
  switch (event.why) {
    case router::NothingNew::kNeverFired:
      return who + " is not told: what has ended was never told";
    case router::NothingNew::kStillResolved:
      return who + " is not told: the end was told already";
    case router::NothingNew::kUnchanged:
      break;
  }
  return who + " is not told: nothing is new, and repeat_interval has not passed";
}
std::string Text(const history::AttemptEnded& event) {
  std::string text = event.integration.ToString() + ": " + AttemptText(event);
  if (!IsZero(event.next_attempt)) text += "; tried again at " + TimeText(event.next_attempt);
  return text;
}
std::string Text(const history::NotificationLogged& event) {
  if (event.sent)
    return event.integration.ToString() + " was told (" + ReasonText(event.reason) + ")";
  return event.integration.ToString() + " does not want to hear of ends";
}
std::string Text(const history::NotificationFailed& event) {
  return "telling " + event.integration.ToString() + " failed: " + event.error;
}
std::string Text(const history::GroupEnded& event) {
  return event.why == router::GroupEnded::Why::kAllEnded ? "group ended: so have all its alerts"
                                                         : "group ended by the configuration";
}
std::string Text(const history::SilenceChanged& event) {
  constexpr std::string_view kWords[] = {"created by", "updated by", "expired by",
                                         "taken back, as it could not be stored, of"};
  return "silence " + event.silence.id + " " +
         std::string(kWords[static_cast<std::size_t>(event.change)]) + " " + event.silence.author +
         " (" + GoQuote(event.silence.comment) + "): " + event.matchers + ", until " +
         TimeText(event.silence.ends_at);
}

std::string Text(const history::RuleAlertForgotten& event) {
  return "rule " + RuleText(event.rule) +
         " is gone from the configuration: nothing more is sent "
         "of the alert";
}
std::string Text(const history::AlertDropped& event) {
  return DroppedText(event.position);
}
std::string Text(const history::AlertTargets& event) {
  constexpr std::string_view kWords[] = {"has not answered yet", "takes alerts", "refuses alerts",
                                         "cannot be told"};
  std::string text;
  for (const history::AlertTargets::Target& target : event.targets) {
    text += (text.empty() ? "Alertmanager " : "; Alertmanager ") + target.url + " " +
            std::string(kWords[static_cast<std::size_t>(target.answer)]);
    if (!target.error.empty()) text += ": " + target.error;
  }
  return text.empty() ? "no further Alertmanager" : text;
}
std::string Text(const history::EndedUnnoticed& event) {
  return "tocsin had ended without being stopped, some time after " + TimeText(event.alive);
}

}  // namespace

std::string EventText(const Event& event) {
  return std::visit([](const auto& e) { return Text(e); }, event);
}

std::string RuleText(const history::Rule& rule) {
  if (rule.file.empty()) return rule.name;
  const std::string group = rule.group.empty() ? "" : ", group " + rule.group;
  const std::string line = rule.line == 0 ? "" : ":" + std::to_string(rule.line);
  return rule.name + " (" + rule.file + line + group + ")";
}

std::string NumberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text;
  AppendJsonNumber(value, &text);
  return text;
}

std::string DroppedText(std::size_t position) {
  return "dropped by alert_relabel_configs[" + std::to_string(position) + "]";
}

}  // namespace tocsin::explain
