#pragma once

// Instant queries to one Prometheus query API. At most max_concurrency of them are on the wire;
// the rest waits in order, and waiting counts against the query's timeout. Answers are decoded on a
// worker and come back through the inbox.
//
// Core thread only. May go away with queries in flight, which are still answered; what it points to
// must outlive them. Once the inbox is closed nothing is answered any more.

#include "base/clock.h"
#include "base/time.h"
#include "base/worker_pool.h"
#include "config/config.h"
#include "core/datasource.h"
#include "core/inbox.h"
#include "net/http_client.h"

#include <functional>
#include <memory>
#include <string>

namespace tocsin::datasource {

class PrometheusClient final : public core::Datasource {
 public:
  struct Dependencies {
    net::HttpClient* http = nullptr;
    WorkerPool* workers = nullptr;
    core::Inbox* inbox = nullptr;
    // Calls the function once, on any thread but not inside this call, after the delay.
    std::function<void(Duration, std::function<void()>)> run_after;
    std::function<Duration()> monotonic_now = MonotonicNow;
    std::string user_agent;  // `tocsin/1.2.3`
  };

  PrometheusClient(config::DatasourceConfig config, Dependencies dependencies);
  ~PrometheusClient() override;

  void Query(const rules::Query& query, Callback done) override;

 private:
  class Calls;
  std::shared_ptr<Calls> calls_;
};

// The request that asks `query`, and has the server give up after `timeout`. Exposed for tests.
HttpRequest BuildQueryRequest(const config::DatasourceConfig& config, const rules::Query& query,
                              Duration timeout);

}  // namespace tocsin::datasource
