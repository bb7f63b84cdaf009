#pragma once

// What a chain of decisions says: which routes were tried, what became of the alert in each group
// and for each integration, and the conclusion, which is the first thing that people want to read.
// Pure.

#include "explain/chain.h"
#include "explain/routes.h"
#include "history/event.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::explain {

// What became of an integration, in the words of its last notification.
struct Telling {
  enum class State {
    kNothingNew,  // There was nothing to tell.
    kSending,     // Attempts are made, or were.
    kTold,
    kNotWanted,  // Only ends were left, which it does not want.
    kFailed,     // Given up; the next flush tries again.
  };
  model::IntegrationId integration;
  State state = State::kNothingNew;
  Time since{};
  bool interrupted = false;          // kSending: the process that did so has ended.
  router::NothingNew nothing_new{};  // kNothingNew
  bool nothing_new_ended = false;    // The alert had ended when that was found.
  model::NotifyReason reason{};
  bool of_alert = false;  // The notification has the alert, and not others of its group only.
  bool resolved = false;  // The alert was told as ended.
  std::uint32_t attempts = 0;
  std::optional<history::AttemptEnded> last_attempt;
  std::string error;  // kFailed
  // The last time that it was told of the alert, which may be before its last notification.
  std::optional<Time> told_at;
  bool told_resolved = false;
  model::NotifyReason told_reason{};
  std::optional<history::AttemptEnded> told_attempt;
};

// A stay in a group, as of Chain::at.
struct Stay {
  Membership membership;
  Time joined{};
  std::optional<Time> left;
  bool left_by_configuration = false;  // With the whole group.
  bool flushed = false;
  std::optional<history::AlertSuppressed> suppressed;  // By the last flush.
  Time suppressed_at{};
  std::optional<Time> lifted;     // Since then nothing of that keeps it back.
  std::vector<Telling> tellings;  // In the order of the first.
};

struct Conclusion {
  enum class State {
    kUnknown,
    kPending,   // Its condition holds, but not for long enough.
    kNotFired,  // It ended while it was pending.
    kRefused,   // By a limit.
    kWaiting,   // For its group's flush.
    kSilenced,  // And so on: left out of the last flush.
    kInhibited,
    kMuted,
    kSending,
    kInterrupted,  // What became of it is not on record.
    kPaged,
    kFailed,
    kNotTold,      // The receiver has no integrations, or it ended before it was told.
    kEndSent,      // That it ended was told.
    kDropped,      // By alert_relabel_configs.
    kForgotten,    // Its rule is gone.
    kHandedOn,     // To a further Alertmanager.
    kNotHandedOn,  // It refuses alerts, or cannot be reached.
  };
  State state = State::kUnknown;
  std::string text;  // One sentence: `team/slack[0] was told at ... that it fires`.
};
std::string_view ToString(Conclusion::State state);

// A rule that made the alert.
struct RuleStand {
  history::RuleAlertChanged last;  // Its last change of the alert.
  bool gone = false;               // From the configuration, while it had the alert.
};

struct Explanation {
  Chain chain;
  std::vector<RuleStand> rules;  // In the order of their first change.
  // Since when relabelling drops it, and which rule.
  std::optional<history::AlertDropped> dropped;
  Time dropped_at{};
  std::vector<RouteTried> routes;
  std::vector<Stay> stays;
  std::optional<Time> ended;            // As its source or its rule said.
  std::vector<Conclusion> conclusions;  // At least one; of different groups and integrations.
};

Explanation Explain(Chain chain);

}  // namespace tocsin::explain
