#pragma once

// Counts what the rules decide: prometheus_rule_*. Part of EventMetrics. Core thread; the counters
// themselves are atomic and are read by whoever serialises.

#include "rules/decision.h"
#include "rules/ruler.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include <map>
#include <string>
#include <vector>

namespace tocsin::app {

class RuleMetrics {
 public:
  explicit RuleMetrics(prometheus::Registry* registry);

  void OnDecision(const rules::Decision& decision);
  // The series of each group begin at zero, and those of gone groups end.
  void SetGroups(const std::vector<rules::GroupView>& groups);

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;

  struct GroupSeries {
    prometheus::Counter* evaluations;
    prometheus::Counter* failures;
    prometheus::Counter* iterations;
    prometheus::Counter* missed;
    prometheus::Gauge* last_duration;
    prometheus::Gauge* last_evaluation;
    prometheus::Gauge* last_samples;
    prometheus::Gauge* last_rules_duration;
    prometheus::Gauge* last_restore;
    prometheus::Gauge* interval;
    prometheus::Gauge* rules;
  };

  void AddGroup(const std::string& key);
  void RemoveGroup(const GroupSeries& series);

  Counters& evaluations_;
  Counters& failures_;
  Counters& iterations_;
  Counters& missed_;
  Gauges& last_duration_;
  Gauges& last_evaluation_;
  Gauges& last_samples_;
  Gauges& last_rules_duration_;
  Gauges& last_restore_;
  Gauges& interval_;
  Gauges& rules_;
  prometheus::Summary& evaluation_duration_;
  prometheus::Summary& group_duration_;
  prometheus::Counter& expansions_;
  prometheus::Counter& expansion_failures_;

  std::map<std::string, GroupSeries> by_group_;
};

}  // namespace tocsin::app
