#include "app/rule_edges.h"

#include "app/notification_metrics.h"
#include "app/remote_write_metrics.h"
#include "base/call_when_all.h"
#include "base/clock.h"
#include "datasource/prometheus_client.h"

#include <utility>
#include <vector>

namespace tocsin::app {

RuleEdges::RuleEdges(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      remote_writer_(
          std::make_shared<datasource::RemoteWriter>(datasource::RemoteWriter::Dependencies{
              deps_.http, deps_.workers, deps_.inbox, RunAfter(), MonotonicNow, deps_.user_agent})),
      alert_sender_(std::make_shared<datasource::AlertSender>(datasource::AlertSender::Dependencies{
          deps_.http, deps_.workers, deps_.inbox, RunAfter(), MonotonicNow, deps_.user_agent,
          deps_.observe_alertmanagers})),
      discovery_(
          {[sender = alert_sender_, inbox = deps_.inbox](datasource::AlertmanagerTargets targets) {
            inbox->Post([sender, targets = std::move(targets)] { sender->SetTargets(targets); });
          }}) {}

std::function<void(Duration, std::function<void()>)> RuleEdges::RunAfter() const {
  return [net_thread = deps_.net_thread](Duration delay, std::function<void()> function) {
    net_thread->PostAfter(delay, std::move(function));
  };
}

void RuleEdges::Prepare(core::Generation* generation) {
  AddDatasources(generation);
  discovery_.SetConfigs(generation->config->alerting.alertmanagers);
}

void RuleEdges::AddDatasources(core::Generation* generation) {
  const std::shared_ptr<const DatasourceStatsByName> before = datasource_stats_.Get();
  auto stats = std::make_shared<DatasourceStatsByName>();
  for (const config::DatasourceConfig& datasource : generation->config->datasources) {
    std::shared_ptr<datasource::DatasourceStats>& counted = (*stats)[datasource.name];
    if (before && before->contains(datasource.name)) counted = before->at(datasource.name);
    if (!counted) counted = std::make_shared<datasource::DatasourceStats>();
    datasource::PrometheusClient::Dependencies dependencies{
        deps_.http,   deps_.workers,    deps_.inbox, RunAfter(),
        MonotonicNow, deps_.user_agent, counted};
    generation->datasources.emplace(datasource.name, std::make_shared<datasource::PrometheusClient>(
                                                         datasource, std::move(dependencies)));
  }
  datasource_stats_.Set(std::move(stats));
}

void RuleEdges::Connect(core::Generation* generation) {
  const config::Config& config = *generation->config;
  remote_writer_->SetEndpoints(config.remote_write,
                               config.datasources.empty() ? "" : config.datasources.front().name,
                               generation->ruler_options.external_labels);
  // Rules need not make samples that nobody takes.
  if (!config.remote_write.empty()) generation->series_writer = remote_writer_;
  if (!config.alerting.alertmanagers.empty()) generation->forwarder = alert_sender_;
}

void RuleEdges::Drain(const std::function<void()>& done) {
  const auto both = CallWhenAll(2, done);
  alert_sender_->Drain(both);
  remote_writer_->Drain(both);
}

api::Alertmanagers RuleEdges::alertmanagers() const {
  api::Alertmanagers alertmanagers;
  const auto targets = alert_sender_->targets();
  if (!targets) return alertmanagers;
  for (const datasource::AlertSenderView& target : targets->active) {
    alertmanagers.active.push_back(target.url);
  }
  alertmanagers.dropped = targets->dropped;
  return alertmanagers;
}

void RuleEdges::AppendMetrics(std::string* text) const {
  static const datasource::AlertSenderViews kNone;
  const auto alertmanagers = alert_sender_->targets();
  AppendNotificationMetrics(alertmanagers ? *alertmanagers : kNone, text);
  AppendDatasourceMetrics(*datasource_stats_.Get(), text);
  AppendRemoteWriteMetrics(*remote_writer_->endpoints(), text);
}

}  // namespace tocsin::app
