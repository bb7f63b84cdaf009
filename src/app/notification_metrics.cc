#include "app/notification_metrics.h"

#include "app/metric_text.h"

#include <atomic>
#include <cstdint>

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
  const std::string latency = "prometheus_notifications_latency_seconds";
  AppendMetric(latency, "summary", "Duration of requests.", {}, text);
  for (const AlertSenderView& target : targets.active) {
    const Duration spent(target.stats->request_nanos);
    AppendSample(latency + "_sum", {LabelsOf(target), Seconds(spent)}, text);
    AppendSample(latency + "_count", {LabelsOf(target), Number(target.stats->requests)}, text);
  }
}

}  // namespace tocsin::app
