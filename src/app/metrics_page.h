#pragma once

// The answer to GET /metrics: what is counted all the time, and what is read or counted when
// somebody asks. The core counts the alerts by their state for it, in slices; if it is stuck, or
// takes nothing more, the last that it said is better than no metrics. Any thread.

#include "api/api.h"
#include "app/metric_features.h"
#include "app/metrics.h"
#include "app/router_metrics.h"
#include "app/rule_edges.h"
#include "base/published.h"
#include "base/worker_pool.h"
#include "core/core_thread.h"
#include "history/ledger.h"
#include "net/http_server.h"
#include "storage/sqlite_store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tocsin::app {

class MetricsPage {
 public:
  // All outlive the page, and none of what they run is left when it ends.
  struct Sources {
    const Metrics* metrics = nullptr;
    core::CoreThread* core = nullptr;
    WorkerPool* workers = nullptr;
    const storage::SqliteStore* store = nullptr;
    const RuleEdges* rule_edges = nullptr;
    const history::Ledger* ledger = nullptr;
    const net::HttpServer* http_server = nullptr;
    const api::Api* api = nullptr;
    std::optional<api::ClusterMember> cluster_member;
    MetricFeatures features;
    std::size_t peers_ignored = 0;
  };
  using Done = std::function<void(std::string)>;

  explicit MetricsPage(Sources sources) : sources_(std::move(sources)) {}

  // Calls `done` on the calling thread, on a worker or on the core thread.
  void Serve(Done done);

 private:
  void CountMarks(const std::shared_ptr<RouterFigures>& figures, std::size_t next,
                  std::uint64_t installs, const std::function<void()>& answer);
  std::string Text() const;

  const Sources sources_;
  Published<RouterFigures> figures_;  // That the core said last.
};

}  // namespace tocsin::app
