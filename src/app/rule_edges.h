#pragma once

// What rules reach the world through: the datasources that they query, the stores that they write
// to, the further Alertmanagers that hear of their alerts. Lives across reloads, so that what waits
// to be written or sent is kept, and counters go on.

#include "api/options.h"
#include "app/datasource_metrics.h"
#include "base/published.h"
#include "base/worker_pool.h"
#include "core/control.h"
#include "core/inbox.h"
#include "datasource/alert_sender.h"
#include "datasource/alert_target_discovery.h"
#include "datasource/remote_writer.h"
#include "net/http_client.h"
#include "net/net_thread.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::app {

class RuleEdges {
 public:
  struct Dependencies {  // All outlive this.
    net::NetThread* net_thread = nullptr;
    net::HttpClient* http = nullptr;
    WorkerPool* workers = nullptr;
    core::Inbox* inbox = nullptr;
    std::string user_agent;
    // See datasource::AlertSender.
    std::function<void(std::vector<core::AlertTarget>)> observe_alertmanagers;
  };

  explicit RuleEdges(Dependencies dependencies);

  // Whoever loads a generation: adds its datasources, and looks for its Alertmanagers.
  void Prepare(core::Generation* generation);
  // Core thread, or before it runs: sets the ports of a generation that is about to be installed.
  void Connect(core::Generation* generation);
  // Core thread, before the process ends: sends what waits. Calls `done` once, when nothing is left
  // that anybody takes.
  void Drain(const std::function<void()>& done);
  // Before what it depends on stops.
  void Stop() { discovery_.Stop(); }
  // Any thread, as the next.
  void AppendMetrics(std::string* text) const;
  api::Alertmanagers alertmanagers() const;

 private:
  void AddDatasources(core::Generation* generation);
  std::function<void(Duration, std::function<void()>)> RunAfter() const;

  const Dependencies deps_;
  const std::shared_ptr<datasource::RemoteWriter> remote_writer_;
  const std::shared_ptr<datasource::AlertSender> alert_sender_;
  datasource::AlertmanagerDiscovery discovery_;
  Published<DatasourceStatsByName> datasource_stats_;
};

}  // namespace tocsin::app
