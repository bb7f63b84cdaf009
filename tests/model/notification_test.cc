#include "model/notification.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tocsin::model {
namespace {

NotifiedAlert MakeAlert(LabelSet labels, std::string id, bool resolved = false) {
  auto alert = std::make_shared<Alert>();
  alert->labels = std::move(labels);
  alert->generator_url = std::move(id);
  return {alert, resolved};
}

TEST(Notification, ReasonsHaveAlertmanagersTexts) {
  const std::vector<std::pair<NotifyReason, std::string>> cases = {
      {NotifyReason::kUnknown, "unknown"},
      {NotifyReason::kFirstNotification, "first notification"},
      {NotifyReason::kNewAlertsAdded, "new alerts added"},
      {NotifyReason::kAllAlertsResolved, "all alerts resolved"},
      {NotifyReason::kSomeAlertsResolved, "some alerts resolved"},
      {NotifyReason::kRepeatIntervalElapsed, "repeat interval elapsed"},
  };
  for (const auto& [reason, text] : cases) EXPECT_EQ(ToString(reason), text);
}

TEST(Notification, IntegrationIdPrintsReceiverTypeAndIndex) {
  EXPECT_EQ((IntegrationId{"team", "slack", 2}).ToString(), "team/slack[2]");
}

TEST(Notification, SortsByJobThenInstanceThenLabelSet) {
  std::vector<NotifiedAlert> alerts = {
      MakeAlert({{"alertname", "A"}}, "no job, no instance"),
      MakeAlert({{"alertname", "A"}, {"instance", "a"}}, "no job"),
      MakeAlert({{"job", "b"}, {"instance", "a"}}, "job b"),
      MakeAlert({{"job", "a"}}, "job a, no instance"),
      MakeAlert({{"job", "a"}, {"instance", "b"}}, "job a, instance b", true),
      MakeAlert({{"job", "a"}, {"instance", "a"}, {"x", "1"}}, "job a, instance a, three labels"),
      MakeAlert({{"job", "a"}, {"instance", "a"}}, "job a, instance a"),
  };
  SortForNotification(&alerts);
  std::vector<std::string> order;
  for (const NotifiedAlert& notified : alerts)
    order.emplace_back(notified.alert->generator_url.view());
  EXPECT_EQ(order, (std::vector<std::string>{"job a, instance a", "job a, instance a, three labels",
                                             "job a, instance b", "job a, no instance", "job b",
                                             "no job", "no job, no instance"}));
}

TEST(Notification, SortKeepsTheOrderOfEqualAlerts) {
  std::vector<NotifiedAlert> alerts = {MakeAlert({{"a", "1"}}, "first"),
                                       MakeAlert({{"a", "1"}}, "second")};
  SortForNotification(&alerts);
  EXPECT_EQ(alerts[0].alert->generator_url, "first");
  EXPECT_EQ(alerts[1].alert->generator_url, "second");
}

}  // namespace
}  // namespace tocsin::model
