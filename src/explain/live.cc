#include "explain/live.h"

#include "base/duration.h"
#include "base/text.h"
#include "explain/conclusion.h"
#include "explain/event_text.h"

namespace tocsin::explain {

std::string LiveText(const LiveAlert& live) {
  std::string text = "fires since " + TimeText(live.alert->starts_at);
  if (!live.receivers.empty()) {
    text += live.receivers.size() == 1 ? ", goes to receiver" : ", goes to receivers";
  }
  for (std::size_t i = 0; i < live.receivers.size(); ++i) {
    text += (i == 0 ? " " : ", ") + GoQuote(live.receivers[i]);
  }
  if (!live.silenced_by.empty()) {
    history::AlertSuppressed suppressed;
    suppressed.why = router::Suppression::kSilenced;
    suppressed.silences = live.silenced_by;
    text += "; " + SuppressionText(suppressed);
  }
  if (live.inhibited_by) {
    history::AlertSuppressed suppressed;
    suppressed.why = router::Suppression::kInhibited;
    suppressed.inhibited_by = live.inhibited_by->labels;
    text += "; " + SuppressionText(suppressed);
  }
  return text;
}

std::string LiveText(const LiveGroup& group) {
  const std::string next = TimeText(group.standing.next_flush);
  std::string text = group.standing.flushing
                         ? "is being flushed; due again at " + next + ", once that is through"
                         : "is flushed next at " + next;
  if (!group.mute) return text;
  history::AlertSuppressed suppressed;
  suppressed.why = group.mute->outside_active_times ? router::Suppression::kOutsideActiveTimes
                                                    : router::Suppression::kMuteTime;
  suppressed.intervals = group.mute->intervals;
  text += "; " + SuppressionText(suppressed) + " now, ";
  return text + (group.mute_ends ? "until " + TimeText(*group.mute_ends)
                                 : std::string("for more than a year"));
}

std::string LiveText(const router::Standing::Told& told) {
  const std::string who = told.integration.ToString();
  if (IsZero(told.at)) return who + " has not been told that it fires";
  return who + " was told at " + TimeText(told.at) +
         (told.resolved ? " that it has ended" : " that it fires");
}

std::string LiveText(const LiveRuleAlert& alert, const LiveRule& rule) {
  const std::string value = ", value " + NumberText(alert.value);
  if (alert.state == rules::AlertState::kPending) {
    return "is pending since " + TimeText(alert.active_at) + value + ", and fires at " +
           TimeText(alert.active_at + rule.rule.hold) + " if its condition holds until then";
  }
  std::string text = "fires, active since " + TimeText(alert.active_at) + value;
  if (!IsZero(alert.kept_since)) {
    text += "; its condition ended at " + TimeText(alert.kept_since) + ", keep_firing_for keeps it";
  }
  if (alert.dropped_by) text += "; " + DroppedText(*alert.dropped_by);
  return text;
}

std::string LiveText(const LiveRule& rule) {
  if (IsZero(rule.last_evaluation)) return "not evaluated yet";
  const std::string evaluated =
      "evaluated last at " + TimeText(rule.last_evaluation) + " in " +
      FormatGoDuration(
          std::chrono::duration_cast<std::chrono::milliseconds>(rule.evaluation_time)) +
      ", every " + FormatPrometheusDuration(rule.interval);
  if (rule.health == rules::Health::kErr) return "fails: " + rule.error + "; " + evaluated;
  return "ok; " + evaluated;
}

}  // namespace tocsin::explain
