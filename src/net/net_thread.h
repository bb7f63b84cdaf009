#pragma once

// The one thread for everything that goes out: HTTP transfers and mail share its event loop. It
// must outlive the clients that are built on it.

#include "base/time.h"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace tocsin::net {

class LoopGate;

class NetThread {
 public:
  NetThread();
  // Runs what is still queued, then joins. Not from the net thread itself.
  ~NetThread();
  NetThread(const NetThread&) = delete;
  NetThread& operator=(const NetThread&) = delete;

  // From any thread; functions run in the order posted.
  void Post(std::function<void()> function);
  // The same, after the delay. Dropped if the thread ends before.
  void PostAfter(Duration delay, std::function<void()> function);
  // Post for those who may outlive the thread.
  const std::shared_ptr<LoopGate>& gate() const { return gate_; }
  // For the clients, which live in this loop.
  boost::asio::io_context& loop();

 private:
  struct Impl;

  std::unique_ptr<Impl> impl_;
  std::shared_ptr<LoopGate> gate_;
};

}  // namespace tocsin::net
