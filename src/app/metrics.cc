#include "app/metrics.h"

#include "app/event_metrics.h"
#include "app/metric_text.h"
#include "app/process_metrics.h"
#include "app/version.h"
#include "base/log.h"
#include "base/text.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>

namespace tocsin::app {
namespace {

const prometheus::Histogram::BucketBoundaries kRequestSeconds{.005, .01, .025, .05, .1, .25,
                                                              .5,   1,   2.5,  5,   10};

prometheus::Gauge& AddGauge(prometheus::Registry* registry, const char* name, const char* help,
                            const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry).Add(labels);
}

}  // namespace

struct Metrics::Impl {
  Impl(Time started_at, MetricFeatures features)
      : started(started_at), events(&registry, features) {}

  const Time started;
  prometheus::Registry registry;
  EventMetrics events;

  prometheus::Gauge& reload_successful =
      AddGauge(&registry, "alertmanager_config_last_reload_successful",
               "Whether the last configuration reload attempt was successful.");
  prometheus::Gauge& reload_time =
      AddGauge(&registry, "alertmanager_config_last_reload_success_timestamp_seconds",
               "Timestamp of the last successful configuration reload.");
  prometheus::Gauge& config_hash = AddGauge(&registry, "alertmanager_config_hash",
                                            "Hash of the currently loaded configuration.");
  prometheus::Gauge& rules_reload_successful =
      AddGauge(&registry, "prometheus_config_last_reload_successful",
               "Whether the last configuration reload attempt was successful.");
  prometheus::Gauge& rules_reload_time =
      AddGauge(&registry, "prometheus_config_last_reload_success_timestamp_seconds",
               "Timestamp of the last successful configuration reload.");
  prometheus::Gauge& receivers =
      AddGauge(&registry, "alertmanager_receivers", "Number of configured receivers.");
  prometheus::Gauge& integrations =
      AddGauge(&registry, "alertmanager_integrations", "Number of configured integrations.");
  prometheus::Gauge& inhibition_rules = AddGauge(&registry, "alertmanager_inhibition_rules",
                                                 "Number of configured inhibition rules.");
  prometheus::Gauge& alertname_limit = AddGauge(&registry, "alertmanager_alerts_per_alert_limit",
                                                "Limit on alerts of one alertname; 0: none.");
  prometheus::Gauge& groups = AddGauge(&registry, "alertmanager_dispatcher_aggregation_groups",
                                       "Number of active aggregation groups.");
  prometheus::Gauge& stored_alerts =
      AddGauge(&registry, "tocsin_alerts_stored", "Alerts in memory, resolved ones included.");
  prometheus::Gauge& deliveries =
      AddGauge(&registry, "tocsin_deliveries_in_flight", "Notifications being delivered.");
  prometheus::Counter& volatile_silences =
      prometheus::BuildCounter()
          .Name("tocsin_silences_volatile_total")
          .Help("Silences set or expired while the disk failed, in memory only at first.")
          .Register(registry)
          .Add({});
  prometheus::Histogram& turn =
      prometheus::BuildHistogram()
          .Name("tocsin_core_turn_seconds")
          .Help("How long one turn of the core's loop took.")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.0001, 0.001, 0.005, 0.025, 0.1, 0.5});
  std::atomic<std::uint64_t> routed{0};  // Alerts.
  std::atomic<Duration::rep> routing_nanos{0};

  prometheus::Family<prometheus::Histogram>& http_duration =
      prometheus::BuildHistogram()
          .Name("alertmanager_http_request_duration_seconds")
          .Help("Histogram of latencies for HTTP requests.")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& http_response_size =
      prometheus::BuildHistogram()
          .Name("alertmanager_http_response_size_bytes")
          .Help("Histogram of response size for HTTP requests.")
          .Register(registry);

  prometheus::Family<prometheus::Counter>& received_family =
      prometheus::BuildCounter()
          .Name("alertmanager_alerts_received_total")
          .Help("The total number of received alerts.")
          .Register(registry);
  prometheus::Counter& received_firing =
      received_family.Add({{"status", "firing"}, {"version", "v2"}});
  prometheus::Counter& received_resolved =
      received_family.Add({{"status", "resolved"}, {"version", "v2"}});
  prometheus::Counter& invalid = prometheus::BuildCounter()
                                     .Name("alertmanager_alerts_invalid_total")
                                     .Help("The total number of received alerts that were invalid.")
                                     .Register(registry)
                                     .Add({{"version", "v2"}});
};

