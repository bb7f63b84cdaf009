// What readers see of the rules.

#include "rules/rule_group.h"
#include "rules/ruler.h"

#include <algorithm>
#include <utility>

namespace tocsin::rules {

std::vector<GroupView> Ruler::Views(bool with_alerts) const {
  std::vector<GroupView> views;
  views.reserve(groups_.size());
  for (const auto& [id, group] : groups_) views.push_back(ViewOf(*group, with_alerts));
  std::sort(views.begin(), views.end(), [](const GroupView& a, const GroupView& b) {
    return a.file != b.file ? a.file < b.file : a.name < b.name;
  });
  return views;
}

GroupView Ruler::ViewOf(const RuleGroup& group, bool with_alerts) const {
  GroupView view;
  view.name = group.definition.name;
  view.file = group.definition.file;
  view.interval = IntervalOf(group);
  view.limit = group.definition.limit;
  view.last_evaluation = group.last_evaluation;
  view.evaluation_time = group.evaluation_time;
  for (const GroupRule& rule : group.rules) {
    RuleView& shown = view.rules.emplace_back(ViewOf(rule));
    if (rule.alerting) shown.state = rule.alerting->state();
    if (!with_alerts || !rule.alerting) continue;
    for (const auto& [labels, alert] : rule.alerting->alerts()) {
      if (alert.state != AlertState::kInactive) shown.alerts.push_back(alert);
    }
  }
  return view;
}

RuleView Ruler::ViewOf(const GroupRule& rule) {
  RuleView view;
  view.rule = rule.definition;
  view.health = rule.health;
  view.last_error = rule.last_error;
  view.last_evaluation = rule.last_evaluation;
  view.evaluation_time = rule.evaluation_time;
  return view;
}

bool Ruler::Find(const RuleSearch& search, RuleWalk* walk, std::vector<RuleFound>* found) const {
  if (!std::exchange(walk->begun, true)) {
    walk->groups.reserve(groups_.size());
    for (const auto& [id, group] : groups_) walk->groups.push_back(id);
  }
  for (std::size_t looks = 0; looks < kSliceLooks && !walk->groups.empty(); ++looks) {
    const RuleGroup& group = *groups_.at(walk->groups.back());
    if (walk->rule == group.rules.size()) {
      walk->groups.pop_back();
      walk->rule = 0;
      continue;
    }
    const GroupRule& rule = group.rules[walk->rule];
    if (!walk->in_rule) {
      BeginRule(search, rule, walk);
    } else if (!walk->to_look_at.empty()) {
      LookAtOne(search, rule, walk);
    }
    if (!walk->to_look_at.empty()) continue;
    if (walk->in_rule && (!walk->alerts.empty() || search.wants_rule(*rule.definition))) {
      RuleFound& one = found->emplace_back();
      one.file = group.definition.file;
      one.group = group.definition.name;
      one.interval = IntervalOf(group);
      one.view = ViewOf(rule);
      one.view.alerts = std::exchange(walk->alerts, {});
    }
    walk->in_rule = false;
    ++walk->rule;
  }
  return walk->groups.empty();
}

void Ruler::BeginRule(const RuleSearch& search, const GroupRule& rule, RuleWalk* walk) {
  walk->in_rule = rule.alerting && search.may_have(*rule.definition);
  if (!walk->in_rule) return;
  const AlertingRule::Alerts& all = rule.alerting->alerts();
  for (const model::LabelSet& labels : search.known) {
    const auto known = all.find(labels);
    if (known == all.end() || known->second.state == AlertState::kInactive) continue;
    walk->alerts.push_back(known->second);
  }
  if (walk->found >= search.alerts_max) return;
  for (const auto& [labels, alert] : all) {
    if (walk->looks + walk->to_look_at.size() >= search.looks_max) break;
    walk->to_look_at.push_back(labels);
  }
}

void Ruler::LookAtOne(const RuleSearch& search, const GroupRule& rule, RuleWalk* walk) {
  const model::LabelSet labels = std::move(walk->to_look_at.back());
  walk->to_look_at.pop_back();
  ++walk->looks;
  const auto alert = rule.alerting->alerts().find(labels);
  if (alert == rule.alerting->alerts().end()) return;
  if (alert->second.state == AlertState::kInactive || !search.wants_alert(labels)) return;
  if (std::find(search.known.begin(), search.known.end(), labels) != search.known.end()) return;
  walk->alerts.push_back(alert->second);
  if (++walk->found >= search.alerts_max) walk->to_look_at.clear();
}

}  // namespace tocsin::rules
