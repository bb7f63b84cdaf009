#pragma once

// Why the rules did what they did, as small typed events beside their effects: what the log, the
// metrics and the simulator's checks read. Values; rules and labels are shared.

#include "base/time.h"
#include "model/label_set.h"
#include "rules/rule_file.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace tocsin::rules {

using RulePtr = std::shared_ptr<const RuleDefinition>;

enum class AlertState { kInactive, kPending, kFiring };
std::string_view ToString(AlertState state);

// A series entered another state. kInactive from kPending: its condition ended before `for` was
// over.
struct AlertStateChanged {
  RulePtr rule;
  model::LabelSet labels;
  AlertState from{};
  AlertState to{};
  Time ts{};
  double value = 0;
  // The labels that it goes out with; set by who sends it.
  model::LabelSet sent_as = {};
};

// A firing alert whose condition ended is held by keep_firing_for.
struct AlertKeptFiring {
  RulePtr rule;
  model::LabelSet labels;
  Time since{};
  model::LabelSet sent_as = {};
};

// A configuration has taken away the rule of an alert that is pending or fires: nothing more is
// sent of it, not even its end.
struct AlertForgotten {
  RulePtr rule;
  model::LabelSet labels;
  AlertState state{};
  model::LabelSet sent_as = {};
};

// The clock of a pending alert goes on from where an earlier ruler had written it.
struct ForRestored {
  RulePtr rule;
  model::LabelSet labels;
  Time active_at{};
};

// The datasource did not say what had been written of a rule's alerts.
struct RestoreFailed {
  std::string group;
  RulePtr rule;
  std::string error;
  bool final = false;  // Not asked again: `for` has begun anew.
};

// Nothing of the group waits to be restored any more.
struct GroupRestored {
  std::string group;
  Duration took{};
};

// A series that a rule knows, or whose alert it has, is not there any more (on_no_data).
struct SeriesGone {
  RulePtr rule;
  model::LabelSet labels;
  Time ts{};
};

struct RuleEvaluated {
  std::string group;  // `file;name`, as Prometheus's metrics have it.
  RulePtr rule;
  Duration took{};
  std::uint32_t samples = 0;
  std::uint32_t template_expansions = 0;
  std::uint32_t template_failures = 0;
};

// The query failed, or its answer makes no sense for the rule. State is as before.
struct RuleFailed {
  std::string group;
  RulePtr rule;
  Duration took{};
  std::string error;
};

struct GroupEvaluated {
  std::string group;
  Time ts{};
  Time started{};
  Duration took{};
  std::int64_t missed = 0;  // Iterations skipped before this one.
  std::uint32_t samples = 0;
  Duration rules_took{};  // All rules together.
};

// A store that rules write to has refused what one wrote, or did not take it in time.
struct SeriesNotWritten {
  std::string group;
  RulePtr rule;
  std::string error;
};

using Decision = std::variant<AlertStateChanged, AlertKeptFiring, RuleEvaluated, RuleFailed,
                              GroupEvaluated, SeriesNotWritten, ForRestored, RestoreFailed,
                              GroupRestored, SeriesGone, AlertForgotten>;

}  // namespace tocsin::rules
