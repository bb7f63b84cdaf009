#pragma once

// A timer for a deadline that is moved often and seldom reached, as that of each request is: moving
// it to later, or away, costs no system call. It lets the event loop wake at the earliest time that
// was asked for, and looks then. Belongs to the loop's thread.

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace tocsin::net {

class LazyTimer {
 public:
  using Clock = std::chrono::steady_clock;

  // `due` is called from the loop, once for each deadline that is reached; it may destroy this. The
  // loop outlives this.
  LazyTimer(boost::asio::io_context* loop, std::function<void()> due);
  ~LazyTimer();
  LazyTimer(const LazyTimer&) = delete;
  LazyTimer& operator=(const LazyTimer&) = delete;

  void Set(Clock::time_point deadline);  // Instead of the one before.
  void Clear();

 private:
  struct State;
  static void Arm(const std::shared_ptr<State>& state);
  static void OnWake(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // Wakes that are under way find out that it is gone.
};

}  // namespace tocsin::net
