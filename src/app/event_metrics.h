#pragma once

// Counts decisions. Part of Metrics (its header hides the metrics library; this one does not). Core
// thread; the counters themselves are atomic and are read by whoever serialises.

#include "app/metric_features.h"
#include "core/event_sink.h"
#include "rules/ruler.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::app {

class EventMetrics final : public core::EventSink {
 public:
  EventMetrics(prometheus::Registry* registry, MetricFeatures features);

  void OnDecision(Time now, const router::Decision& decision) override;
  void OnDecision(Time now, const rules::Decision& decision) override;
  void OnAttempt(Time now, const core::AttemptEnded& attempt) override;
  void OnDeliveryFailed(Time now, const core::DeliveryFailed& failure) override;

  // With receiver names: each begins at zero, and those of gone integrations end.
  void SetIntegrations(const std::vector<model::IntegrationId>& integrations);
  void SetRuleGroups(const std::vector<rules::GroupView>& groups);

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;

  struct IntegrationSeries {
    prometheus::Counter* notifications;
    prometheus::Counter* requests;
    prometheus::Counter* requests_failed;
    prometheus::Histogram* latency;
    std::map<notifiers::FailureReason, prometheus::Counter*> failed;
  };
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

  // The key of by_integration_.
  std::string SeriesOf(const model::IntegrationId& integration) const;
  // Null if it is no longer configured.
  IntegrationSeries* FindIntegration(const model::IntegrationId& integration);
  void AddIntegration(const std::string& key, prometheus::Labels labels);
  void RemoveIntegration(const IntegrationSeries& series);
  void CountLimited(std::string_view alertname);
  void CountSuppressed(const router::AlertsSuppressed& suppressed);
  void AddGroup(const std::string& key);
  void RemoveGroup(const GroupSeries& series);

  // Clients choose the names: alerts of all others are counted without one.
  static constexpr std::size_t kLimitedNamesMax = 1000;

  const MetricFeatures features_;
  std::set<std::string, std::less<>> limited_names_;
  Counters& limited_;
  Counters& suppressed_;
  prometheus::Counter& to_dispatcher_;
  prometheus::Counter& to_inhibitor_;
  prometheus::Counter& log_queries_;
  prometheus::Counter& log_query_errors_;
  Counters& notifications_;
  Counters& notifications_failed_;
  Counters& requests_;
  Counters& requests_failed_;
  prometheus::Family<prometheus::Histogram>& latency_;
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

  std::map<std::string, IntegrationSeries> by_integration_;
  std::map<std::string, GroupSeries> by_group_;
};

}  // namespace tocsin::app
