#include "explain/conclusion.h"

#include "base/duration.h"
#include "base/text.h"
#include "explain/event_text.h"

#include <algorithm>

namespace tocsin::explain {
namespace {

using State = Conclusion::State;

// Of so many no more Alertmanagers are spoken of.
constexpr std::size_t kConclusionsMax = 20;

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

State StateOf(router::Suppression why) {
  switch (why) {
    case router::Suppression::kSilenced:
      return State::kSilenced;
    case router::Suppression::kInhibited:
      return State::kInhibited;
    case router::Suppression::kOutsideActiveTimes:
    case router::Suppression::kMuteTime:
      return State::kMuted;
  }
  return State::kUnknown;
}

std::string NextFlushText(const Stay& stay, const Chain& chain) {
  const std::optional<Time> next = NextFlush(stay, chain);
  return next ? "the next flush of its group, about " + TimeText(*next)
              : std::string("the next flush of its group");
}

Conclusion ConcludeTold(const Telling& telling) {
  const std::string who = telling.integration.ToString();
  std::string how = telling.told_attempt ? "; " + AttemptText(*telling.told_attempt) : "";
  if (telling.told_resolved) {
    return {State::kEndSent,
            who + " was told at " + TimeText(*telling.told_at) + " that it has ended" + how};
  }
  return {State::kPaged, who + " was told at " + TimeText(*telling.told_at) + " that it fires (" +
                             ReasonText(telling.told_reason) + ")" + how};
}

Conclusion ConcludeNotWanted(const Telling& telling) {
  const std::string why = " does not want to hear of ends (send_resolved)";
  if (!telling.told_at || telling.told_resolved) {
    return {State::kNotTold, telling.integration.ToString() + why};
  }
  Conclusion conclusion = ConcludeTold(telling);
  conclusion.text += "; its end was not told: " + telling.integration.ToString() + why;
  return conclusion;
}

Conclusion ConcludeWaiting(const Stay& stay, const Chain& chain) {
  return {State::kWaiting, "it waits for " + NextFlushText(stay, chain) +
                               ", which goes to receiver " +
                               GoQuote(stay.membership.group->receiver)};
}

// Attempts are made, or were given up.
Conclusion ConcludeAttempts(const Telling& telling, const Stay& stay, const Chain& chain) {
  const std::string who = telling.integration.ToString();
  const std::string end = telling.resolved ? " that it has ended" : "";
  if (telling.state == Telling::State::kFailed) {
    return {State::kFailed,
            "telling " + who + end + " failed at " + TimeText(telling.since) + " (" +
                telling.error + ")" +
                (stay.left ? "" : "; tried again with " + NextFlushText(stay, chain))};
  }
  if (telling.interrupted) {
    return {State::kInterrupted,
            who + " was being told" + end + " since " + TimeText(telling.since) +
                " when tocsin ended: whether it was told is not on record; looked at again with " +
                NextFlushText(stay, chain)};
  }
  std::string text = who + " is being told" + end + " since " + TimeText(telling.since);
  if (telling.last_attempt) {
    text += "; " + AttemptText(*telling.last_attempt);
    const Time next = telling.last_attempt->next_attempt;
    if (!IsZero(next)) text += "; tried again at " + TimeText(next);
  }
  return {State::kSending, text};
}

Conclusion ConcludeTelling(const Telling& telling, const Stay& stay, const Chain& chain) {
  const std::string who = telling.integration.ToString();
  switch (telling.state) {
    case Telling::State::kSending:
    case Telling::State::kFailed: {
      if (!telling.of_alert) break;
      Conclusion now = ConcludeAttempts(telling, stay, chain);
      // A repeat, or the end of what was told: whoever was paged was paged.
      const bool was_told_so = telling.told_at && !telling.told_resolved;
      if (!was_told_so) return now;
      Conclusion told = ConcludeTold(telling);
      told.text += "; " + now.text;
      return told;
    }
    case Telling::State::kNotWanted:
      return ConcludeNotWanted(telling);
    case Telling::State::kTold:
      if (telling.told_at) break;
      return {State::kNotTold, who + " was told of others of its group only"};
    case Telling::State::kNothingNew:
      break;
  }
  if (telling.told_at) return ConcludeTold(telling);
  if (telling.state != Telling::State::kNothingNew) return ConcludeWaiting(stay, chain);
  switch (telling.nothing_new) {
    case router::NothingNew::kNeverFired:
      return {State::kNotTold, who + ": it ended before it was told"};
    case router::NothingNew::kStillResolved:
      return {State::kNotTold, who + ": its end was told already"};
    case router::NothingNew::kUnchanged:
      // Of those that fire.
      if (telling.nothing_new_ended)
        return {State::kNotTold, who + ": it ended before it was told"};
      return {State::kPaged,
              who + " was told of the same alerts before; told again after repeat_interval"};
  }
  return {};
}

// All integrations that were told, in one; none: nobody was.
std::optional<Conclusion> ConcludeAllTold(const Stay& stay) {
  std::optional<Conclusion> all;
  for (const Telling& telling : stay.tellings) {
    if (!telling.told_at) continue;
    Conclusion told = ConcludeTold(telling);
    if (all) all->text += "; " + told.text;
    if (!all) all = std::move(told);
  }
  return all;
}

// It was left out of the last flush.
Conclusion ConcludeSuppressed(const Stay& stay, const Chain& chain) {
  const std::optional<Conclusion> told = ConcludeAllTold(stay);
  const std::string since = ", since the flush at " + TimeText(stay.suppressed_at);
  if (!stay.lifted) {
    return {StateOf(stay.suppressed->why), SuppressionText(*stay.suppressed) + since +
                                               (told ? "; before that " + told->text : "")};
  }
  history::AlertSuppressed was = *stay.suppressed;
  for (history::SilenceName& silence : was.silences) silence.ends_at = *stay.lifted;
  Conclusion conclusion = told ? *told : ConcludeWaiting(stay, chain);
  conclusion.text += "; it was " + SuppressionText(was) + since;
  if (was.silences.empty()) conclusion.text += ", until " + TimeText(*stay.lifted);
  if (told) conclusion.text += "; looked at again with " + NextFlushText(stay, chain);
  return conclusion;
}

// That it has ended, where the conclusion does not say so.
std::string EndText(const Conclusion& conclusion, const Explanation& explanation) {
  const bool says = conclusion.state == State::kEndSent || conclusion.state == State::kSending ||
                    conclusion.state == State::kNotTold;
  if (says || !explanation.ended) return "";
  return "; it ended at " + TimeText(*explanation.ended);
}

void ConcludeStay(const Stay& stay, const Explanation& explanation, std::vector<Conclusion>* out) {
  const Chain& chain = explanation.chain;
  if (!stay.flushed && !stay.left && explanation.ended) {
    return out->push_back({State::kNotTold, "it ended at " + TimeText(*explanation.ended) +
                                                ", before a flush of its group told receiver " +
                                                GoQuote(stay.membership.group->receiver) +
                                                " that it fires"});
  }
  if (!stay.flushed && !stay.left) return out->push_back(ConcludeWaiting(stay, chain));
  if (stay.suppressed) {
    Conclusion conclusion = ConcludeSuppressed(stay, chain);
    conclusion.text += EndText(conclusion, explanation);
    return out->push_back(std::move(conclusion));
  }
  if (stay.tellings.empty() && !chain.complete) {
    return out->push_back({State::kUnknown, "whom receiver " +
                                                GoQuote(stay.membership.group->receiver) +
                                                " told of it is not on record"});
  }
  if (stay.tellings.empty()) {
    return out->push_back({State::kNotTold, "receiver " + GoQuote(stay.membership.group->receiver) +
                                                " has no integration to tell"});
  }
  for (const Telling& telling : stay.tellings) {
    Conclusion conclusion = ConcludeTelling(telling, stay, chain);
    conclusion.text += EndText(conclusion, explanation);
    out->push_back(std::move(conclusion));
  }
}

// The configuration has put the alert into another group: whoever was paged is not told any more.
void ConcludeLeft(const Stay& stay, std::vector<Conclusion>* out) {
  for (const Telling& telling : stay.tellings) {
    if (!telling.told_at || telling.told_resolved) continue;
    Conclusion conclusion = ConcludeTold(telling);
    conclusion.text += "; the configuration took it out of that group at " + TimeText(*stay.left);
    out->push_back(std::move(conclusion));
  }
}

// Of an alert that no rule makes fire.
std::optional<Conclusion> ConcludeFromRules(const std::vector<RuleStand>& rules) {
  using rules::AlertState;
  for (const RuleStand& stand : rules) {
    if (stand.last.to != AlertState::kPending) continue;
    return Conclusion{State::kPending, "it is pending since " + TimeText(stand.last.evaluated) +
                                           " by rule " + RuleText(stand.last.rule) +
                                           ": its condition has to hold for " +
                                           FormatPrometheusDuration(stand.last.rule.hold)};
  }
  if (rules.empty()) return std::nullopt;
  const RuleStand& stand = rules.back();
  const std::string rule = "rule " + RuleText(stand.last.rule);
  if (stand.gone) {
    return Conclusion{State::kForgotten,
                      "the configuration took " + rule + " away at " +
                          TimeText(stand.last.evaluated) + ", while its alert " +
                          (stand.last.from == AlertState::kPending ? "was pending" : "fired")};
  }
  if (stand.last.from != AlertState::kPending || stand.last.to != AlertState::kInactive) {
    return std::nullopt;
  }
  return Conclusion{State::kNotFired, "the condition of " + rule + " ended at " +
                                          TimeText(stand.last.evaluated) +
                                          ", before it had held for " +
                                          FormatPrometheusDuration(stand.last.rule.hold)};
}

// A rule made it fire, so that further Alertmanagers hear of it.
bool IsHandedOn(const Explanation& explanation) {
  using rules::AlertState;
  return std::any_of(explanation.rules.begin(), explanation.rules.end(),
                     [](const RuleStand& stand) {
                       return stand.last.to == AlertState::kFiring ||
                              (stand.last.from == AlertState::kFiring && !stand.gone);
                     });
}

Conclusion ConcludeTarget(const history::AlertTargets::Target& target) {
  using Answer = core::AlertTarget::Answer;
  const std::string who = "Alertmanager " + target.url;
  const std::string since = " since " + TimeText(target.since);
  switch (target.answer) {
    case Answer::kNone:
      return {State::kSending, "it is to be handed to " + who + ", which has not answered yet"};
    case Answer::kTaken:
      return {State::kHandedOn, "it is handed to " + who + ", which takes alerts" + since};
    case Answer::kRefused:
      return {State::kNotHandedOn, who + " refuses alerts" + since + ": " + target.error};
    case Answer::kFailed:
      return {State::kNotHandedOn, who + " cannot be told" + since + ": " + target.error};
  }
  return {};
}

Conclusion ConcludeOutsideOfGroups(const Explanation& explanation) {
  const auto& events = explanation.chain.events;
  if (events.empty()) return {State::kUnknown, "nothing is known of this alert"};
  if (std::holds_alternative<history::AlertRefused>(events.back().event)) {
    return {State::kRefused, "it was refused at " + TimeText(events.back().at) +
                                 ": limits.alerts_per_alertname is reached for its alertname"};
  }
  if (const auto rule = ConcludeFromRules(explanation.rules)) return *rule;
  if (!explanation.chain.complete) {
    return {State::kUnknown, "which groups it is in is not on record"};
  }
  return {State::kUnknown, "it is in no group"};
}

}  // namespace

std::string_view ToString(State state) {
  constexpr std::string_view kWords[] = {
      "unknown",   "pending",  "not_fired", "refused",     "waiting",   "silenced",
      "inhibited", "muted",    "sending",   "interrupted", "paged",     "failed",
      "not_told",  "end_sent", "dropped",   "forgotten",   "handed_on", "not_handed_on"};
  return kWords[static_cast<std::size_t>(state)];
}

std::string TimeText(Time time) {
  return FormatRfc3339Milli(time);
}

std::string ReasonText(model::NotifyReason reason) {
  return std::string(ToString(reason));
}

std::string AttemptText(const history::AttemptEnded& attempt) {
  const std::string number =
      attempt.attempt > 1 ? ", attempt " + std::to_string(attempt.attempt) : "";
  const std::string status =
      attempt.status != 0 ? ", status " + std::to_string(attempt.status) : "";
  const std::string took =
      FormatGoDuration(std::chrono::duration_cast<std::chrono::milliseconds>(attempt.took));
  if (attempt.outcome == history::AttemptEnded::Outcome::kDelivered) {
    return "delivered in " + took + status + number;
  }
  return "failed after " + took + status + number + ": " + std::string(TrimSpace(attempt.error));
}

std::string SuppressionText(const history::AlertSuppressed& suppressed) {
  switch (suppressed.why) {
    case router::Suppression::kInhibited:
      return "inhibited by " + suppressed.inhibited_by.ToString() +
             (suppressed.inhibit_rule.empty() ? ""
                                              : " (rule " + GoQuote(suppressed.inhibit_rule) + ")");
    case router::Suppression::kOutsideActiveTimes:
      return "muted outside of its route's active_time_intervals " + Joined(suppressed.intervals);
    case router::Suppression::kMuteTime:
      return "muted by its route's mute_time_intervals " + Joined(suppressed.intervals);
    case router::Suppression::kSilenced:
      break;
  }
  std::string text;
  for (const history::SilenceName& silence : suppressed.silences) {
    text += (text.empty() ? "silenced by " : " and ") + silence.id + " of " + silence.author +
            " (" + GoQuote(silence.comment) + ") until " + TimeText(silence.ends_at);
  }
  return text;
}

std::optional<Time> NextFlush(const Stay& stay, const Chain& chain) {
  if (!stay.membership.next_flush) return std::nullopt;
  const Time known = *stay.membership.next_flush;
  if (known > chain.at) return known;
  const auto route =
      std::find_if(chain.routes.begin(), chain.routes.end(), [&](const history::Route& candidate) {
        return candidate.id == stay.membership.group->route_id;
      });
  if (route == chain.routes.end() || route->group_interval <= Duration::zero()) {
    return std::nullopt;
  }
  // Flushes that had nothing new to say are not recorded.
  const auto missed = (chain.at - known) / route->group_interval + 1;
  return known + missed * route->group_interval;
}

std::vector<Conclusion> Conclude(const Explanation& explanation) {
  std::vector<Conclusion> conclusions;
  // A stay that is over counts if there is none now.
  const bool any_now = std::any_of(explanation.stays.begin(), explanation.stays.end(),
                                   [](const Stay& stay) { return !stay.left; });
  for (std::size_t i = 0; i < explanation.stays.size(); ++i) {
    const Stay& stay = explanation.stays[i];
    const bool again =
        std::any_of(explanation.stays.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    explanation.stays.end(), [&](const Stay& later) {
                      return IsSameGroup(*later.membership.group, *stay.membership.group);
                    });
    if (again) continue;
    if (any_now && stay.left) {
      if (stay.left_by_configuration) ConcludeLeft(stay, &conclusions);
      continue;
    }
    ConcludeStay(stay, explanation, &conclusions);
  }
  if (explanation.dropped) {
    conclusions.push_back({State::kDropped, "it was " + DroppedText(explanation.dropped->position) +
                                                " at " + TimeText(explanation.dropped_at)});
  } else if (IsHandedOn(explanation)) {
    for (const auto& target : explanation.chain.targets) {
      if (conclusions.size() == kConclusionsMax) break;
      conclusions.push_back(ConcludeTarget(target));
    }
  }
  if (conclusions.empty()) conclusions.push_back(ConcludeOutsideOfGroups(explanation));
  return conclusions;
}

}  // namespace tocsin::explain
