// What Control adds to the two cores: deliveries and their times.

#include "core/control.h"

#include "tests/simulation/stub_integration.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace tocsin::core {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Time kStart = Time(hours(24 * 365 * 50));

// Answers nothing by itself.
class SilentSender final : public NotificationSender {
 public:
  void Send(notifiers::IntegrationPtr, model::NotificationPtr, Duration, Callback done) override {
    waiting.push_back(std::move(done));
  }
  std::vector<Callback> waiting;
};

Generation OneReceiver() {
  config::RouteConfig root;
  root.receiver = "team";
  root.group_wait = seconds(1);
  root.group_interval = seconds(10);
  Generation generation;
  generation.config = std::make_shared<const config::Config>();
  generation.routes = std::make_shared<const router::RouteTree>(root);
  generation.receivers = {"team"};
  generation.integrations = {std::make_shared<simulation::StubIntegration>(
      model::IntegrationId{"team", "webhook", 0}, /*send_resolved=*/true)};
  return generation;
}

TEST(Control, APageOnItsWayIsNotSentAgainBecauseTheClockLeapt) {
  SilentSender sender;
  Control control(&sender, {}, nullptr, 1);
  control.Install(kStart, OneReceiver());
  auto alert = std::make_shared<model::Alert>();
  alert->labels = {{"alertname", "A"}};
  alert->starts_at = alert->updated_at = kStart;
  alert->ends_at = kStart + hours(1);
  control.Ingest(kStart, std::vector<model::AlertPtr>{alert});
  const Time before = kStart + seconds(1);
  control.Advance(before);
  ASSERT_EQ(sender.waiting.size(), 1u);

  const Time after = before + hours(2);
  control.NotHeardSince(after, before);
  control.Advance(after);
  EXPECT_EQ(control.counts().deliveries, 1u);
  sender.waiting.front()({});
  control.Advance(after + seconds(20));
  EXPECT_EQ(sender.waiting.size(), 1u);
  EXPECT_EQ(control.counts().deliveries, 0u);
}

}  // namespace
}  // namespace tocsin::core
