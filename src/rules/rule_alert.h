#pragma once

// An alert of a rule: what the rule keeps of it, the API shows, and lasts over a reload. A value;
// what it points to is immutable, so that a copy is read from any thread.

#include "base/time.h"
#include "model/label_set.h"
#include "rules/compiled_rule.h"
#include "rules/decision.h"

#include <memory>
#include <optional>
#include <string>

namespace tocsin::rules {

// What the templates of one evaluation saw beside the sample. Shared by its alerts.
struct TemplateContext {
  CompiledRulePtr rule;
  model::LabelSet external_labels;
  std::string external_url;
  Time time{};  // Of the evaluation.
};

struct RuleAlert {
  AlertState state = AlertState::kPending;
  model::LabelSet
      labels;  // Identity: sample labels, rule labels, alertname. Without external labels.

  // Of the last evaluation that saw the sample.
  model::LabelSet sample_labels;
  double value = 0;
  std::shared_ptr<const TemplateContext> seen_by;
  // Absent: ExpandAnnotations makes them of the above. Present where a template may query, and
  // where the value is a histogram.
  std::optional<model::LabelSet> annotations;

  Time active_at{};  // First seen.
  Time fired_at = kZeroTime;
  Time resolved_at = kZeroTime;
  Time last_sent_at = kZeroTime;
  Time valid_until = kZeroTime;        // ends_at of what was last sent.
  Time keep_firing_since = kZeroTime;  // When the sample went away.

  bool stored = false;  // As it is now, but for what StoredAlert does not follow.
  // The series that are written of it, made when they first are; the first one as of its state.
  model::LabelSet alerts_series, for_state_series;
};

// The annotations of the last evaluation that saw the sample: what Prometheus would have expanded
// then.
model::LabelSet ExpandAnnotations(const RuleAlert& alert, Expansions* out);

}  // namespace tocsin::rules
