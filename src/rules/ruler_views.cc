// What readers see of the rules.

#include "rules/rule_group.h"
#include "rules/ruler.h"

#include <algorithm>

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
  if (rule.alerting) view.state = rule.alerting->state();
  return view;
}

std::vector<RuleFound> Ruler::Find(const RuleSearch& search) const {
  std::vector<RuleFound> found;
  std::size_t looks = 0;
  std::size_t alerts = 0;
  for (const auto& [id, group] : groups_) {
    for (const GroupRule& rule : group->rules) {
      if (!rule.alerting || !search.wants_rule(*rule.definition)) continue;
      RuleFound& one = found.emplace_back();
      one.file = group->definition.file;
      one.group = group->definition.name;
      one.interval = IntervalOf(*group);
      one.view = ViewOf(rule);
      const AlertingRule::Alerts& all = rule.alerting->alerts();
      for (const model::LabelSet& labels : search.known) {
        const auto known = all.find(labels);
        if (known == all.end() || known->second.state == AlertState::kInactive) continue;
        one.view.alerts.push_back(known->second);
      }
      for (const auto& [labels, alert] : all) {
        if (alerts >= search.alerts_max || ++looks > search.looks_max) break;
        if (alert.state == AlertState::kInactive || !search.wants_alert(labels)) continue;
        if (std::find(search.known.begin(), search.known.end(), labels) != search.known.end()) {
          continue;
        }
        one.view.alerts.push_back(alert);
        ++alerts;
      }
    }
  }
  return found;
}

}  // namespace tocsin::rules
