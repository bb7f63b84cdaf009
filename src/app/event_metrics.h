#pragma once

// Counts decisions. Part of Metrics (its header hides the metrics library; this one does not). Core
// thread; the counters themselves are atomic and are read by whoever serialises.

#include "app/metric_features.h"
#include "app/rule_metrics.h"
#include "core/event_sink.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

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
  void SetRuleGroups(const std::vector<rules::GroupView>& groups) { rules_.SetGroups(groups); }

 private:
  using Counters = prometheus::Family<prometheus::Counter>;

  struct IntegrationSeries {
    prometheus::Counter* notifications;
    prometheus::Counter* requests;
    prometheus::Counter* requests_failed;
    prometheus::Histogram* latency;
    std::map<notifiers::FailureReason, prometheus::Counter*> failed;
  };

  // The key of by_integration_.
  std::string SeriesOf(const model::IntegrationId& integration) const;
  // Null if it is no longer configured.
  IntegrationSeries* FindIntegration(const model::IntegrationId& integration);
  void AddIntegration(const std::string& key, prometheus::Labels labels);
  void RemoveIntegration(const IntegrationSeries& series);
  void CountLimited(std::string_view alertname);
  void CountSuppressed(const router::AlertsSuppressed& suppressed);

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
  RuleMetrics rules_;

  std::map<std::string, IntegrationSeries> by_integration_;
};

}  // namespace tocsin::app
