#include "app/metrics.h"

#include "app/event_metrics.h"
#include "app/process_metrics.h"
#include "app/version.h"
#include "base/log.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tocsin::app {
namespace {

prometheus::Gauge& AddGauge(prometheus::Registry* registry, const char* name, const char* help,
                            const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry).Add(labels);
}

}  // namespace

struct Metrics::Impl {
  explicit Impl(Time started_at) : started(started_at), events(&registry) {}

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
  prometheus::Gauge& groups = AddGauge(&registry, "alertmanager_dispatcher_aggregation_groups",
                                       "Number of active aggregation groups.");
  prometheus::Gauge& stored_alerts =
      AddGauge(&registry, "tocsin_alerts_stored", "Alerts in memory, resolved ones included.");
  prometheus::Gauge& deliveries =
      AddGauge(&registry, "tocsin_deliveries_in_flight", "Notifications being delivered.");
  prometheus::Histogram& turn =
      prometheus::BuildHistogram()
          .Name("tocsin_core_turn_seconds")
          .Help("How long one turn of the core's loop took.")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.0001, 0.001, 0.005, 0.025, 0.1, 0.5});

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

Metrics::Metrics(Time started) : impl_(std::make_unique<Impl>(started)) {
  AddGauge(&impl_->registry, "tocsin_build_info", "The version of tocsin, as a label.",
           {{"version", std::string(kVersion)}})
      .Set(1);
  AddGauge(&impl_->registry, "alertmanager_build_info",
           "The version of Alertmanager whose behaviour this server follows, as a label.",
           {{"version", std::string(kAlertmanagerVersion)},
            {"revision", ""},
            {"branch", ""},
            {"goversion", ""}})
      .Set(1);
  AddGauge(&impl_->registry, "alertmanager_cluster_enabled",
           "Whether clustering is enabled: there is no gossip.")
      .Set(0);
}

Metrics::~Metrics() = default;

std::string Metrics::Serialize() const {
  std::string text = prometheus::TextSerializer().Serialize(impl_->registry.Collect());
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

void Metrics::OnInstall(const config::Config& config, const std::vector<rules::GroupView>& groups) {
  std::size_t integrations = 0;
  for (const config::ReceiverConfig& receiver : config.receivers) {
    integrations += receiver.webhook_configs.size() + receiver.email_configs.size() +
                    receiver.slack_configs.size();
  }
  impl_->receivers.Set(static_cast<double>(config.receivers.size()));
  impl_->integrations.Set(static_cast<double>(integrations));
  impl_->events.SetRuleGroups(groups);
}

void Metrics::OnTurn(Duration took, const core::Control::Counts& counts) {
  impl_->turn.Observe(Seconds(took));
  impl_->groups.Set(static_cast<double>(counts.groups));
  impl_->stored_alerts.Set(static_cast<double>(counts.alerts));
  impl_->deliveries.Set(static_cast<double>(counts.deliveries));
}

void Metrics::OnAlertsReceived(std::uint64_t firing, std::uint64_t resolved,
                               std::uint64_t invalid) {
  impl_->received_firing.Increment(static_cast<double>(firing));
  impl_->received_resolved.Increment(static_cast<double>(resolved));
  impl_->invalid.Increment(static_cast<double>(invalid));
}

}  // namespace tocsin::app
