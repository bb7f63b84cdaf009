#pragma once

// What all threads of one HttpServer share: its options and its counts. Safe from any thread.

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
      : options(std::move(o)), handler(std::move(h)) {}

  const HttpServer::Options options;
  const HttpServer::Handler handler;
  std::atomic<bool> draining{false};
  std::atomic<std::uint64_t> body_bytes{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_refused{0};

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

// A share of the budget for request bodies, given back when it goes away.
class BodyLease {
 public:
  BodyLease() = default;
  explicit BodyLease(std::shared_ptr<HttpServerState> state) : state_(std::move(state)) {}
  BodyLease(BodyLease&& other) noexcept
      : state_(std::move(other.state_)), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyLease& operator=(BodyLease&& other) noexcept {
    Release();
    state_ = std::move(other.state_);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~BodyLease() { Release(); }

  // False, and nothing is taken, if the budget does not allow it.
  bool Grow(std::size_t bytes) {
    const std::uint64_t before = state_->body_bytes.fetch_add(bytes);
    if (before + bytes > state_->options.bodies_bytes_max) {
      state_->body_bytes.fetch_sub(bytes);
      return false;
    }
    bytes_ += bytes;
    return true;
  }

  void Release() {
    if (bytes_ > 0) state_->body_bytes.fetch_sub(std::exchange(bytes_, 0));
  }

 private:
  std::shared_ptr<HttpServerState> state_;
  std::size_t bytes_ = 0;
};

}  // namespace tocsin::net
