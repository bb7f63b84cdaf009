#pragma once

// What all threads of one HttpServer share: its options and its counts. Safe from any thread.

#include "net/byte_budget.h"
#include "net/http_server.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace tocsin::net {

struct HttpServerState {
  HttpServerState(HttpServer::Options o, HttpServer::Handler h)
      : options(std::move(o)), handler(std::move(h)), body_bytes_max(options.body_bytes_max) {}

  const HttpServer::Options options;
  const HttpServer::Handler handler;
  std::atomic<std::size_t> body_bytes_max;  // In place of the options' one.
  std::atomic<bool> draining{false};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> displaced{0};
  std::atomic<std::uint64_t> handshakes_failed{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_refused{0};
  std::atomic<std::uint64_t> responses_refused{0};

  const std::shared_ptr<ByteBudget> bodies = std::make_shared<ByteBudget>(options.bodies_bytes_max);
  const std::shared_ptr<ByteBudget> responses =
      std::make_shared<ByteBudget>(options.responses_bytes_max);
  const std::shared_ptr<ByteBudget> operational_responses =
      std::make_shared<ByteBudget>(options.operational_responses_bytes_max);

  // What the large responses leave to the others.
  std::size_t ResponsesReserve() const { return options.responses_bytes_max / 4; }
  bool IsCrowded() const {
    return responses->used() + ResponsesReserve() >= options.responses_bytes_max;
  }

  void AddConnection() { connections_.fetch_add(1); }

  void RemoveConnection() {
    const std::lock_guard lock(mutex_);
    if (connections_.fetch_sub(1) == 1) none_left_.notify_all();
  }

  std::uint64_t connections() const { return connections_.load(); }

  void WaitForConnections(Duration limit) {
    std::unique_lock lock(mutex_);
    none_left_.wait_for(lock, limit, [this] { return connections_.load() == 0; });
  }

 private:
  std::atomic<std::uint64_t> connections_{0};
  std::mutex mutex_;
  std::condition_variable none_left_;
};

}  // namespace tocsin::net
