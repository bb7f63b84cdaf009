#include "app/rule_metrics.h"

#include "app/metric_families.h"

#include <set>

namespace tocsin::app {
namespace {

prometheus::Summary& AddSummary(prometheus::Registry* registry, const char* name, const char* help,
                                const prometheus::Summary::Quantiles& quantiles) {
  return prometheus::BuildSummary().Name(name).Help(help).Register(*registry).Add({}, quantiles);
}

prometheus::Summary::Quantiles HighQuantiles() {
  return {{0.5, 0.05}, {0.9, 0.01}, {0.99, 0.001}};
}

prometheus::Summary::Quantiles AllQuantiles() {
  return {{0.01, 0.001}, {0.05, 0.005}, {0.5, 0.05}, {0.9, 0.01}, {0.99, 0.001}};
}

}  // namespace

RuleMetrics::RuleMetrics(prometheus::Registry* registry)
    : evaluations_(CounterFamily(registry, "prometheus_rule_evaluations_total",
                                 "The total number of rule evaluations.")),
      failures_(CounterFamily(registry, "prometheus_rule_evaluation_failures_total",
                              "The total number of rule evaluation failures.")),
      iterations_(CounterFamily(registry, "prometheus_rule_group_iterations_total",
                                "The total number of scheduled rule group evaluations, whether "
                                "executed or missed.")),
      missed_(CounterFamily(registry, "prometheus_rule_group_iterations_missed_total",
                            "The total number of rule group evaluations missed due to slow rule "
                            "group evaluation.")),
      last_duration_(GaugeFamily(registry, "prometheus_rule_group_last_duration_seconds",
                                 "The duration of the last rule group evaluation.")),
      last_evaluation_(GaugeFamily(registry,
                                   "prometheus_rule_group_last_evaluation_timestamp_seconds",
                                   "The timestamp of the last rule group evaluation in seconds.")),
      last_samples_(GaugeFamily(registry, "prometheus_rule_group_last_evaluation_samples",
                                "The number of samples returned during the last rule group "
                                "evaluation.")),
      last_rules_duration_(GaugeFamily(registry,
                                       "prometheus_rule_group_last_rule_duration_sum_seconds",
                                       "The sum of time in seconds it took to evaluate each rule "
                                       "in the group regardless of concurrency.")),
      last_restore_(GaugeFamily(registry, "prometheus_rule_group_last_restore_duration_seconds",
                                "The duration of the last restore of the group's `for` state from "
                                "ALERTS_FOR_STATE.")),
      interval_(GaugeFamily(registry, "prometheus_rule_group_interval_seconds",
                            "The interval of a rule group.")),
      rules_(GaugeFamily(registry, "prometheus_rule_group_rules", "The number of rules.")),
      evaluation_duration_(AddSummary(registry, "prometheus_rule_evaluation_duration_seconds",
                                      "The duration for a rule to execute.", HighQuantiles())),
      group_duration_(AddSummary(registry, "prometheus_rule_group_duration_seconds",
                                 "The duration of rule group evaluations.", AllQuantiles())),
      expansions_(CounterFamily(registry, "prometheus_template_text_expansions_total",
                                "The total number of template text expansions.")
                      .Add({})),
      expansion_failures_(CounterFamily(registry,
                                        "prometheus_template_text_expansion_failures_total",
                                        "The total number of template text expansion failures.")
                              .Add({})) {}

void RuleMetrics::OnDecision(const rules::Decision& decision) {
  if (const auto* ok = std::get_if<rules::RuleEvaluated>(&decision)) {
    evaluation_duration_.Observe(Seconds(ok->took));
    expansions_.Increment(ok->template_expansions);
    expansion_failures_.Increment(ok->template_failures);
    by_group_.at(ok->group).evaluations->Increment();
  } else if (const auto* failed = std::get_if<rules::RuleFailed>(&decision)) {
    evaluation_duration_.Observe(Seconds(failed->took));
    by_group_.at(failed->group).evaluations->Increment();
    by_group_.at(failed->group).failures->Increment();
  } else if (const auto* lost = std::get_if<rules::SeriesNotWritten>(&decision)) {
    by_group_.at(lost->group).failures->Increment();
  } else if (const auto* group = std::get_if<rules::GroupEvaluated>(&decision)) {
    const GroupSeries& series = by_group_.at(group->group);
    group_duration_.Observe(Seconds(group->took));
    series.iterations->Increment(static_cast<double>(1 + group->missed));
    series.missed->Increment(static_cast<double>(group->missed));
    series.last_duration->Set(Seconds(group->took));
    series.last_evaluation->Set(UnixSeconds(group->started));
    series.last_samples->Set(static_cast<double>(group->samples));
    series.last_rules_duration->Set(Seconds(group->rules_took));
  } else if (const auto* restored = std::get_if<rules::GroupRestored>(&decision)) {
    by_group_.at(restored->group).last_restore->Set(Seconds(restored->took));
  }
}

void RuleMetrics::SetGroups(const std::vector<rules::GroupView>& groups) {
  std::set<std::string> present;
  for (const rules::GroupView& group : groups) {
    const std::string key = group.file + ";" + group.name;
    present.insert(key);
    if (!by_group_.contains(key)) AddGroup(key);
    by_group_.at(key).interval->Set(Seconds(group.interval));
    by_group_.at(key).rules->Set(static_cast<double>(group.rules.size()));
  }
  std::erase_if(by_group_, [&](const auto& item) {
    if (present.contains(item.first)) return false;
    RemoveGroup(item.second);
    return true;
  });
}

void RuleMetrics::AddGroup(const std::string& key) {
  const prometheus::Labels labels = {{"rule_group", key}};
  by_group_.emplace(
      key,
      GroupSeries{&evaluations_.Add(labels), &failures_.Add(labels), &iterations_.Add(labels),
                  &missed_.Add(labels), &last_duration_.Add(labels), &last_evaluation_.Add(labels),
                  &last_samples_.Add(labels), &last_rules_duration_.Add(labels),
                  &last_restore_.Add(labels), &interval_.Add(labels), &rules_.Add(labels)});
}

void RuleMetrics::RemoveGroup(const GroupSeries& series) {
  evaluations_.Remove(series.evaluations);
  failures_.Remove(series.failures);
  iterations_.Remove(series.iterations);
  missed_.Remove(series.missed);
  last_duration_.Remove(series.last_duration);
  last_evaluation_.Remove(series.last_evaluation);
  last_samples_.Remove(series.last_samples);
  last_rules_duration_.Remove(series.last_rules_duration);
  last_restore_.Remove(series.last_restore);
  interval_.Remove(series.interval);
  rules_.Remove(series.rules);
}

}  // namespace tocsin::app
