#pragma once

// What the running server has of an alert, beside what the history tells of it: an alert may be
// older than the history, or its decisions may have been lost with a crash; and some of it is in no
// history: what comes next, and how the rule fares.

#include "history/event.h"
#include "model/alert.h"
#include "router/route_mute.h"
#include "router/router.h"
#include "rules/ruler.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::explain {

// A rule that makes alerts of the alertname that is asked about.
struct LiveRule {
  history::Rule rule;
  Duration interval{};
  rules::Health health = rules::Health::kUnknown;
  std::string error;                 // kErr
  Time last_evaluation = kZeroTime;  // kZeroTime: not yet.
  Duration evaluation_time{};
};

// What a rule has of an alert.
struct LiveRuleAlert {
  std::size_t rule = 0;  // Position in Live::rules.
  rules::AlertState state{};
  Time active_at{};
  Time kept_since = kZeroTime;  // By keep_firing_for.
  double value = 0;
  std::optional<std::size_t> dropped_by;  // A rule of alert_relabel_configs.
};

// A group that it is in.
struct LiveGroup {
  router::Standing standing;
  std::optional<router::RouteMute> mute;
  std::optional<Time> mute_ends;  // None: not within a year.
};

// An alert that has not ended, or is pending.
struct LiveAlert {
  model::LabelSet labels;
  model::AlertPtr alert;               // Null: only its rule has it.
  std::vector<std::string> receivers;  // Of the routes that it took, in their order.
  std::vector<history::SilenceName> silenced_by;
  model::AlertPtr inhibited_by;  // Null: not inhibited.
  std::vector<LiveGroup> groups;
  std::vector<LiveRuleAlert> rules;
};

struct Live {
  std::vector<LiveAlert> alerts;  // At most kAlertsMax.
  std::vector<LiveRule> rules;
};

// Of one that has `alert`: `fires since ..., goes to receiver "a"; silenced by ...`
std::string LiveText(const LiveAlert& live);
// `is flushed next at ...; muted by ...`
std::string LiveText(const LiveGroup& group);
// `was told at ... that it fires`
std::string LiveText(const router::Standing::Told& told);
// `it is pending since ..., value 5, and fires at ... if it goes on`
std::string LiveText(const LiveRuleAlert& alert, const LiveRule& rule);
// `ok, evaluated last at ... in 3ms, every 1m`
std::string LiveText(const LiveRule& rule);

}  // namespace tocsin::explain
