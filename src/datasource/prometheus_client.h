#pragma once

// Instant queries to one Prometheus query API. At most max_concurrency of them are on the wire;
// the rest waits in order, and waiting counts against the query's timeout. Answers are decoded on a
// worker, small ones on the HTTP client's thread, and come back through the inbox. A connection
// that is lost, and an answer that says "later", are tried again twice within the first four fifths
// of the timeout, for the same time; not when most queries fail, which would only add to the load.
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

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tocsin::datasource {

// Of one datasource, since the start; written by the core thread, read by any. Outlives reloads.
struct DatasourceStats {
  std::atomic<std::uint64_t> queries{0}, failures{0}, retries{0}, warnings{0};
  std::atomic<std::uint64_t> on_wire{0}, waiting{0};
};

class PrometheusClient final : public core::Datasource {
 public:
  struct Dependencies {
    net::HttpClient* http = nullptr;
    WorkerPool* workers = nullptr;
    core::Inbox* inbox = nullptr;
    // Calls the function once, on any thread but not inside this call, after the delay.
    std::function<void(Duration, std::function<void()>)> run_after;
    std::function<Duration()> monotonic_now = MonotonicNow;
    std::string user_agent;                  // `tocsin/1.2.3`
    std::shared_ptr<DatasourceStats> stats;  // Null: nobody reads them.
  };

  PrometheusClient(config::DatasourceConfig config, Dependencies dependencies);
  ~PrometheusClient() override;

  void Query(const rules::Query& query, Callback done) override;

 private:
  class Calls;
  std::shared_ptr<Calls> calls_;
};

}  // namespace tocsin::datasource
