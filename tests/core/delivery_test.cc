#include "core/delivery.h"

#include <gtest/gtest.h>

namespace tocsin::core {
namespace {

using notifiers::Outcome;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Time kStart = Time(hours(1));

model::NotificationPtr MakeNotification(Duration until_deadline) {
  auto notification = std::make_shared<model::Notification>();
  notification->integration = {"team", "webhook", 0};
  notification->deadline = kStart + until_deadline;
  return notification;
}

Outcome Retry(std::optional<Duration> after = {}) {
  Outcome outcome = notifiers::TransportFailure("connection refused");
  outcome.retry_after = after;
  return outcome;
}

TEST(Delivery, PausesGrowByHalfWithHalfJitterUpToAMinute) {
  Random random(7);
  Delivery delivery(router::NotificationId{1}, MakeNotification(hours(24)), nullptr);
  Time now = kStart;
  double expected = 0.5;
  for (int attempt = 1; attempt <= 20; ++attempt) {
    delivery.Begin(now);
    AttemptEnded ended;
    const Delivery::Next next = delivery.OnOutcome(now, Retry(), &random, &ended);
    ASSERT_EQ(next.kind, Delivery::Next::Kind::kRetryAt);
    const double pause = Seconds(next.retry_at - now);
    EXPECT_GE(pause, expected * 0.5 - 1e-6) << attempt;
    EXPECT_LE(pause, expected * 1.5 + 1e-6) << attempt;
    EXPECT_EQ(ended.attempt, attempt);
    EXPECT_EQ(ended.same_error, attempt > 1);
    expected = std::min(60.0, expected * 1.5);
    now = next.retry_at;
  }
}

TEST(Delivery, ThePauseCountsFromTheStartOfASlowAttempt) {
  Random random(7);
  Delivery delivery(router::NotificationId{1}, MakeNotification(hours(1)), nullptr);
  delivery.Begin(kStart);
  AttemptEnded ended;
  const Time answered = kStart + seconds(10);
  EXPECT_EQ(delivery.OnOutcome(answered, Retry(), &random, &ended).retry_at, answered);
  EXPECT_EQ(ended.took, seconds(10));
}

TEST(Delivery, WaitsAsLongAsTheReceiverAsks) {
  Random random(7);
  Delivery delivery(router::NotificationId{1}, MakeNotification(hours(1)), nullptr);
  delivery.Begin(kStart);
  AttemptEnded ended;
  EXPECT_EQ(delivery.OnOutcome(kStart, Retry(seconds(42)), &random, &ended).retry_at,
            kStart + seconds(42));
}

TEST(Delivery, WaitsForTheDeadlineRatherThanRetryAfterIt) {
  Random random(7);
  Delivery delivery(router::NotificationId{1}, MakeNotification(milliseconds(100)), nullptr);
  EXPECT_EQ(delivery.Begin(kStart), milliseconds(100));
  AttemptEnded ended;
  EXPECT_EQ(delivery.OnOutcome(kStart, Retry(), &random, &ended).kind, Delivery::Next::Kind::kWait);
  EXPECT_FALSE(ended.next_attempt);
  EXPECT_EQ(delivery.OnDeadline().error,
            "team/webhook[0]: notify retry canceled after 1 attempts: connection refused");
}

TEST(Delivery, TheNextAttemptSeesWhatTheOneBeforeLearned) {
  Random random(7);
  Delivery delivery(router::NotificationId{1}, MakeNotification(hours(1)), nullptr);
  delivery.Begin(kStart);
  Outcome outcome = Retry();
  outcome.data = model::ReceiverData{{"threadTs", std::string("gone")}};
  AttemptEnded ended;
  delivery.OnOutcome(kStart, outcome, &random, &ended);
  EXPECT_EQ(delivery.notification()->data, *outcome.data);
}

TEST(Delivery, MovesWithTheClock) {
  Random random(7);
  Delivery delivery(router::NotificationId{1}, MakeNotification(seconds(10)), nullptr);
  delivery.Begin(kStart);
  delivery.Shift(hours(1));
  EXPECT_EQ(delivery.notification()->deadline, kStart + hours(1) + seconds(10));
  AttemptEnded ended;
  delivery.OnOutcome(kStart + hours(1) + seconds(2), Retry(), &random, &ended);
  EXPECT_EQ(ended.took, seconds(2));
}

TEST(Delivery, SaysWhyItEnded) {
  Random random(7);
  Delivery delivery(router::NotificationId{1}, MakeNotification(seconds(10)), nullptr);
  delivery.Begin(kStart);
  EXPECT_EQ(delivery.OnDeadline().reason, notifiers::FailureReason::kContextDeadlineExceeded);

  Outcome refused;
  refused.kind = Outcome::Kind::kGiveUp;
  refused.reason = notifiers::FailureReason::kAuthError;
  refused.error = "unexpected status code 401";
  AttemptEnded ended;
  EXPECT_EQ(delivery.OnOutcome(kStart, refused, &random, &ended).kind,
            Delivery::Next::Kind::kFailed);
  const DeliveryFailed failed = delivery.OnGivenUp();
  EXPECT_EQ(failed.reason, notifiers::FailureReason::kAuthError);
  EXPECT_EQ(failed.error,
            "team/webhook[0]: notify retry canceled due to unrecoverable error after 1 attempts: "
            "unexpected status code 401");
}

}  // namespace
}  // namespace tocsin::core
