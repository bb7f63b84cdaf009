#include "rules/rule_group.h"
#include "rules/ruler.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace tocsin::rules {
namespace {

// As Prometheus: what the first one sees may lack what other rules record.
constexpr int kEvaluationsBefore = 2;
// A datasource that evaluates rules and yet does not answer this will not: their series have to be
// written again.
constexpr int kAttempts = 5;

}  // namespace

void Ruler::AwaitForRestore(Time now) {
  if (!options_.for_restore) return;
  // The query API has no shorter range.
  if (options_.for_restore->outage_tolerance < std::chrono::milliseconds(1)) return;
  for (auto& [id, group] : groups_) {
    for (GroupRule& rule : group->rules) {
      if (!rule.alerting || rule.definition->hold < options_.for_restore->grace_period) continue;
      rule.alerting->AwaitForRestore(now);
      group->awaits_for_restore = true;
    }
  }
}

void Ruler::BeginForRestore(RuleGroup* group, Time now, Output* out) {
  group->evaluations = std::min(group->evaluations + 1, kEvaluationsBefore);
  if (group->evaluations < kEvaluationsBefore) return;
  if (!group->restore_began) group->restore_began = now;
  for (std::size_t i = 0; i < group->rules.size(); ++i) {
    const GroupRule& rule = group->rules[i];
    // While its query fails nobody knows which alerts there are.
    if (!rule.alerting || !rule.alerting->awaits_for_restore() || !rule.evaluated) continue;
    if (!rule.restore) BeginForRestore(group, i, now, out);
  }
  EndForRestoreOf(group, now, out);
}

void Ruler::BeginForRestore(RuleGroup* group, std::size_t index, Time now, Output* out) {
  GroupRule& rule = group->rules[index];
  const std::vector<model::LabelSet> alerts = rule.alerting->Unrestored();
  // A reload may have changed either.
  const bool wanted =
      options_.for_restore && rule.definition->hold >= options_.for_restore->grace_period;
  if (alerts.empty() || !wanted) {
    RuleOutput rule_out;
    rule.alerting->EndForRestore({}, now, &rule_out);
    std::move(rule_out.changes.begin(), rule_out.changes.end(), std::back_inserter(out->changes));
    return;
  }
  rule.restore = std::make_unique<RestoreInProgress>(
      RestoreInProgress{ForRestore(*rule.definition, alerts, options_.external_labels,
                                   *options_.for_restore, IntervalOf(*group), now),
                        0,
                        {}});
  AskForRestore(*group, index, rule.restore->lookup.First(), out);
}

void Ruler::AskForRestore(const RuleGroup& group, std::size_t rule, ForRestore::Question question,
                          Output* out) {
  const auto id = static_cast<QueryId>(next_id_++);
  ++group.rules[rule].restore->unanswered;
  restores_in_flight_.emplace(id, Restoring{group.id, rule, question.time, question.is_range});
  const RulerOptions::Datasource& datasource = DatasourceOf(group);
  out->queries.push_back(Query{id, datasource.name, std::move(question.expr), question.time,
                               datasource.timeout, group.definition.extras, question.is_range});
}

void Ruler::CompleteForRestore(const Restoring& restoring, Time now, Result<QueryResult> result,
                               Output* out) {
  RuleGroup* const group = groups_.at(restoring.group).get();
  RestoreInProgress& restore = *group->rules[restoring.rule].restore;
  --restore.unanswered;
  if (!result) {
    restore.status = tl::unexpected(std::move(result.error()));
  } else if (!restore.status) {
    // It has failed already, and only waits for its last answer.
  } else if (!restoring.is_range) {
    restore.lookup.TakePresent(restoring.time, result->vector);
  } else {
    for (ForRestore::Question& question : restore.lookup.TakeLast(result->last_samples)) {
      AskForRestore(*group, restoring.rule, std::move(question), out);
    }
  }
  if (restore.unanswered > 0) return;
  EndForRestore(group, restoring.rule, out);
  EndForRestoreOf(group, now, out);
}

void Ruler::EndForRestore(RuleGroup* group, std::size_t index, Output* out) {
  GroupRule& rule = group->rules[index];
  const std::unique_ptr<RestoreInProgress> restore = std::exchange(rule.restore, nullptr);
  const Time asked_at = restore->lookup.asked_at();
  std::map<model::LabelSet, Time> active_at;
  if (!restore->status) {
    const bool final = ++rule.restores_failed >= kAttempts;
    out->decisions.emplace_back(
        RestoreFailed{group->key, rule.definition, restore->status.error().message, final});
    if (!final) return;  // Asked again after the next evaluation.
  } else {
    for (const auto& [labels, clock] : restore->lookup.Clocks()) {
      const std::optional<Time> since =
          RestoredActiveAt(clock, rule.definition->hold, restore->lookup.grace_period(), asked_at);
      if (since) active_at.emplace(labels, *since);
    }
  }
  RuleOutput rule_out;
  rule.alerting->EndForRestore(active_at, asked_at, &rule_out);
  std::move(rule_out.changes.begin(), rule_out.changes.end(), std::back_inserter(out->changes));
  std::move(rule_out.decisions.begin(), rule_out.decisions.end(),
            std::back_inserter(out->decisions));
}

void Ruler::EndForRestoreOf(RuleGroup* group, Time now, Output* out) {
  const bool waits = std::any_of(
      group->rules.begin(), group->rules.end(),
      [](const GroupRule& rule) { return rule.alerting && rule.alerting->awaits_for_restore(); });
  if (waits) return;
  group->awaits_for_restore = false;
  const Duration took = std::max(now - *group->restore_began, Duration::zero());
  out->decisions.emplace_back(GroupRestored{group->key, took});
}

}  // namespace tocsin::rules
