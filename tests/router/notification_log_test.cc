#include "router/notification_log.h"

#include <gtest/gtest.h>

namespace tocsin::router {
namespace {

using model::NotifyReason;
using std::chrono::minutes;

const Time kNow = Time(std::chrono::hours(1000));

LogEntry Entry(AlertHashes firing, AlertHashes resolved, Duration age) {
  LogEntry entry;
  entry.firing = std::move(firing);
  entry.resolved = std::move(resolved);
  entry.timestamp = kNow - age;
  return entry;
}

struct DecisionCase {
  const char* name;
  std::optional<LogEntry> entry;
  AlertHashes firing, resolved;
  bool send_resolved;
  NotifyReason expected;  // kUnknown: no notification.
};

TEST(DecideNotification, FollowsTheTable) {
  const DecisionCase cases[] = {
      {"first", std::nullopt, {2, 3}, {}, true, NotifyReason::kFirstNotification},
      {"ended before it was announced", std::nullopt, {}, {2}, true, NotifyReason::kUnknown},
      {"fires again after all ended",
       Entry({}, {1}, minutes(1)),
       {1},
       {},
       true,
       NotifyReason::kFirstNotification},
      {"new alert",
       Entry({1, 2}, {}, minutes(1)),
       {1, 2, 3},
       {},
       true,
       NotifyReason::kNewAlertsAdded},
      {"one replaced by another",
       Entry({1, 2, 3}, {}, minutes(1)),
       {2, 3, 4},
       {},
       true,
       NotifyReason::kNewAlertsAdded},
      {"all ended",
       Entry({1, 2}, {}, minutes(1)),
       {},
       {1, 2},
       true,
       NotifyReason::kAllAlertsResolved},
      {"all ended, not wanted: the log is cleared all the same",
       Entry({1}, {}, minutes(1)),
       {},
       {1},
       false,
       NotifyReason::kAllAlertsResolved},
      {"end known already", Entry({}, {1, 2}, minutes(11)), {}, {3}, true, NotifyReason::kUnknown},
      {"one ended",
       Entry({1, 2}, {3}, minutes(1)),
       {1},
       {2, 3},
       true,
       NotifyReason::kSomeAlertsResolved},
      {"one ended, not wanted",
       Entry({1, 2}, {3}, minutes(1)),
       {1},
       {2, 3},
       false,
       NotifyReason::kUnknown},
      {"unchanged", Entry({1}, {}, minutes(9)), {1}, {}, true, NotifyReason::kUnknown},
      {"exactly the interval is not yet more than it",
       Entry({1}, {}, minutes(10)),
       {1},
       {},
       true,
       NotifyReason::kUnknown},
      {"repeat", Entry({1}, {}, minutes(11)), {1}, {}, true, NotifyReason::kRepeatIntervalElapsed},
      {"one silently gone is no news",
       Entry({1, 2}, {}, minutes(1)),
       {1},
       {},
       true,
       NotifyReason::kUnknown},
  };
  for (const DecisionCase& test : cases) {
    SCOPED_TRACE(test.name);
    const NotifyDecision decision =
        DecideNotification(test.entry ? &*test.entry : nullptr, test.firing, test.resolved,
                           minutes(10), test.send_resolved, kNow);
    EXPECT_EQ(ToString(decision.reason), ToString(test.expected));
  }
}

TEST(NotificationLog, KeepsTheNewerEntryWhenTheClockWentBack) {
  NotificationLog log;
  log.Put("k", std::make_shared<LogEntry>(Entry({1}, {}, minutes(1))));
  log.Put("k", std::make_shared<LogEntry>(Entry({2}, {}, minutes(5))));
  EXPECT_EQ(log.Find("k")->firing, AlertHashes{1});
  log.Put("k", std::make_shared<LogEntry>(Entry({3}, {}, minutes(0))));
  EXPECT_EQ(log.Find("k")->firing, AlertHashes{3});
}

TEST(NotificationLog, ForgetsWhatHasExpired) {
  NotificationLog log;
  LogEntry entry = Entry({1}, {}, minutes(0));
  entry.expires_at = kNow + minutes(10);
  log.Put("k", std::make_shared<LogEntry>(entry));
  EXPECT_FALSE(log.HasExpired(kNow + minutes(10) - Duration(1)));
  EXPECT_TRUE(log.HasExpired(kNow + minutes(10)));
  log.CollectGarbage(kNow + minutes(10) - Duration(1), {});
  EXPECT_NE(log.Find("k"), nullptr);
  log.CollectGarbage(kNow + minutes(10), {"k"});
  EXPECT_NE(log.Find("k"), nullptr) << "its group lives";
  log.CollectGarbage(kNow + minutes(10), {});
  EXPECT_EQ(log.Find("k"), nullptr);
}

TEST(LogKey, HasAlertmanagersForm) {
  EXPECT_EQ(LogKey("{}:{alertname=\"X\"}", {"default", "webhook", 0}),
            "{}:{alertname=\"X\"}:default/webhook/0");
}

}  // namespace
}  // namespace tocsin::router
