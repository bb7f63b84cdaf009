#include "app/notification_metrics.h"

#include "app/metric_text.h"
#include "base/clock.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::app {
namespace {

using datasource::AlertSenderStats;
using datasource::AlertSenderView;

std::string LabelsOf(const AlertSenderView& target) {
  return "alertmanager=\"" + EscapedLabelValue(target.url) + "\"";
}

double Number(std::uint64_t value) {
  return static_cast<double>(value);
}

void AppendLatencies(const datasource::AlertSenderViews& targets, std::string* text) {
  constexpr double kQuantiles[] = {0.5, 0.9, 0.99};
  constexpr const char* kNames[] = {"0.5", "0.9", "0.99"};
  const std::string name = "prometheus_notifications_latency_seconds";
  AppendMetric(name, "summary", "Duration of requests.", {}, text);
  const Duration now = MonotonicNow();
  for (const AlertSenderView& target : targets.active) {
    const std::string labels = LabelsOf(target);
    const datasource::RequestDurations& requests = target.stats->requests;
    const std::vector<double> values = requests.Quantiles(now, kQuantiles);
    for (std::size_t i = 0; i < values.size(); ++i) {
      AppendSample(name, {labels + ",quantile=\"" + kNames[i] + "\"", values[i]}, text);
    }
    AppendSample(name + "_sum", {labels, Seconds(requests.sum())}, text);
    AppendSample(name + "_count", {labels, Number(requests.count())}, text);
  }
}

}  // namespace

void AppendNotificationMetrics(const datasource::AlertSenderViews& targets, std::string* text) {
  const struct {
    const char* name;
    const char* type;
    const char* help;
    std::atomic<std::uint64_t> AlertSenderStats::* value;
  } metrics[] = {
      {"prometheus_notifications_sent_total", "counter", "Alerts that were taken.",
       &AlertSenderStats::sent},
      {"prometheus_notifications_errors_total", "counter",
       "Alerts of requests that failed; most are sent again.", &AlertSenderStats::failed},
      {"prometheus_notifications_dropped_total", "counter",
       "Alerts that were refused, or gave way because too many waited.",
       &AlertSenderStats::dropped},
      {"prometheus_notifications_queue_length", "gauge", "Alerts that wait.",
       &AlertSenderStats::waiting},
  };
  for (const auto& metric : metrics) {
    AppendMetric(metric.name, metric.type, metric.help, {}, text);
    for (const AlertSenderView& target : targets.active) {
      const std::uint64_t value = (*target.stats).*metric.value;
      AppendSample(metric.name, {LabelsOf(target), Number(value)}, text);
    }
  }
  AppendMetric("prometheus_notifications_queue_capacity", "gauge", "Alerts that may wait for each.",
               Number(datasource::kAlertsWaitingMax), text);
  AppendMetric("prometheus_notifications_alertmanagers_discovered", "gauge",
               "Alertmanagers that get alerts.", Number(targets.active.size()), text);
  AppendLatencies(targets, text);
}

}  // namespace tocsin::app
