#include "core/delivery.h"

#include <algorithm>
#include <cmath>

namespace tocsin::core {
namespace {

// Alertmanager's exponential backoff: each pause 1.5 times the one before, give or take half.
constexpr double kFirstPauseSeconds = 0.5;
constexpr double kPauseGrowth = 1.5;
constexpr double kLongestPauseSeconds = 60;
constexpr double kJitter = 0.5;

}  // namespace

Duration Delivery::Begin(Time now) {
  ++attempts_;
  attempt_started_ = now;
  return notification_->deadline - now;
}

Delivery::Next Delivery::OnOutcome(Time now, const notifiers::Outcome& outcome, Random* random,
                                   AttemptEnded* ended) {
  using notifiers::Outcome;
  ended->id = id_;
  ended->notification = notification_;
  ended->attempt = attempts_;
  ended->took = now - attempt_started_;
  ended->outcome = outcome;
  if (outcome.kind == Outcome::Kind::kDelivered) return {Next::Kind::kDelivered, {}};

  ended->same_error = outcome.error == last_error_;
  last_error_ = outcome.error;
  last_reason_ = outcome.reason;
  if (outcome.kind == Outcome::Kind::kGiveUp) return {Next::Kind::kFailed, {}};

  // Counted from the start of the attempt, so that a slow one is followed sooner; but never earlier
  // than the receiver asked for.
  Time retry_at = std::max(now, attempt_started_ + Backoff(random));
  if (outcome.retry_after) retry_at = std::max(retry_at, now + *outcome.retry_after);
  // The flush is over at its deadline, not before: the group's next one does not come sooner.
  if (retry_at >= notification_->deadline) return {Next::Kind::kWait, {}};
  ended->next_attempt = retry_at;
  if (outcome.data) {
    auto changed = std::make_shared<model::Notification>(*notification_);
    changed->data = *outcome.data;
    notification_ = std::move(changed);
  }
  return {Next::Kind::kRetryAt, retry_at};
}

void Delivery::Shift(Duration by) {
  auto changed = std::make_shared<model::Notification>(*notification_);
  changed->deadline += by;
  notification_ = std::move(changed);
  attempt_started_ += by;
}

Duration Delivery::Backoff(Random* random) const {
  const double pause =
      std::min(kLongestPauseSeconds, kFirstPauseSeconds * std::pow(kPauseGrowth, attempts_ - 1));
  const double jittered = pause * (1 - kJitter + 2 * kJitter * random->Unit());
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(jittered));
}

DeliveryFailed Delivery::OnDeadline() const {
  if (last_error_.empty()) {
    return Failed("notify retry canceled after ", "context deadline exceeded",
                  notifiers::FailureReason::kContextDeadlineExceeded);
  }
  return Failed("notify retry canceled after ", last_error_, last_reason_);
}

DeliveryFailed Delivery::OnGivenUp() const {
  return Failed("notify retry canceled due to unrecoverable error after ", last_error_,
                last_reason_);
}

DeliveryFailed Delivery::Failed(const char* how, std::string error,
                                notifiers::FailureReason reason) const {
  return {id_, notification_, attempts_, reason,
          notification_->integration.ToString() + ": " + how + std::to_string(attempts_) +
              " attempts: " + std::move(error)};
}

}  // namespace tocsin::core
