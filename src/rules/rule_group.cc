#include "rules/rule_group.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

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

void RuleGroup::TakeStateFrom(RuleGroup* older) {
  last_evaluation = older->last_evaluation;
  evaluation_time = older->evaluation_time;
  using Labels = std::map<std::string, std::string>;
  std::map<std::pair<std::string, Labels>, std::deque<GroupRule*>> candidates;
  for (GroupRule& rule : older->rules) {
    if (!rule.alerting) continue;
    candidates[{rule.definition->alert, rule.definition->labels}].push_back(&rule);
  }
  for (GroupRule& rule : rules) {
    if (!rule.alerting) continue;
    const auto found = candidates.find({rule.definition->alert, rule.definition->labels});
    if (found == candidates.end() || found->second.empty()) continue;
    GroupRule& before = *found->second.front();
    found->second.pop_front();
    rule.alerting->Restore(before.alerting->TakeAlerts());
    rule.health = before.health;
    rule.last_error = before.last_error;
    rule.last_evaluation = before.last_evaluation;
    rule.evaluation_time = before.evaluation_time;
  }
}

}  // namespace tocsin::rules
