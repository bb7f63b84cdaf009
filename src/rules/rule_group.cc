#include "rules/rule_group.h"

#include <algorithm>

namespace tocsin::rules {
namespace {

bool SameRule(const RuleDefinition& a, const RuleDefinition& b) {
  return a.record == b.record && a.alert == b.alert && a.expr == b.expr && a.hold == b.hold &&
         a.keep_firing_for == b.keep_firing_for && a.labels == b.labels &&
         a.annotations == b.annotations;
}

}  // namespace

bool RuleGroup::SameAs(const RuleGroup& other) const {
  return definition.interval == other.definition.interval &&
         definition.query_offset == other.definition.query_offset &&
         definition.limit == other.definition.limit &&
         definition.datasource == other.definition.datasource &&
         std::equal(rules.begin(), rules.end(), other.rules.begin(), other.rules.end(),
                    [](const GroupRule& a, const GroupRule& b) {
                      return SameRule(*a.definition, *b.definition);
                    });
}

void RuleGroup::TakeAlertsFrom(RuleGroup* older) {
  std::vector<bool> used(older->rules.size(), false);
  for (GroupRule& rule : rules) {
    for (std::size_t i = 0; i < older->rules.size(); ++i) {
      GroupRule& candidate = older->rules[i];
      if (used[i] || !rule.alerting || !candidate.alerting ||
          rule.definition->alert != candidate.definition->alert ||
          rule.definition->labels != candidate.definition->labels) {
        continue;
      }
      used[i] = true;
      rule.alerting->Restore(candidate.alerting->alerts());
      rule.health = candidate.health;
      rule.last_error = candidate.last_error;
      rule.last_evaluation = candidate.last_evaluation;
      rule.evaluation_time = candidate.evaluation_time;
      break;
    }
  }
}

}  // namespace tocsin::rules
