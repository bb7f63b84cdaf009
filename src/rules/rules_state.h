#pragma once

// The state of the rules as a value: what outlives the process, and how it changes. Values, sharing
// what they name.

#include "base/time.h"
#include "model/label_set.h"
#include "rules/decision.h"

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tocsin::rules {

// A rule over restarts and reloads, whatever becomes of its expression.
struct RuleIdentity {
  std::string group;  // `file;name`
  // `Name{severity="page"}` with the labels as configured; the second one of its group that has
  // the same name and labels is `Name{severity="page"}#2`.
  std::string rule;

  auto operator<=>(const RuleIdentity&) const = default;
};
using RuleIdentityPtr = std::shared_ptr<const RuleIdentity>;

// An alert as it is stored. Times that are not set are kZeroTime. The value is that of the
// last change: a new value alone is none.
struct StoredAlert {
  AlertState state = AlertState::kPending;
  model::LabelSet labels;  // Identity within the rule.
  model::LabelSet sample_labels;
  double value = 0;
  // Absent: the rule's templates make them of the above.
  std::optional<model::LabelSet> annotations;
  Time seen_at{};  // The evaluation that last saw its sample.
  Time active_at{};
  Time fired_at = kZeroTime;
  Time resolved_at = kZeroTime;
  Time valid_until = kZeroTime;
  Time keep_firing_since = kZeroTime;
};

// What has to be made durable, in the order in which it happened.
struct AlertStored {
  RuleIdentityPtr rule;  // Never null.
  StoredAlert alert;     // New, or instead of the rule's alert with its labels.
};
struct AlertRemoved {    // Whether it was stored or not.
  RuleIdentityPtr rule;  // Never null.
  model::LabelSet labels;
};
using StateChange = std::variant<AlertStored, AlertRemoved>;

struct RulesState {
  std::vector<AlertStored> alerts;  // In no order; no two of one rule with the same labels.
  // Set if it comes from a store: the last sign of life of the process that wrote it.
  std::optional<Time> stopped_at;
};

}  // namespace tocsin::rules
