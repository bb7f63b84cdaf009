#include "tests/simulation/happening.h"

#include <algorithm>
#include <unordered_map>
#include <variant>

namespace tocsin::simulation {
namespace {

std::string TextOf(const model::ReceiverData& data) {
  std::string text;
  for (const auto& [name, value] : data) {
    const auto* const string = std::get_if<std::string>(&value);
    text += " " + name + "=" + (string != nullptr ? *string : "?");
  }
  return text;
}

}  // namespace

const std::string& LabelText(const model::LabelSet& labels) {
  thread_local std::unordered_map<model::LabelSet, std::string, model::LabelSetHash> texts;
  std::string& text = texts[labels];
  if (text.empty()) text = labels.ToString();
  return text;
}

std::string AlertReceivedLine(const model::Alert& stored, std::string_view change, bool merged) {
  return "received " + LabelText(stored.labels) + " " + FormatRfc3339Nano(stored.starts_at) + " " +
         FormatRfc3339Nano(stored.ends_at) + (change.empty() ? "" : " ") + std::string(change) +
         (merged ? " merged" : "");
}

std::string GroupCreatedLine(std::string_view group) {
  return "created " + std::string(group);
}

std::string JoinedLine(std::string_view group, const model::LabelSet& alert) {
  return "joined " + std::string(group) + " " + LabelText(alert);
}

std::string LeftLine(std::string_view group, const model::LabelSet& alert) {
  return "left " + std::string(group) + " " + LabelText(alert);
}

std::string GroupEndedLine(std::string_view group, bool by_configuration) {
  return "ended " + std::string(group) + (by_configuration ? " by configuration" : "");
}

std::string FlushLine(std::string_view group, Time due, Time next, std::size_t firing,
                      std::size_t resolved) {
  return "flush " + std::string(group) + " due " + FormatRfc3339Nano(due) + " next " +
         FormatRfc3339Nano(next) + " " + std::to_string(firing) + " firing " +
         std::to_string(resolved) + " resolved";
}

std::string NotificationLine(const model::Notification& notification, std::string_view reason) {
  std::string line = "notify " + notification.integration.ToString() + " " +
                     notification.group_key + " " + LabelText(notification.group_labels) + " " +
                     std::string(reason) + ":";
  for (const model::NotifiedAlert& alert : notification.alerts) {
    line += (alert.resolved ? " -" : " +") + LabelText(alert.alert->labels) + " " +
            FormatRfc3339Nano(alert.alert->starts_at);
    if (alert.resolved) line += " " + FormatRfc3339Nano(alert.alert->ends_at);
  }
  return line + " now " + FormatRfc3339Nano(notification.now) + " deadline " +
         FormatRfc3339Nano(notification.deadline) + TextOf(notification.data);
}

std::string NotNeededLine(std::string_view group, const model::IntegrationId& integration,
                          std::string_view why) {
  return "nothing new " + integration.ToString() + " " + std::string(group) + ": " +
         std::string(why);
}

std::string LoggedLine(std::string_view group, const model::IntegrationId& integration,
                       std::string_view reason, bool sent) {
  return "logged " + integration.ToString() + " " + std::string(group) + " " + std::string(reason) +
         (sent ? "" : ", not sent");
}

std::string FailedLine(std::string_view group, const model::IntegrationId& integration) {
  return "failed " + integration.ToString() + " " + std::string(group);
}

std::string SuppressedAlertText(const model::LabelSet& alert,
                                const std::vector<std::string>& causes) {
  std::string text = LabelText(alert) + " by";
  for (const std::string& cause : causes) text += " " + cause;
  return text;
}

std::string SuppressedLine(std::string_view group, std::string_view why, std::size_t count,
                           std::vector<std::string> newly) {
  std::sort(newly.begin(), newly.end());
  std::string line = "suppressed " + std::string(group) + " " + std::to_string(count) + " " +
                     std::string(why) + ", new:";
  for (const std::string& alert : newly) line += " " + alert + ";";
  return line;
}

std::string LetThroughLine(std::string_view group, const model::LabelSet& alert) {
  return "through " + std::string(group) + " " + LabelText(alert);
}

std::string SilenceLine(std::string_view what, const model::Silence& silence) {
  return "silence " + std::string(what) + " " + silence.id + " " +
         FormatRfc3339Nano(silence.starts_at) + " " + FormatRfc3339Nano(silence.ends_at);
}

}  // namespace tocsin::simulation
