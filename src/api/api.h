#pragma once

// The HTTP API: Alertmanager's v2, the part of Prometheus's v1 that shows rules, and what operators
// need. routes.cc lists the endpoints.
//
// Handle is safe from any thread and does not block: what takes time is done by the core thread and
// the workers. Requests in flight do not need the Api any more, only what its options point to.

#include "api/exchange.h"
#include "api/options.h"
#include "api/route_prefix.h"

#include <atomic>
#include <cstdint>
#include <memory>

namespace tocsin::api {

class Api {
 public:
  using Options = api::Options;

  struct Stats {
    int gets = 0;                    // Being answered; health and metrics are not counted.
    std::uint64_t gets_refused = 0;  // Because there were too many.
  };

  explicit Api(Options options);

  void Handle(net::ServerRequest request, Respond respond);

  Stats stats() const;

 private:
  void AnswerOutside(net::ServerRequest request, Respond respond);
  // A place among the concurrent GETs; false if there is none.
  bool TryEnter();

  const std::shared_ptr<const Options> options_;
  const RoutePrefix prefix_;
  const int gets_max_;
  const std::shared_ptr<std::atomic<int>> gets_ = std::make_shared<std::atomic<int>>(0);
  std::atomic<std::uint64_t> gets_refused_ = 0;
};

}  // namespace tocsin::api
