#include "net/lazy_timer.h"

#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <utility>

namespace tocsin::net {

struct LazyTimer::State {
  State(boost::asio::io_context* loop, std::function<void()> due_in)
      : timer(*loop), due(std::move(due_in)) {}

  boost::asio::steady_timer timer;
  std::function<void()> due;
  std::optional<Clock::time_point> deadline;
  std::optional<Clock::time_point> wake;  // At the deadline, or before.
};

LazyTimer::LazyTimer(boost::asio::io_context* loop, std::function<void()> due)
    : state_(std::make_shared<State>(loop, std::move(due))) {}

LazyTimer::~LazyTimer() {
  state_->timer.cancel();
}

void LazyTimer::Set(Clock::time_point deadline) {
  state_->deadline = deadline;
  if (!state_->wake || deadline < *state_->wake) Arm(state_);
}

void LazyTimer::Clear() {
  state_->deadline.reset();
}

void LazyTimer::Arm(const std::shared_ptr<State>& state) {
  state->wake = state->deadline;
  state->timer.expires_at(*state->wake);
  state->timer.async_wait([weak = std::weak_ptr(state)](const boost::system::error_code& error) {
    const auto alive = weak.lock();
    if (!error && alive) OnWake(alive);
  });
}

void LazyTimer::OnWake(const std::shared_ptr<State>& state) {
  const Clock::time_point now = Clock::now();
  // A wake that was queued already when an earlier one was asked for.
  if (!state->wake || *state->wake > now) return;
  state->wake.reset();
  if (!state->deadline) return;
  if (*state->deadline > now) return Arm(state);
  state->deadline.reset();
  state->due();
}

}  // namespace tocsin::net
