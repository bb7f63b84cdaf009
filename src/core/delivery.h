#pragma once

// The attempts to deliver one notification: at once, then with growing pauses until it is
// delivered, refused for good, or the flush's deadline has passed. Pure: time and chance are
// arguments. Core thread.

#include "base/random.h"
#include "base/time.h"
#include "model/notification.h"
#include "notifiers/integration.h"
#include "router/decision.h"

#include <optional>
#include <string>

namespace tocsin::core {

// An attempt is over. What the log, the metrics and the history are told.
struct AttemptEnded {
  router::NotificationId id{};
  model::NotificationPtr notification;
  int attempt = 1;  // From 1.
  Duration took{};
  notifiers::Outcome outcome;
  std::optional<Time> next_attempt;  // If it is tried again.
  bool same_error = false;           // As the attempt before: not worth a second line in the log.
};

// All attempts are over without success.
struct DeliveryFailed {
  router::NotificationId id{};
  model::NotificationPtr notification;
  int attempts = 0;
  notifiers::FailureReason reason = notifiers::FailureReason::kOther;
  std::string error;  // `team/slack[0]: notify retry canceled after 3 attempts: ...`
};

class Delivery {
 public:
  Delivery(router::NotificationId id, model::NotificationPtr notification,
           notifiers::IntegrationPtr integration)
      : id_(id), integration_(std::move(integration)), notification_(std::move(notification)) {}

  struct Next {
    enum class Kind {
      kDelivered,
      kRetryAt,
      kWait,  // For the deadline: no other attempt comes before it.
      kFailed,
    };
    Kind kind = Kind::kDelivered;
    Time retry_at{};
  };

  // An attempt begins; returns what is left until the deadline.
  Duration Begin(Time now);
  Next OnOutcome(Time now, const notifiers::Outcome& outcome, Random* random, AttemptEnded* ended);
  // A reload: later attempts go where the configuration says now.
  void SetIntegration(notifiers::IntegrationPtr integration) {
    integration_ = std::move(integration);
  }
  // Moves its times by that much, because the clock did or because nobody could be heard meanwhile.
  void Shift(Duration by);
  // The deadline passed before an attempt succeeded.
  DeliveryFailed OnDeadline() const;
  DeliveryFailed OnGivenUp() const;

  router::NotificationId id() const { return id_; }
  const model::NotificationPtr& notification() const { return notification_; }
  const notifiers::IntegrationPtr& integration() const { return integration_; }
  int attempts() const { return attempts_; }

 private:
  Duration Backoff(Random* random) const;
  DeliveryFailed Failed(const char* how, std::string error, notifiers::FailureReason reason) const;

  const router::NotificationId id_;
  notifiers::IntegrationPtr integration_;

  // As the next attempt is to see it: an outcome may change its data.
  model::NotificationPtr notification_;

  int attempts_ = 0;
  Time attempt_started_{};
  std::string last_error_;
  notifiers::FailureReason last_reason_ = notifiers::FailureReason::kOther;
};

}  // namespace tocsin::core
