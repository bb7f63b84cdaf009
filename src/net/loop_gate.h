#pragma once

// The way into an event loop for those who may outlive it: cancel handles and late answers.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <mutex>
#include <utility>

namespace tocsin::net {

class LoopGate {
 public:
  explicit LoopGate(boost::asio::io_context* loop) : loop_(loop) {}

  // From any thread. False, and nothing happens, once the gate is closed.
  bool Post(std::function<void()> function) {
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return false;
    boost::asio::post(*loop_, std::move(function));
    return true;
  }

  // Before the loop is destroyed.
  void Close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  boost::asio::io_context* loop_;
};

}  // namespace tocsin::net
