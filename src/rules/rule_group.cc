#include "rules/rule_group.h"

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>
#include <utility>

namespace tocsin::rules {
namespace {

bool SameRule(const RuleDefinition& a, const RuleDefinition& b) {
  return a.record == b.record && a.alert == b.alert && a.expr == b.expr && a.hold == b.hold &&
         a.keep_firing_for == b.keep_firing_for && a.labels == b.labels &&
         a.annotations == b.annotations && a.resolve_on_error == b.resolve_on_error &&
         a.on_no_data == b.on_no_data;
}

bool SameExtras(const QueryExtras* a, const QueryExtras* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->params == b->params && a->headers == b->headers;
}

}  // namespace

bool RuleGroup::SameAs(const RuleGroup& other) const {
  return definition.interval == other.definition.interval &&
         definition.query_offset == other.definition.query_offset &&
         definition.limit == other.definition.limit &&
         definition.datasource == other.definition.datasource &&
         definition.concurrency == other.definition.concurrency &&
         definition.phase == other.definition.phase &&
         SameExtras(definition.extras.get(), other.definition.extras.get()) &&
         std::equal(rules.begin(), rules.end(), other.rules.begin(), other.rules.end(),
                    [](const GroupRule& a, const GroupRule& b) {
                      return SameRule(*a.definition, *b.definition);
                    });
}

bool EvaluationInProgress::MayBegin(std::size_t rule, const RuleDependencies& dependencies) const {
  const auto is_done = [this](std::size_t earlier) { return progress[earlier] == Progress::kDone; };
  if (!dependencies.all_earlier) {
    return std::all_of(dependencies.earlier.begin(), dependencies.earlier.end(), is_done);
  }
  const auto end = progress.begin() + static_cast<std::ptrdiff_t>(rule);
  return std::all_of(progress.begin(), end, [](Progress p) { return p == Progress::kDone; });
}

RuleInProgress* EvaluationInProgress::FindRunning(std::size_t rule) const {
  const auto it = std::find_if(running.begin(), running.end(),
                               [&](const auto& candidate) { return candidate->rule == rule; });
  return it == running.end() ? nullptr : it->get();
}

void RuleGroup::TakeStateFrom(RuleGroup* older, Output* out) {
  last_evaluation = older->last_evaluation;
  evaluation_time = older->evaluation_time;
  awaits_for_restore = older->awaits_for_restore;
  evaluations = older->evaluations;
  restore_began = older->restore_began;
  using Labels = std::map<std::string, std::string>;
  using Key = std::tuple<bool, std::string, Labels>;
  const auto key_of = [](const RuleDefinition& rule) {
    return Key{rule.is_alerting(), rule.name(), rule.labels};
  };
  std::map<Key, std::deque<GroupRule*>> candidates;
  for (GroupRule& rule : older->rules) candidates[key_of(*rule.definition)].push_back(&rule);
  for (GroupRule& rule : rules) {
    const auto found = candidates.find(key_of(*rule.definition));
    if (found == candidates.end() || found->second.empty()) continue;
    GroupRule& before = *found->second.front();
    found->second.pop_front();
    if (rule.alerting) rule.alerting->TakeFrom(before.alerting.get());
    rule.restores_failed = before.restores_failed;
    rule.evaluated = before.evaluated;
    if (rule.definition->expr == before.definition->expr) {
      rule.no_data = std::move(before.no_data);
    }
    rule.written = std::move(before.written);
    before.written = {};
    rule.health = before.health;
    rule.last_error = before.last_error;
    rule.last_evaluation = before.last_evaluation;
    rule.evaluation_time = before.evaluation_time;
  }
  ended = older->TakeRest(out);
}

std::vector<EndedSeries> RuleGroup::TakeRest(Output* out) {
  std::vector<EndedSeries> rest = std::exchange(ended, {});
  for (GroupRule& rule : rules) {
    if (rule.alerting) {
      for (const auto& [labels, alert] : rule.alerting->TakeAlerts()) {
        out->changes.emplace_back(AlertRemoved{rule.alerting->identity(), labels});
        if (alert.state == AlertState::kInactive) continue;
        out->decisions.emplace_back(AlertForgotten{rule.definition, labels, alert.state});
      }
    }
    if (rule.written.empty()) continue;
    const RuleDefinition& definition_of = *rule.definition;
    rest.push_back({definition_of.is_alerting(), definition_of.name(), rule.written.Take()});
  }
  return rest;
}

}  // namespace tocsin::rules