Metrics::Metrics(Time started, MetricFeatures features)
    : impl_(std::make_unique<Impl>(started, features)) {
  for (const char* name : {"alertmanager_nflog_query_duration_seconds",
                           "alertmanager_silences_query_duration_seconds"}) {
    prometheus::BuildHistogram()
        .Name(name)
        .Help("Not measured: a look into memory, many times for each flush.")
        .Register(impl_->registry)
        .Add({}, kRequestSeconds);
  }
  AddGauge(&impl_->registry, "tocsin_build_info", "The version of tocsin, as a label.",
           {{"version", std::string(kVersion)}})
      .Set(1);
  AddGauge(&impl_->registry, "alertmanager_build_info",
           "The version of Alertmanager whose behaviour this server follows, as a label.",
           {{"version", std::string(kAlertmanagerVersion)},
            {"revision", ""},
            {"branch", ""},
            {"goversion", ""},
            {"goos", "linux"},
            {"goarch", ""},
            {"tags", ""}})
      .Set(1);
}

Metrics::~Metrics() = default;

std::string Metrics::Serialize() const {
  std::string text = prometheus::TextSerializer().Serialize(impl_->registry.Collect());
  AppendSummary("alertmanager_dispatcher_alert_processing_duration_seconds",
                "Summary of latencies for the processing of alerts.",
                Seconds(Duration(impl_->routing_nanos)), impl_->routed, &text);
  AppendProcessMetrics(impl_->started, &text);
  text +=
      "# HELP tocsin_log_lines_dropped_total Log lines lost because stderr did not keep up.\n"
      "# TYPE tocsin_log_lines_dropped_total counter\n"
      "tocsin_log_lines_dropped_total " +
      std::to_string(log::DroppedLines()) + "\n";
  return text;
}

core::EventSink* Metrics::sink() {
  return &impl_->events;
}

void Metrics::OnReload(Time now, bool successful, std::uint64_t config_hash) {
  impl_->reload_successful.Set(successful ? 1 : 0);
  impl_->rules_reload_successful.Set(successful ? 1 : 0);
  if (!successful) return;
  impl_->reload_time.Set(UnixSeconds(now));
  impl_->rules_reload_time.Set(UnixSeconds(now));
  impl_->config_hash.Set(static_cast<double>(config_hash));
}

void Metrics::OnInstall(const core::Control& control) {
  std::set<std::string_view> receivers;
  for (const router::Route& route : control.routes()->routes()) receivers.insert(route.receiver);
  const std::vector<model::IntegrationId> integrations = control.Integrations();
  const auto used = std::count_if(
      integrations.begin(), integrations.end(),
      [&](const model::IntegrationId& id) { return receivers.contains(id.receiver); });
  impl_->receivers.Set(static_cast<double>(receivers.size()));
  impl_->integrations.Set(static_cast<double>(used));
  impl_->inhibition_rules.Set(static_cast<double>(control.config()->inhibit_rules.size()));
  impl_->alertname_limit.Set(static_cast<double>(control.alerts_per_alertname()));
  impl_->events.SetIntegrations(integrations);
  impl_->events.SetRuleGroups(control.RuleOverview());
}

void Metrics::OnTurn(Duration took, const core::Control::Counts& counts) {
  impl_->turn.Observe(Seconds(took));
  impl_->groups.Set(static_cast<double>(counts.groups));
  impl_->stored_alerts.Set(static_cast<double>(counts.alerts));
  impl_->deliveries.Set(static_cast<double>(counts.deliveries));
  impl_->volatile_silences.Increment(static_cast<double>(counts.volatile_silences) -
                                     impl_->volatile_silences.Value());
}

void Metrics::OnAlertsReceived(const api::ReceivedAlerts& received) {
  impl_->received_firing.Increment(static_cast<double>(received.firing));
  impl_->received_resolved.Increment(static_cast<double>(received.resolved));
  impl_->invalid.Increment(static_cast<double>(received.invalid));
  impl_->routed += received.firing + received.resolved;
  impl_->routing_nanos += received.routing.count();
}

void Metrics::OnAnswered(const api::Answered& answered) {
  static const prometheus::Histogram::BucketBoundaries kBytes{1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
  static constexpr std::array kMethods = {"GET",    "POST",    "PUT", "PATCH",
                                          "DELETE", "OPTIONS", "HEAD"};
  // Whatever else a client makes up is one series.
  const bool known = std::find(kMethods.begin(), kMethods.end(), answered.method) != kMethods.end();
  prometheus::Labels labels = {{"handler", std::string(answered.handler)},
                               {"method", known ? AsciiLower(answered.method) : "unknown"}};
  if (answered.plain) {
    impl_->http_response_size.Add(labels, kBytes).Observe(static_cast<double>(answered.body_bytes));
  }
  labels.emplace("code", std::to_string(answered.status));
  impl_->http_duration.Add(labels, kRequestSeconds).Observe(Seconds(answered.took));
}

}  // namespace tocsin::app
