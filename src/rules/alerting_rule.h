#pragma once

// One alerting rule and the state of its alerts. Pure: an evaluation takes the time and the vector,
// and returns what is to be sent and what was decided. Owned by its group; one thread.
//
//            sample seen          ts - active_at >= for
//  (none) ──────────────► pending ─────────────────────► firing ──┐ sample gone: keep_firing_for
//  holds
//     ▲                     │                              │  ▲───┘
//     │  sample gone        │                              │ sample gone (and held long enough)
//     ├─────────────────────┘                              ▼
//     └──────────────────────── 15 minutes later ◄──── inactive (resolved, re-sent meanwhile)

#include "base/result.h"
#include "base/time.h"
#include "model/alert.h"
#include "rules/decision.h"
#include "rules/query.h"
#include "rules/rule_file.h"
#include "templates/rule_templates.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::rules {

// An alert of a rule: what the API shows and what is kept over a restart.
struct RuleAlert {
  AlertState state = AlertState::kPending;
  model::LabelSet
      labels;  // Identity: sample labels, rule labels, alertname. Without external labels.
  // Of the last evaluation that saw the sample; annotations are expanded from these when read.
  model::LabelSet sample_labels;
  double value = 0;
  Time seen_at{};

  Time active_at{};  // First seen.
  Time fired_at = kZeroTime;
  Time resolved_at = kZeroTime;
  Time last_sent_at = kZeroTime;
  Time valid_until = kZeroTime;        // ends_at of what was last sent.
  Time keep_firing_since = kZeroTime;  // When the sample went away.
};

// What surrounds an evaluation; owned by the ruler, constant during the call.
struct EvaluationContext {
  Time now{};  // When the answer came; the rule itself goes by the scheduled time.
  model::LabelSet external_labels;
  std::string external_url;  // Of the datasource: where people open a graph.
  Duration interval{};       // Of the group.
  Duration resend_delay{};
  int limit = 0;  // 0 or less: none.
};

struct RuleOutput {
  std::vector<model::AlertPtr> alerts;  // To be sent, in no order.
  std::vector<Decision> decisions;
  std::uint32_t template_expansions = 0;
  std::uint32_t template_failures = 0;
};

class AlertingRule {
 public:
  // Compiles the templates. Null if one does not compile; `errors` then has a line for each.
  static std::unique_ptr<AlertingRule> Create(RulePtr definition, std::vector<std::string>* errors);

  // A successful query's answer at `ts`. An error leaves the state as it was: two samples with one
  // identity, or (which drops all alerts, as Prometheus does) more alerts than the limit.
  Status Evaluate(Time ts, const Vector& vector, const EvaluationContext& context, RuleOutput* out);

  // The query failed at `ts`. Alerts stay as they are; those that fire are still sent on their
  // schedule, with value and annotations frozen, until the outage has lasted too long to vouch for
  // them.
  void Refresh(Time ts, const EvaluationContext& context, RuleOutput* out);
  // The wall clock was set back by that much.
  void ClockWentBack(Duration by);

  const RulePtr& definition() const { return definition_; }
  // The highest of its alerts' states.
  AlertState state() const;

  using Alerts = boost::unordered_flat_map<model::LabelSet, RuleAlert, model::LabelSetHash>;
  const Alerts& alerts() const { return alerts_; }
  void Restore(Alerts alerts) { alerts_ = std::move(alerts); }

  model::LabelSet ExpandAnnotations(const RuleAlert& alert, const EvaluationContext& context,
                                    RuleOutput* out) const;

 private:
  using Templates = std::vector<std::pair<std::string, templates::RuleTemplate>>;

  AlertingRule(RulePtr definition, Templates labels, Templates annotations);

  // By identity; the samples belong to the vector being evaluated.
  using Candidates = boost::unordered_flat_map<model::LabelSet, const Sample*, model::LabelSetHash>;

  Result<Candidates> MakeCandidates(Time ts, const Vector& vector, const EvaluationContext& context,
                                    RuleOutput* out) const;
  model::LabelSet AlertLabels(Time ts, const Sample& sample, const EvaluationContext& context,
                              RuleOutput* out) const;
  void TakeIn(Time ts, const Candidates& candidates, RuleOutput* out);
  // Returns false if the alert is to be forgotten.
  bool Step(Time ts, bool present, RuleAlert* alert, RuleOutput* out);
  void Change(Time ts, AlertState to, RuleAlert* alert, RuleOutput* out) const;
  void Send(Time ts, RuleAlert* alert, const EvaluationContext& context, RuleOutput* out) const;

  // Constant after construction.
  RulePtr definition_;
  Templates labels_;
  Templates annotations_;
  std::string generator_path_;  // `/graph?g0.expr=...&g0.tab=1`

  Alerts alerts_;
};

// `labels` with those external labels that it lacks.
model::LabelSet WithExternalLabels(const model::LabelSet& labels, const model::LabelSet& external);

}  // namespace tocsin::rules
