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
#include "rules/compiled_rule.h"
#include "rules/decision.h"
#include "rules/query.h"
#include "rules/rule_alert.h"
#include "rules/rules_state.h"
#include "rules/series.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::rules {

// What surrounds an evaluation; owned by the ruler, constant during the call.
struct EvaluationContext {
  Time now{};  // When the answer came; the rule itself goes by the scheduled time.
  model::LabelSet external_labels;
  std::string external_url;  // Of the datasource: where people open a graph.
  Duration interval{};       // Of the group.
  Duration resend_delay{};
  Duration query_timeout{};
  int limit = 0;  // 0 or less: none.
  // So many samples at the end of the vector stand in for series that are gone (no_data.h). Where
  // another one makes the same alert they are none.
  std::size_t gone = 0;
};

struct RuleOutput {
  std::vector<model::AlertPtr> alerts;  // To be sent, in no order.
  std::vector<Decision> decisions;
  std::vector<StateChange> changes;
  Expansions templates;
};

class AlertingRule {
 public:
  // `identity` is what the changes of its state are stored under.
  explicit AlertingRule(CompiledRulePtr rule,
                        RuleIdentityPtr identity = std::make_shared<const RuleIdentity>())
      : rule_(std::move(rule)), identity_(std::move(identity)) {}

  // A successful query's answer at `ts`, and the answers to what the templates query. If some of
  // these are missing, out->templates.needs has them and nothing has happened: evaluate again with
  // them. An error leaves the state as it was: two samples with one identity, or (which drops all
  // alerts, as Prometheus does) more alerts than the limit.
  Status Evaluate(Time ts, const Vector& vector, const templates::QueryAnswers& answers,
                  const EvaluationContext& context, RuleOutput* out);

  // The query of the slot `ts` failed, or has to wait. Alerts stay as they are; those that fire are
  // still sent on their schedule, with value and annotations frozen: not to know is not to know
  // that it is over. A slot before one that they were sent at sends nothing.
  void Refresh(Time ts, const EvaluationContext& context, RuleOutput* out);
  // The next evaluation comes at `next`: what fires and would end before an evaluation sends it
  // again is sent now.
  void Prolong(Time now, Time next, const EvaluationContext& context, RuleOutput* out);
  // The wall clock was set back by that much.
  void ClockWentBack(Duration by);

  // ALERTS and ALERTS_FOR_STATE of its alerts, as Prometheus writes them, at `time`.
  void AppendSeries(Time time, std::vector<SeriesSample>* out);

  const RulePtr& definition() const { return rule_->definition(); }
  const RuleIdentityPtr& identity() const { return identity_; }
  // The highest of its alerts' states.
  AlertState state() const;

  using Alerts = boost::unordered_flat_map<model::LabelSet, RuleAlert, model::LabelSetHash>;
  const Alerts& alerts() const { return alerts_; }
  // Those of another rule, instead of those that it has.
  void TakeFrom(AlertingRule* other);
  // One that was stored, with the templates of now. It is sent again as soon as an evaluation or
  // Refresh finds that it is due.
  void Restore(const StoredAlert& alert, const EvaluationContext& context);
  // Pending alerts that are first seen at `since` or later have a clock that is to be restored from
  // elsewhere, until EndForRestore. Till then they are neither stored nor written: that would
  // take the place of the older clock.
  void AwaitForRestore(Time since) { unrestored_since_ = since; }
  bool awaits_for_restore() const { return unrestored_since_.has_value(); }
  std::vector<model::LabelSet> Unrestored() const;
  // With these clocks, by identity, found as of `asked_at`: what has ended since began anew.
  void EndForRestore(const std::map<model::LabelSet, Time>& active_at, Time asked_at,
                     RuleOutput* out);
  // Everything there is to store.
  void AppendState(std::vector<AlertStored>* out) const;
  Alerts TakeAlerts() { return std::exchange(alerts_, {}); }

 private:
  struct Candidate {
    const Sample* sample = nullptr;       // Of the vector being evaluated.
    Alerts::value_type* known = nullptr;  // Its alert, if that is known already.
    model::LabelSet labels;               // Else.
    std::optional<model::LabelSet> annotations;

    const model::LabelSet& identity() const { return known ? known->first : labels; }
  };
  using Candidates = std::vector<Candidate>;  // No two of one identity.

  Result<Candidates> MakeCandidates(const Vector& vector, const templates::QueryAnswers& answers,
                                    const TemplateContext& context, std::size_t gone,
                                    Expansions* out);
  // The alert of the i-th sample, if that was the i-th of the last evaluation too.
  Alerts::value_type* FindAt(std::size_t i, const Sample& sample);
  void TakeIn(Time ts, Candidates candidates, const std::shared_ptr<const TemplateContext>& context,
              RuleOutput* out);
  void Renew(Time ts, Candidate* candidate, Alerts::value_type* entry, bool created,
             const std::shared_ptr<const TemplateContext>& context, RuleOutput* out) const;
  void KeepOrder(const Candidates& candidates);
  // Returns false if the alert is to be forgotten.
  bool Step(Time ts, bool present, RuleAlert* alert, RuleOutput* out);
  void Change(Time ts, AlertState to, RuleAlert* alert, RuleOutput* out) const;
  bool IsUnrestored(const RuleAlert& alert) const;
  AlertStored Stored(const RuleAlert& alert) const;
  InternedText GeneratorUrl(const EvaluationContext& context) const;
  void Send(Time ts, RuleAlert* alert, const EvaluationContext& context,
            const InternedText& generator_url, RuleOutput* out) const;

  const CompiledRulePtr rule_;
  const RuleIdentityPtr identity_;
  Alerts alerts_;
  std::optional<Time> unrestored_since_;
  // The alerts of the last vector, in its order, where the sample's labels alone decide on them:
  // the next vector is mostly the same, but for the values, and nothing has to be made anew.
  std::vector<model::LabelSet> order_;
};

// `labels` with those external labels that it lacks.
model::LabelSet WithExternalLabels(const model::LabelSet& labels, const model::LabelSet& external);

}  // namespace tocsin::rules
