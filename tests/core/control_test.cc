// What Control adds to the two cores: deliveries and their times.

#include "core/control.h"

#include "tests/simulation/stub_integration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <variant>
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

class StoreThatMissedSomething final : public Store {
 public:
  void Write(StoreBatch batch, Callback) override { batches.push_back(std::move(batch)); }
  void SetRewriteRequest(std::function<void()>) override {}
  bool behind() const override { return missed; }

  std::vector<StoreBatch> batches;
  bool missed = false;
};

model::AlertPtr FiringAlert() {
  auto alert = std::make_shared<model::Alert>();
  alert->labels = {{"alertname", "A"}};
  alert->starts_at = alert->updated_at = kStart;
  alert->ends_at = kStart + hours(1);
  return alert;
}

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
  control.Ingest(kStart, std::vector<model::AlertPtr>{FiringAlert()});
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

TEST(Control, TheLastWriteMakesGoodWhatTheStoreMissed) {
  for (const bool missed : {false, true}) {
    SilentSender sender;
    StoreThatMissedSomething store;
    Control control(&sender, {}, &store, 1);
    control.Install(kStart, OneReceiver());
    control.Ingest(kStart, std::vector<model::AlertPtr>{FiringAlert()});
    store.batches.clear();
    store.missed = missed;
    control.WriteDown(kStart + seconds(1));
    ASSERT_EQ(store.batches.size(), 1u);
    EXPECT_TRUE(store.batches[0].last);
    EXPECT_EQ(store.batches[0].replaces_everything, missed);
    const auto is_alert = [](const router::StateChange& change) {
      return std::holds_alternative<router::AlertStored>(change);
    };
    EXPECT_EQ(std::ranges::count_if(store.batches[0].changes, is_alert), missed ? 1 : 0);
  }
}

}  // namespace
}  // namespace tocsin::core
